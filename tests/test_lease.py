"""One writer at a time, and none that lost its lease publishes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.errors import LeaseError
from jobs.publication import latest_publication
from jobs.tables import Place
from tests import lakehouses


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
