"""The cut points of bands are those that R prints, and a measure on a cut lies below it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.settings import load_settings
from tests.oracle.printed_by_r import QUANTILES
from transforms.ranking import WINDOW
from transforms.rfv import band_cuts, cut_factor, rfv_scores
from transforms.rfv_tables import rfv_bands

MEASURES = (
    "as_of date, customer_id bigint, recency_days int, frequency decimal(18,6), value decimal(18,4)"
)
AS_OF = date(2024, 1, 31)


def measures(spark: SparkSession, values: list[str]) -> DataFrame:
    rows = [
        (AS_OF, number, 5, Decimal(1), Decimal(value)) for number, value in enumerate(values, 1)
    ]
    return spark.createDataFrame(rows, MEASURES)


@pytest.mark.parametrize(("values", "bands", "printed"), QUANTILES)
def test_quantiles_are_those_that_r_prints(
    spark: SparkSession, values: str, bands: int, printed: list[float]
) -> None:
    scoring = load_settings((), ["rfv.scoring=quantile", f"rfv.bands={bands}"]).rfv.scoring_rules
    given = measures(spark, values.split()).repartition(3)
    row = band_cuts(given, "value", scoring).collect()[0]
    units = 10_000 * cut_factor(scoring)
    # Exactly: the decimals that R's shortest figures stand for.
    assert [Decimal(cut) / units for cut in row.cuts] == [Decimal(str(cut)) for cut in printed]


def test_a_measure_on_a_cut_is_below_it(spark: SparkSession) -> None:
    # Quartiles of 1 2 2 3 9 are 2, 2 and 3: the band between equal cuts stays empty.
    scoring = load_settings((), ["rfv.scoring=quantile", "rfv.bands=4"]).rfv.scoring_rules
    scored = rfv_scores(measures(spark, ["1", "2", "2", "3", "9"]), scoring, way=WINDOW)
    bands = {row.customer_id: row.value_band for row in scored.collect()}
    assert bands == {1: 1, 2: 1, 3: 1, 4: 3, 5: 4}
    edges = rfv_bands(scored.withColumn("amount", F.col("value")), scoring)
    of_value = edges.where("measure = 'value'").orderBy("band").collect()
    assert [(row.customers, row.lower_cut, row.upper_cut) for row in of_value] == [
        (3, None, 2.0),
        (0, 2.0, 2.0),
        (1, 2.0, 3.0),
        (1, 3.0, None),
    ]


def test_a_measure_on_a_fixed_cut_is_below_it_and_recency_is_cut_as_minus_days(
    spark: SparkSession,
) -> None:
    # Spec §5: band = 1 + the cuts strictly below the measure. So on a cut is still under it, and
    # the smallest unit more is above; 90 days ago is -90, on the cut, and 89 days ago above it.
    cuts = ("recency_cuts=[-90, -30]", "frequency_cuts=[1, 2.5]", "value_cuts=[0, 100]")
    given = ("scoring=fixed", "bands=3", *cuts)
    scoring = load_settings((), [f"rfv.{each}" for each in given]).rfv.scoring_rules
    worked = [
        # Days, frequency, value; bands of each.
        (91, "0.999999", "-0.0001", 1, 1, 1),
        (90, "1", "0", 1, 1, 1),
        (89, "1.000001", "0.0001", 2, 2, 2),
        (30, "2.5", "100", 2, 2, 2),
        (30, "2.5", "100", 2, 2, 2),  # equals lie in one band
        (29, "2.500001", "100.0001", 3, 3, 3),
        (0, "0", "-50", 3, 1, 1),
    ]
    rows = [
        (AS_OF, number, days, Decimal(frequency), Decimal(value))
        for number, (days, frequency, value, *_) in enumerate(worked)
    ]
    scored = rfv_scores(spark.createDataFrame(rows, MEASURES), scoring, way=WINDOW)
    bands = {
        row.customer_id: (row.recency_band, row.frequency_band, row.value_band)
        for row in scored.collect()
    }
    assert bands == {number: row[3:] for number, row in enumerate(worked)}
