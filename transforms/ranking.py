"""Ranks, positions and sums over a global order, without gathering a scope in one task.

A plain window puts all rows of a scope into one task: with one processing date, all customers. So
the order is cut into buckets by a fixed, rising function of the value, never by a sample: what
lies before a bucket is added up over buckets, of which there are few, and what lies before a value
is found within its bucket. Equal values are ranked once, as one row of a histogram, so that many
ties cost nothing.

``method`` says which way is taken: ``buckets``, or ``window`` for scopes that are small (the
customers of a store). Both give the same result, for any number of partitions.

Source: design, principle 5; spec §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

Method = Literal["buckets", "window"]

_LEADING_BITS = 10
HEAVY = 20_000
"""A value, or a tie, of more rows than this is not brought together in one task."""


def rising_bucket(value: Column) -> Column:
    """A bucket of a 64-bit integer that never falls when the value rises.

    Small numbers have a bucket of their own; larger ones share it with those of the same length in
    bits and the same leading ones, so that a bucket spans about a thousandth of its value. At most
    some 55,000 buckets on each side of zero. Null in, null out.
    """
    magnitude = F.abs(value)
    dropped = F.greatest(F.length(F.bin(magnitude)) - (_LEADING_BITS + 1), F.lit(0))
    leading = F.call_function("shiftright", magnitude, dropped)
    bucket = dropped * F.lit(2**_LEADING_BITS) + leading
    return F.when(value < 0, -bucket).otherwise(bucket)


def histogram(rows: DataFrame, scope: Sequence[str], order: Sequence[str]) -> DataFrame:
    """Every distinct value of a scope with its place in the order, lowest first.

    Args:
        rows: Any rows.
        scope: The columns within which is ranked; not null.
        order: 64-bit integer columns, not null; a value is all of them, the first leads.

    Returns:
        Key (scope, order): ``bearers``, the rows that have it; ``rank``, 1 more than the rows below
        it; ``total_below``, the sum of the leading column over those, as decimal(38,0);
        ``population``, the rows of the scope, and ``total``, their sum.
    """
    leading = order[0]
    exact = F.col(leading).cast("decimal(38,0)")
    bucketed = rows.select(*scope, *order, rising_bucket(F.col(leading)).alias("bucket"))
    by_bucket = Window.partitionBy(*scope).orderBy("bucket")
    whole = by_bucket.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    below = by_bucket.rowsBetween(Window.unboundedPreceding, -1)
    buckets = (
        bucketed.groupBy(*scope, "bucket")
        .agg(F.count(F.lit(1)).alias("rows"), F.sum(exact).alias("sum"))
        .select(
            *scope,
            "bucket",
            F.coalesce(F.sum("rows").over(below), F.lit(0)).alias("rows_below"),
            F.coalesce(F.sum("sum").over(below), F.lit(0)).alias("sum_below"),
            F.sum("rows").over(whole).alias("population"),
            F.sum("sum").over(whole).cast("decimal(38,0)").alias("total"),
        )
    )
    by_value = Window.partitionBy(*scope, "bucket").orderBy(*order)
    below_in_bucket = by_value.rowsBetween(Window.unboundedPreceding, -1)
    bearers_below = F.coalesce(F.sum("bearers").over(below_in_bucket), F.lit(0))
    sum_below = F.coalesce(F.sum(exact * F.col("bearers")).over(below_in_bucket), F.lit(0))
    return (
        bucketed.groupBy(*scope, "bucket", *order)
        .agg(F.count(F.lit(1)).alias("bearers"))
        .join(buckets, on=[*scope, "bucket"], how="inner")
        .select(
            *scope,
            *order,
            "bearers",
            (F.col("rows_below") + bearers_below + 1).alias("rank"),
            (F.col("sum_below") + sum_below).cast("decimal(38,0)").alias("total_below"),
            "population",
            "total",
        )
    )


def with_rank(
    rows: DataFrame,
    scope: Sequence[str],
    value: str,
    into: str,
    method: Method = "buckets",
    heavy: int = HEAVY,
) -> DataFrame:
    """Adds the ascending minimum rank: 1 for the lowest value, equal values share the lowest rank.

    Args:
        rows: Any rows.
        scope: The columns within which is ranked; not null.
        value: A 64-bit integer column; not null.
        into: The column to add (bigint).
        method: See the module.
        heavy: From how many bearers on a value is joined by broadcast.

    Source: spec §5 "Percentile".
    """
    if method == "window":
        in_scope = Window.partitionBy(*scope).orderBy(value)
        return rows.withColumn(into, F.rank().over(in_scope).cast("bigint"))
    return _ranked(rows, scope, [value], into, heavy).drop("bearers")


def with_position(
    rows: DataFrame,
    scope: Sequence[str],
    order: Sequence[str],
    into: str,
    method: Method = "buckets",
    heavy: int = HEAVY,
) -> DataFrame:
    """Adds the row number in the ascending order of several columns.

    Args:
        rows: Any rows.
        scope: The columns within which is numbered; not null.
        order: 64-bit integer columns, not null, two at least; the last, a keyed hash such as
            ``customer_id``, tells the rows of a scope apart. Negate a column to have its highest
            value first.
        into: The column to add (bigint), from 1.
        method: See the module.
        heavy: From how many rows on a tie is not brought together in one task.

    Source: spec §5, rankings "ties: …".
    """
    if method == "window":
        in_scope = Window.partitionBy(*scope).orderBy(*order)
        return rows.withColumn(into, F.row_number().over(in_scope).cast("bigint"))
    *values, last = order
    # Many rows may tie in all but the last column: those are cut once more, by its leading bits.
    part = F.when(F.col("bearers") > heavy, F.call_function("shiftright", last, F.lit(52)))
    ranked = _ranked(rows, scope, values, "_rank", heavy).withColumn(
        "_part", F.coalesce(part, F.lit(0))
    )
    within_tie = Window.partitionBy(*scope, "_rank").orderBy("_part")
    before = within_tie.rowsBetween(Window.unboundedPreceding, -1)
    parts = (
        ranked.where(F.col("bearers") > heavy)
        .groupBy(*scope, "_rank", "_part")
        .agg(F.count(F.lit(1)).alias("_rows"))
        .withColumn("_before", F.sum("_rows").over(before))
        .drop("_rows")
    )
    within_part = Window.partitionBy(*scope, "_rank", "_part").orderBy(last)
    return (
        ranked.withColumn("_place", F.row_number().over(within_part))
        .join(F.broadcast(parts), on=[*scope, "_rank", "_part"], how="left")
        .withColumn(
            into, F.col("_rank") + F.coalesce("_before", F.lit(0)) + F.col("_place") - F.lit(1)
        )
        .drop("_rank", "_part", "_place", "_before", "bearers")
    )


def _ranked(
    rows: DataFrame, scope: Sequence[str], order: Sequence[str], into: str, heavy: int
) -> DataFrame:
    """The rows with rank and bearers of their value.

    What many rows bear is joined by broadcast, so that no task gets all of them.
    """
    key = [*scope, *order]
    places = histogram(rows, scope, order).select(*key, F.col("rank").alias(into), "bearers")
    is_heavy = F.col("bearers") > heavy
    found = rows.join(F.broadcast(places.where(is_heavy)), on=key, how="left")
    is_found = F.col(into).isNotNull()
    others = found.where(~is_found).select(*rows.columns)
    return found.where(is_found).unionByName(
        others.join(places.where(~is_heavy), on=key, how="inner")
    )
