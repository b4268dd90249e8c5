"""The list of an action over made-up customers, made twice on other numbers of partitions."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import click
import polars as pl

from tests.benchmark.measured import measured, stages

DOOR = Path(__file__).resolve().parent.parent.parent / "spark-submit.sh"
AS_OF = date(2025, 12, 31)
CORES = 2
_ACTION = "everybody-by-mail"
_PARTITIONS = (16, 37)
_LONGEST = 8
_DECLARED = f"""
action:
  code: {_ACTION}
  title: Everybody who has bought, by e-mail
  objective: sales
  channel: email
  message: Come back
  valid_from: 2026-01-01
  valid_to: 2026-01-31
  filters: {{with_purchases: true}}
  control: {{share: 0.05, stratify_by: [segment, rfv_category]}}
"""


def run(customers: int, driver_memory: str, folder: Path) -> bool:
    """Make the lakehouse if need be, make its list twice from the same state, and print figures.

    Returns:
        Whether both have the same members in the same groups.
    """
    made = folder / f"lists-{customers}"
    master = ("--master", f"local[{CORES}]", "--driver-memory", driver_memory)
    if not (made / "declared.yaml").exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        given = ("--customers", str(customers), "--out", str(made))
        took = measured([str(DOOR), *master, "bench", "lists-generate", *given])
        click.echo(f"generate ({customers:,} customers): {took.seconds:.0f} s\n")
        (made / "declared.yaml").write_text(_DECLARED, encoding="utf-8")
    click.echo("| partitions | wall | peak memory | list | control |\n|---|---|---|---|---|")
    lists = [_listed(made, partitions, master) for partitions in _PARTITIONS]
    is_same = lists[0].equals(lists[1])
    click.echo(f"\nThe same members, groups and salespeople: {is_same}")
    click.echo("\nThe longest stages of the last:\n\n| s | tasks | stage |\n|---|---|---|")
    for stage in sorted(stages(made / "events"), key=lambda stage: -stage.seconds)[:_LONGEST]:
        click.echo(f"| {stage.seconds:.1f} | {stage.tasks} | {stage.name} |")
    return is_same


def _listed(made: Path, partitions: int, master: tuple[str, ...]) -> pl.DataFrame:
    """The list made on a copy of the lakehouse; the time is that of the command that makes it."""
    place, events = made / "copy", made / "events"
    for each in (place, events):
        shutil.rmtree(each, ignore_errors=True)
    events.mkdir()
    shutil.copytree(made / "lakehouse", place)
    shutil.copy2(made / "lakehouse.key", made / "copy.key")
    logged = {"enabled": "true", "compress": "false", "dir": f"file:{events.absolute()}"}
    confs = {f"spark.eventLog.{name}": value for name, value in logged.items()}
    confs["spark.sql.shuffle.partitions"] = str(partitions)
    options = [word for pair in confs.items() for word in ("--conf", "=".join(pair))]
    where = ("--lakehouse", str(place))
    door = [str(DOOR), *master]
    measured([*door, "campaign", "declare", str(made / "declared.yaml"), *where])
    asked = ("campaign", "list", _ACTION, "--as-of", str(AS_OF))
    took = measured([*door, *options, *asked, *where])
    rows = pl.read_delta(str(place / "action_lists")).sort("customer_id")
    counts = dict(rows.group_by("list_group").len().rows())
    click.echo(
        f"| {partitions} | {took.seconds:.0f} s | {took.peak_mib:,.0f} MiB | "
        f"{counts['list']:,} | {counts['control']:,} |"
    )
    return rows
