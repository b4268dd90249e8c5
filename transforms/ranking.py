"""Ranks, positions and sums over a global order, without gathering a scope in one task.

A plain window puts all rows of a scope into one task: with one processing date, all customers. So
the order is cut into segments by a fixed, rising function of the value, never by a sample. What
lies before a segment is added up over segments, of which there are few; what lies before a row
within its segment is found by a window there, and each task gets many segments.

A value that very many bear is a segment of its own. Its bearers have one rank, so nothing need be
brought together; where their order is asked for, the next column cuts the segment once more.

``method`` says which way is taken: ``segments``, or ``window`` for scopes that are small (the
customers of a store). Both give the same result, for any number of partitions.

Every order here ascends: negate a column to have its highest value first.

Source: design, principle 5; spec §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.segments import (
    HEAVY,
    SEGMENT,
    SUM,
    bucketed,
    buckets_of,
    keyed,
    offsets,
    segmented,
    summed_exactly,
)

Method = Literal["segments", "window"]

PLACES = ("bearers", "rank", "total_below", "population", "total")
"""What is known of the place of a value: the rows that bear it; 1 more than the rows below it; the
sum over those, as decimal(38,0); the rows of its scope, and their sum."""


def with_places(
    rows: DataFrame,
    scope: Sequence[str],
    order: Sequence[str],
    method: Method = "segments",
    summed: Column | None = None,
    heavy: int = HEAVY,
    among: DataFrame | None = None,
) -> DataFrame:
    """Adds to each row the columns of ``PLACES`` for its value.

    Args:
        rows: Any rows, without columns of those names.
        scope: The columns within which is ranked; not null.
        order: As in ``histogram``.
        method: See the module.
        summed: As in ``histogram``.
        heavy: See ``HEAVY``.
        among: The same rows as they were before other columns were added to them, where there is
            something to save: what lies before each segment is counted in these.
    """
    per_row = summed_exactly(order, summed)
    if method == "window":
        in_scope = Window.partitionBy(*scope)
        population = F.count(F.lit(1)).over(in_scope).alias("population")
        total = F.sum(per_row).over(in_scope).cast(SUM).alias("total")
        return rows.select("*", *_places_within(scope, order, per_row), population, total)
    counted = rows if among is None else among
    found_in = segmented(rows, counted, scope, order, summed, heavy)
    bearers, rank, below = _places_within([*scope, *SEGMENT, "_spread"], order, per_row)
    is_tie = F.col("_bearers").isNotNull()
    found = {
        "bearers": F.when(is_tie, F.col("_bearers")).otherwise(bearers),
        "rank": F.col("_rows_below") + F.when(is_tie, F.lit(1)).otherwise(rank),
        "total_below": (F.col("_sum_below") + F.when(is_tie, F.lit(0)).otherwise(below)).cast(SUM),
        "population": F.col("_population"),
        "total": F.col("_total"),
    }
    return found_in.select(*rows.columns, *(found[name].alias(name) for name in PLACES))


def with_rank(
    rows: DataFrame,
    scope: Sequence[str],
    value: str,
    into: str,
    method: Method = "segments",
    heavy: int = HEAVY,
) -> DataFrame:
    """Adds the ascending minimum rank: 1 for the lowest value, equal values share the lowest rank.

    Args:
        rows: Any rows.
        scope: The columns within which is ranked; not null.
        value: A 64-bit integer column; not null.
        into: The column to add (bigint).
        method: See the module.
        heavy: See ``HEAVY``.

    Source: spec §5 "Percentile".
    """
    placed = rows.transform(with_places, scope=scope, order=[value], method=method, heavy=heavy)
    return placed.select(*rows.columns, F.col("rank").alias(into))


def with_position(
    rows: DataFrame,
    scope: Sequence[str],
    order: Sequence[str],
    into: str,
    method: Method = "segments",
    heavy: int = HEAVY,
    among: DataFrame | None = None,
) -> DataFrame:
    """Adds the row number in the ascending order of several columns.

    Args:
        rows: Any rows.
        scope: The columns within which is numbered; not null.
        order: 64-bit integer columns, not null; together they tell the rows of a scope apart. Rows
            that are equal in the first and close in the second are brought together in one task.
        into: The column to add (bigint), from 1.
        method: See the module.
        heavy: See ``HEAVY``.
        among: As in ``with_places``.

    Source: spec §5, rankings "ties: …".
    """
    if method == "window":
        in_scope = Window.partitionBy(*scope).orderBy(*order)
        return rows.withColumn(into, F.row_number().over(in_scope).cast("bigint"))
    counted = rows if among is None else among
    buckets = buckets_of(bucketed(counted, scope, order), scope, order)
    in_segment = Window.partitionBy(*scope, *SEGMENT).orderBy(*order)
    number = F.col("_rows_below") + F.row_number().over(in_segment)
    return (
        keyed(rows, scope, order, buckets, heavy)
        .join(
            offsets(counted, scope, order, buckets, heavy).hint("shuffle_hash"),
            on=[*scope, *SEGMENT],
            how="left",
        )
        .select(*rows.columns, number.cast("bigint").alias(into))
    )


def _places_within(
    scope: Sequence[str], order: Sequence[str], per_row: Column
) -> tuple[Column, Column, Column]:
    """Bearers, rank and total_below by a plain window, for what fits into one task."""
    in_order = Window.partitionBy(*scope).orderBy(*order)
    equals = in_order.rangeBetween(Window.currentRow, Window.currentRow)
    up_to_here = in_order.rangeBetween(Window.unboundedPreceding, Window.currentRow)
    below = F.sum(per_row).over(up_to_here) - F.sum(per_row).over(equals)
    return (
        F.count(F.lit(1)).over(equals).alias("bearers"),
        F.rank().over(in_order).cast("bigint").alias("rank"),
        below.cast(SUM).alias("total_below"),
    )
