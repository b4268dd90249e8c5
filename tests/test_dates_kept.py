"""Which dates have slices: those computed in all tables, or in any, and not pruned since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.past_runs import (
    Publication,
    computing_runs,
    dates_computed,
    dates_kept,
    dates_with_slices,
    days_since_computed,
)
from jobs.place import Place
from jobs.registration_quality import last_date
from jobs.session import local_rows
from jobs.tables import Tables
from schemas import RUNS

JANUARY, FEBRUARY, MARCH = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)


def publish(spark: SparkSession, place: Place, *runs: dict[str, object]) -> None:
    Tables(spark, place, {}).create(RUNS)
    rows = [
        {"run_id": str(number), "sequence": number, "as_of": [], "pruned": [], **run}
        for number, run in enumerate(runs, start=1)
    ]
    local_rows(spark, [*rows, {"run_id": "lease"}], RUNS.ddl).writeTo(
        place.identifier(RUNS.name)
    ).append()


def until(sequence: int) -> Publication:
    return Publication(str(sequence), sequence, {}, None, None)


def test_a_pruned_date_is_kept_again_once_all_of_it_is_computed(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    assert dates_kept(spark, place) == dates_with_slices(spark, place) == set()
    publish(
        spark,
        place,
        {"job": "backfill", "as_of": [JANUARY, FEBRUARY, MARCH]},
        {"job": "maintain", "pruned": [JANUARY, FEBRUARY]},
        # One table of a date is not the whole date.
        {"job": "accounts", "as_of": [FEBRUARY]},
        {"job": "daily", "as_of": [JANUARY]},
        # A run that does both prunes first, as a new key does what only one job had computed.
        {"job": "daily", "as_of": [FEBRUARY, MARCH], "pruned": [FEBRUARY]},
    )

    def kept(*sequences: int) -> Sequence[set[date]]:
        return [dates_kept(spark, place, until(each)) for each in sequences]

    everything = {JANUARY, FEBRUARY, MARCH}
    assert kept(1, 2, 3) == [everything, {MARCH}, {MARCH}]
    assert kept(4, 5) == [{JANUARY, MARCH}, everything]
    assert dates_kept(spark, place) == dates_with_slices(spark, place) == everything
    assert dates_computed(spark, place) == everything


def test_what_one_job_computed_of_a_date_is_a_slice_too(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    now = datetime.now(timezone.utc)
    publish(
        spark,
        place,
        {"job": "daily", "as_of": [JANUARY], "published_at": now - timedelta(days=9, hours=1)},
        {"job": "accounts", "as_of": [FEBRUARY], "published_at": now},
        {"job": "ingest", "published_at": now},
    )
    assert dates_kept(spark, place) == {JANUARY}
    assert dates_with_slices(spark, place) == {JANUARY, FEBRUARY}
    assert days_since_computed(spark, place) == 10


def test_without_a_run_that_computed_all_there_is_no_day_to_count_from(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    publish(spark, place, {"job": "ingest", "published_at": datetime.now(timezone.utc)})
    assert days_since_computed(spark, place) == 0


def test_the_last_date_of_all_is_the_last_kept_or_computed(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    tables = Tables(spark, place, {})
    assert last_date(tables, [JANUARY]) == JANUARY
    # Whether anybody had bought or was registered by then does not matter, a part of a date does.
    publish(
        spark,
        place,
        {"job": "daily", "as_of": [FEBRUARY]},
        {"job": "accounts", "as_of": [MARCH]},
    )
    assert last_date(tables, [JANUARY]) == FEBRUARY
    assert last_date(tables, [JANUARY, MARCH]) == MARCH


def test_whatever_computed_dates_since_the_last_complete_run_is_looked_at(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    said = {"code_version": "1", "versions": {}}
    publish(
        spark,
        place,
        {"job": "daily", "as_of": [JANUARY], "parameters": "old", **said},
        {"job": "daily", "as_of": [FEBRUARY], "parameters": "a", **said},
        {"job": "ingest", "parameters": "b", **said},
        {"job": "privacy", "as_of": [FEBRUARY], "parameters": "c", **said},
        {"job": "maintain", "pruned": [JANUARY], "parameters": "d", **said},
        {"job": "rfv", "as_of": [FEBRUARY], "parameters": "e", **said},
    )
    assert [each.parameters for each in computing_runs(spark, place)] == ["a", "c", "e"]
