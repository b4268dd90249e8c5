"""Comparing whom the customer search finds, and what they are worth, with the oracle's SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.search import found_customers
from jobs.search_settings import Search
from jobs.tables import Tables
from tests.movement_checks import by_code
from tests.oracle import search as oracle
from tests.oracle.compare import assert_same
from transforms.search import rfv_report, search, selection_value
from transforms.store_returns import ReturnRanges, returning_customers

FOUND = ("customer_code", "purchases", "net_amount", "last_purchase_on")

Given = Mapping[str, Any]
"""Filters as a file has them."""

EACH_ALONE: list[Given] = [
    {"birthday": {"from": "12-20", "to": "01-05"}},
    {"birthday": {"from": "02-29", "to": "02-29"}},
    {"registered_within": "90 days"},
    {"registered_within": "12 months"},
    {"online": True},
    {"online": False},
    {"in_loyalty": True},
    {"in_loyalty": False},
    {"loyalty_programme": " CLUBE FICTÍCIO"},
    {"loyalty_category": "ouro"},
    *(
        {"incomplete": [name]}
        for name in ("name", "birth_date", "sex", "email", "mobile", "cep", "address")
    ),
    {"last_purchase": {"from": date(2023, 6, 1), "to": date(2024, 1, 31)}},
    {"bought_in": "2024-01"},
    {"not_bought_in": "2024-02"},
    {"preferred_store": "001"},
    {"sex": "F"},
    {"marital_status": "casado(a)"},
    {"age": {"from": 18, "to": 24}},
    {"age": {"to": 30}},
    {"age": {"from": 60}},
    {"with_purchases": True},
    {"with_purchases": False},
    {"birthday": {"from": "02-01", "to": "02-28"}},
    {"purchases_12m": {"from": 2, "to": 4}},
    {"value_12m": {"from": 500}},
    {"average_ticket": {"to": 150}},
    {"recency_days": {"from": 30, "to": 90}},
    {"registered": True},
    {"registered": False},
    *({"frequency": name} for name in ("weekly", "fortnightly", "monthly", "other")),
]
TOGETHER: list[Given] = [
    {},
    {"bought_in": "2024-01", "not_bought_in": "2024-02", "sex": "F"},
    {"incomplete": ["email", "mobile"], "in_loyalty": True, "age": {"from": 25}},
    {
        "preferred_store": "002",
        "with_purchases": True,
        "last_purchase": {"from": date(2023, 6, 1), "to": date(2024, 2, 29)},
    },
]


def asked_of_oracle(filters: Given) -> dict[str, Any]:
    """Filters as the oracle's row has them: each end of a range in a column of its own."""
    asked: dict[str, Any] = {}
    for name, value in filters.items():
        if isinstance(value, Mapping):
            asked |= {f"{name}_{end}": day for end, day in value.items()}
        elif name == "registered_within":
            count, unit = value.split()
            asked |= {f"{name}_count": int(count), f"{name}_unit": unit}
        else:
            asked[name] = value
    return asked


def everybody(tables: Tables, as_of: date) -> DataFrame:
    """Everybody who can be found on a date, kept for many searches."""
    return found_customers(tables, as_of, Search()).cache()


def assert_each_alone_same(
    con: duckdb.DuckDBPyConnection, tables: Tables, as_of: date
) -> list[int]:
    """Each filter alone finds the same customers; returns how many, filter by filter."""
    codes = tables.read("customer_codes").cache()
    kept = (everybody(tables, as_of), tickets_until(tables, as_of).cache(), codes)
    counts = []
    for filters in EACH_ALONE:
        found = search(*kept[:2], _asked(filters).filters.wanted)
        counts.append(_assert_same(con, found, codes, as_of, filters))
    for each in kept:
        each.unpersist()
    return counts


def assert_together_same(con: duckdb.DuckDBPyConnection, tables: Tables, as_of: date) -> list[int]:
    """Filters that add up find the same, worth the same; returns how many each finds."""
    codes = tables.read("customer_codes").cache()
    counts = []
    for filters in TOGETHER:
        found = found_customers(tables, as_of, _asked(filters))
        counts.append(_assert_same(con, found, codes, as_of, filters))
        oracle.selection_value(con)
        assert_same(con, selection_value(found), "selection_value", ("customers",))
    codes.unpersist()
    return counts


def assert_report_same(
    con: duckdb.DuckDBPyConnection,
    tables: Tables,
    as_of: date,
    filters: Given,
    period: tuple[date, date],
) -> int:
    """The RFV report of the found in a period is the same; returns its rows."""
    found = found_customers(tables, as_of, _asked(filters))
    oracle.search(con, as_of, **asked_of_oracle(filters))
    oracle.rfv_report(con, *period)
    report = rfv_report(found, tickets_until(tables, as_of), *period)
    made = by_code(report, tables.read("customer_codes"))
    return assert_same(con, made, "rfv_report", ("customer_code",))


def assert_returning_same(
    con: duckdb.DuckDBPyConnection,
    tables: Tables,
    bought: tuple[date, date],
    back: tuple[date, date],
) -> int:
    """Who bought in a store and came back is the same; returns the rows."""
    oracle.returning_customers(con, bought, back)
    asked = ReturnRanges(back[1], *bought, *back)
    made = returning_customers(tickets_until(tables, back[1]), [asked]).drop("as_of")
    by_codes = by_code(made, tables.read("customer_codes"))
    return assert_same(con, by_codes, "returning_customers", ("store_code", "customer_code"))


def tickets_until(tables: Tables, day: date) -> DataFrame:
    """The published tickets of real customers that a day knows of."""
    coded = tables.read("purchases").where("code_class = 'coded'")
    return coded.where(F.col("business_day") <= F.lit(day))


def _asked(filters: Given) -> Search:
    return Search.model_validate({"filters": filters})


def _assert_same(
    con: duckdb.DuckDBPyConnection, found: DataFrame, codes: DataFrame, as_of: date, filters: Given
) -> int:
    oracle.search(con, as_of, **asked_of_oracle(filters))
    made = by_code(found, codes).select(*FOUND)
    return assert_same(con, made, "found_customers", ("customer_code",))
