"""Segments of a global order: what lies before each, so that no scope meets in one task.

A segment is a bucket of the leading value. A bucket of very many rows is cut by the bits that
follow; and where more than the value tells rows apart, a value of very many rows by a bucket of the
next column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

_EXACT_BITS = 13
_LEADING_BITS = 10
_FOLLOWING_BITS = 12
SUM = "decimal(38,0)"


def _as_it_is(rows: DataFrame) -> DataFrame:
    return rows


def _unknown(_: DataFrame) -> bool:
    return False


@dataclass(frozen=True)
class Way:
    """How is ranked. Whatever it says, the result is the same.

    Attributes:
        method: ``segments``, or ``window``, a plain window, where every scope fits into one task.
        whole: A scope of at most so many rows is not cut.
        heavy: A segment of more rows than this is cut once more.
        keep: What is done with tables of segments, which are small and read several times. Spark
            plans and reads the rows behind them once, where they are kept.
        is_one_value_each: Asked of such a table, whether all ``_is_one_value`` in it; then each
            row's rank is looked up there, and nothing need be sorted. To answer it must be read, so
            transforms leave that to the job; who does not know says no.
    """

    method: Literal["segments", "window"] = "segments"
    whole: int = 100_000
    heavy: int = 20_000
    keep: Callable[[DataFrame], DataFrame] = _as_it_is
    is_one_value_each: Callable[[DataFrame], bool] = _unknown


def rising_bucket(value: Column) -> Column:
    """A bucket of a 64-bit integer that never falls when the value rises, as an int.

    Below 8,192 each number has a bucket of its own; larger ones share it with those of the same
    length in bits and the same leading ones, so that a bucket spans about a thousandth of its
    value. At most some 60,000 buckets on each side of zero. Null in, null out.
    """
    magnitude, dropped = F.abs(value), _dropped_bits(value)
    leading = F.call_function("shiftright", magnitude, dropped).cast("int")
    first = F.lit(2**_EXACT_BITS - (_EXACT_BITS - _LEADING_BITS + 1) * 2**_LEADING_BITS)
    shared = first + dropped * F.lit(2**_LEADING_BITS) + leading
    bucket = F.when(_is_small(value), magnitude.cast("int")).otherwise(shared)
    return F.when(value < 0, -bucket).otherwise(bucket)


def _part_of_bucket(value: Column) -> Column:
    """The bits that follow those of the bucket; within a bucket it never falls either."""
    magnitude, dropped = F.abs(value), _dropped_bits(value)
    leading = F.call_function("shiftright", magnitude, dropped)
    rest = magnitude - F.call_function("shiftleft", leading, dropped)
    undone = F.greatest(dropped - _FOLLOWING_BITS, F.lit(0))
    part = F.call_function("shiftright", rest, undone).cast("int")
    return F.when(_is_small(value), F.lit(0)).when(value < 0, -part).otherwise(part)


def _is_small(value: Column) -> Column:
    return F.abs(value) < F.lit(2**_EXACT_BITS)


def _dropped_bits(value: Column) -> Column:
    # Near a power of two the logarithm may be off by one; what follows from it is the same then.
    length = F.floor(F.log2(F.greatest(F.abs(value), F.lit(1)).cast("double"))).cast("int")
    return F.greatest(length - _LEADING_BITS, F.lit(0))


def buckets_of(
    rows: DataFrame, scope: Sequence[str], value: str, summed: Column | None = None
) -> DataFrame:
    """Key (scope, _bucket): its rows, what lies before it, and the rows of its scope.

    ``_is_one_value`` tells whether all its rows bear the same. With ``summed``, a whole number as
    decimal(38,0), there are the sums of it too.
    """
    whole = Window.partitionBy(*scope).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    in_buckets = rows.withColumn("_bucket", rising_bucket(F.col(value)))
    counted = _counted(in_buckets, scope, ["_bucket"], (), value, summed)
    of_scope = {"_population": F.sum("_rows").over(whole)}
    if summed is not None:
        of_scope["_total"] = F.sum("_sum").over(whole).cast(SUM)
    return counted.withColumns(of_scope)


@dataclass(frozen=True)
class Cuts:
    """The segments of an order, level by level; each level cuts some segments of the one before.

    Attributes:
        names: The column that each level adds to the key.
        values: What each level puts there.
        levels: Key (scope, names so far): the columns ``known``.
    """

    names: tuple[str, ...]
    values: tuple[Column, ...]
    levels: tuple[DataFrame, ...]

    @property
    def known(self) -> dict[str, Column]:
        """What is known of a segment, with what that is in a scope that is not cut.

        ``_is_cut``: whether the next level cuts it.
        """
        zero = F.lit(0).cast("bigint")
        is_summed = "_sum_below" in self.levels[0].columns
        sums = {"_sum_below": F.lit(0).cast(SUM)} if is_summed else {}
        flags = {"_is_one_value": F.lit(False), "_is_cut": F.lit(False)}
        return {"_rows": zero, "_below": zero, **sums, **flags}


def uncut(buckets: DataFrame, value: str) -> Cuts:
    """All buckets of all scopes, as ``buckets_of`` returns them, none of them cut."""
    level = buckets.withColumn("_is_cut", F.lit(False))
    return Cuts(("_bucket",), (rising_bucket(F.col(value)),), (level,))


def cuts_of(
    rows: DataFrame,
    buckets: DataFrame,
    scope: Sequence[str],
    order: Sequence[str],
    way: Way,
    summed: Column | None = None,
) -> Cuts:
    """The segments of rows in the order of one column, or of the first two of several.

    Args:
        rows: What is ranked.
        buckets: What ``buckets_of`` returns for them, kept.
        scope: The columns within which is ranked.
        order: The columns in whose order.
        way: How is ranked.
        summed: As in ``buckets_of``.
    """
    value = order[0]
    is_heavy, is_one = F.col("_rows") > way.heavy, F.col("_is_one_value")
    goes_on = F.lit(len(order) > 1)
    digits = {
        "_bucket": (rising_bucket(F.col(value)), is_heavy & (~is_one | goes_on)),
        "_part": (_part_of_bucket(F.col(value)), is_heavy & is_one & goes_on),
    }
    if len(order) > 1:
        digits["_next"] = (rising_bucket(F.col(order[1])), F.lit(False))
    names = tuple(digits)
    values, rules = zip(*digits.values(), strict=True)
    first = buckets.where(F.col("_population") > way.whole)
    levels = [first.withColumn("_is_cut", rules[0])]
    bare = rows.select(*scope, *order)
    offsets = ("_below",) if summed is None else ("_below", "_sum_below")
    for depth in range(1, len(names)):
        so_far = Cuts(names[:depth], values[:depth], tuple(levels))
        inside = located(bare, so_far, scope).where("_is_cut")
        finer = inside.withColumn(names[depth], values[depth])
        segments = _counted(finer, scope, names[: depth + 1], offsets, value, summed)
        levels.append(way.keep(segments.withColumn("_is_cut", rules[depth])))
    return Cuts(names, values, tuple(levels))


def located(rows: DataFrame, cuts: Cuts, scope: Sequence[str]) -> DataFrame:
    """Adds what is known of the segment of each row (``Cuts.known``)."""
    found = list(cuts.known)
    placed = rows.withColumns({**cuts.known, "_is_cut": F.lit(True)})
    for level, (name, value) in enumerate(zip(cuts.names, cuts.values, strict=True)):
        key = [*scope, *cuts.names[: level + 1]]
        table = cuts.levels[level].select(*key, *(F.col(each).alias(f"{each}_") for each in found))
        is_found = F.col("_is_cut_").isNotNull()
        newer = {each: F.when(is_found, F.col(f"{each}_")).otherwise(F.col(each)) for each in found}
        newer["_is_cut"] = F.coalesce("_is_cut_", F.lit(False))
        placed = (
            placed.withColumn(name, F.when(F.col("_is_cut"), value))
            .join(F.broadcast(table), on=key, how="left")
            .withColumns(newer)
            .select(*rows.columns, *cuts.names[: level + 1], *found)
        )
    return placed


def _counted(
    rows: DataFrame,
    scope: Sequence[str],
    names: Sequence[str],
    offsets: Sequence[str],
    value: str,
    summed: Column | None,
) -> DataFrame:
    """The segments into which the last of the names cuts those before, whose offsets rows bear."""
    parent = [*scope, *names[:-1]]
    below = (
        Window.partitionBy(*parent).orderBy(names[-1]).rowsBetween(Window.unboundedPreceding, -1)
    )

    def lying_below(amount: str, offset: str) -> Column:
        before = F.coalesce(F.sum(amount).over(below), F.lit(0))
        return before + F.col(offset) if offset in offsets else before

    leading = F.col(value)
    counts = {"_counted": F.count(F.lit(1)), "_is_one_value": F.min(leading) == F.max(leading)}
    made = {"_rows": F.col("_counted"), "_below": lying_below("_counted", "_below")}
    if summed is not None:
        counts["_sum"] = F.sum(summed)
        made["_sum"] = F.col("_sum")
        made["_sum_below"] = lying_below("_sum", "_sum_below").cast(SUM)
    return (
        rows.groupBy(*scope, *names, *offsets)
        .agg(*(figure.alias(name) for name, figure in counts.items()))
        .select(
            *scope, *names, *(figure.alias(name) for name, figure in made.items()), "_is_one_value"
        )
    )
