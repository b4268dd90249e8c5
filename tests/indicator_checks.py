"""What Spark makes of indicators, from the tables that the oracle made of everything before."""

from __future__ import annotations

from datetime import date

import duckdb
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.indicator_dictionary import computed
from jobs.settings import load_settings
from transforms.calendar_view import CalendarView
from transforms.indicator_facts import Sources, all_facts
from transforms.indicators import indicators
from transforms.periods import Period
from transforms.portfolios import days_of_sales, portfolio_sales

KEY = ("as_of", "period", "level", "level_code", "indicator")
NUMBERED = """
CREATE OR REPLACE TEMP TABLE numbers AS
SELECT customer_code, row_number() OVER (ORDER BY customer_code) AS customer_id
FROM (SELECT customer_code FROM purchases WHERE customer_code IS NOT NULL
      UNION SELECT customer_code FROM persons UNION SELECT customer_code FROM registry)
"""
PERSONS = """
SELECT customer_id, coalesce(persons.registered_on, registry.registered_on) AS registered_on,
       roles, opted_out, mobile, cep, email, address, sex, state, NULL::VARCHAR AS name
FROM numbers
JOIN registry USING (customer_code)
LEFT JOIN persons USING (customer_code)
"""


def made_of(spark: SparkSession, con: duckdb.DuckDBPyConnection) -> DataFrame:
    """The table ``indicators`` as Spark makes it of the oracle's accounts, timeline and so on."""
    dates, calendar = (_dates(con, name) for name in ("dates", "calendar"))
    con.execute(NUMBERED)
    view = CalendarView(tuple(dates), tuple(calendar))
    # The oracle counts in the queue's table what the suite's tickets say themselves.
    tickets = _read(
        spark,
        con,
        "SELECT purchases.* EXCLUDE (customer_code), customer_id, "
        "queue_sales.store_code IS NOT NULL AS by_queue "
        "FROM purchases LEFT JOIN numbers USING (customer_code) "
        "LEFT JOIN queue_sales USING (store_code, business_day, sale_number)",
    ).cache()
    in_force = _by_customer(spark, con, "allocation_history").where(
        F.col("as_of").isin(list(days_of_sales(view)))
    )
    coded = tickets.where("code_class = 'coded'")
    sources = Sources(
        accounts=_by_customer(spark, con, "accounts"),
        timeline=_by_customer(spark, con, "life_cycle"),
        changes=_by_customer(spark, con, "life_cycle_transitions"),
        days=_by_customer(spark, con, "purchase_days").withColumnRenamed(
            "business_day", "purchased_on"
        ),
        allocations=_by_customer(spark, con, "allocations"),
        ranked=_by_customer(spark, con, "rfv"),
        history=coded,
        of_nobody=tickets.where("code_class <> 'coded'"),
        persons=_read(spark, con, PERSONS),
        portfolio_sales=portfolio_sales(coded, in_force, view),
    )
    given = con.execute(
        "SELECT new_for_count, new_for_unit, loyalty_process_for_count, loyalty_process_for_unit, "
        "opt_in_silence FROM parameters"
    ).fetchall()[0]
    loyalty_ends = (Period(given[0], given[1]), Period(given[2], given[3]))
    rules = load_settings().indicators
    facts = all_facts(sources, dates, loyalty_ends, rules.sexes.words, opt_in_silence=given[4])
    return indicators(facts, computed(rules.limits))


def _dates(con: duckdb.DuckDBPyConnection, table: str) -> list[date]:
    return [row[0] for row in con.execute(f"SELECT as_of FROM {table} ORDER BY 1").fetchall()]


def _by_customer(spark: SparkSession, con: duckdb.DuckDBPyConnection, table: str) -> DataFrame:
    return _read(
        spark,
        con,
        f"SELECT * EXCLUDE (customer_code) FROM {table} JOIN numbers USING (customer_code)",
    )


def _read(spark: SparkSession, con: duckdb.DuckDBPyConnection, query: str) -> DataFrame:
    found = con.execute(query).fetch_arrow_table()
    # Of nothing, Spark cannot make its own chunks of timestamps.
    given = found if found.num_rows else []
    return spark.createDataFrame(given, from_arrow_schema(found.schema))
