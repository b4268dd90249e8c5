"""Three runs of ``daily``: a lakehouse's first, a full rebuild, and the day of new sales.

The first run reads all files but the last day's and computes the day before it. The full rebuild
computes that same date once more, every table from ``sales``: after the day two dates are kept,
and ``--full`` would compute both. The day comes last and is carried on from the rebuilt slices, so
that its figures, which are compared with the other engines', rest on the rebuild too.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.benchmark.measured import Measured, Stage, measured, stages
from tests.benchmark.nights.made import AS_OF, CORES, DAY_BEFORE, DOOR
from tests.benchmark.nights.split import Chain
from tests.benchmark.nights.steps import Step, steps

FIRST, FULL, DAY = "first run", "full rebuild", "day"
RUNS = {"first": FIRST, "full": FULL, "day": DAY}
"""How the command line calls them."""


@dataclass(frozen=True)
class Night:
    """One run of ``daily``."""

    took: Measured
    stages: Sequence[Stage]
    steps: Sequence[Step]


@dataclass(frozen=True)
class Place:
    """Where the runs write.

    Attributes:
        folder: The benchmark's.
        driver_memory: Of Spark.
    """

    folder: Path
    driver_memory: str

    @property
    def lakehouse(self) -> Path:
        """The lakehouse."""
        return self.folder / "lakehouse"

    @property
    def memory(self) -> str:
        """What DuckDB may use: as much as the goal allows to Clientela's whole process tree."""
        return "8gb"

    def emptied(self, name: str) -> Path:
        """A folder with nothing in it."""
        found = self.folder / name
        shutil.rmtree(found, ignore_errors=True)
        found.mkdir(parents=True)
        return found


def first_run(place: Place, chain: Chain) -> Night:
    """From the files to all tables, in an empty lakehouse."""
    place.emptied("lakehouse").rmdir()
    return _night(place, FIRST, DAY_BEFORE, _delivered(chain.before))


def full_rebuild(place: Place) -> Night:
    """Every table of one date from the lines that the lakehouse holds."""
    return _night(place, FULL, DAY_BEFORE, ["--full"])


def day(place: Place, chain: Chain) -> Night:
    """A day's sales, and all tables of that day.

    Raises:
        RuntimeError: If everyone was computed anew, since other code had made the lakehouse.
    """
    night = _night(place, DAY, AS_OF, _delivered(chain.day))
    if "carried on" not in night.took.output:
        message = f"nobody was carried on: {night.took.output}"
        raise RuntimeError(message)
    return night


def _delivered(files: Path) -> list[str]:
    return ["--source", "chain_parquet", "--input", str(files)]


def _night(place: Place, name: str, as_of: date, arguments: Sequence[str]) -> Night:
    events = place.emptied(f"events-{name.replace(' ', '-')}")
    confs = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": f"file:{events.absolute()}",
        "spark.local.dir": str(place.emptied("spilled").absolute()),
    }
    took = measured(
        [
            *(str(DOOR), "--master", f"local[{CORES}]", "--driver-memory", place.driver_memory),
            *(word for pair in confs.items() for word in ("--conf", "=".join(pair))),
            *("daily", "--as-of", str(as_of), "--lakehouse", str(place.lakehouse)),
            *("--set", "processing_calendar.every=none", "--set", "ingest.max_rejected_share=1"),
            *arguments,
        ]
    )
    ran = stages(events)
    return Night(took, ran, steps(took, place.lakehouse, ran))
