"""Segments of a global order: what lies before each, so that no scope meets in one task.

A segment is a bucket of the leading value. Where a bucket is heavy it is one of its values, cut
once more by a bucket of the next column.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

_LEADING_BITS = 10
_SPREAD = 1024
SUM = "decimal(38,0)"

HEAVY = 20_000
"""A bucket of more rows than this is cut by its values, and a value that more bear is not brought
together in one task."""

BEFORE = ("_rows_below", "_sum_below", "_population", "_total")
"""What lies before a segment, and the rows and the sum of its scope."""

SEGMENT = ("_segment_bucket", "_segment_value", "_segment_next")


def rising_bucket(value: Column) -> Column:
    """A bucket of a 64-bit integer that never falls when the value rises.

    Small numbers have a bucket of their own; larger ones share it with those of the same length in
    bits and the same leading ones, so that a bucket spans about a thousandth of its value. At most
    some 55,000 buckets on each side of zero. Null in, null out.
    """
    magnitude = F.abs(value)
    # Near a power of two the logarithm may be off by one; the bucket is the same either way.
    exponent = F.floor(F.log2(F.greatest(magnitude, F.lit(1)).cast("double"))).cast("int")
    dropped = F.greatest(exponent - _LEADING_BITS, F.lit(0))
    leading = F.call_function("shiftright", magnitude, dropped)
    bucket = dropped * F.lit(2**_LEADING_BITS) + leading
    return F.when(value < 0, -bucket).otherwise(bucket)


def summed_exactly(order: Sequence[str], summed: Column | None) -> Column:
    """What a row adds to sums: ``summed``, or the leading column, as decimal(38,0)."""
    return (F.col(order[0]) if summed is None else summed).cast(SUM)


def bucketed(rows: DataFrame, scope: Sequence[str], order: Sequence[str]) -> DataFrame:
    """Scope and order alone, with ``_segment_bucket``, that of the leading column."""
    return rows.select(*scope, *order, rising_bucket(F.col(order[0])).alias("_segment_bucket"))


def buckets_of(
    in_buckets: DataFrame,
    scope: Sequence[str],
    order: Sequence[str],
    summed: Column | None = None,
) -> DataFrame:
    """Key (scope, _segment_bucket): its rows, and what lies before it."""
    by_bucket = Window.partitionBy(*scope).orderBy("_segment_bucket")
    whole = by_bucket.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    below = by_bucket.rowsBetween(Window.unboundedPreceding, -1)
    return (
        in_buckets.groupBy(*scope, "_segment_bucket")
        .agg(F.count(F.lit(1)).alias("_rows"), F.sum(summed_exactly(order, summed)).alias("_sum"))
        .select(
            *scope,
            "_segment_bucket",
            "_rows",
            F.coalesce(F.sum("_rows").over(below), F.lit(0)).alias("_rows_below"),
            F.coalesce(F.sum("_sum").over(below), F.lit(0)).cast(SUM).alias("_sum_below"),
            F.sum("_rows").over(whole).alias("_population"),
            F.sum("_sum").over(whole).cast(SUM).alias("_total"),
        )
    )


def keyed(
    rows: DataFrame, scope: Sequence[str], order: Sequence[str], buckets: DataFrame, heavy: int
) -> DataFrame:
    """Adds ``SEGMENT``, null nowhere; outside heavy buckets all but the bucket are 0."""
    of_heavy = buckets.where(F.col("_rows") > heavy).select(
        *scope, "_segment_bucket", F.lit(True).alias("_is_heavy")
    )
    is_heavy = F.col("_is_heavy").isNotNull()
    following = rising_bucket(F.col(order[1])) if len(order) > 1 else F.lit(0)
    return (
        rows.withColumn("_segment_bucket", rising_bucket(F.col(order[0])))
        .join(F.broadcast(of_heavy), on=[*scope, "_segment_bucket"], how="left")
        .withColumn("_segment_value", F.when(is_heavy, F.col(order[0])).otherwise(F.lit(0)))
        .withColumn("_segment_next", F.when(is_heavy, following).otherwise(F.lit(0)))
    )


def offsets(
    among: DataFrame,
    scope: Sequence[str],
    order: Sequence[str],
    buckets: DataFrame,
    heavy: int,
    summed: Column | None = None,
) -> DataFrame:
    """Key (scope, ``SEGMENT``): the segment's rows, and what lies before it."""
    within_bucket = Window.partitionBy(*scope, "_segment_bucket").orderBy(
        "_segment_value", "_segment_next"
    )
    below = within_bucket.rowsBetween(Window.unboundedPreceding, -1)
    rows_before = F.coalesce(F.sum("_segment_rows").over(below), F.lit(0))
    sum_before = F.coalesce(F.sum("_segment_sum").over(below), F.lit(0))
    of_heavy = F.broadcast(buckets.where(F.col("_rows") > heavy).drop("_rows", "_sum"))
    segments = (
        keyed(among.select(*scope, *order), scope, order, buckets, heavy)
        .where("_is_heavy")
        .groupBy(*scope, *SEGMENT)
        .agg(
            F.count(F.lit(1)).alias("_segment_rows"),
            F.sum(summed_exactly(order, summed)).alias("_segment_sum"),
        )
        .join(of_heavy, on=[*scope, "_segment_bucket"], how="inner")
        .select(
            *scope,
            *SEGMENT,
            F.col("_segment_rows").alias("_rows"),
            (F.col("_rows_below") + rows_before).alias("_rows_below"),
            (F.col("_sum_below") + sum_before).cast(SUM).alias("_sum_below"),
            "_population",
            "_total",
        )
    )
    zero = F.lit(0).cast("bigint")
    light = buckets.where(F.col("_rows") <= heavy).select(
        *scope,
        "_segment_bucket",
        zero.alias("_segment_value"),
        zero.alias("_segment_next"),
        "_rows",
        *BEFORE,
    )
    return light.unionByName(segments)


def segmented(
    rows: DataFrame,
    among: DataFrame,
    scope: Sequence[str],
    order: Sequence[str],
    summed: Column | None,
    heavy: int,
) -> DataFrame:
    """Rows with their segment and what lies before it.

    ``_bearers`` is null but for rows of a value that very many bear. Those find their place by
    broadcast, and are spread over all tasks, where ``_spread`` keeps them from finding another.
    """
    buckets = buckets_of(bucketed(among, scope, order), scope, order, summed)
    before = offsets(among, scope, order[:1], buckets, heavy, summed)
    is_tie = F.col("_rows") > heavy
    segment = [*scope, *SEGMENT]
    ties = before.where(is_tie).select(*segment, F.struct("_rows", *BEFORE).alias("_tie"))
    others = before.where(~is_tie).select(
        *segment, F.lit(0).alias("_spread"), F.struct(*BEFORE).alias("_other")
    )
    anywhere = F.pmod(F.xxhash64(*rows.columns), F.lit(_SPREAD)).cast("int") + 1
    has_tie = F.col("_tie").isNotNull()
    found = (
        F.when(has_tie, F.col(f"_tie.{name}")).otherwise(F.col(f"_other.{name}")).alias(name)
        for name in BEFORE
    )
    return (
        keyed(rows, scope, order[:1], buckets, heavy)
        .join(F.broadcast(ties), on=segment, how="left")
        .withColumn("_spread", F.when(has_tie, anywhere).otherwise(F.lit(0)))
        .join(others.hint("shuffle_hash"), on=[*segment, "_spread"], how="left")
        .select(*rows.columns, *SEGMENT, "_spread", *found, F.col("_tie._rows").alias("_bearers"))
    )
