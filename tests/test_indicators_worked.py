"""Indicators that Spark makes have the figures that the oracle's examples work out by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from pyspark.sql import SparkSession

from tests import indicator_checks as checks
from tests.oracle import indicators as oracle
from tests.oracle import test_indicators_oracle as worked
from tests.oracle.compare import assert_same
from tests.oracle.indicators_brute import Case
from tests.oracle.indicators_cases import cases

pytestmark = pytest.mark.slow

EXAMPLES = [
    test
    for name, test in vars(worked).items()
    if name.startswith("test_") and not inspect.signature(test).parameters
]
"""Those that are not given random networks; most work out the figures of one indicator or a few."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda test: test.__name__)
def test_a_worked_example(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, example: Callable[[], None]
) -> None:
    everything = oracle.everything

    def everything_with_indicators_of_spark(con: duckdb.DuckDBPyConnection) -> None:
        everything(con)
        assert_same_as_oracle(spark, con)
        con.execute("CREATE OR REPLACE TABLE indicators AS FROM made")

    monkeypatch.setattr(oracle, "everything", everything_with_indicators_of_spark)
    example()


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_random_networks_equal_the_oracle(spark: SparkSession, case: Case) -> None:
    assert_same_as_oracle(spark, worked.run(case))


def assert_same_as_oracle(spark: SparkSession, con: duckdb.DuckDBPyConnection) -> None:
    assert_same(con, checks.made_of(spark, con).drop("rating"), "indicators", checks.KEY)
    spark.catalog.clearCache()
