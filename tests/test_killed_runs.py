"""A run that is killed leaves readers where they were, and the next run repairs it."""

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
from typing import Any

import polars as pl
import pytest
from pyspark.sql import SparkSession

from jobs import daily
from jobs.failpoints import KILL_AFTER_COMMIT
from jobs.ingest import ingest
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping
from schemas import TABLES
from tests import lakehouses
from tests.conftest import AS_JOBS_RUN, FOR_FEW_ROWS, ROOT
from tests.lakehouses import line, write

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"  # made up
SHORT_LEASE = "lakehouse.lease_seconds=3"
FIRST, SECOND = date(2024, 1, 31), date(2024, 2, 29)


def everything(place: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table as a reader of the last publication sees it."""
    runs = pl.read_delta(f"{place}/runs").filter(pl.col("run_id") != "lease").sort("sequence")
    versions: dict[str, int] = runs["versions"][-1]
    assert versions.keys() == TABLES.keys()
    return {
        name: sorted(pl.read_delta(f"{place}/{name}", version=version).rows(), key=repr)
        for name, version in versions.items()
    }


def settings_of(place: Path) -> Settings:
    return lakehouses.settings_for(place, SHORT_LEASE, "lakehouse.lease_wait_seconds=60")


def second_run(
    spark: SparkSession, place: Path, source: SourceMapping, delivery: Path
) -> Sequence[tuple[str, int]]:
    """The run that is killed elsewhere, to its end; returns its commits."""
    settings = settings_of(place)
    with lakehouses.started(spark, settings) as run:
        ingest(run, settings, source, [str(delivery)])
        daily.compute(run, settings, [SECOND])
    return run.commits


def killed_after(number: int, place: Path, source: Path, delivery: Path) -> int:
    """Run the same in a process of its own that kills itself; returns how the process ended."""
    options = ["--lakehouse", str(place), "--source", str(source), "--input", str(delivery)]
    for each in ("processing_calendar.every=none", "ingest.max_rejected_share=1", SHORT_LEASE):
        options += ["--set", each]
    command = [sys.executable, "jobs/run.py", "daily", "--as-of", str(SECOND), *options]
    arguments = os.environ["PYSPARK_SUBMIT_ARGS"].replace(AS_JOBS_RUN, FOR_FEW_ROWS)
    environment = {
        **os.environ,
        "PYSPARK_SUBMIT_ARGS": arguments,
        KILL_AFTER_COMMIT: str(number),
    }
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=600
    )
    return ended.returncode


def test_killed_after_each_commit_a_run_is_invisible_and_then_repaired(
    spark: SparkSession, tmp_path: Path
) -> None:
    source = lakehouses.mapping(
        tmp_path, newer_by={"file_name": r"vendas_(\d{8})", "pattern": "yyyyMMdd"}
    )
    # The second delivery replaces a ticket, brings a new customer and a row that is rejected.
    deliveries = [
        write(
            tmp_path / "vendas_20240201.csv",
            [line("1", cpf=ANA), line("2", cpf=RUI), line("3", quantity="x")],
        ),
        write(
            tmp_path / "vendas_20240202.csv",
            [
                line("1", cpf=RUI, amount="5,00"),
                line("4", cpf=EVA, day="03/02/2024"),
                line("5", amount="?"),
            ],
        ),
    ]
    base = tmp_path / "base"
    lakehouses.deliver(spark, settings_of(base), source, deliveries[0], dates=[FIRST])
    before = everything(base)

    def copied(name: str) -> Path:
        shutil.copytree(base, tmp_path / name)
        shutil.copy2(tmp_path / "base.key", tmp_path / f"{name}.key")
        return tmp_path / name

    clean = copied("clean")
    commits = second_run(spark, clean, source, deliveries[1])
    after = everything(clean)
    written = {table for table, _ in commits}
    assert {"rejected_rows", "customer_codes", "sales", "ingested_files", "runs"} <= written
    assert {name for name in TABLES if before[name] != after[name]} <= written

    # Publishing is the last commit: who dies after it has published.
    numbers = range(1, len(commits))
    places = {number: copied(f"killed{number}") for number in numbers}
    file = tmp_path / "till.yaml"
    with ThreadPoolExecutor(2) as pool:
        ended = pool.map(lambda n: killed_after(n, places[n], file, deliveries[1]), numbers)
        for number, code in zip(numbers, ended, strict=True):
            assert code == -signal.SIGKILL, (number, code)
            assert everything(places[number]) == before, commits[number - 1]
            second_run(spark, places[number], source, deliveries[1])
            assert everything(places[number]) == after, commits[number - 1]
