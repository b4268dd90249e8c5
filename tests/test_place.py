"""Where a lakehouse lies, and where Spark would look for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.errors import UsageError
from jobs.place import Place, place_for
from jobs.reading import published
from jobs.settings import Settings, load_settings
from jobs.writing import writing_run
from tests import lakehouses

DEFAULT = "fs.defaultFS"
HDFS = "hdfs://namenode:8020"
JOBS: tuple[Callable[[Settings, str], object], ...] = (published, writing_run)


@pytest.fixture
def cluster(spark: SparkSession) -> Iterator[SparkSession]:
    """The session as on a cluster whose files lie in HDFS; nobody asks that."""
    conf: Any = spark._jsc.hadoopConfiguration()
    before = conf.get(DEFAULT)
    conf.set(DEFAULT, f"{HDFS}/")
    yield spark
    conf.set(DEFAULT, before)


@pytest.mark.usefixtures("cluster")
def test_a_path_without_scheme_is_refused_where_spark_would_look_elsewhere(tmp_path: Path) -> None:
    place = tmp_path / "lakehouse"
    settings = lakehouses.settings_for(place)
    for job in JOBS:
        with pytest.raises(UsageError) as refused:
            job(settings, "describe")
        said = str(refused.value)
        assert f"write {HDFS}{place}, or file://{place} for" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["file:///data/lake", "hdfs://other/lake", "s3a://bucket/lake"])
def test_a_path_with_a_scheme_is_taken_as_it_stands(cluster: SparkSession, path: str) -> None:
    lakehouse = load_settings((), [f"lakehouse.path={path}"]).lakehouse
    assert str(place_for(cluster, lakehouse)) == path


def test_a_catalog_is_no_path(cluster: SparkSession) -> None:
    named = ["lakehouse.catalog=spark_catalog", "lakehouse.schema=shop"]
    assert place_for(cluster, load_settings((), named).lakehouse).path is None


def test_on_one_machine_a_path_needs_no_scheme(spark: SparkSession, tmp_path: Path) -> None:
    lakehouse = lakehouses.settings_for(tmp_path / "lakehouse").lakehouse
    assert place_for(spark, lakehouse).local_path == tmp_path / "lakehouse"


def test_a_path_that_leads_through_a_file_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    file = tmp_path / "lake.yaml"
    file.write_text("lakehouse: {}")
    for place in (file, file / "lakehouse"):
        settings = lakehouses.settings_for(place)
        with pytest.raises(UsageError, match="is a file: name a folder") as refused:
            place_for(spark, settings.lakehouse)
        assert f"lakehouse {place}: " in str(refused.value)


def test_the_root_of_a_disk_is_a_path_too() -> None:
    assert Place.of(load_settings((), ["lakehouse.path=/"]).lakehouse).path == "/"
