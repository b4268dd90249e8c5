"""Run the oracle's RFV and Pareto in a DuckDB connection.

In this order: :func:`connect`, :func:`set_parameters`; ``lines``, ``persons``, ``dates`` and
``calendar`` filled by hand or by a loader; ``purchases`` and ``accounts`` run; ``customer_ids``
filled by hand or by :func:`number_customers`; for active customers alone the life cycle run; and
then :func:`rfv` and :func:`pareto`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import duckdb

from .accounts import _run, connect

__all__ = [
    "connect",
    "number_customers",
    "pareto",
    "pareto_figures",
    "rfv",
    "rfv_measures",
    "rfv_places",
    "scope_values",
    "set_parameters",
]

PREFIXED = {
    "rfv": (
        "frequency",
        "value",
        "population",
        "bands",
        "scoring",
        "recency_cuts",
        "frequency_cuts",
        "value_cuts",
        "weights",
        "top_ranking",
        "top_share",
        "fv_value",
        "category",
    ),
    "pareto": ("abc_shares", "top_customers_share", "value_share"),
}
"""The sections of the settings whose names are prefixed in ``parameters``."""


def set_parameters(
    con: duckdb.DuckDBPyConnection,
    *,
    history: str = "all",
    value_basis: str = "net",
    **values: str | int | Decimal | Sequence[int | Decimal],
) -> None:
    """Set parameters by their names in the settings: ``history="12 months"``, ``bands=5``."""
    count, unit = history.split() if history != "all" else (None, None)
    con.execute("UPDATE parameters SET value_basis = ?", [value_basis])
    con.execute(
        "UPDATE parameters SET rfv_history_count = ?, rfv_history_unit = ?",
        [count and int(count), unit],
    )
    columns = {name: f"{section}_{name}" for section in PREFIXED for name in PREFIXED[section]}
    for name, value in values.items():
        made = value if isinstance(value, (str, int, Decimal)) else list(value)
        con.execute(f"UPDATE parameters SET {columns[name]} = ?", [made])


def number_customers(con: duckdb.DuckDBPyConnection) -> None:
    """Fill ``customer_ids`` with the places of the codes, where no particular ids are wanted."""
    con.execute("DELETE FROM customer_ids")
    con.execute(
        "INSERT INTO customer_ids SELECT customer_code, row_number() OVER (ORDER BY customer_code) "
        "FROM purchases WHERE code_class = 'coded' GROUP BY customer_code"
    )


def rfv(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``rfv`` and all that stands beside it."""
    rfv_measures(con)
    rfv_places(con)


def rfv_measures(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``rfv_measures``: who is ranked, by what, and the F&V quadrants."""
    _run(con, "rfv_measures")


def rfv_places(con: duckdb.DuckDBPyConnection) -> None:
    """Make of ``rfv_measures`` the tables of places, bands and cells.

    They are ``rfv``, ``rfv_left``, ``rfv_scopes``, ``rfv_bands``, ``rfv_cells``, ``rfv_marginals``.
    """
    for name in ("rfv", "rfv_bands", "rfv_cells"):
        _run(con, name)


def pareto(con: duckdb.DuckDBPyConnection) -> None:
    """Make the Pareto of the network and of every store."""
    scope_values(con)
    pareto_figures(con)


def scope_values(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``scope_values``: whom each Pareto is of, and her value there."""
    _run(con, "scope_values")


def pareto_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Make of ``scope_values`` the figures of Pareto.

    They are ``pareto_curve``, ``pareto_summary``, ``pareto_customers``, ``network_customers`` and
    ``store_customers``.
    """
    _run(con, "pareto")
