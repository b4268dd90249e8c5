"""What Spark makes of customers' movement, from small networks in which nearly everything ties."""

from __future__ import annotations

from random import Random
from typing import Literal

import duckdb
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from tests.movement_checks import RUN, assert_table_same
from tests.oracle import movement as oracle
from tests.oracle.movement_cases import run, some_lines
from transforms.cohorts import cohort_sums, cohorts
from transforms.customer_habits import FrequencyLimits, customer_habits, frequency_classes
from transforms.purchases import with_first_purchase
from transforms.revenue_tree import revenue_tree
from transforms.store_returns import (
    last_12_months,
    return_counts,
    returning_customers,
    store_returns,
)
from transforms.ticket_products import customer_products, ticket_products

pytestmark = pytest.mark.slow

DATES = ("2024-01-20", "2024-02-29", "2024-03-30", "2025-02-28")
CATEGORIES = {"p1": "a", "p2": "a", "p3": "b"}  # none of p4
ONLINE = ("S3",)
NUMBERS = """
CREATE OR REPLACE TEMP TABLE numbers AS
SELECT customer_code, row_number() OVER (ORDER BY customer_code) AS customer_id
FROM (SELECT DISTINCT customer_code FROM purchases WHERE code_class = 'coded')
"""
SALES = """
SELECT store_code, business_day, sale_number, line_number, sold_at,
       CASE WHEN is_cancelled   THEN 'cancelled'
            WHEN is_return      THEN 'return'
            WHEN quantity <= 0  THEN 'stock_adjustment'
            WHEN price_sign < 0 THEN 'price_adjustment'
            ELSE 'sold'
       END AS kind,
       code_class, customer_id, salesperson_code, channel, NULL::BOOLEAN AS by_queue, product_code,
       quantity, amount AS list_amount, 0::DECIMAL(18, 4) AS discount_amount, amount,
       NULL::TIMESTAMPTZ AS delivered_at
FROM lines
LEFT JOIN line_products USING (store_code, business_day, sale_number, line_number)
LEFT JOIN numbers USING (customer_code)
"""
Made = dict[str, DataFrame]


@pytest.fixture(scope="module", params=["net", "gross"])
def basis(request: pytest.FixtureRequest) -> Literal["net", "gross"]:
    given: Literal["net", "gross"] = request.param
    return given


@pytest.fixture(scope="module")
def con(basis: str) -> duckdb.DuckDBPyConnection:
    """The oracle after it has run on random lines."""
    made = oracle.connect()
    oracle.set_parameters(made, value_basis=basis)
    online, main_stores = list(ONLINE), {"C1": "S2", "C2": "S2", "C3": "S3"}
    lines = some_lines(Random(7), 300)
    run(made, lines, DATES, main_stores=main_stores, categories=CATEGORIES, online=online)
    for make in RUN.values():
        make(made)
    return made


@pytest.fixture(scope="module")
def made(
    spark: SparkSession, con: duckdb.DuckDBPyConnection, basis: Literal["net", "gross"]
) -> Made:
    """The tables as Spark makes them of the oracle's purchases, accounts and allocations."""
    con.execute(NUMBERS)
    dates = [day for (day,) in con.execute("SELECT as_of FROM dates ORDER BY 1").fetchall()]
    tickets = _read(spark, con, _numbered("purchases"))
    history = tickets.where("code_class = 'coded'")
    accounts, allocated = (
        _read(spark, con, _numbered(name)) for name in ("accounts", "allocations")
    )
    products = spark.createDataFrame(
        list(CATEGORIES.items()), "product_code string, category string"
    )
    bought = ticket_products(_read(spark, con, SALES), history.transform(with_first_purchase))
    habits = customer_habits(
        accounts,
        history,
        bought.join(products, on="product_code", how="left"),
        spark.createDataFrame([ONLINE], "store_code string"),
        FrequencyLimits(7, 15, 31),
        basis,
        dates,
    )
    return {
        "revenue_tree": revenue_tree(tickets, dates),
        "cohorts": cohorts(cohort_sums(history, allocated, dates)),
        "customer_habits": habits,
        "frequency_classes": frequency_classes(habits, accounts, allocated),
        "customer_products": customer_products(bought),
        "store_returns": store_returns(
            return_counts(returning_customers(history, last_12_months(dates)))
        ),
    }


@pytest.mark.parametrize(
    "table",
    [
        "revenue_tree",
        "cohorts",
        "customer_habits",
        "frequency_classes",
        "customer_products",
        "store_returns",
    ],
)
def test_random_sales_equal_the_oracle(
    spark: SparkSession, con: duckdb.DuckDBPyConnection, made: Made, table: str
) -> None:
    codes = _read(spark, con, "FROM numbers")
    assert assert_table_same(con, made[table], table, codes) > 10


def _numbered(table: str) -> str:
    return f"SELECT * EXCLUDE (customer_code) FROM {table} LEFT JOIN numbers USING (customer_code)"


def _read(spark: SparkSession, con: duckdb.DuckDBPyConnection, query: str) -> DataFrame:
    found = con.execute(query).fetch_arrow_table()
    return spark.createDataFrame(found, from_arrow_schema(found.schema))
