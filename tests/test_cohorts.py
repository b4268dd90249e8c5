"""Cohorts from their sums, and back; what the sums are made of is compared with the oracle's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from schemas import TABLES
from transforms.cohorts import COHORT_AT_AGE, cohort_sums, cohorts, sums_of_cohorts

JAN, FEB, MARCH = (date(2024, month, 1) for month in (1, 2, 3))
MID_MARCH, NEW_YEAR = date(2024, 3, 15), date(2025, 1, 1)
SUMS = (
    "as_of date, level string, level_code string, cohort date, age int, "
    "customers bigint, buyers bigint, purchases bigint, net bigint"
)


def sums(spark: SparkSession, *rows: tuple[Any, ...]) -> DataFrame:
    return spark.createDataFrame([(*row[:1], "store", *row[1:]) for row in rows], SUMS)


def money(amount: str) -> Decimal:
    return Decimal(amount)


def test_every_age_has_a_row_and_who_is_gone_has_none(spark: SparkSession) -> None:
    made = cohorts(
        sums(
            spark,
            (MID_MARCH, "a", JAN, 0, 4, 4, 5, 300_000),
            (MID_MARCH, "a", JAN, 1, 0, 0, 0, -50_000),  # somebody returned something
            (MID_MARCH, "a", FEB, 0, 0, 0, 0, 0),  # all of them changed since
            (MID_MARCH, "a", FEB, 1, 0, 0, 0, 0),
            (MID_MARCH, "a", MARCH, 0, 1, 1, 1, 7),
            (MID_MARCH, "b", FEB, 0, 2, 2, 2, 0),
            (NEW_YEAR, "a", FEB, 0, 1, 1, 1, 10_000),  # 11 months until then
            (NEW_YEAR, "a", FEB, 10, 0, 1, 2, 20_000),
        )
    )
    gap = [(NEW_YEAR, "a", FEB, age, 1, 0, 0, money("0"), money("1"), 0.0) for age in range(1, 10)]
    expected = [
        (MID_MARCH, "a", JAN, 0, 4, 4, 5, money("30"), money("30"), 1.0),
        (MID_MARCH, "a", JAN, 1, 4, 0, 0, money("-5"), money("25"), 0.0),
        (MID_MARCH, "a", JAN, 2, 4, 0, 0, money("0"), money("25"), 0.0),
        (MID_MARCH, "a", MARCH, 0, 1, 1, 1, money("0.0007"), money("0.0007"), 1.0),
        (MID_MARCH, "b", FEB, 0, 2, 2, 2, money("0"), money("0"), 1.0),
        (MID_MARCH, "b", FEB, 1, 2, 0, 0, money("0"), money("0"), 0.0),
        (NEW_YEAR, "a", FEB, 0, 1, 1, 1, money("1"), money("1"), 1.0),
        *gap,
        (NEW_YEAR, "a", FEB, 10, 1, 1, 2, money("2"), money("3"), 1.0),
        (NEW_YEAR, "a", FEB, 11, 1, 0, 0, money("0"), money("3"), 0.0),
    ]
    rows = spark.createDataFrame(
        [(row[0], "store", *row[1:]) for row in expected], TABLES["cohorts"].ddl
    )
    assert_df_equality(made, rows, ignore_row_order=True, ignore_nullable=True)


def test_the_sums_of_published_cohorts_make_them_again(spark: SparkSession) -> None:
    made = cohorts(
        sums(
            spark,
            (MID_MARCH, "a", JAN, 0, 4, 4, 5, 300_000),
            (MID_MARCH, "a", JAN, 2, 0, 1, 1, -50_000),
            (MID_MARCH, "b", MARCH, 0, 1, 1, 1, 0),
        )
    )
    again = cohorts(sums_of_cohorts(made))
    assert_df_equality(again, made, ignore_row_order=True, ignore_nullable=True)
    assert sums_of_cohorts(made).where("age = 2").drop("as_of", "level").collect() == [
        ("a", JAN, 2, 0, 1, 1, -50_000)
    ]


def test_sums_are_of_whoever_is_allocated_and_has_bought_by_then(spark: SparkSession) -> None:
    tickets = spark.createDataFrame(
        [
            (1, date(2024, 1, 31), True, money("10")),
            (1, date(2024, 3, 2), True, money("5")),
            (2, date(2023, 12, 1), False, money("-2")),  # a return counts once she has bought
            (2, date(2024, 1, 5), True, money("3")),
            (3, date(2024, 3, 10), False, money("-9")),  # never bought
            (4, date(2024, 3, 16), True, money("8")),  # has not happened by the first date
            (5, date(2024, 2, 1), True, money("4")),  # in no store
        ],
        "customer_id bigint, business_day date, is_purchase boolean, net_amount decimal(18,4)",
    )
    allocated = spark.createDataFrame(
        [
            *((MID_MARCH, each, "a") for each in (1, 2, 3, 4)),
            (MID_MARCH, 5, None),
            (NEW_YEAR, 4, "b"),
        ],
        "as_of date, customer_id bigint, store_code string",
    )
    found = cohort_sums(tickets, allocated, [MID_MARCH, NEW_YEAR])
    assert found.columns[:5] == list(COHORT_AT_AGE)
    assert sorted(map(tuple, found.collect())) == [
        (MID_MARCH, "network", "network", JAN, 0, 2, 2, 2, 110_000),
        (MID_MARCH, "network", "network", JAN, 2, 0, 1, 1, 50_000),
        (MID_MARCH, "network", "network", FEB, 0, 1, 1, 1, 40_000),
        (MID_MARCH, "store", "a", JAN, 0, 2, 2, 2, 110_000),
        (MID_MARCH, "store", "a", JAN, 2, 0, 1, 1, 50_000),
        (NEW_YEAR, "network", "network", MARCH, 0, 1, 1, 1, 80_000),
        (NEW_YEAR, "store", "b", MARCH, 0, 1, 1, 1, 80_000),
    ]
