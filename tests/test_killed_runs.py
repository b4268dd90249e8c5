"""A run that is killed leaves readers where they were, and the next run repairs it.

What a process leaves that is killed right after a commit is the lakehouse's folder at that moment.
So one run is photographed after each of its commits, and one is killed in truth, to see that it
leaves the same. After each commit readers are where they were. The next run, which finds nothing
new to do, brings back what was published, table by table. Every commit is so undone once where it
is the last of its table: in the last photograph, and in those after a commit that another one to
the same table follows. (A restore costs Spark seconds: from every photograph it would take an
hour.) The run after the killed one does all that was to be done. Killed before a commit, a process
leaves what the commit before left, and files that no version names.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs import daily
from jobs.failpoints import KILL_AFTER_COMMIT, CommitCounter
from jobs.ingest import ingest
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping
from schemas import TABLES
from tests import lakehouses
from tests.conftest import AS_JOBS_RUN, QUICK_COMPILER, ROOT, for_few_rows
from tests.lakehouses import everything, line, write

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"  # made up
# Longer than the run, so that renewing it stays out of the photographs.
LEASE = "lakehouse.lease_seconds=180"
FIRST, SECOND = date(2024, 1, 31), date(2024, 2, 29)
KILLED_AFTER = "accounts"
"""The table after whose commit a process is killed in truth."""


class Photographs(CommitCounter):
    """Copies a lakehouse after each commit: what a process killed there would leave."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self._place = place

    def committed(self, table: str, version: int) -> None:
        super().committed(table, version)
        copied(self._place, f"after{len(self.commits)}")


def copied(place: Path, name: str) -> Path:
    """A copy of a lakehouse and its key, beside it."""
    shutil.copy2(f"{place}.key", place.with_name(f"{name}.key"))
    return Path(shutil.copytree(place, place.with_name(name)))


def settings_of(place: Path) -> Settings:
    return lakehouses.settings_for(place, LEASE, "lakehouse.lease_wait_seconds=300")


def second_run(
    spark: SparkSession,
    place: Path,
    source: SourceMapping,
    delivery: Path,
    counter: CommitCounter | None = None,
) -> Sequence[tuple[str, int]]:
    """The run that is killed elsewhere, to its end; returns its commits."""
    settings = settings_of(place)
    run = lakehouses.started(lakehouses.small_session(spark), settings)
    run._commits = counter or run._commits
    with run:
        ingest(run, settings, source, [str(delivery)])
        daily.compute(run, settings, [SECOND])
    return run.commits


def killed_after(number: int, place: Path, source: Path, delivery: Path) -> int:
    """Run the same in a process of its own that kills itself; returns how the process ended."""
    options = ["--lakehouse", str(place), "--source", str(source), "--input", str(delivery)]
    for each in ("processing_calendar.every=none", "ingest.max_rejected_share=1", LEASE):
        options += ["--set", each]
    command = [sys.executable, "jobs/run.py", "daily", "--as-of", str(SECOND), *options]
    arguments = os.environ["PYSPARK_SUBMIT_ARGS"].replace(AS_JOBS_RUN, for_few_rows(QUICK_COMPILER))
    environment = {
        **os.environ,
        "PYSPARK_SUBMIT_ARGS": arguments,
        KILL_AFTER_COMMIT: str(number),
    }
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=900
    )
    return ended.returncode


def latest_versions(place: Path) -> dict[str, int]:
    return {name: DeltaTable(f"{place}/{name}").version() for name in TABLES}


def _latest(commits: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    """What a photograph holds that was never published: the last commit of each table."""
    return set(dict(commits).items())


def test_killed_after_each_commit_a_run_is_invisible_and_then_repaired(
    spark: SparkSession, tmp_path: Path
) -> None:
    source = lakehouses.mapping(
        tmp_path, newer_by={"file_name": r"vendas_(\d{8})", "pattern": "yyyyMMdd"}
    )
    first = [line("1", cpf=ANA), line("2", cpf=RUI), line("3", quantity="x")]
    # The second delivery replaces a ticket, brings a new customer and a row that is rejected.
    second = [line("1", cpf=RUI, amount="5,00"), line("4", cpf=EVA, day="03/02/2024")]
    deliveries = [
        write(tmp_path / "vendas_20240201.csv", first),
        write(tmp_path / "vendas_20240202.csv", [*second, line("5", amount="?")]),
    ]
    base = tmp_path / "base"
    settings = settings_of(base)
    lakehouses.deliver(
        lakehouses.small_session(spark), settings, source, deliveries[0], dates=[FIRST]
    )
    before = everything(base)

    clean = copied(base, "clean")
    commits = second_run(spark, clean, source, deliveries[1], Photographs(clean))
    after = everything(clean)
    written = [table for table, _ in commits]
    assert {"rejected_rows", "customer_codes", "sales", "ingested_files"} <= set(written)
    assert {name for name in TABLES if before[name] != after[name]} <= set(written)
    assert written.count("sales") == 2  # what is replaced goes in a commit of its own
    assert written[-1] == "runs"
    assert written.count("runs") == 1
    assert everything(tmp_path / f"after{len(commits)}") == after

    # From one photograph to the next one table is changed; in the last of them all were.
    for number in range(1, len(commits)):
        place, changed = tmp_path / f"after{number}", {written[number - 1]}
        expected = {name: before[name] for name in changed}
        assert everything(place, changed) == expected, number
    assert everything(tmp_path / f"after{len(commits) - 1}") == before

    def repaired(place: Path) -> None:
        with lakehouses.started(lakehouses.small_session(spark), settings_of(place)):
            pass
        assert everything(place) == before, place.name
        versions = lakehouses.published(spark, settings_of(place)).versions
        assert latest_versions(place) == versions, place.name

    def completed(place: Path) -> None:
        assert everything(place) == before, place.name
        second_run(spark, place, source, deliveries[1])
        assert everything(place) == after, place.name

    number = written.index(KILLED_AFTER) + 1
    photographed = latest_versions(tmp_path / f"after{number}")
    assert photographed != latest_versions(base)
    killed, till = copied(base, "killed"), tmp_path / "till.yaml"
    # The last but the publication itself: there every table has to be brought back.
    followed = [n for n, name in enumerate(written, 1) if name in written[n:]]
    sampled = [*followed, len(commits) - 1]
    undone = {(name, version) for each in sampled for name, version in _latest(commits[:each])}
    assert undone == set(commits[:-1])
    places = [tmp_path / f"after{each}" for each in sampled]
    with ThreadPoolExecutor(2) as pool:
        ended = pool.submit(killed_after, number, killed, till, deliveries[1])
        list(pool.map(repaired, places))
    assert ended.result() == -signal.SIGKILL
    assert latest_versions(killed) == photographed
    completed(killed)
