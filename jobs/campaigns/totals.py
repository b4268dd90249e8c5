"""Several actions added up: a campaign as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, sqrt

from jobs.campaigns.results import MeasureResult


@dataclass(frozen=True)
class Total:
    """What several actions brought in together, in one measure and its unit.

    Attributes:
        incremental: The sum of what each brought in; None if none of them can tell.
        low: The lower end of the interval of the sum; None if one of those added has none.
        high: The upper end.
        actions: How many are added up.
        left_out: How many are not, since their groups are not as drawn, or have nobody.
    """

    incremental: float | None
    low: float | None
    high: float | None
    actions: int
    left_out: int


def total(results: Iterable[MeasureResult]) -> Total:
    """Add up what actions brought in, each with its own control.

    The distances to the ends of the intervals are squared and added, which holds for intervals
    that are not symmetric too. It takes the groups of different actions as drawn independently,
    as hashes with different codes do, and effects as adding up where a customer is on two lists.

    Args:
        results: The same measure of each action.

    Source: spec §9; Zou and Donner 2008.
    """
    given = list(results)
    told = [each for each in given if each.incremental is not None]
    left_out = len(given) - len(told)
    if not told:
        return Total(None, None, None, 0, left_out)
    added = fsum(each.incremental or 0.0 for each in told)
    below, above = [], []
    for each in told:
        if (
            each.incremental is None
            or each.incremental_low is None
            or each.incremental_high is None
        ):
            return Total(added, None, None, len(told), left_out)
        below.append((each.incremental - each.incremental_low) ** 2)
        above.append((each.incremental_high - each.incremental) ** 2)
    return Total(added, added - sqrt(fsum(below)), added + sqrt(fsum(above)), len(told), left_out)
