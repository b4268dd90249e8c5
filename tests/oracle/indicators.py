"""Run the oracle's indicators in a DuckDB connection.

They read the results of everything else, so the whole oracle runs first, in this order:
:func:`connect`; the parameters of the life cycle, of RFV and of allocation set by their modules,
and :func:`set_parameters`; the tables of ``inputs.sql`` filled by hand or by a loader; then
:func:`everything`, or its steps one by one and :func:`indicators`.

The inputs are ``lines``, ``persons`` (who is registered, for accounts and sales),
``registrations``, ``stores``, ``stints``, ``registry`` (the columns of registrations),
``queue_sales``, ``calendar`` and ``dates``, which holds the calendar's dates before its last one.
"""

from __future__ import annotations

import duckdb

from . import accounts, allocation, life_cycle, rfv
from .accounts import _run, connect

__all__ = ["connect", "everything", "indicators", "set_parameters"]

GROUPS = ("levels", "customers", "moves", "sales", "registrations", "portfolios")


def set_parameters(con: duckdb.DuckDBPyConnection, *, opt_in_silence: bool = True) -> None:
    """Set the parameters that only the indicators read."""
    con.execute("UPDATE parameters SET opt_in_silence = ?", [opt_in_silence])


def everything(con: duckdb.DuckDBPyConnection) -> None:
    """Make what the indicators are made of, and :func:`indicators`.

    ``customer_ids`` are numbered where they are empty.
    """
    accounts.purchases(con)
    accounts.accounts(con)
    life_cycle.purchase_days(con)
    life_cycle.life_cycle(con)
    if con.execute("SELECT count(*) FROM customer_ids").fetchall() == [(0,)]:
        rfv.number_customers(con)
    rfv.rfv(con)
    allocation.allocation(con)
    allocation.portfolio_sales(con)
    indicators(con)


def indicators(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``indicators``.

    Of ``purchases``, ``persons``, ``purchase_days``, ``accounts``, ``life_cycle``,
    ``life_cycle_transitions``, ``rfv``, ``allocations``, ``allocation_history``,
    ``portfolio_sales``, ``registry``, ``queue_sales``, ``calendar`` and ``dates``.
    """
    _run(con, "contacts")
    for name in GROUPS:
        _run(con, f"indicators_{name}")
    _run(con, "indicators")
