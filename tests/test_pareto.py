"""Customers of a store are sorted by value once; a curve has each percent once, of all sizes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.plans import nodes, without_broadcasts
from transforms.pareto import ParetoShares, by_value, pareto_curve, value_histogram
from transforms.ranking import WINDOW

SHARES = ParetoShares((Decimal("0.8"), Decimal("0.95")), Decimal("0.2"), Decimal("0.8"))


def test_the_customers_of_a_store_are_sorted_once(spark: SparkSession) -> None:
    values = spark.range(9).selectExpr(
        "DATE'2024-02-29' AS as_of",
        "'store' AS scope",
        "CAST(id % 2 AS STRING) AS scope_code",
        "id AS customer_id",
        "CAST(id AS DECIMAL(18,4)) AS value",
    )
    with without_broadcasts(spark):
        ranked = by_value(values, SHARES, WINDOW)
        plan: Any = ranked._jdf.queryExecution().executedPlan()
        names = [each.nodeName() for each in nodes(plan)]
    assert names.count("Window") >= 2
    assert names.count("Sort") == 1


@pytest.mark.parametrize("customers", [1, 7, 99, 100, 101, 250])
def test_a_curve_tells_of_each_percent_how_many_customers_that_is(
    spark: SparkSession, customers: int
) -> None:
    # Values of one bearer and of two, some negative: of 250 many have no percent of their own.
    values = [(number, Decimal(number * 2 // 3 - 5)) for number in range(customers)]
    rows = spark.createDataFrame(values, "customer_id bigint, value decimal(18,4)").selectExpr(
        "DATE'2024-02-29' AS as_of", "'network' AS scope", "'network' AS scope_code", "*"
    )
    found = pareto_curve(value_histogram(rows)).orderBy("percent").collect()
    best = sorted((value for _, value in values), reverse=True)
    assert [(row.percent, row.customers, row.positive_value) for row in found] == [
        (percent, first, sum(max(value, Decimal(0)) for value in best[:first]))
        for percent in range(1, 101)
        for first in [-(-percent * customers // 100)]
    ]
