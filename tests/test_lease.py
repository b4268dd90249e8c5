"""One writer at a time, and none that lost its lease publishes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.errors import LeaseError
from jobs.lease import Lease
from jobs.lock import LOCK
from jobs.past_runs import latest_publication
from jobs.place import Place
from jobs.settings import Settings
from tests import lakehouses


@pytest.mark.slow
def test_a_second_writer_leaves_and_a_lost_lease_cannot_publish(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse", "lakehouse.lease_seconds=6")
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
            run._lease._heartbeat.end(run._lease._token)
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


def test_an_ended_lease_is_its_holders_as_long_as_the_holder_is_heard(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    held: Any = Lease(spark, place, 3)
    held._renew_once = lambda: None  # as while one stage holds every core
    held.acquire(0)
    time.sleep(4)  # the lease has ended
    with pytest.raises(LeaseError, match="another run"):
        Lease(spark, place, 3).acquire(0)
    held._heartbeat._ended.set()  # now its process dies
    other = Lease(spark, place, 3)
    other.acquire(20)
    del held._renew_once
    with pytest.raises(LeaseError, match="lost its lease"):
        held.check()
    held.release()
    other.release(clean=True)
    assert not list((tmp_path / "lakehouse" / "runs").glob(".alive-*"))


def test_a_lease_that_was_given_back_has_ended_by_any_clock(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    with lakehouses.started(spark, settings):
        assert has_token_and_is_long_ago(spark, settings) == [(True, False)]
    assert has_token_and_is_long_ago(spark, settings) == [(False, True)]
    with pytest.raises(KeyError), lakehouses.started(spark, settings):
        raise KeyError
    assert has_token_and_is_long_ago(spark, settings) == [(True, True)]


def has_token_and_is_long_ago(spark: SparkSession, settings: Settings) -> list[tuple[bool, bool]]:
    rows = spark.table(Place.of(settings.lakehouse).identifier("runs"))
    told = rows.where("run_id = 'lease'").selectExpr(
        "token IS NOT NULL", "expires_at < TIMESTAMP '2000-01-01'"
    )
    return [tuple(each) for each in told.collect()]


def test_a_run_that_cannot_publish_gives_its_lease_back(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")

    def fails(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(Lease, "_insert_and_release", fails)
    with pytest.raises(KeyError), lakehouses.started(spark, settings):
        pass
    assert has_token_and_is_long_ago(spark, settings) == [(True, True)]


def test_a_run_that_waits_never_has_the_lock_while_it_looks(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    held = Lease(spark, place, 60)
    held.acquire(0)
    waits: Any = Lease(spark, place, 60)
    row = waits._row
    is_free: list[bool] = []

    def look() -> object:
        with held._lock.alone(0) as is_alone:
            is_free.append(is_alone)
        return row()

    waits._row = look
    with pytest.raises(LeaseError, match="its lease ends"):
        waits.acquire(0)
    assert is_free == [True]
    held.release()


def test_a_lock_that_is_never_given_back_is_named_and_stops_no_run_that_has_the_lease(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    held, stopped = Lease(spark, place, 9), Lease(spark, place, 9)
    held.acquire(0)
    with stopped._lock.alone(0) as is_alone:
        assert is_alone
        held._good_until = 0  # its renewal is due
        held.check()
        begun = time.monotonic()
        held.check()
        assert time.monotonic() - begun < 1  # it waited for the lock once
        held.release(clean=True)
        with pytest.raises(LeaseError) as told:
            Lease(spark, place, 9).acquire(0)
    assert f"another run ({stopped._owner} has locked {LOCK}: if it stands" in str(told.value)
