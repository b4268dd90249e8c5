"""Run the oracle's tables of customers' movement in a DuckDB connection.

In this order: :func:`connect`, :func:`set_parameters`; the tables of ``inputs.sql`` filled by hand
or by a loader; ``purchases`` and ``accounts`` run; for :func:`cohorts` and
:func:`frequency_classes` the allocation, and for :func:`indicator_evolution` the indicators, run or
put in their places; and then each table that is wanted. None needs another one of this module, but
frequency classes, which need habits.
"""

from __future__ import annotations

import duckdb

from .accounts import _run, connect

__all__ = [
    "cohorts",
    "connect",
    "customer_habits",
    "customer_products",
    "frequency_classes",
    "indicator_evolution",
    "loyalty_participation",
    "revenue_tree",
    "set_parameters",
    "store_returns",
]


def set_parameters(
    con: duckdb.DuckDBPyConnection,
    *,
    weekly_up_to_days: int = 7,
    fortnightly_up_to_days: int = 15,
    monthly_up_to_days: int = 31,
    value_basis: str = "net",
) -> None:
    """Set the limits of the frequency classes, and ``value_basis``, which is not theirs alone."""
    con.execute(
        "UPDATE parameters SET weekly_up_to_days = ?, fortnightly_up_to_days = ?, "
        "monthly_up_to_days = ?, value_basis = ?",
        [weekly_up_to_days, fortnightly_up_to_days, monthly_up_to_days, value_basis],
    )


def revenue_tree(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``revenue_tree`` of ``purchases`` and ``dates``."""
    _run(con, "revenue_tree")


def cohorts(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``cohorts`` of ``purchases``, ``accounts`` and ``allocations``."""
    _run(con, "indicators_levels")
    _run(con, "cohorts")


def store_returns(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``store_returns`` of ``purchases`` and ``dates``."""
    _run(con, "store_returns")


def customer_products(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``customer_products`` of ``lines``, ``line_products`` and ``purchases``."""
    _run(con, "product_lines")
    _run(con, "customer_products")


def customer_habits(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``customer_habits`` of ``accounts``, the same lines, ``products`` and ``stores``."""
    _run(con, "product_lines")
    _run(con, "customer_habits")


def frequency_classes(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``frequency_classes`` of ``customer_habits``, ``accounts`` and ``allocations``."""
    _run(con, "indicators_levels")
    _run(con, "frequency_classes")


def loyalty_participation(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``loyalty_participation`` of ``registry``, ``profiles`` and ``accounts``."""
    _run(con, "loyalty_participation")


def indicator_evolution(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``indicator_evolution`` of ``indicators``, ``dates`` and ``calendar``."""
    _run(con, "indicator_evolution")
