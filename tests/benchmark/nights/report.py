"""What a benchmark of nights found, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import click

from tests.benchmark.measured import Stage
from tests.benchmark.nights.clientela import DAY, FULL, Night
from tests.benchmark.nights.figures import Figures
from tests.benchmark.nights.made import ROOT, TABLES
from tests.benchmark.nights.steps import Spent, by_part, by_table

_LONGEST = 10
_WORDS = {"duckdb": "DuckDB", "polars": "Polars", "spark": "SQL on Spark", "clientela": "Clientela"}

_AIMS: tuple[tuple[str, str, str, Callable[[float], bool]], ...] = (
    (FULL, "duckdb", "at most 3", lambda ratio: ratio <= 3),
    (DAY, FULL, "at most 1/4", lambda ratio: ratio <= 1 / 4),
    (DAY, "duckdb", "below 1", lambda ratio: ratio < 1),
)


@dataclass(frozen=True)
class Ratio:
    """What is aimed at.

    Attributes:
        name: What it is of.
        is_now: What was measured.
        aim: What it should be, in words.
        reaches: Whether a measured one is as it should be.
    """

    name: str
    is_now: float
    aim: str
    reaches: Callable[[float], bool]


@dataclass(frozen=True)
class Engine:
    """What one engine took for the six tables.

    Attributes:
        seconds: Wall time of its process.
        peak_mib: The most memory resident at once.
        tables: Seconds for each table.
    """

    seconds: float
    peak_mib: float
    tables: Mapping[str, float]


@dataclass
class Found:
    """All that a benchmark found.

    Attributes:
        lines: How many the chain has.
        lines_per_customer: For each of its customers.
        machine: What it ran on.
        nights: Clientela's runs.
        engines: The others.
        failed: What an engine said that did not come to its end.
        differences: Where engines made something else, in words.
        figures: What was compared, of each that came to its end.
    """

    lines: int
    lines_per_customer: int
    machine: Mapping[str, str]
    nights: dict[str, Night] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    figures: dict[str, Figures] = field(default_factory=dict)

    @property
    def ratios(self) -> list[Ratio]:
        """What is aimed at, as far as what it speaks of was run."""
        took = {name: night.took.seconds for name, night in self.nights.items()}
        took |= {name: engine.seconds for name, engine in self.engines.items()}
        found = [
            Ratio(f"{above} / {_WORDS.get(below, below)}", took[above] / took[below], aim, reaches)
            for above, below, aim, reaches in _AIMS
            if above in took and below in took
        ]
        if self.nights:
            peak = max(night.took.peak_mib for night in self.nights.values()) * 2**20 / 1e9
            name = "peak memory of Clientela, GB"
            found.append(Ratio(name, peak, "below 8", lambda is_: is_ < 8))
        return found

    @property
    def per_line(self) -> dict[str, float]:
        """Microseconds for each line of the chain."""
        took = {name: night.took.seconds for name, night in self.nights.items() if name != DAY}
        took |= {_WORDS[name]: engine.seconds for name, engine in self.engines.items()}
        return {name: round(seconds / self.lines * 1e6, 2) for name, seconds in took.items()}

    def as_json(self) -> dict[str, Any]:
        """Everything but the stages, for a file."""
        return {
            "lines": self.lines,
            "lines_per_customer": self.lines_per_customer,
            "machine": dict(self.machine),
            "clientela": {name: _night_as_json(night) for name, night in self.nights.items()},
            "engines": {
                name: {
                    "seconds": round(engine.seconds, 1),
                    "peak_mib": round(engine.peak_mib),
                    "tables": dict(engine.tables),
                }
                for name, engine in self.engines.items()
            },
            "failed": self.failed,
            "differences": self.differences,
            "figures": self.figures,
            "ratios": {each.name: round(each.is_now, 3) for each in self.ratios},
            "microseconds_per_line": self.per_line,
        }


def _night_as_json(night: Night) -> dict[str, Any]:
    parts = by_part(night.steps).items()
    return {
        "seconds": round(night.took.seconds, 1),
        "peak_mib": round(night.took.peak_mib),
        "parts": {
            part: {name: round(each, 1) for name, each in asdict(spent).items()}
            for part, spent in parts
        },
        "tables": by_table(night.steps),
        "stages": len(night.stages),
        "said": night.took.output.strip().splitlines(),
    }


def print_found(found: Found) -> None:
    """Print the tables."""
    click.echo(f"\n{found.lines:,} lines, {found.lines_per_customer} for each customer\n")
    click.echo("| machine | |\n|---|---|")
    for name, fact in found.machine.items():
        click.echo(f"| {name} | {fact} |")
    _print_engines(found)
    if found.nights:
        _print_steps(found.nights)
        _print_said(found.nights)
        _print_stages(found.nights)
    for name, said in found.failed.items():
        click.echo(f"\n{_WORDS[name]} did not come to its end: {said}")
    compared = ", ".join(_WORDS[name] for name in found.figures)
    click.echo(f"\nAll made the same ({compared}): {not found.differences}")
    for difference in found.differences:
        click.echo(f"- {difference}")
    if found.ratios:
        click.echo("\n| ratio | is | aim | reached |\n|---|---|---|---|")
    for each in found.ratios:
        reached = "yes" if each.reaches(each.is_now) else "no"
        click.echo(f"| {each.name} | {each.is_now:.2f} | {each.aim} | {reached} |")
    told = ", ".join(f"{name} {each:,.2f}" for name, each in found.per_line.items())
    click.echo(f"\nMicroseconds per line: {told}")


def _print_engines(found: Found) -> None:
    click.echo(f"\n| | s | peak MiB | {' | '.join(TABLES)} |\n|{'---|' * (3 + len(TABLES))}")
    for name, night in found.nights.items():
        tables = by_table(night.steps)
        _print_row(f"Clientela, {name}", night.took.seconds, night.took.peak_mib, tables)
    for name, engine in found.engines.items():
        _print_row(_WORDS[name], engine.seconds, engine.peak_mib, engine.tables)


def _print_row(name: str, seconds: float, peak_mib: float, tables: Mapping[str, float]) -> None:
    cells = " | ".join(f"{tables[each]:.1f}" if each in tables else "–" for each in TABLES)
    click.echo(f"| {name} | {seconds:.1f} | {peak_mib:,.0f} | {cells} |")


def _print_steps(nights: Mapping[str, Night]) -> None:
    sums = {name: by_part(night.steps) for name, night in nights.items()}
    click.echo("\nClientela's steps in seconds, and of those the ones in which Spark worked:\n")
    _print_spent(sums, lambda spent: f"{spent.seconds:.1f} ({spent.in_stages:.1f})")
    click.echo("\nCore-seconds of its tasks, garbage collection included, and MB shuffled:\n")
    _print_spent(sums, lambda spent: f"{spent.core_seconds:,.0f} ({spent.shuffled_mb:,.0f})")


def _print_spent(sums: Mapping[str, Mapping[str, Spent]], told: Callable[[Spent], str]) -> None:
    click.echo(f"| step | {' | '.join(sums)} |\n|{'---|' * (1 + len(sums))}")
    for part in dict.fromkeys(part for each in sums.values() for part in each):
        cells = (told(each[part]) if part in each else "–" for each in sums.values())
        click.echo(f"| {part} | {' | '.join(cells)} |")
    totals = (sum(each.values(), Spent()) for each in sums.values())
    click.echo(f"| all | {' | '.join(told(total) for total in totals)} |")


def _print_said(nights: Mapping[str, Night]) -> None:
    for name, night in nights.items():
        said = "; ".join(night.took.output.strip().splitlines())
        click.echo(f"\nClientela said, {name}: {said}")


def _print_stages(nights: Mapping[str, Night]) -> None:
    for night_name, night in nights.items():
        click.echo(f"\nThe longest of {len(night.stages)} stages, {night_name}:\n")
        click.echo("| s | tasks | stage |\n|---|---|---|")
        for stage in _longest(night):
            name = stage.name.replace(f"{ROOT}/", "")
            click.echo(f"| {stage.seconds:.1f} | {stage.tasks} | {name} |")


def _longest(night: Night) -> Sequence[Stage]:
    return sorted(night.stages, key=lambda stage: -stage.seconds)[:_LONGEST]
