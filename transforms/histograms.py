"""Histograms over a global order, and the points that cut it (spec §5).

What depends on the value alone is worked out once per distinct value, not per row.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.segments import SUM, buckets_of, rising_bucket


def histogram(
    rows: DataFrame, scope: Sequence[str], value: str, summed: Column | None = None
) -> DataFrame:
    """Every distinct value of a scope with its place in the order, lowest first.

    Args:
        rows: Any rows.
        scope: The columns within which is ranked; not null.
        value: A 64-bit integer column; not null.
        summed: As in ``ranking.with_places``.

    Returns:
        Key (scope, value), with the columns of ``ranking.PLACES``, and ``SUMS`` if it is summed.
    """
    exact = None if summed is None else summed.cast(SUM)
    by_value = Window.partitionBy(*scope, "_bucket").orderBy(value)
    below = by_value.rowsBetween(Window.unboundedPreceding, -1)
    bearers_below = F.coalesce(F.sum("bearers").over(below), F.lit(0))
    places = {
        "rank": F.col("_below") + bearers_below + 1,
        "population": F.col("_population"),
    }
    if exact is not None:
        sum_below = F.coalesce(F.sum(exact * F.col("bearers")).over(below), F.lit(0))
        places["total_below"] = (F.col("_sum_below") + sum_below).cast(SUM)
        places["total"] = F.col("_total")
    return (
        rows.withColumn("_bucket", rising_bucket(F.col(value)))
        .groupBy(*scope, "_bucket", value)
        .agg(F.count(F.lit(1)).alias("bearers"))
        .join(buckets_of(rows, scope, value, exact), on=[*scope, "_bucket"], how="inner")
        .select(*scope, value, "bearers", *(figure.alias(name) for name, figure in places.items()))
    )


def type_7_cuts(places: DataFrame, scope: Sequence[str], value: str, parts: int) -> DataFrame:
    """The points that cut a scope into parts of equal size, by R's type 7 (its default).

    The k-th lies ``(n − 1)·k ÷ parts`` steps above the lowest value, between neighbours in
    proportion.

    Args:
        places: A histogram of one value.
        scope: The scope it was given.
        value: The value's column.
        parts: How many parts; 1 has no cuts.

    Returns:
        Key (scope): ``cuts``, an array of ``parts − 1`` cut points in order, each times ``parts``
        (a decimal(38,0), so that it is exact).

    Source: spec §5, scoring ``quantile``; Hyndman & Fan, "Sample Quantiles in Statistical
    Packages", The American Statistician 50 (1996).
    """
    steps = (F.col("population") - 1) * F.col("k")
    whole, left_over = F.call_function("div", steps, F.lit(parts)), F.pmod(steps, F.lit(parts))
    here = F.struct((whole + 1).alias("position"), (parts - left_over).alias("weight"))
    above = F.struct((whole + 2).alias("position"), left_over.alias("weight"))
    ks = F.array(*(F.lit(k).cast("bigint") for k in range(1, parts)))
    wanted = (
        places.select(*scope, "population")
        .distinct()
        .withColumn("k", F.explode(ks))
        .select(*scope, "k", F.explode(F.array(here, above)).alias("wanted"))
        .where("wanted.weight > 0")
    )
    is_borne = F.col("wanted.position").between(F.col("rank"), F.col("rank") + F.col("bearers") - 1)
    part_of_cut = F.col("wanted.weight") * F.col(value).cast(SUM)
    in_order = F.array_sort(F.collect_list(F.struct("k", "cut")))
    return (
        places.select(*scope, value, "rank", "bearers")
        .join(F.broadcast(wanted), on=list(scope), how="inner")
        .where(is_borne)
        .groupBy(*scope, "k")
        .agg(F.sum(part_of_cut).cast(SUM).alias("cut"))
        .groupBy(*scope)
        .agg(in_order.getField("cut").alias("cuts"))
    )
