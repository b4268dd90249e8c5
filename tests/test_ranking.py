"""Ranks by segments equal plain windows and counting, whatever the ties and the partitions."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tests import lakehouses
from transforms.histograms import histogram
from transforms.ranking import WINDOW, with_places, with_position
from transforms.segments import Way, rising_bucket

SCHEMA = "scope string, id bigint, value bigint, second bigint"
LARGEST = 2**62
SIZES = (1, 2, 9, 10, 11, 30, 40)
"""Scopes of one row, of few, around the ten that one way leaves whole, and with heavy buckets."""


def some_value(rng: Random) -> int:
    return rng.choice(
        (
            rng.randint(-3, 3),
            rng.randint(-5000, 5000),
            rng.randint(-LARGEST, LARGEST),
            rng.choice((0, 0, 0, 8191, 8192, 8193, 1_499_000, 1_499_000)),  # many bear one
            2**40 + rng.randint(0, 3),  # of one bucket and one part of it
        )
    )


def some_scopes(rng: Random) -> list[list[tuple[int, int]]]:
    return [[(some_value(rng), rng.randint(0, 2)) for _ in range(size)] for size in SIZES]


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


def by_counting(rows: DataFrame) -> list[tuple[Any, ...]]:
    """Places as the specification words them: each row compared with every other of its scope."""
    given = rows.collect()
    placed = []
    for row in given:
        scope = [each for each in given if each.scope == row.scope]
        below = [each for each in scope if each.value < row.value]
        mine = (row.value, row.second, row.id)
        placed.append(
            {
                **row.asDict(),
                "bearers": sum(each.value == row.value for each in scope),
                "rank": 1 + len(below),
                "population": len(scope),
                "total_below": sum(max(each.value, 0) for each in below),
                "total": sum(max(each.value, 0) for each in scope),
                "place": sum((each.value, each.second, each.id) <= mine for each in scope),
            }
        )
    return sorted(tuple(each[name] for name in sorted(each)) for each in placed)


@pytest.mark.parametrize(("whole", "heavy", "partitions"), [(0, 0, 3), (0, 3, 1), (10, 1, 3)])
def test_segments_and_windows_place_rows_as_counting_does(
    spark: SparkSession, whole: int, heavy: int, partitions: int
) -> None:
    # Drawn by a number and not by Hypothesis, which begins with the simplest rows there are.
    rows = rows_of(spark, some_scopes(Random(100 * whole + heavy))).repartition(partitions)

    def placed(way: Way) -> DataFrame:
        within = ["scope"]
        summed = F.greatest("value", F.lit(0))
        known = rows.transform(with_places, within, value="value", summed=summed, way=way)
        order = ["value", "second", "id"]
        return known.transform(
            with_position, within, order=order, into="place", way=way, among=rows
        )

    kept: list[DataFrame] = []

    def keep(segments: DataFrame) -> DataFrame:
        kept.append(segments.cache())
        return kept[-1]

    expected = by_counting(rows)
    assert len(expected) == sum(SIZES)
    assert collected(placed(Way(whole=whole, heavy=heavy, keep=keep))) == expected
    assert collected(placed(WINDOW)) == expected
    assert len(kept) == 5  # buckets and parts of both, and the next column where rows are numbered
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
    assert nobody.transform(with_places, ["scope"], value="value").count() == 0
