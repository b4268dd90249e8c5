"""A day of new sales, a full rebuild, and the same six tables by DuckDB, Polars and SQL on Spark.

All in one run on one machine, from the same Parquet files, each in processes of its own with the
same cores; DuckDB is given 8 GB, Polars takes what it wants.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from tests.benchmark.measured import Measured, measured
from tests.benchmark.nights import clientela
from tests.benchmark.nights.figures import Figures, differences, of_files, of_lakehouse
from tests.benchmark.nights.machine import machine
from tests.benchmark.nights.made import AS_OF, CORES, DAY_BEFORE, DOOR
from tests.benchmark.nights.report import Engine, Found, print_found
from tests.benchmark.nights.split import Chain, prepared

HERE = Path(__file__).resolve().parent
ENGINES = ("clientela", "duckdb", "polars", "spark")


def run(
    lines: int,
    lines_per_customer: int,
    driver_memory: str,
    folder: Path,
    engines: Sequence[str],
    runs: Sequence[str],
) -> bool:
    """Prepare the files if need be, run the engines one after the other, compare and print.

    Args:
        lines: Of the chain.
        lines_per_customer: Likewise.
        driver_memory: Of Spark.
        folder: Where everything goes.
        engines: Which of ``ENGINES``.
        runs: Which of Clientela's. Without the first, the lakehouse that lies there goes on.

    Returns:
        Whether all that came to their end made the same.
    """
    chain = prepared(lines, lines_per_customer, driver_memory, folder)
    place = clientela.Place(folder, driver_memory)
    found = Found(lines, lines_per_customer, machine())
    for name in ENGINES:
        if name in engines:
            click.echo(f"{name} ...", err=True)
            # One that fails, say for lack of memory, does not keep the next from it.
            try:
                if name == "clientela":
                    _clientela(found, place, chain, runs)
                else:
                    found.figures[name] = _made(found, name, place, chain)
            except RuntimeError as error:
                found.failed[name] = str(error)
    found.differences += differences(found.figures)
    print_found(found)
    with (folder / f"nights-{lines}.json").open("a", encoding="utf-8") as file:
        file.write(json.dumps(found.as_json()) + "\n")
    return not found.differences


def _made(found: Found, name: str, place: clientela.Place, chain: Chain) -> Figures:
    """Run another engine, and look at what it made."""
    results, spilled = place.emptied(f"made-by-{name}"), place.emptied("spilled")
    given = (str(chain.files), str(results))
    if name == "duckdb":
        took = _script("in_duckdb.py", *given, place.memory, str(spilled))
    elif name == "polars":
        took = _script("in_polars.py", *given)
    else:
        local = ("--conf", f"spark.local.dir={spilled.absolute()}")
        started = ("--master", f"local[{CORES}]", "--driver-memory", place.driver_memory, *local)
        what = ("bench", "nights-in-spark", "--files", given[0], "--results", given[1])
        took = measured([str(DOOR), *started, *what])
    tables = json.loads(took.output.splitlines()[-1])
    found.engines[name] = Engine(took.seconds, took.peak_mib, tables)
    return of_files(results, place.memory, place.emptied("spilled"))


def _clientela(found: Found, place: clientela.Place, chain: Chain, runs: Sequence[str]) -> None:
    """Its runs; the rebuild must make what the first run made, the day what others make."""
    made = {}
    if "first" in runs:
        _note(found, clientela.FIRST, clientela.first_run(place, chain))
        made[clientela.FIRST] = _published(place, DAY_BEFORE)
    if "full" in runs:
        _note(found, clientela.FULL, clientela.full_rebuild(place))
        made[clientela.FULL] = _published(place, DAY_BEFORE)
    found.differences += differences(made)
    if "day" in runs:
        _note(found, clientela.DAY, clientela.day(place, chain))
        found.figures["clientela"] = _published(place, AS_OF)


def _note(found: Found, name: str, night: clientela.Night) -> None:
    """Keep what a run took, and tell it at once: what follows may take an hour, or fail."""
    found.nights[name] = night
    click.echo(f"{name}: {night.took.seconds:.0f} s, {night.took.peak_mib:,.0f} MiB", err=True)


def _published(place: clientela.Place, as_of: date) -> Figures:
    return of_lakehouse(place.lakehouse, as_of, place.memory, place.emptied("spilled"))


def _script(name: str, *arguments: str) -> Measured:
    threads = {"POLARS_MAX_THREADS": str(CORES)}
    return measured([sys.executable, str(HERE / name), *arguments], threads)
