"""Run the oracle's SQL in a DuckDB connection.

Everything that is computed is in the ``*.sql`` files beside this module; the functions here only
run them, in this order: :func:`connect`, a ``load_*`` (or rows inserted by hand into ``lines``),
rows inserted by hand into ``persons`` and ``dates``, :func:`purchases`, :func:`accounts`.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

SQL = Path(__file__).parent


def connect() -> duckdb.DuckDBPyConnection:
    """Open an in-memory database holding the input tables, all empty but ``parameters``."""
    con = duckdb.connect(config={"threads": 2})
    _run(con, "inputs")
    return con


def load_online_retail(con: duckdb.DuckDBPyConnection, path: Path | str) -> None:
    """Replace ``lines`` with those of ``onlineretail.csv.gz``."""
    _load(con, "online_retail", path)


def load_complete_journey(con: duckdb.DuckDBPyConnection, path: Path | str) -> None:
    """Replace ``lines`` with those of Complete Journey's ``transactions.parquet``."""
    _load(con, "complete_journey", path)


def load_adventureworks_resellers(con: duckdb.DuckDBPyConnection, path: Path | str) -> None:
    """Replace ``lines`` with those of ``FactResellerSales.parquet``."""
    _load(con, "adventureworks_resellers", path)


def load_adventureworks_internet(con: duckdb.DuckDBPyConnection, path: Path | str) -> None:
    """Replace ``lines`` with those of ``FactInternetSales.parquet``."""
    _load(con, "adventureworks_internet", path)


def load_cdnow(con: duckdb.DuckDBPyConnection, path: Path | str) -> None:
    """Replace ``lines`` with those of ``CDNOW_sample.txt``."""
    _load(con, "cdnow", path)


def purchases(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``purchases`` from ``lines``."""
    _run(con, "purchases")


def accounts(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``accounts`` from ``purchases``, ``persons``, ``dates`` and ``parameters``."""
    _run(con, "accounts")


def _load(con: duckdb.DuckDBPyConnection, name: str, path: Path | str) -> None:
    con.execute("SET VARIABLE source = ?", [str(path)])
    _run(con, name)


def _run(con: duckdb.DuckDBPyConnection, name: str) -> None:
    con.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))
