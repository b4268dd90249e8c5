"""Customers drawn again and again: the weights, their sums, and the interval that comes of them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from scipy.stats import chisquare, poisson

from jobs.campaigns.bootstrap import Draw, percentile_interval
from jobs.campaigns.comparison import compare
from jobs.campaigns.sums import Groups, Sums
from transforms.campaign_bootstrap import poisson_weight, weighted_draws

COLUMNS = "customer_id bigint, list_group string, value decimal(18,0)"
LEAST, MOST = -(2**63), 2**63 - 1


@pytest.mark.parametrize(
    ("share", "weight"),
    [
        (0.0, 0),
        (float(poisson.cdf(0, 1)) - 1e-9, 0),
        (float(poisson.cdf(0, 1)) + 1e-9, 1),
        (float(poisson.cdf(3, 1)) - 1e-9, 3),
        (float(poisson.cdf(3, 1)) + 1e-9, 4),
        (float(poisson.cdf(9, 1)) + 1e-9, 10),
    ],
)
def test_a_weight_is_the_poisson_variable_below_whose_share_the_bits_lie(
    spark: SparkSession, share: float, weight: int
) -> None:
    bits = LEAST + int(share * 2**64)
    assert spark.range(1).select(poisson_weight(F.lit(bits))).collect() == [(weight,)]


def test_the_largest_bits_weigh_more_than_chance_ever_brings(spark: SparkSession) -> None:
    ((weight,),) = spark.range(1).select(poisson_weight(F.lit(MOST))).collect()
    assert weight == 20  # 20! is less than 2 ** 64 / e, and 21! is more


def test_weights_are_distributed_as_poisson_and_draws_are_independent(spark: SparkSession) -> None:
    hashed = [poisson_weight(F.xxhash64("id", F.lit(draw))).alias(f"d{draw}") for draw in (1, 2)]
    rows = spark.range(40_000).select(*hashed).collect()
    for name in ("d1", "d2"):
        counts = Counter(min(row[name], 5) for row in rows)
        expected = [float(poisson.pmf(each, 1)) for each in range(5)]
        shares = [*expected, 1 - sum(expected)]
        fit = chisquare([counts[each] for each in range(6)], [40_000 * each for each in shares])
        assert fit.pvalue > 1e-4
    product = sum(row.d1 * row.d2 for row in rows) / 40_000
    assert abs(product - 1) < 5 * (3 / 40_000) ** 0.5  # E = 1, Var = 2 * 2 - 1


def test_sums_of_each_draw(spark: SparkSession) -> None:
    rows = [
        (1, "list", Decimal(10)),
        (2, "list", Decimal(-3)),
        (3, "control", Decimal(10**17)),
        (4, "control", Decimal(0)),
    ]
    given = spark.createDataFrame(rows, COLUMNS)
    weights = {
        (row.customer_id, row.draw): row.weight
        for row in given.crossJoin(spark.range(1, 8).withColumnRenamed("id", "draw"))
        .select(
            "customer_id",
            "draw",
            poisson_weight(F.xxhash64("customer_id", F.col("draw").cast("int"))).alias("weight"),
        )
        .collect()
    }
    expected = [
        (
            draw,
            *(
                sum(weights[who, draw] * (1 if each is None else each) for who, each in members)
                for members in (
                    [(1, None), (2, None)],
                    [(1, Decimal(10)), (2, Decimal(-3))],
                    [(3, None), (4, None)],
                    [(3, Decimal(10**17)), (4, Decimal(0))],
                )
            ),
        )
        for draw in range(1, 8)
    ]
    for partitions in (1, 3):
        made = weighted_draws(given.repartition(partitions), "value", 7)
        assert made.columns == ["draw", "listed", "listed_total", "control", "control_total"]
        assert sorted(map(tuple, made.collect())) == expected


def test_the_interval_is_that_of_welch_where_both_hold(spark: SparkSession) -> None:
    rng = Random(8)
    rows = [
        (
            each,
            "list" if each % 2 else "control",
            Decimal(round(rng.gauss(1000, 300) + each % 2 * 50)),
        )
        for each in range(1000)
    ]
    interval = percentile_interval(drawn(spark.createDataFrame(rows, COLUMNS)), Decimal("0.95"))
    groups = Groups(*(sums_of(rows, each) for each in ("list", "control")))
    welch = compare({"": groups}, Decimal("0.95"))
    assert interval.draws == 400
    assert welch.low is not None
    assert welch.high is not None
    assert interval.low == pytest.approx(welch.low, abs=(welch.high - welch.low) * 0.15)
    assert interval.high == pytest.approx(welch.high, abs=(welch.high - welch.low) * 0.15)


def drawn(rows: DataFrame) -> list[Draw]:
    return [
        Draw(row.listed, Fraction(row.listed_total), row.control, Fraction(row.control_total))
        for row in weighted_draws(rows, "value", 400).collect()
    ]


def sums_of(rows: list[tuple[int, str, Decimal]], group: str) -> Sums:
    values = [int(value) for _, each, value in rows if each == group]
    return Sums.of(len(values), sum(values), sum(each**2 for each in values))
