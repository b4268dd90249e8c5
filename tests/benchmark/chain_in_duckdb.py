"""Accounts and timeline of a generated chain in DuckDB, from its Parquet files to Parquet files."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.benchmark.chain import AS_OF
from tests.benchmark.counted import counted
from tests.oracle import accounts as oracle

SQL = Path(__file__).with_name("chain.sql")


def main(files: str, results: str) -> None:
    """Run the steps, print how long each took, and write the results beside their figures."""
    con = oracle.connect()
    con.execute("SET VARIABLE source = ?", [files])
    con.execute("INSERT INTO dates VALUES (?)", [AS_OF])
    steps = {}
    loading, timeline = SQL.read_text(encoding="utf-8").split("-- The timeline")
    for name, step in (
        ("read", lambda: con.execute(loading)),
        ("purchases", lambda: oracle.purchases(con)),
        ("accounts", lambda: oracle.accounts(con)),
        ("life cycle", lambda: con.execute("-- The timeline" + timeline)),
        ("write", lambda: _write(con, results)),
    ):
        started = time.monotonic()
        step()
        steps[name] = round(time.monotonic() - started, 1)
    sys.stdout.write(", ".join(f"{name} {took}" for name, took in steps.items()))
    Path(results, "counted.json").write_text(json.dumps(counted(con)), encoding="utf-8")


def _write(con: object, results: str) -> None:
    for name in ("lines", "purchases", "accounts", "life_cycle"):
        con.execute(f"COPY {name} TO '{results}/{name}.parquet'")  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
