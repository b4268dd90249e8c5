"""What may be concluded of a difference."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from jobs.campaigns.comparison import Estimate


class Verdict(str, Enum):
    """What may be concluded of a measure."""

    MORE = "more"
    """The list bought more, and chance does not explain it."""
    LESS = "less"
    """The list bought less, and chance does not explain it."""
    NOT_DISTINGUISHABLE = "not_distinguishable"
    """Chance explains the difference, in groups that would have shown a large one."""
    TOO_SMALL = "too_small"
    """Chance explains the difference in groups that would hardly have shown even a doubling, or
    too few bought, or are there, to compute with."""
    NOT_AS_DRAWN = "not_as_drawn"
    """The groups are not as they were drawn, so that they may differ by more than the action."""


def verdict(
    estimate: Estimate,
    p_value: float | None,
    detectable: float | None,
    control_mean: float | None,
    confidence: Decimal,
) -> Verdict:
    """What may be concluded from groups that are as drawn.

    Args:
        estimate: The difference.
        p_value: Its p-value, corrected for other actions if there are any; None if there is none.
        detectable: The least effect that would be found with a probability of 80%.
        control_mean: What a customer of the control bought: an effect as large would double it.
        confidence: 1 less the level of the test.
    """
    if p_value is None or estimate.difference is None:
        return Verdict.TOO_SMALL
    if p_value < 1 - confidence:
        return Verdict.MORE if estimate.difference > 0 else Verdict.LESS
    if detectable is None or control_mean is None or detectable > abs(control_mean):
        return Verdict.TOO_SMALL
    return Verdict.NOT_DISTINGUISHABLE
