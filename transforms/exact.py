"""Exact arithmetic: money and quantities as integers, quotients rounded half-up once (spec §1).

A sum of ``decimal(18,4)`` is wider than 18 digits and slow in Spark; the same sum over integer
minor units is a plain 64-bit addition. So amounts are turned into minor units once, added, and
turned back once.
"""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F

MONEY_SCALE = 4
QUANTITY_SCALE = 3
MEAN_SCALE = 6


def to_minor(amount: Column, scale: int) -> Column:
    """An exact decimal as a count of its smallest unit (a 64-bit integer). Null in, null out."""
    return (amount * F.lit(10**scale)).cast("bigint")


def from_minor(units: Column, scale: int) -> Column:
    """A count of smallest units as ``decimal(18, scale)``; an error if it does not fit."""
    return (units.cast("decimal(19,0)") * F.lit(Decimal(1).scaleb(-scale))).cast(
        f"decimal(18,{scale})"
    )


def rounded_quotient(numerator: Column, denominator: Column) -> Column:
    """The quotient of two integers as an integer, rounded half-up once.

    A half goes away from zero, for negative quotients too. To keep decimals, count the numerator
    in smaller units: ``from_minor(rounded_quotient(net_in_minor_units, purchases), 4)``. The
    rounding is done on integers, so that no intermediate quotient is rounded first.

    Args:
        numerator: An integer Column of up to 37 digits.
        denominator: An integer Column, positive.

    Returns:
        A 64-bit integer, which the quotient must fit; null where either side is null.
    """
    doubled = F.abs(numerator).cast("decimal(37,0)") * F.lit(2)
    below = denominator.cast("decimal(19,0)")
    magnitude = F.call_function("div", doubled + below, below * F.lit(2))
    return F.when(numerator < 0, -magnitude).otherwise(magnitude)


def rounded_ratio(numerator: Column, denominator: Column, scale: int) -> Column:
    """The quotient of two integers with so many decimals, rounded half-up once.

    The whole part is divided apart: in units of the last decimal it may not fit 64 bits, and
    Spark's ``div`` would say another number instead.

    Args:
        numerator: An integer Column of up to 28 digits.
        denominator: An integer Column of up to 19 digits, positive.
        scale: Decimals kept, at most 12.

    Returns:
        A decimal of that scale, an error if its whole part has more than 24 digits; null where
        either side is null.
    """
    count, by = numerator.cast("decimal(28,0)"), denominator.cast("decimal(19,0)")
    left = count % by
    whole = ((count - left) / by).cast("decimal(24,0)")
    units = rounded_quotient(left * F.lit(Decimal(10**scale)), by)
    return whole + units.cast("decimal(13,0)") * F.lit(Decimal(1).scaleb(-scale))


def rounded_mean(total: Column, count: Column, scale: int = MEAN_SCALE) -> Column:
    """A whole number divided by another, as ``decimal(18, scale)``, rounded half-up once.

    For frequencies and mean intervals. Null where either side is null; ``count`` is positive.
    """
    in_smallest_units = total.cast("bigint") * F.lit(10**scale)
    return from_minor(rounded_quotient(in_smallest_units, count), scale)
