"""Shares of buyers when few bought, or nearly all did: there Welch's interval is too short.

Sources: Newcombe 1998 (his method 10) and Wilson 1927 for the interval, Fisher 1922 for the
p-value.
"""

from __future__ import annotations

from decimal import Decimal
from math import hypot

from scipy.stats import binomtest, fisher_exact

from jobs.campaigns.comparison import Estimate
from jobs.campaigns.sums import Groups, Sums

FEW = 50
"""Fewer buyers, or fewer who bought nothing, in a group are few. With 30 in the control Welch calls
10 of 100 actions without effect a success in value (docs/campaign-statistics.md)."""


def buyers(sums: Sums) -> int:
    """How many bought, of sums of the measure ``customers``.

    Raises:
        ValueError: If they are sums of anything else.
    """
    if sums.total.denominator != 1 or sums.squares != sums.total:
        message = f"these are not sums of who bought (1) and who did not (0): {sums}"
        raise ValueError(message)
    return int(sums.total)


def has_few(groups: Groups) -> bool:
    """Whether in the list or in the control few bought."""
    return min(buyers(groups.listed), buyers(groups.control)) < FEW


def has_few_others(groups: Groups) -> bool:
    """Whether in the list or in the control few bought nothing."""
    return min(each.customers - buyers(each) for each in (groups.listed, groups.control)) < FEW


def compare_shares(groups: Groups, confidence: Decimal) -> Estimate:
    """The share of buyers in the list less that in the control, for any numbers of buyers.

    The interval is Newcombe's, of Wilson's intervals of both shares; the p-value Fisher's, which
    is exact, so that once in a while one excludes zero and the other does not.

    Args:
        groups: Sums of the measure ``customers``.
        confidence: The probability of the interval.

    Returns:
        Without standard error; all None if a group has nobody.
    """
    listed, control = groups.listed, groups.control
    if not listed.customers or not control.customers:
        return Estimate(difference=None, method="newcombe")
    (p, p_low, p_high), (q, q_low, q_high) = (
        _wilson(each, confidence) for each in (listed, control)
    )
    counts = [[buyers(each), each.customers - buyers(each)] for each in (listed, control)]
    return Estimate(
        difference=p - q,
        low=p - q - hypot(p - p_low, q_high - q),
        high=p - q + hypot(p_high - p, q - q_low),
        p_value=float(fisher_exact(counts).pvalue),
        method="newcombe",
    )


def _wilson(sums: Sums, confidence: Decimal) -> tuple[float, float, float]:
    """A share of buyers and both ends of its interval."""
    found = binomtest(buyers(sums), sums.customers)
    ends = found.proportion_ci(confidence_level=float(confidence), method="wilson")
    return float(found.statistic), float(ends.low), float(ends.high)
