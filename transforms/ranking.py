"""Ranks, positions and sums over a global order, without gathering a scope in one task.

A plain window puts all rows of a scope into one task: with one processing date, all customers. So
the order is cut into segments by a fixed, rising function of the value, never by a sample. What
lies before a segment is added up over segments, of which there are few; what lies before a row
within its segment is found by a window there, and each task gets many segments.

A value that very many bear is a segment of its own. Its bearers have one rank, so nothing need be
brought together; where their order is asked for, the next column cuts the segment once more.

A ``Way`` says how that is done: by ``SEGMENTS``, or by a plain ``WINDOW`` for scopes that are small
(the customers of a store). The result is the same, for any number of partitions.

Every order here ascends: negate a column to have its highest value first.

Source: design, principle 5; spec §5.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.segments import SUM, Way, buckets_of, cuts_of, located, uncut

PLACES = ("bearers", "rank", "population")
"""What is known of the place of a value: the rows that bear it; 1 more than the rows below it; the
rows of its scope."""

SUMS = ("total_below", "total")
"""And, where something is summed, the sum over the rows below it, and over all: decimal(38,0)."""

_SPREAD = 2**16

SEGMENTS = Way()
WINDOW = Way(method="window")


def with_places(
    rows: DataFrame,
    scope: Sequence[str],
    value: str,
    way: Way = SEGMENTS,
    summed: Column | None = None,
    among: DataFrame | None = None,
) -> DataFrame:
    """Adds to each row the columns of ``PLACES`` for its value, and ``SUMS`` if it is summed.

    Args:
        rows: Any rows, without columns of those names.
        scope: The columns within which is ranked; not null.
        value: A 64-bit integer column; not null.
        way: How is ranked.
        summed: What ``SUMS`` add up: a whole number that follows from the value.
        among: The same rows as they were before other columns were added to them, where there is
            something to save: what lies before each segment is counted in these.
    """
    exact = None if summed is None else summed.cast(SUM)
    if way.method == "window":
        in_scope = Window.partitionBy(*scope).rowsBetween(
            Window.unboundedPreceding, Window.unboundedFollowing
        )
        of_scope = {"population": F.count(F.lit(1)).over(in_scope)}
        if exact is not None:
            of_scope["total"] = F.sum(exact).over(in_scope).cast(SUM)
        return rows.withColumns({**_places_within(scope, value, exact), **of_scope})
    counted = rows if among is None else among
    buckets = way.keep(buckets_of(counted, scope, value, exact))
    named = {"population": "_population"} | ({} if exact is None else {"total": "_total"})
    of_scopes = buckets.select(*scope, *(F.col(old).alias(new) for new, old in named.items()))
    return (
        _placed(rows, counted, buckets, scope, value, way, exact)
        .join(F.broadcast(of_scopes.distinct()), on=list(scope), how="inner")
        .select(*rows.columns, *PLACES, *(() if exact is None else SUMS))
    )


def with_position(
    rows: DataFrame,
    scope: Sequence[str],
    order: Sequence[str],
    into: str,
    way: Way = SEGMENTS,
    among: DataFrame | None = None,
) -> DataFrame:
    """Adds the row number in the ascending order of several columns.

    Args:
        rows: Any rows.
        scope: The columns within which is numbered; not null.
        order: 64-bit integer columns, not null; together they tell the rows of a scope apart. Rows
            that are equal in the first and close in the second are brought together in one task.
        into: The column to add (bigint), from 1.
        way: How is ranked.
        among: As in ``with_places``.

    Source: spec §5, rankings "ties: …".
    """
    if way.method == "window":
        in_scope = Window.partitionBy(*scope).orderBy(*order)
        return rows.withColumn(into, F.row_number().over(in_scope).cast("bigint"))
    counted = rows if among is None else among
    buckets = way.keep(buckets_of(counted, scope, order[0]))
    cuts = cuts_of(counted, buckets, scope, order, way)
    in_segment = Window.partitionBy("_below", *scope).orderBy(*order)
    number = F.col("_below") + F.row_number().over(in_segment)
    return located(rows, cuts, scope).select(*rows.columns, number.cast("bigint").alias(into))


def _placed(
    rows: DataFrame,
    counted: DataFrame,
    buckets: DataFrame,
    scope: Sequence[str],
    value: str,
    way: Way,
    summed: Column | None,
) -> DataFrame:
    """Adds bearers, rank and total_below; columns of the segments stay beside them."""
    if way.is_one_value_each(buckets):
        # Each bucket tells the place of all its rows, so none of them moves.
        in_buckets = located(rows, uncut(buckets, value), scope)
        places = {"bearers": F.col("_rows"), "rank": F.col("_below") + 1}
        if summed is not None:
            places["total_below"] = F.col("_sum_below")
        return in_buckets.withColumns(places)
    cuts = cuts_of(counted, buckets, scope, [value], way, summed)
    return _placed_in_segments(located(rows, cuts, scope), rows.columns, scope, value, summed)


def _placed_in_segments(
    in_segments: DataFrame,
    own: Sequence[str],
    scope: Sequence[str],
    value: str,
    summed: Column | None,
) -> DataFrame:
    """Places from what lies before a segment and a window within it.

    What lies before a segment tells it from the others of its scope, so the window goes by that.
    Where a segment has one value, it tells the place, and its rows, who may be very many, are
    spread by numbers below those of all segments, which follow from their own columns.
    """
    anywhere = -1 - F.pmod(F.xxhash64(*own), F.lit(_SPREAD))
    spread = in_segments.withColumn(
        "_segment", F.when(F.col("_is_one_value"), anywhere).otherwise(F.col("_below"))
    )
    is_told = F.col("_segment") < 0
    within = _places_within(["_segment", *scope], value, summed)
    rank = F.when(is_told, F.lit(1)).otherwise(within["rank"])
    places = {
        "bearers": F.when(is_told, F.col("_rows")).otherwise(within["bearers"]),
        "rank": F.col("_below") + rank,
    }
    if summed is not None:
        below = F.when(is_told, F.lit(0)).otherwise(within["total_below"])
        places["total_below"] = (F.col("_sum_below") + below).cast(SUM)
    return spread.withColumns(places)


def _places_within(scope: Sequence[str], value: str, summed: Column | None) -> dict[str, Column]:
    """Bearers, rank and total_below by a plain window, for what fits into one task."""
    in_order = Window.partitionBy(*scope).orderBy(value)
    equals = in_order.rangeBetween(Window.currentRow, Window.currentRow)
    up_to_here = in_order.rangeBetween(Window.unboundedPreceding, Window.currentRow)
    places = {
        "bearers": F.count(F.lit(1)).over(equals),
        "rank": F.rank().over(in_order).cast("bigint"),
    }
    if summed is not None:
        below = F.sum(summed).over(up_to_here) - F.sum(summed).over(equals)
        places["total_below"] = below.cast(SUM)
    return places
