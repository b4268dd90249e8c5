"""Whether the groups are as they were drawn, and which effect they could show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import fsum, sqrt

from scipy.optimize import brentq
from scipy.special import stdtrit
from scipy.stats import binomtest, chi2, nct

from jobs.campaigns.sums import Sums

POWER = 0.8
"""The probability with which an effect that counts as detectable is found."""

_FEWEST_EXPECTED = 5
"""Chi-square holds where at least so many are expected in the control."""


@dataclass(frozen=True)
class SampleRatio:
    """The groups as they are against the share that was to be held back.

    Attributes:
        listed: Customers on the list, without the control.
        control: Customers in the control.
        expected_control: How many were to be drawn on average.
        p_value: The probability of groups at least as far off by chance; None without customers.
    """

    listed: int
    control: int
    expected_control: float
    p_value: float | None

    def is_as_drawn(self, threshold: Decimal) -> bool:
        """Whether chance explains the groups; nobody at all needs no explanation."""
        return self.p_value is None or self.p_value >= threshold


def sample_ratio(customers: Mapping[str, tuple[int, int]], share: Decimal) -> SampleRatio:
    """Check the sizes of the groups against the share that the control was to have.

    By chi-square: over strata their statistics and degrees of freedom add up, strata with fewer
    than five expected in the control taken as one. If fewer than five are expected altogether, by
    the exact binomial test.

    Args:
        customers: How many are in the list and in the control, by stratum.
        share: The control's planned share, above 0 and below 1.

    Source: spec §9; Fabijan et al. 2019 on sample-ratio mismatches.
    """
    listed = sum(sizes[0] for sizes in customers.values())
    control = sum(sizes[1] for sizes in customers.values())
    drawn, expected = listed + control, float((listed + control) * share)
    if not drawn:
        p_value = None
    elif expected < _FEWEST_EXPECTED:
        p_value = float(binomtest(control, drawn, float(share)).pvalue)
    else:
        cells = _large_enough(customers, share)
        statistic = fsum(_chi_square(*each, Fraction(share)) for each in cells)
        p_value = float(chi2.sf(statistic, len(cells)))
    return SampleRatio(listed, control, expected, p_value)


def minimum_detectable_effect(
    standard_error: float | None, degrees_of_freedom: float | None, confidence: Decimal
) -> float | None:
    """The effect per customer that a two-sided t-test would find, and not reversed, in 80 of 100.

    Args:
        standard_error: Of the difference; None gives None.
        degrees_of_freedom: Of the difference; None gives None.
        confidence: 1 less the level of the test.

    Returns:
        An absolute value: smaller effects, either way, are found more rarely.
    """
    if standard_error is None or degrees_of_freedom is None:
        return None
    freedom = degrees_of_freedom
    edge = float(-stdtrit(freedom, float((1 - confidence) / 2)))

    def lacking(shift: float) -> float:
        return POWER - float(nct.sf(edge, freedom, shift))

    # Twice the edge is enough with one degree of freedom, where most is needed.
    shift = float(brentq(lacking, 0, 2 * edge + 2, xtol=1e-12, rtol=1e-14))
    return shift * standard_error


def planned_error(variance: Fraction | None, listed: int, control: int) -> tuple[float, int] | None:
    """Standard error and degrees of freedom of groups still to come, both of one variance.

    Returns:
        None if the variance is None or zero, or a group will have nobody.
    """
    if not variance or not listed or not control or listed + control <= 2:  # noqa: PLR2004 - one mean each
        return None
    error = variance * (Fraction(1, listed) + Fraction(1, control))
    return sqrt(error), listed + control - 2


def planned_control(customers: int, share: Decimal) -> int:
    """How many of the customers a control of a share has, rounded half-up."""
    return int(customers * Fraction(share) + Fraction(1, 2))


def detectable_by_plan(before: Sums, share: Decimal, confidence: Decimal) -> float | None:
    """Which effect per customer a list could show, told by what its customers bought before.

    Args:
        before: Sums of the measure in the period before, over everybody whom the filter found,
            list and control together. Their variance stands in for that of the period to come.
        share: The control's share; its size is rounded half-up.
        confidence: 1 less the level of the test.

    Returns:
        None if nothing can be told.
    """
    control = planned_control(before.customers, share)
    planned = planned_error(before.variance, before.customers - control, control)
    return minimum_detectable_effect(*planned, confidence) if planned else None


def _large_enough(
    customers: Mapping[str, tuple[int, int]], share: Decimal
) -> list[tuple[int, int]]:
    """The sizes of strata, those that expect too few in the control taken as one."""
    cells: list[tuple[int, int]] = []
    rest = (0, 0)
    for _, (listed, control) in sorted(customers.items()):
        if (listed + control) * share >= _FEWEST_EXPECTED:
            cells.append((listed, control))
        else:
            rest = (rest[0] + listed, rest[1] + control)
    if sum(rest) * share >= _FEWEST_EXPECTED:
        return [*cells, rest]
    first, *others = cells
    return [(first[0] + rest[0], first[1] + rest[1]), *others]


def _chi_square(listed: int, control: int, share: Fraction) -> float:
    expected = (listed + control) * share
    others = listed + control - expected
    return float((control - expected) ** 2 * (1 / expected + 1 / others))
