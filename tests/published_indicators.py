"""Indicators that were published, compared with the oracle's of the tables beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.settings import Settings
from jobs.tables import Tables
from tests.indicator_checks import KEY
from tests.life_cycle_checks import parameters_of
from tests.movement_checks import published
from tests.oracle import accounts as oracle_accounts
from tests.oracle import indicators as oracle
from tests.oracle import life_cycle as oracle_life_cycle
from tests.oracle.compare import assert_same

OF_CUSTOMERS = ("allocations", "persons", "purchases", "rfv")
QUERIES = {
    "purchases": "FROM purchases_read",
    "persons": "SELECT customer_code, registered_on FROM persons_read",
    "registry": (
        "SELECT customer_code, registered_on, roles, opted_out, mobile, cep, email, "
        "address, sex, state "
        "FROM persons_read"
    ),
    "rfv": "SELECT rfv_read.* FROM rfv_read JOIN dates USING (as_of)",
    "allocations": "SELECT allocations_read.* FROM allocations_read JOIN dates USING (as_of)",
    "allocation_history": "FROM allocations_read",
    "portfolio_sales": (
        "SELECT * REPLACE (nullif(salesperson_code, '') AS salesperson_code) "
        "FROM portfolio_sales_read JOIN dates USING (as_of)"
    ),
    "queue_sales": (
        "SELECT store_code, business_day, sale_number FROM purchases_read WHERE by_queue"
    ),
}
"""What the oracle's indicators read. Other tests compare these tables with the oracle's own."""

FILLED = ("persons", "registry", "queue_sales")
"""Inputs of the oracle, which keep the columns that it declares."""

NOT_THE_SUMS = """
WITH sums AS (
    SELECT as_of, period, indicator, sum(numerator) AS numerator, sum(denominator) AS denominator
    FROM indicators
    WHERE level = ?
    GROUP BY as_of, period, indicator
)
SELECT indicator
FROM indicators AS network
LEFT JOIN sums USING (as_of, period, indicator)
WHERE network.level = 'network'
GROUP BY indicator
HAVING count(*) FILTER (network.numerator IS DISTINCT FROM sums.numerator
                        OR network.denominator IS DISTINCT FROM sums.denominator) > 0
"""


def assert_published_same(
    spark: SparkSession, settings: Settings, dates: Sequence[date], calendar: Sequence[date]
) -> int:
    """Published indicators on the dates equal the oracle's; returns how many.

    Args:
        spark: The session.
        settings: Those of the lakehouse.
        dates: The dates to compare.
        calendar: All dates of its processing calendar.
    """
    tables = published(spark, settings)
    con = _loaded(tables, settings)
    for name, days in (("dates", dates), ("calendar", calendar)):
        con.executemany(f"INSERT INTO {name} VALUES (?)", [(each,) for each in days])
    for name, query in QUERIES.items():
        if name in FILLED:
            con.execute(f"INSERT INTO {name} {query}")
        else:
            con.execute(f"CREATE OR REPLACE TABLE {name} AS {query}")
    oracle_accounts.accounts(con)
    oracle_life_cycle.purchase_days(con)
    oracle_life_cycle.life_cycle(con)
    oracle.indicators(con)
    made = tables.read("indicators").where(F.col("as_of").isin(list(dates)))
    return assert_same(con, made.drop("rating"), "indicators", KEY)


def not_the_sums(con: duckdb.DuckDBPyConnection, level: str) -> set[str]:
    """Indicators whose numerators or denominators of a level do not add up to the network's.

    Those of all others do on every date, so the network's value is their sum, or for a quotient
    their mean weighted by the denominators.
    """
    return {row[0] for row in con.execute(NOT_THE_SUMS, [level]).fetchall()}


def _loaded(tables: Tables, settings: Settings) -> duckdb.DuckDBPyConnection:
    con = oracle.connect()
    rules = parameters_of(settings.life_cycle.rules).as_settings()
    oracle_life_cycle.set_parameters(con, **rules)
    oracle.set_parameters(con, opt_in_silence=settings.consent.opt_in_silence)
    codes = tables.read("customer_codes").select("customer_id", "customer_code")
    for name in OF_CUSTOMERS:
        rows = tables.read(name).join(codes, on="customer_id", how="left").drop("customer_id")
        con.register(f"{name}_read", rows.toArrow())
    con.register("portfolio_sales_read", tables.read("portfolio_sales").toArrow())
    return con
