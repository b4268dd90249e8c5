"""Run the oracle's allocation in a DuckDB connection.

In this order: :func:`connect`, :func:`set_parameters`; ``lines``, ``registrations``, ``stores``,
``stints``, ``dates`` and ``calendar`` filled by hand or by a loader; ``purchases`` run; and then
:func:`allocation`, and of :func:`portfolio_sales`, :func:`store_loyalty` and :func:`store_overlap`
whichever is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from .accounts import _run, connect

__all__ = [
    "CRITERIA",
    "ROUTINES",
    "allocation",
    "connect",
    "portfolio_sales",
    "set_parameters",
    "store_loyalty",
    "store_overlap",
]

ROUTINES = ("sales", "accounts", "registry", "store", "network")
CRITERIA = (
    "last_purchases",
    "purchases_recent",
    "purchases_total",
    "value_recent",
    "value_total",
    "last_store",
)


def set_parameters(
    con: duckdb.DuckDBPyConnection,
    *,
    routines: Sequence[str] = ROUTINES,
    criteria: Sequence[str] = CRITERIA,
    last_purchases: int = 3,
    recent: str = "365 days",
    on_tie: str = "narrow",
    online_candidates: bool = True,
    default_store: str | None = None,
    value_basis: str = "net",
) -> None:
    """Set every parameter of allocation, and ``value_basis``, which is not its alone."""
    count, unit = recent.split()
    settings = {
        "allocation_routines": list(routines),
        "allocation_criteria": list(criteria),
        "allocation_last_purchases": last_purchases,
        "allocation_recent_count": int(count),
        "allocation_recent_unit": unit,
        "allocation_on_tie": on_tie,
        "allocation_online_candidates": online_candidates,
        "allocation_default_store": default_store,
        "value_basis": value_basis,
    }
    columns = ", ".join(f"{name} = ?" for name in settings)
    con.execute(f"UPDATE parameters SET {columns}", list(settings.values()))


def allocation(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``allocations``, and ``allocation_history`` for the calendar's dates too."""
    _run(con, "allocation")


def portfolio_sales(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``portfolio_sales`` of ``allocation_history``."""
    _run(con, "allocation_sales")


def store_loyalty(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``store_loyalty`` of ``allocations``."""
    _run(con, "store_loyalty")


def store_overlap(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``store_overlap``, which needs no allocation."""
    _run(con, "store_overlap")
