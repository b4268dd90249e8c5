"""The ranks of made-up measures in DuckDB, from the same Parquet files, with the same checksums."""

from __future__ import annotations

import json
import resource
import sys
import time

import duckdb


def main(files: str, measure: str, threads: str, memory: str, spilled: str) -> None:
    """Rank by one measure within each date, and print what it took and the ranks' checksums."""
    con = duckdb.connect()
    con.execute(f"SET threads = {int(threads)}")
    con.execute(f"SET memory_limit = '{memory}'")
    con.execute(f"SET temp_directory = '{spilled}'")
    con.execute("SET preserve_insertion_order = false")
    started = time.monotonic()
    found = con.execute(
        f"""
        SELECT as_of, sum(rank * (customer_id % 1000))
        FROM (
            SELECT as_of, customer_id, rank() OVER (PARTITION BY as_of ORDER BY {measure}) AS rank
            FROM read_parquet('{files}/*.parquet')
        )
        GROUP BY as_of
        """
    ).fetchall()
    took = {
        "seconds": time.monotonic() - started,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "checksums": {str(as_of): str(checksum) for as_of, checksum in found},
    }
    sys.stdout.write(json.dumps(took) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
