"""Allocation equals the oracle's for random networks and settings."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from tests import allocation_checks as checks
from tests.oracle.allocation_brute import Settings as Chosen
from tests.oracle.allocation_cases import settings_of_allocation

WORLDS = 25
"""Random networks whose customers one example has."""


def assert_random_network_same(spark: SparkSession, seed: int, chosen: Chosen) -> None:
    world = checks.some_network(seed, WORLDS)
    codes = spark.createDataFrame(
        [(number, who) for who, number in checks.ids_of(world).items()],
        "customer_id bigint, customer_code string",
    )
    con = checks.oracle_of(world, chosen)
    rows = checks.assert_tables_same(con, checks.made_of(spark, world, chosen), codes)
    spark.catalog.clearCache()
    assert rows["allocations"] > WORLDS


@pytest.mark.slow
@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), chosen=settings_of_allocation())
def test_random_networks_equal_the_oracle(spark: SparkSession, seed: int, chosen: Chosen) -> None:
    assert_random_network_same(spark, seed, chosen)


@pytest.mark.slow
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), chosen=settings_of_allocation())
def test_more_random_networks_equal_the_oracle(
    spark: SparkSession, seed: int, chosen: Chosen
) -> None:
    assert_random_network_same(spark, seed + 10**7, chosen)
