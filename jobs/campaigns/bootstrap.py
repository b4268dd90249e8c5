"""An interval without assumptions about the values: from customers drawn again and again.

In each draw every customer counts as often as a Poisson variable of mean 1 says, so that draws can
be made in Spark without moving a row: the weight is a function of the customer's id and the draw's
number. What comes out are sums of each group per draw, and these come in here.

Sources: Hanley and MacGibbon 2006; Chamandy, Muralidharan, Najmi and Naidu 2012.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from jobs.campaigns.sums import Exact, as_fraction

FEWEST_DRAWS = 100
MOST_LEFT_OUT = 0.01
"""Above this share of draws without a customer in one of the groups there is no interval."""


@dataclass(frozen=True)
class Draw:
    """The groups in one draw, in the unit of the measure.

    Attributes:
        listed: The sum of the weights of the list's customers.
        listed_total: The sum of weight times measure.
        control: The same for the control.
        control_total: The same for the control.
    """

    listed: int
    listed_total: Exact
    control: int
    control_total: Exact


@dataclass(frozen=True)
class PercentileInterval:
    """What lies between the outermost shares of the draws.

    Attributes:
        low: The lower end, per customer; None if there is no interval.
        high: The upper end.
        draws: How many draws have customers in both groups.
        left_out: How many have not.
    """

    low: float | None
    high: float | None
    draws: int
    left_out: int


def percentile_interval(draws: Iterable[Draw], confidence: Decimal) -> PercentileInterval:
    """The percentile interval of the mean of the list less that of the control.

    Strata and the value before are not taken into account.

    Args:
        draws: One for each draw, in any order.
        confidence: The probability of the interval.

    Returns:
        Without ends if fewer than 100 draws have both groups, or over one in a hundred has not.
    """
    differences, left_out = [], 0
    for draw in draws:
        if draw.listed and draw.control:
            mean = as_fraction(draw.listed_total) / draw.listed
            differences.append(float(mean - as_fraction(draw.control_total) / draw.control))
        else:
            left_out += 1
    made = len(differences)
    if made < FEWEST_DRAWS or left_out > MOST_LEFT_OUT * (made + left_out):
        return PercentileInterval(None, None, made, left_out)
    outside = float((1 - confidence) / 2)
    low, high = np.quantile(differences, [outside, 1 - outside])
    return PercentileInterval(float(low), float(high), made, left_out)
