"""One Spark session per process, made for small data, and the places of real data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.customer_key import key_row
from jobs.session import start_session

ROOT = Path(__file__).parent.parent
LOGS = f"-Dlog4j2.configurationFile={ROOT / 'conf' / 'log4j2.properties'}"

# Compiling code and re-planning stages pay off on much data; on a few rows they cost most. The
# compiler that is left has room for 48 MB of code by default; once that is full, code is thrown
# out and compiled again without end.
FOR_FEW_ROWS = (
    "--conf spark.sql.shuffle.partitions=2 --conf spark.sql.adaptive.enabled=false "
    "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN "
    f'--conf "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC '
    f'-XX:ReservedCodeCacheSize=256m {LOGS}" '
)
AS_JOBS_RUN = f'--conf "spark.driver.extraJavaOptions=-XX:+UseParallelGC {LOGS}" '
"""For the slow tests, which read much data: Spark as the jobs have it."""

LONGEST = (
    "test_real_sources",
    "test_killed_runs",
    "test_chain_life_cycle",
    "test_readers",
    "test_rfv_job",
    "test_online_retail",
    "test_ingest",
)
"""The files that take longest start first, so that no process waits for another at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))


@pytest.fixture(scope="session")
def submit_arguments(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> str:
    """What starts Spark in this process and, by the environment, in those that tests start."""
    scratch = tmp_path_factory.mktemp("spark")
    jars = os.environ.get("CLIENTELA_JARS") or ",".join(map(str, (ROOT / ".jars").glob("*.jar")))
    is_slow = request.config.getoption("markexpr") == "slow"
    arguments = (
        f"--master local[2] --driver-memory 4g --jars {jars} --conf spark.ui.enabled=false "
        f"--conf spark.sql.warehouse.dir={scratch}/warehouse "
        f"{AS_JOBS_RUN if is_slow else FOR_FEW_ROWS} pyspark-shell"
    )
    os.environ["PYSPARK_SUBMIT_ARGS"] = arguments
    return arguments


@pytest.fixture(scope="session")
def spark(submit_arguments: str) -> Iterator[SparkSession]:
    assert submit_arguments
    session = start_session("tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def key(spark: SparkSession) -> DataFrame:
    return key_row(spark, bytes(range(32)))
