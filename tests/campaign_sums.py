"""Sums of made customers, as Spark would add them up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from jobs.campaigns.sums import Exact, Groups, Sums

CONFIDENCE = Decimal("0.95")
Whole = npt.NDArray[np.int64]


def sums_of(values: Sequence[Exact], before: Sequence[Exact] | None = None) -> Sums:
    """Sums of single values, exactly."""
    y = [Fraction(value) for value in values]
    x = [Fraction(value) for value in before] if before is not None else [Fraction(0)] * len(y)
    return Sums.of(
        len(y),
        sum(y, Fraction(0)),
        sum((value * value for value in y), Fraction(0)),
        sum(x, Fraction(0)),
        sum((value * value for value in x), Fraction(0)),
        sum((one * other for one, other in zip(y, x, strict=True)), Fraction(0)),
    )


def sums_of_array(values: Whole, before: Whole) -> Sums:
    """The same of arrays of whole numbers whose squares add up within 64 bits."""
    return Sums.of(
        len(values),
        int(values.sum()),
        int((values * values).sum()),
        int(before.sum()),
        int((before * before).sum()),
        int((values * before).sum()),
    )


def groups_of(
    listed: Sequence[Exact],
    control: Sequence[Exact],
    listed_before: Sequence[Exact] | None = None,
    control_before: Sequence[Exact] | None = None,
) -> Groups:
    """List and control of single values."""
    return Groups(sums_of(listed, listed_before), sums_of(control, control_before))


def bought(buyers: int, customers: int) -> Sums:
    """Sums of who bought."""
    return Sums.of(customers, buyers, buyers)
