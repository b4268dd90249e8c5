"""RFV: percentiles, bands and two rankings of recency, frequency and value (spec §5).

Every place comes from whole numbers: ranks, and measures in their smallest units. Percentiles are
floats for people to read; nothing is decided by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.exact import MEAN_SCALE, MONEY_SCALE, to_minor
from transforms.histograms import histogram, type_7_cuts
from transforms.ranking import SEGMENTS, with_places, with_position
from transforms.segments import Way

MEASURES = ("recency", "frequency", "value")
BANDS = tuple(f"{measure}_band" for measure in MEASURES)
SCALES = {"recency": 0, "frequency": MEAN_SCALE, "value": MONEY_SCALE}
"""Decimal places of the smallest unit in which a measure is compared."""


@dataclass(frozen=True)
class Scoring:
    """How measures become bands and rankings.

    Attributes:
        mode: How a customer finds her band: ``percent_rank`` and ``ntile`` by her place,
            ``quantile`` and ``fixed`` by cut points of the measure.
        bands: How many bands each measure has; the highest is the best.
        cuts: For ``fixed``: the cut points of each measure, in order, recency as −days.
        weights: Whole numbers for recency, frequency and value.
        top_ranking: Which ranking decides who is top.
        top_share: The share of the population that is top.
    """

    mode: Literal["percent_rank", "ntile", "quantile", "fixed"]
    bands: int
    cuts: tuple[tuple[Decimal, ...], tuple[Decimal, ...], tuple[Decimal, ...]]
    weights: tuple[int, int, int]
    top_ranking: Literal["weighted", "nested"]
    top_share: Decimal


def rfv(
    measures: DataFrame,
    scoring: Scoring,
    scope: Sequence[str] = ("as_of",),
    way: Way = SEGMENTS,
) -> DataFrame:
    """Ranks, percentiles, bands, both rankings and the top of every customer.

    Args:
        measures: Key (scope, customer_id), with ``recency_days``, ``frequency`` (decimal(18,6))
            and ``value`` (decimal(18,4)), none null; other columns are kept.
        scoring: How they are judged.
        scope: The columns within which is ranked: the date, or the date and a store or portfolio.
        way: How is ranked; see ``transforms.ranking``.

    Returns:
        What ``rfv_scores`` and ``rfv_rankings`` add.

    Source: spec §5; Linx manual §7.
    """
    scores = measures.transform(rfv_scores, scoring=scoring, scope=scope, way=way)
    return scores.transform(rfv_rankings, scoring=scoring, scope=scope, way=way)


def rfv_scores(
    measures: DataFrame,
    scoring: Scoring,
    scope: Sequence[str] = ("as_of",),
    way: Way = SEGMENTS,
) -> DataFrame:
    """Rank, percentile and band of each customer by each measure.

    Args:
        measures: As in ``rfv``; read several times, so keep them if they are costly.
        scoring: As in ``rfv``.
        scope: As in ``rfv``.
        way: As in ``rfv``.

    Returns:
        The same rows. Added for each measure: ``<measure>_rank``, ascending, 1 the worst, equals
        sharing the lowest; ``<measure>_percentile``, (rank − 1) ÷ (n − 1), 0 for one customer
        alone; ``<measure>_band``, 1 the worst. And ``ranked_customers``, those of the scope.

    Source: spec §5 "Percentile", "Band".
    """
    ordered = measures.withColumns({f"_{each}": _in_units(each) for each in MEASURES})
    scored = ordered
    for measure in MEASURES:
        scored = _with_score(scored, ordered, measure, scoring, scope, way)
    added = [f"{measure}_{kind}" for kind in ("rank", "percentile", "band") for measure in MEASURES]
    return scored.select(*measures.columns, *added, "ranked_customers")


def rfv_rankings(
    scores: DataFrame,
    scoring: Scoring,
    scope: Sequence[str] = ("as_of",),
    way: Way = SEGMENTS,
) -> DataFrame:
    """Both rankings of customers by all three measures, and who is top.

    Args:
        scores: What ``rfv_scores`` returns; read several times, so keep them.
        scoring: As in ``rfv``.
        scope: As in ``rfv``.
        way: As in ``rfv``.

    Returns:
        The same rows, with ``weighted_rank``, by the weighted mean of the percentiles, and
        ``nested_rank``, by the bands of R, within them F, within them V. 1 is the best; ties go by
        value descending, recency ascending, customer_id ascending. ``in_top``: whether her rank is
        in the top share, rounded up.

    Source: spec §5 "Two rankings", "Top ranking".
    """
    best_first = {
        "_score_down": -_weighted_sum(scoring.weights),
        "_value_down": -_in_units("value"),
        "_recency_up": F.col("recency_days").cast("bigint"),
    }
    ordered = scores.withColumns(best_first)
    top_share = F.lit(scoring.top_share) * F.col("ranked_customers").cast("decimal(19,0)")
    is_top = F.col(f"{scoring.top_ranking}_rank") <= F.ceil(top_share)
    kept = [name for name in scores.columns if name != "ranked_customers"]
    return (
        ordered.transform(
            with_position,
            scope=scope,
            order=[*best_first, "customer_id"],
            into="weighted_rank",
            way=way,
        )
        .transform(_with_nested_rank, among=ordered, scope=scope, way=way)
        .select(*kept, "weighted_rank", "nested_rank", is_top.alias("in_top"))
    )


def band_cuts(
    measures: DataFrame, measure: str, scoring: Scoring, scope: Sequence[str] = ("as_of",)
) -> DataFrame:
    """The cut points of a measure where bands come from cut points.

    Args:
        measures: What ``rfv`` takes.
        measure: recency, frequency or value.
        scoring: How they are judged; ``quantile`` or ``fixed``.
        scope: As in ``rfv``.

    Returns:
        Key (scope): ``cuts``, an array of exact cut points in the measure's smallest units,
        recency as −days, each times ``cut_factor(scoring)``.
    """
    if scoring.mode == "fixed":
        units = [F.lit(cut.scaleb(SCALES[measure])) for cut in _fixed(scoring, measure)]
        cuts = F.array(*units).cast("array<decimal(38,6)>")
        return measures.select(*scope).distinct().withColumn("cuts", cuts)
    ordered = measures.select(*scope, _in_units(measure).alias("units"))
    return type_7_cuts(histogram(ordered, scope, "units"), scope, "units", scoring.bands)


def cut_factor(scoring: Scoring) -> int:
    """What the cuts of ``band_cuts`` are multiplied by, so that type 7 stays exact."""
    return scoring.bands if scoring.mode == "quantile" else 1


def _in_units(measure: str) -> Column:
    """A measure as a whole number of which more is better: recency as −days."""
    if measure == "recency":
        return -F.col("recency_days").cast("bigint")
    return to_minor(F.col(measure), SCALES[measure])


def _with_score(
    rows: DataFrame,
    among: DataFrame,
    measure: str,
    scoring: Scoring,
    scope: Sequence[str],
    way: Way,
) -> DataFrame:
    order = f"_{measure}"
    bare = rows.drop("ranked_customers")
    placed = bare.transform(with_places, scope=scope, value=order, way=way, among=among)
    below, steps = F.col("rank") - 1, F.col("population") - 1
    percentile = F.when(steps > 0, below / F.greatest(steps, F.lit(1))).otherwise(F.lit(0.0))
    if scoring.mode == "percent_rank":
        band = _band_by_rank(below, steps, scoring.bands)
    elif scoring.mode == "ntile":
        placed = placed.transform(
            with_position,
            scope=scope,
            order=[order, "customer_id"],
            into="_place",
            way=way,
            among=among,
        )
        band = ntile(F.col("_place"), F.col("population"), scoring.bands)
    else:
        cuts = band_cuts(among, measure, scoring, scope)
        placed = placed.join(F.broadcast(cuts), on=list(scope), how="left")
        units = F.col(order).cast("decimal(19,0)") * F.lit(cut_factor(scoring))
        cuts_below = F.size(F.filter("cuts", lambda cut: cut < units))
        band = 1 + F.coalesce(cuts_below, F.lit(0))
    return placed.select(
        *bare.columns,
        F.col("rank").alias(f"{measure}_rank"),
        percentile.alias(f"{measure}_percentile"),
        band.cast("int").alias(f"{measure}_band"),
        F.col("population").alias("ranked_customers"),
    )


def _band_by_rank(below: Column, steps: Column, bands: int) -> Column:
    at = F.call_function("div", F.lit(bands) * below, F.greatest(steps, F.lit(1)))
    return F.least(F.lit(bands), 1 + at)


def ntile(position: Column, population: Column, tiles: int) -> Column:
    """The tile of a row number as SQL's NTILE deals them: the first ones are larger by one."""
    size = F.call_function("div", population, F.lit(tiles))
    larger = F.pmod(population, F.lit(tiles))
    in_larger = larger * (size + 1)
    among_larger = F.call_function("div", position - 1, size + 1)
    rest = F.call_function("div", position - 1 - in_larger, F.greatest(size, F.lit(1)))
    return 1 + F.when(position <= in_larger, among_larger).otherwise(larger + rest)


def _fixed(scoring: Scoring, measure: str) -> tuple[Decimal, ...]:
    return scoring.cuts[MEASURES.index(measure)]


def _weighted_sum(weights: Sequence[int]) -> Column:
    """Within a scope it orders as the weighted mean of the percentiles does."""
    score = F.lit(0).cast("bigint")
    for weight, measure in zip(weights, MEASURES, strict=True):
        score = score + F.lit(weight) * F.col(f"{measure}_rank")
    return score


def _with_nested_rank(
    rows: DataFrame, among: DataFrame, scope: Sequence[str], way: Way
) -> DataFrame:
    """Numbers each cell of three bands by itself, behind the customers of all better cells.

    A cell may hold everybody, so it is numbered as any scope is.
    """
    within_cell = ["_value_down", "_recency_up", "customer_id"]
    best_first = [F.col(band).desc() for band in BANDS]
    if way.method == "window":
        in_scope = Window.partitionBy(*scope).orderBy(*best_first, *within_cell)
        return rows.withColumn("nested_rank", F.row_number().over(in_scope).cast("bigint"))
    cell = [*scope, *BANDS]
    better = (
        Window.partitionBy(*scope).orderBy(*best_first).rowsBetween(Window.unboundedPreceding, -1)
    )
    cells = among.groupBy(*cell).agg(F.count(F.lit(1)).alias("_customers"))
    before = F.coalesce(F.sum("_customers").over(better), F.lit(0)).alias("_before")
    return (
        rows.transform(
            with_position, scope=cell, order=within_cell, into="_within", way=way, among=among
        )
        .join(F.broadcast(cells.select(*cell, before)), on=cell, how="inner")
        .withColumn("nested_rank", F.col("_before") + F.col("_within"))
    )
