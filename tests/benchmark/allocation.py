"""One store and one salesperson for every customer of a generated chain: Clientela and DuckDB."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path

import click

from tests.benchmark.measured import measured, stages

HERE = Path(__file__).resolve().parent
DOOR = HERE.parent.parent / "spark-submit.sh"
AS_OF = date(2025, 12, 31)
CORES = 2
_LONGEST = 8


def run(lines: int, driver_memory: str, folder: Path) -> bool:
    """Make the purchases if need be, allocate by both, and print the figures.

    Returns:
        Whether both made the same allocations, counted by what decided them.
    """
    made = folder / f"purchases-{lines}"
    if not made.exists():
        _make(lines, folder, made)
    results, events, spilled = folder / "allocated", folder / "events", folder / "spilled"
    for each in (results, events, spilled):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)
    logged = {"enabled": "true", "compress": "false", "dir": f"file:{events.absolute()}"}
    confs = {f"spark.eventLog.{name}": value for name, value in logged.items()}
    confs["spark.local.dir"] = str(spilled.absolute())
    options = [word for pair in confs.items() for word in ("--conf", "=".join(pair))]
    master = ("--master", f"local[{CORES}]", "--driver-memory", driver_memory)
    what = ("allocation-once", "--purchases", str(made), "--out", str(results / "spark"))
    suite = measured([str(DOOR), *master, *options, "bench", *what])
    script = str(HERE / "allocation_in_duckdb.py")
    given = (str(made), str(results / "duckdb.parquet"), f"{driver_memory}ib", str(spilled))
    plain = measured([sys.executable, script, *given])
    click.echo("| | wall | peak memory |\n|---|---|---|")
    for name, took in (("Clientela", suite), ("DuckDB", plain)):
        click.echo(f"| {name} | {took.seconds:.0f} s | {took.peak_mib:,.0f} MiB |")
    found = [json.loads(took.output.splitlines()[-1]) for took in (suite, plain)]
    click.echo(f"\nBoth made the same: {found[0] == found[1]} {found[0]}")
    if found[0] != found[1]:
        click.echo(f"DuckDB made {found[1]}")
    click.echo("\nThe longest stages of Clientela:\n\n| s | tasks | stage |\n|---|---|---|")
    for stage in sorted(stages(events), key=lambda stage: -stage.seconds)[:_LONGEST]:
        click.echo(f"| {stage.seconds:.1f} | {stage.tasks} | {stage.name} |")
    return bool(found[0] == found[1])


def _make(lines: int, folder: Path, made: Path) -> None:
    """The purchases and registries of a generated chain, as Parquet that both read."""
    files = folder / f"chain-{lines}"
    if not files.exists():
        sized = ("--lines", str(lines), "--seed", "7", "--format", "parquet")
        took = measured([str(DOOR), "generate", *sized, "--out", str(files)])
        click.echo(f"generate ({lines:,} lines): {took.seconds:.0f} s\n")
    script = str(HERE / "purchases_in_duckdb.py")
    took = measured([sys.executable, script, str(files), str(made)])
    click.echo(f"purchases: {took.seconds:.0f} s, {took.output.strip()}\n")
