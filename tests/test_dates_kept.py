"""Which dates have slices: those computed in all tables and not pruned since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.publication import dates_computed, dates_kept, latest_publication
from jobs.settings import Settings
from jobs.tables import Place
from tests import lakehouses

pytestmark = pytest.mark.slow

JANUARY, FEBRUARY, MARCH = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)


def publish(
    spark: SparkSession,
    settings: Settings,
    job: str,
    as_of: Sequence[date] = (),
    pruned: Sequence[date] = (),
) -> None:
    with lakehouses.started(spark, settings, job) as run:
        run.outcome.as_of, run.outcome.pruned = list(as_of), list(pruned)


def test_a_pruned_date_is_kept_again_once_all_of_it_is_computed(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    place = Place.of(settings.lakehouse)
    assert dates_kept(spark, place) == set()
    publish(spark, settings, "backfill", [JANUARY, FEBRUARY, MARCH])
    computed = latest_publication(spark, place)
    publish(spark, settings, "maintain", pruned=[JANUARY, FEBRUARY])
    assert dates_kept(spark, place) == {MARCH}
    assert dates_kept(spark, place, computed) == {JANUARY, FEBRUARY, MARCH}
    # One table of a date is not the whole date.
    publish(spark, settings, "accounts", [FEBRUARY])
    assert dates_kept(spark, place) == {MARCH}
    publish(spark, settings, "daily", [JANUARY])
    assert dates_kept(spark, place) == {JANUARY, MARCH}
    # A run that prunes what it had to compute leaves it pruned.
    publish(spark, settings, "daily", [FEBRUARY, MARCH], pruned=[FEBRUARY])
    assert dates_kept(spark, place) == {JANUARY, MARCH}
    assert dates_computed(spark, place) == {JANUARY, FEBRUARY, MARCH}
