"""The six tables in Polars, from the chain's Parquet files to Parquet files; its own process.

Lines and tickets stream; what has one row per customer, and the sales that allocation looks at
again and again, are held in memory.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent.parent)

import polars as pl

from tests.benchmark.nights.made import AS_OF, timed
from tests.benchmark.nights.polars_accounts import accounts
from tests.benchmark.nights.polars_allocations import allocations, persons
from tests.benchmark.nights.polars_purchases import life_cycle, lines, purchases
from tests.benchmark.nights.polars_ranks import pareto_curve, rfv


def make(source: str, results: str) -> dict[str, float]:
    """Write the tables, and tell how many seconds each took."""

    def tickets() -> pl.LazyFrame:
        written = pl.scan_parquet(f"{results}/purchases.parquet")
        return written.filter(pl.col("customer_code").is_not_null())

    def everybody() -> pl.DataFrame:
        return pl.read_parquet(f"{results}/accounts.parquet")

    made: dict[str, Callable[[], pl.LazyFrame]] = {
        "purchases": lambda: purchases(lines(source, AS_OF), f"{results}/unsettled.parquet"),
        "accounts": lambda: accounts(tickets(), persons(source, AS_OF), AS_OF),
        "life_cycle": lambda: life_cycle(tickets()),
        "allocations": lambda: allocations(tickets(), source, AS_OF),
        "rfv": lambda: rfv(everybody(), AS_OF).lazy(),
        "pareto_curve": lambda: pareto_curve(everybody(), AS_OF).lazy(),
    }
    steps: dict[str, float] = {}
    for name, table in made.items():
        with timed(steps, name):
            table().sink_parquet(f"{results}/{name}.parquet")
    return steps


def main(source: str, results: str) -> None:
    """Make the tables, and print the seconds."""
    sys.stdout.write(json.dumps(make(source, results)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
