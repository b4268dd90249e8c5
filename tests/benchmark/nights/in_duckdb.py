"""The six tables in DuckDB, from the chain's Parquet files to Parquet files; its own process.

The SQL is what a data engineer writes for one date: each table in one statement, streamed into a
file from which the next one reads, so that no more is held than one statement needs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent.parent)

import duckdb

from tests.benchmark.nights.made import AS_OF, CORES, TABLES, timed

SQL = Path(__file__).parent / "duckdb_sql"


def make(con: duckdb.DuckDBPyConnection, source: str, results: str) -> dict[str, float]:
    """Write the tables, and tell how many seconds each took."""
    con.execute("SET VARIABLE source = ?", [source])
    con.execute("SET VARIABLE as_of = ?", [AS_OF])
    steps: dict[str, float] = {}
    with timed(steps, "registries"):
        con.execute(_sql("registries"))
    for name in TABLES:
        file = f"{results}/{name}.parquet"
        with timed(steps, name):
            con.execute(f"COPY ({_sql(name)}) TO '{file}'")
        con.execute(f"CREATE VIEW {name} AS FROM '{file}'")
    return steps


def main(source: str, results: str, memory: str, spilled: str) -> None:
    """Make the tables with this much memory, and print the seconds."""
    con = duckdb.connect(config={"threads": CORES})
    con.execute(f"SET memory_limit = '{memory}'")
    con.execute(f"SET temp_directory = '{spilled}'")
    con.execute("SET preserve_insertion_order = false")
    sys.stdout.write(json.dumps(make(con, source, results)) + "\n")


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
