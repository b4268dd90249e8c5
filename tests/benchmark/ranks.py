"""Ranks of customers by buckets, by a plain window and in DuckDB, from the same Parquet files.

Two things are looked at. With many dates: how long a ranking takes and how much memory it needs.
With one date, where a window has only one scope: whether every task reads its share, told by the
tasks' own metrics. Every ranking runs in a process of its own, so that time and memory belong to
it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from tests.benchmark.measured import Reads, measured, reads

HERE = Path(__file__).resolve().parent
DOOR = HERE.parent.parent / "spark-submit.sh"
MEASURES = ("frequency", "value")
METHODS = ("segments", "window")
PLAIN = "DuckDB"
CORES = 2
_ALLOWED_MULTIPLE = 2


@dataclass(frozen=True)
class Size:
    """How much is ranked, and where that lies."""

    customers: int
    dates: int
    files: Path


@dataclass(frozen=True)
class Ranked:
    """What one ranking took and gave.

    Attributes:
        way: A method of ``transforms.ranking``, or DuckDB.
        measure: What was ranked by.
        size: How much was ranked.
        seconds: From the files to every row's rank, without the start of the process.
        peak_mib: The most memory resident until then, of Spark's Java or of DuckDB's process.
        checksums: By date, a sum that follows from every customer's rank.
        stages: Of Spark, those that read rows.
    """

    way: str
    measure: str
    size: Size
    seconds: float
    peak_mib: float
    checksums: Mapping[str, str]
    stages: Sequence[Reads]

    def worst(self, large: int) -> Reads | None:
        """Of the stages that read more rows than this, the one that spread them worst."""
        found = [stage for stage in self.stages if stage.total > large]
        return max(found, key=lambda stage: (stage.gathered, stage.multiple(CORES)), default=None)

    def is_spread(self, large: int) -> bool | None:
        """Whether no task of such a stage read more than twice its share; none such: None.

        Where one task reads all, that task is too large, however few tasks and cores there are.
        """
        worst = self.worst(large)
        if worst is None:
            return None
        return not worst.gathered and worst.multiple(CORES) <= _ALLOWED_MULTIPLE


def run(customers: int, dates: int, driver_memory: str, folder: Path, large: int) -> bool:
    """Generate if need be, rank in every way, print the figures and what was checked.

    Args:
        customers: On each date.
        dates: For time and memory; how rows are spread is looked at with one date.
        driver_memory: Of Spark; DuckDB is given as much.
        folder: Where files and events go.
        large: A stage that reads more rows than this must spread them.

    Returns:
        Whether all ways gave the same ranks.
    """
    sizes = [
        Size(customers, count, folder / f"measures-{customers}-{count}")
        for count in dict.fromkeys((dates, 1))
    ]
    for size in sizes:
        _generate(size, driver_memory, folder)
    click.echo(
        "| variant | customers | dates | s | peak MiB | worst task's multiple of its share |"
    )
    click.echo("|---|---|---|---|---|---|")
    found = []
    for size in sizes:
        for measure in MEASURES:
            for way in (*METHODS, PLAIN):
                ranked = _rank(way, measure, size, driver_memory, folder)
                click.echo(_row(ranked, large))
                found.append(ranked)
    _print_stages(found)
    click.echo("\nChecks:\n")
    _print_ratios(found, dates)
    _print_spread(found, large)
    return _print_agreement(found, sizes)


def _generate(size: Size, driver_memory: str, folder: Path) -> None:
    if (size.files / "_SUCCESS").exists():
        return
    sized = ("--customers", str(size.customers), "--dates", str(size.dates))
    took = measured(
        [*_door(driver_memory, folder), "ranks-generate", *sized, "--files", str(size.files)]
    )
    click.echo(f"generate ({size.customers:,} × {size.dates}): {took.seconds:.0f} s\n")


def _door(driver_memory: str, folder: Path, *options: str) -> Sequence[str]:
    """Spark as a job has it, on as many cores as DuckDB gets."""
    return [
        *(str(DOOR), "--master", f"local[{CORES}]", "--driver-memory", driver_memory),
        *("--conf", f"spark.local.dir={folder.absolute() / 'spilled'}"),
        *options,
        "bench",
    ]


def _rank(way: str, measure: str, size: Size, memory: str, folder: Path) -> Ranked:
    events, spilled = folder / "events", folder / "spilled"
    for each in (events, spilled):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)
    if way == PLAIN:
        script = str(HERE / "ranks_in_duckdb.py")
        # "3g" means GiB to Java, "3gib" to DuckDB.
        given = (str(size.files), measure, str(CORES), f"{memory}ib", str(spilled))
        command: Sequence[str] = [sys.executable, script, *given]
    else:
        logged = {"enabled": "true", "compress": "false", "rolling.enabled": "false"}
        logged["dir"] = f"file:{events.absolute()}"
        confs = [f"spark.eventLog.{name}={value}" for name, value in logged.items()]
        options = [word for conf in confs for word in ("--conf", conf)]
        what = ("--files", str(size.files), "--measure", measure, "--method", way)
        command = [*_door(memory, folder, *options), "ranks-once", *what]
    took = json.loads(measured(command).output.splitlines()[-1])
    stages = reads(events, took["ended"]) if "ended" in took else []
    shutil.rmtree(spilled, ignore_errors=True)
    figures = (took["seconds"], took["peak_mib"], took["checksums"])
    return Ranked(way, measure, size, *figures, stages)


def _row(ranked: Ranked, large: int) -> str:
    worst = ranked.worst(large)
    multiple = "–" if worst is None else f"{worst.multiple(CORES):.2f}"
    if worst is not None and worst.gathered:
        multiple += ", all in one task"
    size = ranked.size
    return (
        f"| {_name(ranked)} | {size.customers:,} | {size.dates} | {ranked.seconds:.1f} "
        f"| {ranked.peak_mib:,.0f} | {multiple} |"
    )


def _name(ranked: Ranked) -> str:
    return f"{ranked.measure}, {ranked.way}"


def _print_stages(found: Sequence[Ranked]) -> None:
    click.echo("\nStages that read rows:\n")
    click.echo("| variant | dates | stage | tasks | rows read | by the largest task | multiple |")
    click.echo("|---|---|---|---|---|---|---|")
    for ranked in found:
        for stage in ranked.stages:
            click.echo(
                f"| {_name(ranked)} | {ranked.size.dates} | {stage.stage} | {len(stage.rows)} "
                f"| {stage.total:,} | {max(stage.rows) / stage.total:.1%} "
                f"| {stage.multiple(CORES):.2f} |"
            )


def _print_ratios(found: Sequence[Ranked], dates: int) -> None:
    by_name = {_name(ranked): ranked for ranked in found if ranked.size.dates == dates}
    for measure in MEASURES:
        buckets, window = (by_name[f"{measure}, {method}"] for method in METHODS)
        click.echo(
            f"- {measure}, buckets ÷ window, dates {dates}: "
            f"{buckets.seconds / window.seconds:.2f} of the time, "
            f"{buckets.peak_mib / window.peak_mib:.2f} of the memory"
        )


def _print_spread(found: Sequence[Ranked], large: int) -> None:
    said = {True: "passes", False: "fails", None: "has no such stage"}
    for measure in MEASURES:
        verdicts = [
            f"{ranked.way} {said[ranked.is_spread(large)]}"
            for ranked in found
            if ranked.size.dates == 1 and ranked.measure == measure and ranked.way in METHODS
        ]
        click.echo(
            f"- {measure}, one date, no task of a stage that reads over {large:,} rows reads more "
            f"than twice its share: {', '.join(verdicts)}"
        )


def _print_agreement(found: Sequence[Ranked], sizes: Sequence[Size]) -> bool:
    agree = True
    for size in sizes:
        for measure in MEASURES:
            given = [each for each in found if (each.size, each.measure) == (size, measure)]
            same = all(
                each.checksums == given[0].checksums and len(each.checksums) == size.dates
                for each in given
            )
            ways = ", ".join(each.way for each in given)
            said = "give the same ranks" if same else "DISAGREE"
            click.echo(f"- {measure}, dates {size.dates}: {ways} {said}")
            agree = agree and same
    return agree
