"""Ranks by segments equal plain windows, whatever the ties, the partitions and the sizes."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tests import lakehouses
from transforms.histograms import histogram
from transforms.ranking import WINDOW, with_places, with_position, with_rank
from transforms.segments import Way, rising_bucket

SCHEMA = "scope string, id bigint, value bigint, second bigint"
LARGEST = 2**62

values = st.one_of(
    st.integers(-3, 3),
    st.integers(-5000, 5000),
    st.integers(-LARGEST, LARGEST),
    st.sampled_from([0, 0, 0, 0, 8191, 8192, 8193, 1_499_000, 1_499_000]),
)
scopes = st.lists(st.lists(st.tuples(values, st.integers(0, 2)), max_size=30), max_size=8)


def rows_of(spark: SparkSession, drawn: list[list[tuple[int, int]]]) -> DataFrame:
    rows = [
        # Ids that differ in every bit, as keyed hashes do.
        (f"s{number}", (place * 0x9E3779B97F4A7C15 + number) % 2**63 - LARGEST, value, second)
        for number, scope in enumerate(drawn)
        for place, (value, second) in enumerate(scope)
    ]
    return spark.createDataFrame(rows, SCHEMA)


def collected(rows: DataFrame) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in rows.select(sorted(rows.columns)).collect())


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # an example takes many seconds: shrinking one is work by hand
    suppress_health_check=list(HealthCheck),
)
@given(
    drawn=scopes,
    whole=st.sampled_from([0, 10]),
    heavy=st.sampled_from([0, 1, 3]),
    partitions=st.sampled_from([1, 3]),
)
def test_segments_equal_windows(
    spark: SparkSession,
    drawn: list[list[tuple[int, int]]],
    whole: int,
    heavy: int,
    partitions: int,
) -> None:
    rows = rows_of(spark, drawn).repartition(partitions)

    def placed(way: Way) -> DataFrame:
        within = ["scope"]
        ranked = rows.transform(with_rank, within, value="value", into="ranked", way=way)
        summed = F.greatest("value", F.lit(0))
        known = ranked.transform(with_places, within, value="value", summed=summed, way=way)
        order = ["value", "second", "id"]
        return known.transform(
            with_position, within, order=order, into="place", way=way, among=rows
        )

    kept: list[DataFrame] = []

    def keep(segments: DataFrame) -> DataFrame:
        kept.append(segments.cache())
        return kept[-1]

    assert collected(placed(Way(whole=whole, heavy=heavy, keep=keep))) == collected(placed(WINDOW))
    assert len(kept) == 7
    for each in kept:
        each.unpersist()


def test_values_with_a_bucket_each_are_looked_up(spark: SparkSession) -> None:
    rows = rows_of(spark, [[(place % 7, 0) for place in range(40)], [(-5, 0), (4000, 0)]])
    asked = []

    def is_one_value_each(buckets: DataFrame) -> bool:
        asked.append(buckets.where("NOT _is_one_value").isEmpty())
        return asked[-1]

    summed = F.col("value") * 2
    looked_up, sorted_in_segments, windowed = (
        rows.transform(with_places, ["scope"], value="value", summed=summed, way=way)
        for way in (
            Way(keep=lakehouses.as_a_leaf, is_one_value_each=is_one_value_each),
            Way(keep=lakehouses.as_a_leaf),
            WINDOW,
        )
    )
    assert asked == [True]
    assert collected(looked_up) == collected(sorted_in_segments) == collected(windowed)
    is_sorted = ["Window" in plan_of(each) for each in (looked_up, sorted_in_segments)]
    assert is_sorted == [False, True]


def plan_of(rows: DataFrame) -> str:
    return str(rows._jdf.queryExecution().optimizedPlan().toString())


def test_a_histogram_by_hand(spark: SparkSession) -> None:
    given_rows = [("a", 1, 5, 0), ("a", 2, -7, 0), ("a", 3, 5, 0), ("a", 4, 10**9, 0)]
    rows = spark.createDataFrame([*given_rows, ("b", 1, 0, 0)], SCHEMA)
    found = {
        (row.scope, row.value): (
            row.bearers,
            row.rank,
            int(row.total_below),
            row.population,
            int(row.total),
        )
        for row in histogram(rows, ["scope"], "value", summed=F.col("value")).collect()
    }
    total = 10**9 + 3
    assert found == {
        ("a", -7): (1, 1, 0, 4, total),
        ("a", 5): (2, 2, -7, 4, total),
        ("a", 10**9): (1, 4, 3, 4, total),
        ("b", 0): (1, 1, 0, 1, 0),
    }


def test_a_bucket_never_falls_and_is_narrow(spark: SparkSession) -> None:
    around = {power + beside for power in (2**bits for bits in range(62)) for beside in (-1, 0, 1)}
    sorted_values = sorted({sign * each for each in around for sign in (-1, 1)})
    rows = spark.createDataFrame([(each,) for each in sorted_values], "value bigint")
    made = rows.select("value", rising_bucket(F.col("value")).alias("bucket")).collect()
    buckets = [row.bucket for row in sorted(made, key=lambda row: row.value)]
    assert buckets == sorted(buckets)
    assert max(buckets) < 60_000
    own = {row.value: row.bucket for row in made if abs(row.value) < 8192}
    assert own == {value: value for value in own}
    assert len(own) > 20


def test_no_rows_no_ranks(spark: SparkSession) -> None:
    nobody = spark.createDataFrame([], SCHEMA)
    assert nobody.transform(with_rank, scope=["scope"], value="value", into="place").count() == 0
