"""Habits, cohorts and returns take tickets where each customer's lie together, and move none."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.session import joined_by_customer
from schemas import TABLES
from tests.plans import shuffles, without_broadcasts
from transforms.cohorts import cohort_sums
from transforms.customer_habits import FrequencyLimits, customer_habits
from transforms.purchases import by_customer
from transforms.store_returns import last_12_months, returning_customers

DATES = [date(2024, 2, 29)]


def some(spark: SparkSession, table: str) -> DataFrame:
    """Rows of which no plan can tell what they say."""
    columns = [
        f"TRY_CAST(CAST(id AS STRING) AS {each.type}) AS {each.name}"
        for each in TABLES[table].columns
    ]
    return spark.range(9).selectExpr(*columns)


def made(spark: SparkSession) -> list[DataFrame]:
    history = some(spark, "purchases").transform(by_customer)
    bought = (
        some(spark, "customer_products")
        .select(
            "customer_id",
            "product_code",
            F.lit("shoes").alias("category"),
            F.col("first_on").alias("sold_on"),
            F.col("first_on").alias("counted_on"),
            F.lit(1).cast("bigint").alias("items"),
            F.lit(1).cast("bigint").alias("net"),
        )
        .repartition("customer_id")
    )
    stores = some(spark, "stores").select("store_code")
    limits = FrequencyLimits(7, 15, 31)
    accounts = some(spark, "accounts")
    return [
        customer_habits(accounts, history, bought, F.broadcast(stores), limits, "net", DATES),
        returning_customers(history, last_12_months(DATES)),
        cohort_sums(history, some(spark, "allocations"), DATES),
    ]


def test_what_lies_by_customer_is_not_moved_to_join_it(spark: SparkSession) -> None:
    with without_broadcasts(spark):
        with joined_by_customer(spark):
            moved = [shuffles(rows) for rows in made(spark)]
        moved_otherwise = [shuffles(rows) for rows in made(spark)]
    again, again_otherwise = (
        [[moves_again for _, moves_again in found] for found in each]
        for each in (moved, moved_otherwise)
    )
    assert all(found for found in again)
    # Sums over stores and cohorts leave the customers; what is of customers stays.
    assert not any(again[0])
    assert not any(again[1])
    assert sum(again[2]) == 2
    assert any(again_otherwise[0])
    assert any(again_otherwise[1])
    assert sum(again_otherwise[2]) > sum(again[2])
