"""Cleaning and scoring a registry of made-up persons, as the job does it."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import click

from tests.benchmark.measured import measured, stages

DOOR = Path(__file__).resolve().parent.parent.parent / "spark-submit.sh"
AS_OF = date(2025, 12, 31)
CORES = 2
MADE = "made.json"
"""Beside the lakehouse: what is known to be wrong with the persons in it."""

_LONGEST = 8


def run(persons: int, driver_memory: str, folder: Path) -> bool:
    """Make the registry if need be, clean and score it, and print the figures.

    Returns:
        Whether exactly what is known to be wrong was found.
    """
    made, events, spilled = folder / f"registry-{persons}", folder / "events", folder / "spilled"
    for each in (events, spilled):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)
    master = ("--master", f"local[{CORES}]", "--driver-memory", driver_memory)
    if not (made / MADE).exists():
        shutil.rmtree(made, ignore_errors=True)
        given = ("--persons", str(persons), "--out", str(made))
        took = measured([str(DOOR), *master, "bench", "registry-generate", *given])
        click.echo(f"generate ({persons:,} persons): {took.seconds:.0f} s\n")
    logged = {"enabled": "true", "compress": "false", "dir": f"file:{events.absolute()}"}
    confs = {f"spark.eventLog.{name}": value for name, value in logged.items()}
    confs["spark.local.dir"] = str(spilled.absolute())
    options = [word for pair in confs.items() for word in ("--conf", "=".join(pair))]
    took = measured([str(DOOR), *master, *options, "bench", "registry-once", "--made", str(made)])
    found = json.loads(took.output.splitlines()[-1])
    click.echo("| | wall | peak memory |\n|---|---|---|")
    click.echo(f"| cleaned and scored | {took.seconds:.0f} s | {took.peak_mib:,.0f} MiB |")
    expected = json.loads((made / MADE).read_text(encoding="utf-8"))
    click.echo(f"\nFound what is wrong, and nothing else: {found == expected} {found}")
    if found != expected:
        click.echo(f"Known is {expected}")
    click.echo("\nThe longest stages:\n\n| s | tasks | stage |\n|---|---|---|")
    for stage in sorted(stages(events), key=lambda stage: -stage.seconds)[:_LONGEST]:
        click.echo(f"| {stage.seconds:.1f} | {stage.tasks} | {stage.name} |")
    return bool(found == expected)
