"""Run the oracle's life cycle in a DuckDB connection.

In this order: :func:`tests.oracle.accounts.connect`, :func:`set_parameters`, :func:`purchase_days`
(or rows inserted by hand into ``purchase_days``), :func:`life_cycle`, and what is wanted of the
rest, once its input table is filled by hand.
"""

from __future__ import annotations

import duckdb

from .accounts import _run, connect

__all__ = [
    "connect",
    "due_to_change",
    "growth_accounting",
    "life_cycle",
    "life_cycle_matrix",
    "purchase_days",
    "set_parameters",
]


def set_parameters(con: duckdb.DuckDBPyConnection, **values: str | bool) -> None:
    """Set parameters, periods as the settings have them: ``inactive_after="12 months"``."""
    for name, value in values.items():
        if isinstance(value, bool) or " " not in value:
            con.execute(f"UPDATE parameters SET {name} = ?", [value])
        else:
            count, unit = value.split()
            con.execute(
                f"UPDATE parameters SET {name}_count = ?, {name}_unit = ?", [int(count), unit]
            )


def purchase_days(con: duckdb.DuckDBPyConnection) -> None:
    """Fill ``purchase_days`` from ``purchases``."""
    _run(con, "purchase_days")


def life_cycle(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``life_cycle`` and ``life_cycle_transitions`` from ``purchase_days``."""
    _run(con, "life_cycle")


def life_cycle_matrix(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``life_cycle_matrix`` from ``life_cycle`` and ``matrix_dates``."""
    _run(con, "life_cycle_matrix")


def growth_accounting(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``growth_accounting`` from the two of :func:`life_cycle` and ``growth_periods``."""
    _run(con, "growth_accounting")


def due_to_change(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``due_to_change`` from ``purchase_days`` and ``due_horizons``, after the life cycle."""
    _run(con, "due_to_change")
