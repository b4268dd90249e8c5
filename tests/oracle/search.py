"""Run the oracle's customer search in a DuckDB connection.

In this order: :func:`connect`; ``purchases``, ``registry``, ``profiles``, ``stores`` and ``dates``
filled; the accounts and ``customer_habits`` run, on every day that is asked for; :func:`search`,
and of :func:`selection_value` and :func:`rfv_report`, which speak of the found, whichever is
wanted. :func:`returning_customers` needs ``purchases`` alone.
"""

from __future__ import annotations

from datetime import date

import duckdb

from .accounts import _run, connect

__all__ = ["connect", "returning_customers", "rfv_report", "search", "selection_value"]

Asked = str | bool | int | date | list[str]


def search(con: duckdb.DuckDBPyConnection, as_of: date, **filters: Asked) -> None:
    """Make ``found_customers`` of who fulfils all filters, named as in ``search_filters``."""
    con.execute("DELETE FROM search_filters")
    columns = ", ".join(["as_of", *filters])
    places = ", ".join("?" for _ in range(len(filters) + 1))
    con.execute(
        f"INSERT INTO search_filters ({columns}) VALUES ({places})", [as_of, *filters.values()]
    )
    _run(con, "contacts")
    _run(con, "search")


def selection_value(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``selection_value`` of ``found_customers``."""
    _run(con, "selection_value")


def rfv_report(con: duckdb.DuckDBPyConnection, first_on: date, last_on: date) -> None:
    """Make ``rfv_report`` of ``found_customers``, in a period of days, both included."""
    con.execute("DELETE FROM report_periods")
    con.execute("INSERT INTO report_periods VALUES (?, ?)", [first_on, last_on])
    _run(con, "rfv_report")


def returning_customers(
    con: duckdb.DuckDBPyConnection, bought: tuple[date, date], back: tuple[date, date]
) -> None:
    """Make ``returning_customers`` of two periods of days, both included."""
    con.execute("DELETE FROM return_periods")
    con.execute("INSERT INTO return_periods VALUES (?, ?, ?, ?)", [*bought, *back])
    _run(con, "returning_customers")
