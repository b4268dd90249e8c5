"""What a run of ``daily`` spent its time on, told by its log and by the commits to its tables.

Between two commits a run does what the later one writes: it plans it, computes it, writes it. So a
step is what lies between two moments that are known, and all steps add up to the run. Within each
stand the seconds in which any stage of Spark ran; the others are the driver's. What tasks took
counts where their stage ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.benchmark.measured import Measured, Stage

_OF_PART = {
    "accounts": "accounts registrations_without_account",
    "allocation": "allocations allocation_moves store_loyalty store_overlap portfolios "
    "portfolio_sales",
    "life cycle": "due_to_change life_cycle life_cycle_transitions life_cycle_matrix "
    "growth_accounting",
    "rfv": "rfv_first_tops rfv rfv_left rfv_bands rfv_cells rfv_scope_tops rfv_scopes",
    "pareto": "pareto_curve pareto_summary network_customers store_customers portfolio_customers",
    "indicators": "indicator_dictionary indicators",
    "movement": "revenue_tree cohorts store_returns loyalty_participation frequency_classes "
    "customer_products customer_habits indicator_evolution",
    "registrations": "registration_quality persons_cleaned accounts_to_register",
}
_PART = {table: part for part, tables in _OF_PART.items() for table in tables.split()}
"""The part of ``daily`` that writes a table; one that is not here is a part of its own."""


@dataclass(frozen=True)
class Spent:
    """What a stretch of a run took.

    Attributes:
        seconds: How long it was.
        in_stages: The seconds of it in which Spark had a stage at work.
        core_seconds: How long tasks ran in all, garbage collection included.
        shuffled_mb: What tasks wrote for others to read, in 10^6 bytes.
    """

    seconds: float = 0.0
    in_stages: float = 0.0
    core_seconds: float = 0.0
    shuffled_mb: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        """Both stretches."""
        both = zip(astuple(self), astuple(other), strict=True)
        return Spent(*(one + another for one, another in both))


@dataclass(frozen=True)
class Step:
    """A stretch of a run.

    Attributes:
        part: What it belongs to.
        table: What was written at its end, if anything was.
        spent: What it took.
    """

    part: str
    table: str | None
    spent: Spent


def steps(took: Measured, lakehouse: Path, stages: Sequence[Stage]) -> list[Step]:
    """The steps of a run that ended just now, in order; they add up to its time."""
    end = took.begun + took.seconds
    moments = sorted([*_logged(took.errors), *_committed(lakehouse, took.begun, end)])
    found = []
    last, ingesting, is_computing = took.begun, None, False
    for moment, kind, name in moments:
        if kind != "commit":
            part = "plan" if kind == "computing" and ingesting else ingesting or "start"
            found.append(_step(part, None, last, moment, stages))
            ingesting = f"ingest {name}" if kind == "reading" else ingesting
            is_computing = kind == "computing"
        elif is_computing:
            found.append(_step(_PART.get(name, name), name, last, moment, stages))
        else:
            continue  # what an input's rows are written to is part of reading it
        last = moment
    found.append(_step("publish and stop", None, last, end, stages))
    return found


def by_part(found: Sequence[Step]) -> dict[str, Spent]:
    """What each part took."""
    sums: dict[str, Spent] = {}
    for each in found:
        sums[each.part] = sums.get(each.part, Spent()) + each.spent
    return sums


def by_table(found: Sequence[Step]) -> dict[str, float]:
    """Seconds of each table that is written after the delivery was read."""
    sums: dict[str, float] = {}
    for each in found:
        if each.table is not None:
            sums[each.table] = round(sums.get(each.table, 0.0) + each.spent.seconds, 2)
    return sums


def _step(
    part: str, table: str | None, begun: float, ended: float, stages: Sequence[Stage]
) -> Step:
    of_it = [stage for stage in stages if begun < stage.ended <= ended]
    spent = Spent(
        seconds=ended - begun,
        in_stages=_covered(stages, begun, ended),
        core_seconds=sum(stage.core_seconds for stage in of_it),
        shuffled_mb=sum(stage.shuffled_mb for stage in of_it),
    )
    return Step(part, table, spent)


def _covered(stages: Sequence[Stage], begun: float, ended: float) -> float:
    """The seconds of a stretch in which at least one stage ran."""
    total, reached = 0.0, begun
    for stage in sorted(stages, key=lambda each: each.ended - each.seconds):
        start, stop = max(stage.ended - stage.seconds, reached), min(stage.ended, ended)
        if stop > start:
            total += stop - start
            reached = stop
    return total


def _logged(errors: str) -> Iterator[tuple[float, str, str]]:
    """When the run began and ended to read each input, and began to compute, by its log."""
    for line in errors.splitlines():
        if line.startswith("{") and '"timestamp"' in line:
            entry = json.loads(line)
            if entry["event"] in ("reading", "ingested", "computing"):
                at = datetime.fromisoformat(entry["timestamp"].replace("Z", "+00:00"))
                yield at.timestamp(), entry["event"], entry.get("input", "")


def _committed(lakehouse: Path, begun: float, ended: float) -> Iterator[tuple[float, str, str]]:
    """When the run wrote to each table, by the table's log; the lease is renewed all the time."""
    for log in lakehouse.glob("*/_delta_log"):
        if log.parent.name == "runs":
            continue
        for file in log.glob("*.json"):
            commit = _commit_info(file)
            if commit.get("operation") not in (None, "CREATE TABLE", "RESTORE"):
                at = commit["timestamp"] / 1000
                if begun <= at <= ended:
                    yield at, "commit", log.parent.name


def _commit_info(file: Path) -> dict[str, Any]:
    with file.open(encoding="utf-8") as lines:
        found = (json.loads(line)["commitInfo"] for line in lines if '"commitInfo"' in line[:20])
        return next(found, {})
