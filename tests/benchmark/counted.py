"""Prints figures of the published accounts and timeline of a lakehouse, read by DuckDB."""

from __future__ import annotations

import json
import sys

import duckdb
import polars as pl

FIGURES = {
    "accounts": "count(*), sum(purchases), sum(net_amount), sum(recency_days)",
    "life_cycle": "count(*), count(*) FILTER (cause = 'purchase'), "
    "sum(valid_from - DATE '2000-01-01')",
}


def counted(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The figures of the tables ``accounts`` and ``life_cycle`` of a connection."""
    return {
        name: [str(value) for value in con.execute(f"SELECT {figures} FROM {name}").fetchall()[0]]
        for name, figures in FIGURES.items()
    }


def main(lakehouse: str) -> None:
    """Print the figures as JSON."""
    runs = pl.read_delta(f"{lakehouse}/runs").filter(pl.col("run_id") != "lease")
    versions = runs.sort("sequence")["versions"][-1]
    con = duckdb.connect()
    for name in FIGURES:
        con.register(name, pl.read_delta(f"{lakehouse}/{name}", version=versions[name]))
    sys.stdout.write(json.dumps(counted(con)))


if __name__ == "__main__":
    main(sys.argv[1])
