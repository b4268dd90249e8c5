"""The allocations of a generated chain in DuckDB, by the oracle's SQL."""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.benchmark.allocation import AS_OF
from tests.oracle import allocation as oracle

COUNTED = (
    "SELECT routine, criterion, portfolio, count(*) FROM {allocations} GROUP BY ALL ORDER BY ALL"
)


def main(made: str, result: str, memory: str, spilled: str) -> None:
    """Allocate, write, and print how many customers each routine, criterion, portfolio has."""
    con = oracle.connect()
    con.execute(f"SET memory_limit = '{memory}'")
    con.execute(f"SET temp_directory = '{spilled}'")
    con.execute("SET preserve_insertion_order = false")
    for name in ("purchases", "stores"):
        con.execute(f"CREATE OR REPLACE TABLE {name} AS FROM '{made}/{name}.parquet'")
    con.execute(
        "INSERT INTO stints SELECT salesperson_code, store_code, works_from, works_to "
        f"FROM '{made}/salespeople.parquet'"
    )
    con.execute(
        "INSERT INTO registrations SELECT customer_code, registered_on, store_code "
        f"FROM '{made}/persons.parquet'"
    )
    con.execute("INSERT INTO dates VALUES (?)", [AS_OF])
    oracle.allocation(con)
    con.execute(f"COPY allocations TO '{result}'")
    counted = con.execute(COUNTED.format(allocations="allocations")).fetchall()
    sys.stdout.write(json.dumps([list(row) for row in counted], default=str) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
