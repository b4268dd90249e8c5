"""One Spark session per process, made for small data, and the places of real data."""

from __future__ import annotations

import os
import time
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
FEW_ROWS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
LOGS_KEPT = "-Ddelta.log.cacheSize=70"
"""Delta keeps what it read of 10,000 tables, 5 MB each, and every test has sixty of its own."""

QUICK_COMPILER = "-XX:TieredStopAtLevel=1"
"""Java's better compiler repays itself after some minutes: slow tests have it."""

PATIENT_COMPILER = (
    "-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=4000 "
    "-XX:Tier4CompileThreshold=50000 -XX:Tier4BackEdgeThreshold=160000"
)
"""It begins later than by default, where it takes a third of the first minutes: side by side, a
test of seven minutes took a ninth less of the processors, and its driver no longer."""


def for_few_rows(compiler: str) -> str:
    """Spark for few rows; of pages as large as usual, 64 MB, each task would fill one."""
    return (
        f"{' '.join(f'--conf {name}={value}' for name, value in FEW_ROWS.items())} "
        "--conf spark.buffer.pageSize=1m "
        f'--conf "spark.driver.extraJavaOptions={compiler} -XX:+UseSerialGC '
        f'-XX:ReservedCodeCacheSize=256m {LOGS_KEPT} {LOGS}" '
    )


AS_JOBS_RUN = (
    '--conf "spark.driver.extraJavaOptions='
    f'{PATIENT_COMPILER} -XX:+UseParallelGC {LOGS_KEPT} {LOGS}" '
)
"""For tests that read much data: Spark as the jobs have it, but for when it compiles."""

MUCH_DATA = {
    "test_real_sources",
    "test_online_retail",
    "test_chain_life_cycle",
    "test_chain_ingest",
    "test_allocation_chain",
    "test_chain",
    "test_notebooks",
    "test_registry_chain",
}
"""The slow tests that read much; the others are slow because they run much on few rows."""

LONGEST = (
    "test_real_sources",
    "test_chain_life_cycle",
    "test_people_chain",
    "test_allocation_chain",
    "test_incremental_law",
    "test_privacy",
    "test_killed_people",
    "test_cluster",
    "test_two_runs",
    "test_faults",
    "test_killed_runs",
    "test_online_retail",
    "test_person_commands",
    "test_readers",
    "test_part_runs",
    "test_calendar_jobs",
    "test_ingest",
    "test_indicators_worked",
    "test_maintain",
    "test_rfv_law",
    "test_changes",
    "test_lease",
    "test_tables",
    "test_validity",
    "test_search",
)
"""The files that take longest start first, so that no process waits for another at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in MUCH_DATA:
            item.add_marker("much_data")
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))


def pytest_runtest_setup() -> None:
    """Leaves out what would begin too late for CI, which cuts off a run that takes too long."""
    until = float(os.environ.get("CLIENTELA_TESTS_UNTIL", "inf"))
    if time.time() > until:
        pytest.skip("would begin after CLIENTELA_TESTS_UNTIL: run it by hand")


@pytest.fixture(scope="session")
def submit_arguments(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> str:
    """What starts Spark in this process and, by the environment, in those that tests start."""
    scratch = tmp_path_factory.mktemp("spark")
    jars = os.environ.get("CLIENTELA_JARS") or ",".join(map(str, (ROOT / ".jars").glob("*.jar")))
    marked = request.config.getoption("markexpr")
    few = for_few_rows(PATIENT_COMPILER if marked.startswith("slow") else QUICK_COMPILER)
    arguments = (
        f"--master local[2] --driver-memory 4g --jars {jars} --conf spark.ui.enabled=false "
        f"--conf spark.sql.warehouse.dir={scratch}/warehouse "
        f"{AS_JOBS_RUN if marked == 'slow and much_data' else few} pyspark-shell"
    )
    os.environ["PYSPARK_SUBMIT_ARGS"] = arguments
    return arguments


@pytest.fixture(scope="session")
def one_session(submit_arguments: str) -> Iterator[tuple[SparkSession, dict[str, str]]]:
    """The one session of a process, and how it was set when it started."""
    assert submit_arguments
    session = start_session("tests")
    yield session, {name: str(session.conf.get(name)) for name in FEW_ROWS}
    session.stop()


@pytest.fixture(scope="module")
def spark(
    one_session: tuple[SparkSession, dict[str, str]], request: pytest.FixtureRequest
) -> SparkSession:
    """The session, set for what a module of tests reads."""
    session, as_started = one_session
    module = str(request.node.name).rsplit("/", maxsplit=1)[-1].removesuffix(".py")
    for name, value in (as_started if module in MUCH_DATA else FEW_ROWS).items():
        session.conf.set(name, value)
    return session


@pytest.fixture(scope="module")
def key(spark: SparkSession) -> DataFrame:
    return key_row(spark, bytes(range(32)))
