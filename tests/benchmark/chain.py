"""From the Parquet files of a generated chain to accounts and timeline: Clientela and DuckDB."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from tests.benchmark.measured import Measured, measured, stages

HERE = Path(__file__).resolve().parent
DOOR = HERE.parent.parent / "spark-submit.sh"
AS_OF = date(2025, 12, 31)
_LONGEST = 8


def run(lines: int, driver_memory: str, folder: Path) -> None:
    """Generate if need be, run both, compare what they made, and print the figures."""
    files = folder / f"chain-{lines}"
    generating = measured(
        [
            *(str(DOOR), "generate", "--lines", str(lines), "--seed", "7"),
            *("--format", "parquet", "--until", str(AS_OF), "--out", str(files)),
        ]
    )
    click.echo(f"generate ({lines:,} lines): {generating.seconds:.0f} s\n")
    results = folder / "duckdb"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    plain = measured([sys.executable, str(HERE / "chain_in_duckdb.py"), str(files), str(results)])
    lakehouse, events = folder / "lakehouse", folder / "events"
    for each in (lakehouse, events):
        shutil.rmtree(each, ignore_errors=True)
    events.mkdir()
    suite = measured(_daily(driver_memory, files, lakehouse, events))
    _print(suite, plain, lakehouse, results)
    _print_stages(events)


def _daily(driver_memory: str, files: Path, lakehouse: Path, events: Path) -> Sequence[str]:
    return [
        str(DOOR),
        *("--driver-memory", driver_memory),
        *("--conf", "spark.eventLog.enabled=true"),
        *("--conf", "spark.eventLog.compress=false"),
        *("--conf", f"spark.eventLog.dir=file:{events.absolute()}"),
        "daily",
        *("--as-of", str(AS_OF), "--source", "chain_parquet", "--input", str(files)),
        *("--lakehouse", str(lakehouse), "--set", "processing_calendar.every=none"),
        *("--set", "ingest.max_rejected_share=1"),
    ]


def _print(suite: Measured, plain: Measured, lakehouse: Path, results: Path) -> None:
    click.echo("| | wall | peak memory |\n|---|---|---|")
    for name, each in (("Clientela, `daily`", suite), ("DuckDB", plain)):
        click.echo(f"| {name} | {each.seconds:.0f} s | {each.peak_mib:,.0f} MiB |")
    click.echo("\nDuckDB's steps (s): " + plain.output.strip())
    made = json.loads(measured([sys.executable, str(HERE / "counted.py"), str(lakehouse)]).output)
    expected = json.loads((results / "counted.json").read_text(encoding="utf-8"))
    click.echo(f"Both made the same: {made == expected} {made}")
    if made != expected:
        click.echo(f"DuckDB made {expected}")


def _print_stages(events: Path) -> None:
    found = stages(events)
    click.echo(
        f"\nClientela's {len(found)} stages; the longest:\n\n| s | tasks | stage |\n|---|---|---|"
    )
    for each in sorted(found, key=lambda stage: -stage.seconds)[:_LONGEST]:
        click.echo(f"| {each.seconds:.1f} | {each.tasks} | {each.name} |")
