"""What the bands hold: their edges, and the clusters of customers in the same three (spec §5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.rfv_cells import ALL_BANDS, MATRICES
from transforms.rfv import BANDS, MEASURES, SCALES, Scoring, band_cuts, cut_factor

_EDGE = "decimal(24,6)"


def rfv_bands(ranked: DataFrame, scoring: Scoring) -> DataFrame:
    """The customers and the edges of every band, empty ones too.

    Args:
        ranked: What ``rfv_rankings`` returns; read several times.
        scoring: What it was made by.

    Returns:
        The table ``rfv_bands``: key (as_of, measure, band), on the dates that have a customer.
        Recency is in days, so its lowest is its best; lowest and highest are null for an empty
        band. In the modes that have cut points the measures of a band lie in
        (lower_cut, upper_cut], recency as −days; a cut is null where nothing bounds the band.

    Source: spec §5 "The edges of each band are published beside the result".
    """
    each_measure = (_bands_of(ranked, measure, scoring) for measure in MEASURES)
    return reduce(DataFrame.unionByName, each_measure).select(*TABLES["rfv_bands"].column_names)


def rfv_cells(ranked: DataFrame) -> DataFrame:
    """The N×N×N clusters with customers, and the three N×N marginals.

    Args:
        ranked: What ``rfv_rankings`` returns, with ``amount``.

    Returns:
        The table ``rfv_cells``: key (as_of, matrix, recency_band, frequency_band, value_band). The
        band that a marginal sums over is 0. Value is the customers' money whatever V is; without
        a positive total its share is null.

    Source: spec §5 "Cluster matrix".
    """
    all_three = ranked.groupBy("as_of", *BANDS).agg(
        F.count(F.lit(1)).alias("customers"), _money("amount")
    )
    of_date = all_three.groupBy("as_of").agg(
        F.sum("customers").alias("all_customers"), _money("value").alias("all_value")
    )
    matrices = (_matrix(all_three, name, bands) for name, bands in MATRICES.items())
    share = F.col("value").cast("double") / F.col("all_value").cast("double")
    return (
        reduce(DataFrame.unionByName, matrices)
        .join(F.broadcast(of_date), on="as_of", how="inner")
        .withColumn("customer_share", F.col("customers") / F.col("all_customers"))
        .withColumn("value_share", F.when(F.col("all_value") > 0, share))
        .select(*TABLES["rfv_cells"].column_names)
    )


def _bands_of(ranked: DataFrame, measure: str, scoring: Scoring) -> DataFrame:
    figure = "recency_days" if measure == "recency" else measure
    numbers = F.array(*(F.lit(band) for band in range(1, scoring.bands + 1)))
    every_band = ranked.select("as_of").distinct().withColumn("band", F.explode(numbers))
    found = ranked.groupBy("as_of", F.col(f"{measure}_band").alias("band")).agg(
        F.count(F.lit(1)).alias("customers"),
        F.min(figure).cast(_EDGE).alias("lowest"),
        F.max(figure).cast(_EDGE).alias("highest"),
    )
    lower, upper = F.lit(None).cast("double"), F.lit(None).cast("double")
    if scoring.mode in ("quantile", "fixed"):
        cuts = band_cuts(ranked, measure, scoring)
        every_band = every_band.join(F.broadcast(cuts), on="as_of", how="left")
        lower, upper = (
            _cut(place, measure, scoring) for place in (F.col("band") - 1, F.col("band"))
        )
    return every_band.join(found, on=["as_of", "band"], how="left").select(
        "as_of",
        F.lit(measure).alias("measure"),
        "band",
        F.coalesce("customers", F.lit(0)).cast("bigint").alias("customers"),
        "lowest",
        "highest",
        lower.alias("lower_cut"),
        upper.alias("upper_cut"),
    )


def _cut(place: Column, measure: str, scoring: Scoring) -> Column:
    """The cut at a place from 1 on, in the measure's own unit; null beyond the ends."""
    units = F.lit(float(cut_factor(scoring) * Decimal(10) ** SCALES[measure]))
    is_one = place.between(1, scoring.bands - 1)
    return (
        F.when(is_one, F.try_element_at("cuts", F.greatest(place, F.lit(1)))).cast("double") / units
    )


def _matrix(all_three: DataFrame, name: str, bands: Sequence[str]) -> DataFrame:
    summed = all_three.groupBy("as_of", *bands).agg(
        F.sum("customers").alias("customers"), _money("value")
    )
    absent = {band: F.lit(ALL_BANDS) for band in BANDS if band not in bands}
    return summed.withColumns({**absent, "matrix": F.lit(name)})


def _money(column: str) -> Column:
    return F.sum(column).cast("decimal(18,4)").alias("value")
