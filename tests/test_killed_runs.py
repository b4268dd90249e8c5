"""A run that is killed leaves readers where they were, and the next run repairs it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.errors import LeaseError
from jobs.failpoints import KILL_AFTER_COMMIT
from jobs.publication import latest_publication
from jobs.settings import Settings
from jobs.source_mapping import load_mapping
from jobs.tables import Place
from schemas import TABLES
from tests import lakehouses
from tests.conftest import ROOT
from tests.lakehouses import line, write

ANA, RUI = "52998224725", "11144477735"  # made up
SHORT_LEASE = "lakehouse.lease_seconds=3"
DATES = [date(2024, 1, 31), date(2024, 2, 29)]
KILLED_AFTER = (2, 6)
"""Of the run's commits: one while it ingests, and one between the tables that follow."""


@pytest.fixture
def deliveries(tmp_path: Path) -> tuple[Path, Path]:
    first = [line("1", cpf=ANA), line("2", cpf=RUI), line("3", quantity="x")]
    second = [line("1", cpf=RUI, amount="5,00"), line("4", cpf="39053344705", day="03/02/2024")]
    lakehouses.mapping(tmp_path, newer_by={"file_name": r"vendas_(\d{8})", "pattern": "yyyyMMdd"})
    return (
        write(tmp_path / "vendas_20240201.csv", first),
        write(tmp_path / "vendas_20240202.csv", [*second, line("5", amount="?")]),
    )


def everything(spark: SparkSession, settings: Settings) -> dict[str, list[object]]:
    """Every published table; what names a run or a time of running is not in them."""
    return {name: list(lakehouses.rows(spark, settings, name)) for name in TABLES}


def in_a_process(
    lakehouse: Path, source: Path, delivery: Path, kill_after: int
) -> subprocess.CompletedProcess[str]:
    options = ["--lakehouse", str(lakehouse), "--source", str(source), "--input", str(delivery)]
    for each in ("processing_calendar.every=none", "ingest.max_rejected_share=1", SHORT_LEASE):
        options += ["--set", each]
    command = [sys.executable, "jobs/run.py", "daily", "--as-of", str(DATES[1]), *options]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, KILL_AFTER_COMMIT: str(kill_after)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.slow
def test_a_killed_run_is_invisible_and_then_repaired(
    spark: SparkSession, tmp_path: Path, deliveries: tuple[Path, Path]
) -> None:
    source = tmp_path / "till.yaml"
    base = lakehouses.settings_for(tmp_path / "base", SHORT_LEASE)
    mapping = load_mapping(source)
    lakehouses.deliver(spark, base, mapping, deliveries[0], dates=[DATES[0]])
    before = everything(spark, base)

    def copied(name: str) -> Settings:
        shutil.copytree(tmp_path / "base", tmp_path / name)
        shutil.copy2(tmp_path / "base.key", tmp_path / f"{name}.key")
        return lakehouses.settings_for(
            tmp_path / name, SHORT_LEASE, "lakehouse.lease_wait_seconds=30"
        )

    clean = copied("clean")
    lakehouses.deliver(spark, clean, mapping, deliveries[1], dates=[DATES[1]])
    after = everything(spark, clean)
    assert after != before

    for number in KILLED_AFTER:
        settings = copied(f"killed{number}")
        ended = in_a_process(tmp_path / f"killed{number}", source, deliveries[1], number)
        assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]
        assert lakehouses.published(spark, settings).sequence == 1
        assert everything(spark, settings) == before
        lakehouses.deliver(spark, settings, mapping, deliveries[1], dates=[DATES[1]])
        assert everything(spark, settings) == after


def test_a_second_writer_leaves_and_a_lost_lease_cannot_publish(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse", "lakehouse.lease_seconds=2")
    place = Place.of(settings.lakehouse)
    first = lakehouses.started(spark, settings)
    with pytest.raises(LeaseError, match="lost its lease"):  # noqa: PT012, SIM117 - two runs overlap
        with first as run:
            with (
                pytest.raises(LeaseError, match="another run"),
                lakehouses.started(spark, settings),
            ):
                pass
            run._lease._stop_renewal()
            patient = lakehouses.settings_for(
                tmp_path / "lakehouse", "lakehouse.lease_wait_seconds=20"
            )
            with lakehouses.started(spark, patient, "second"):
                pass
    publication = latest_publication(spark, place)
    assert publication is not None
    assert publication.sequence == 1
    jobs = spark.table(place.identifier("runs")).where("run_id <> 'lease'").select("job")
    assert [row.job for row in jobs.collect()] == ["second"]
