"""Comparing what the jobs made of customers' movement with the oracle's SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

import duckdb
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.place import Place
from jobs.settings import Settings
from jobs.tables import Tables
from schemas import TABLES
from tests import lakehouses
from tests.oracle import accounts as oracle_accounts
from tests.oracle import movement as oracle
from tests.oracle.compare import assert_same

WITHOUT_DATES = ("customer_products",)
A_YEAR_AND_MORE = 400
"""Days back to all of the month a year before."""

RUN: dict[str, Callable[[duckdb.DuckDBPyConnection], None]] = {
    "revenue_tree": oracle.revenue_tree,
    "cohorts": oracle.cohorts,
    "customer_habits": oracle.customer_habits,
    "frequency_classes": oracle.frequency_classes,
    "customer_products": oracle.customer_products,
    "store_returns": oracle.store_returns,
    "loyalty_participation": oracle.loyalty_participation,
}
"""What makes each table, in an order that has habits before the classes made of them."""

OF_CUSTOMERS = {
    "purchases": ("purchases", "* EXCLUDE (customer_id)"),
    "lines": (
        "sales",
        (
            "store_code, business_day, sale_number, line_number, sold_at, customer_code, "
            "code_class, salesperson_code, channel, quantity, amount, "
            "CASE kind WHEN 'price_adjustment' THEN -1 ELSE 1 END AS price_sign, "
            "kind = 'return' AS is_return, kind = 'cancelled' AS is_cancelled"
        ),
    ),
    "persons": ("persons", "customer_code, registered_on"),
    "registry": (
        "persons",
        "customer_code, registered_on, roles, opted_out, mobile, cep, email, address, sex, state",
    ),
    "profiles": (
        "persons",
        "customer_code, name, birth_date, sex, marital_status, loyalty_programme, loyalty_category",
    ),
    "allocations": ("allocations", "* EXCLUDE (customer_id)"),
}
"""What the oracle reads: its table, the published one, and the columns, customers by code."""

OF_THINGS = {
    "line_products": (
        "SELECT store_code, business_day, sale_number, line_number, product_code FROM sales_read "
        "WHERE product_code IS NOT NULL"
    ),
    "products": "SELECT product_code, category FROM products_read",
    "stores": (
        "SELECT store_code, opened_on, closed_on, coalesce(is_online, false) AS is_online, "
        "successor_store_code FROM stores_read"
    ),
}
READ = ("purchases", "sales", "persons", "allocations", "products", "stores")


def published(spark: SparkSession, settings: Settings) -> Tables:
    """The tables as they were published last."""
    place = Place.of(settings.lakehouse)
    return Tables(spark, place, lakehouses.published(spark, settings).versions)


def loaded(tables: Tables, settings: Settings, dates: Iterable[date]) -> duckdb.DuckDBPyConnection:
    """Sales and registries of a lakehouse where the oracle works, and the accounts on some dates.

    Allocations are read as well; other tests compare them.
    """
    con = oracle.connect()
    given = settings.indicators
    oracle.set_parameters(
        con,
        weekly_up_to_days=given.weekly_up_to_days,
        fortnightly_up_to_days=given.fortnightly_up_to_days,
        monthly_up_to_days=given.monthly_up_to_days,
        value_basis=settings.network.value_basis,
    )
    days = sorted(dates)
    con.executemany("INSERT INTO dates VALUES (?)", [(each,) for each in days])
    con.register("codes", tables.read("customer_codes").toArrow())
    for name in READ:
        rows = tables.read(name)
        if name == "allocations":
            rows = rows.where(F.col("as_of").isin(days))
        con.register(f"{name}_read", rows.toArrow())
    for name, (table, columns) in OF_CUSTOMERS.items():
        query = f"SELECT {columns} FROM {table}_read LEFT JOIN codes USING (customer_id)"
        _fill(con, name, query)
    for name, query in OF_THINGS.items():
        _fill(con, name, query)
    oracle_accounts.accounts(con)
    return con


def assert_published_same(
    tables: Tables, con: duckdb.DuckDBPyConnection, name: str, dates: Sequence[date]
) -> int:
    """A published table equals the oracle's of the same name on the dates; returns its rows.

    Args:
        tables: The published tables.
        con: What ``loaded`` returns, for these dates at least; frequency classes need its habits.
        name: The table.
        dates: The dates to compare, where the table has dates.
    """
    made = tables.read(name)
    con.execute("DELETE FROM dates")
    con.executemany("INSERT INTO dates VALUES (?)", [(each,) for each in dates])
    if name not in WITHOUT_DATES:
        made = made.where(F.col("as_of").isin(list(dates)))
    RUN[name](con)
    return assert_table_same(con, made, name, tables.read("customer_codes"))


def assert_table_same(
    con: duckdb.DuckDBPyConnection, made: DataFrame, name: str, codes: DataFrame
) -> int:
    """A table equals the oracle's of the same name, customers by code; returns its rows."""
    return assert_same(con, by_code(made, codes), name, key_by_code(name))


def key_by_code(name: str) -> tuple[str, ...]:
    """The key of a table as the oracle has it."""
    return tuple(each.replace("customer_id", "customer_code") for each in TABLES[name].key)


def assert_evolution_same(
    tables: Tables, con: duckdb.DuckDBPyConnection, dates: Sequence[date], calendar: Sequence[date]
) -> int:
    """The evolution on the dates equals the oracle's, made of the published indicators.

    Args:
        tables: The published tables.
        con: Where the oracle works.
        dates: The dates to compare.
        calendar: All dates of the processing calendar until the last of these.
    """
    within = F.col("as_of") >= min(dates) - timedelta(days=A_YEAR_AND_MORE)
    for table, days in (("dates", dates), ("calendar", calendar)):
        con.execute(f"DELETE FROM {table}")
        con.executemany(f"INSERT INTO {table} VALUES (?)", [(each,) for each in days])
    con.register("indicators", tables.read("indicators").where(within).toArrow())
    oracle.indicator_evolution(con)
    shown = tables.read("indicator_evolution").where(F.col("as_of").isin(list(dates)))
    return assert_table_same(con, shown, "indicator_evolution", tables.read("customer_codes"))


def by_code(made: DataFrame, codes: DataFrame) -> DataFrame:
    """Rows by customer code instead of customer id, where they are of customers."""
    if "customer_id" not in made.columns:
        return made
    known = codes.select("customer_id", "customer_code")
    return made.join(known, on="customer_id", how="left").drop("customer_id")


def _fill(con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    exists = con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]).fetchall()
    if exists:
        con.execute(f"INSERT INTO {name} BY NAME {query}")
    else:  # what no file of the oracle declares, because it is made and not filled
        con.execute(f"CREATE TABLE {name} AS {query}")
