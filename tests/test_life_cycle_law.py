"""The timeline and what follows from it equal the oracle's for random histories and parameters."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from schemas import TABLES
from tests import life_cycle_checks as checks
from tests.oracle import life_cycle as oracle
from tests.oracle.compare import assert_same
from tests.oracle.day_by_day import Parameters
from tests.oracle.life_cycle_cases import FIRST_DAY, histories, parameters
from transforms.life_cycle import due, life_cycle
from transforms.life_cycle_flows import (
    growth_accounting,
    matrix,
    on_levels,
    period_changes,
    transitions,
)
from transforms.periods import Period

CUSTOMERS = 40
"""Histories per batch; six batches are drawn."""

Network = tuple[Parameters, list[list[date]]]


@st.composite
def networks(draw: st.DrawFn) -> Network:
    drawn = draw(parameters())
    return drawn, draw(st.lists(histories(drawn), min_size=CUSTOMERS, max_size=CUSTOMERS))


@pytest.mark.slow
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    network=networks(),
    begins=st.lists(st.integers(-10, 500), min_size=1, max_size=3, unique=True),
    ahead=st.integers(1, 60),
)
def test_random_histories_equal_the_oracle(
    spark: SparkSession, network: Network, begins: list[int], ahead: int
) -> None:
    drawn, bought = network
    rules = checks.rules_of(drawn)
    rows = [(number, day) for number, days in enumerate(bought) for day in days]
    days = spark.createDataFrame(rows, "customer_id bigint, purchased_on date").cache()
    con = oracle.connect()
    oracle.set_parameters(con, **drawn.as_settings())
    con.executemany(
        "INSERT INTO purchase_days VALUES (?, ?)", [(f"c{who}", day) for who, day in rows]
    )
    oracle.life_cycle(con)

    def by_code(made: DataFrame) -> DataFrame:
        named = made.selectExpr("*", "concat('c', customer_id) AS customer_code")
        return named.drop("customer_id")

    timeline = life_cycle(days, rules).cache()
    checks.assert_timeline_same(con, by_code(timeline))
    checks.assert_as_day_by_day(con, rules, 10, [FIRST_DAY + timedelta(days=100)])
    changed = by_code(transitions(timeline))
    assert_same(con, changed, "life_cycle_transitions", ("customer_code", "changed_on"))
    dates = [FIRST_DAY + timedelta(days=each) for each in begins]
    nobody = spark.createDataFrame([], TABLES["allocations"].ddl)
    flows = on_levels(period_changes(timeline, dates), nobody)
    checks.assert_follows_same(
        con,
        dates,
        ahead,
        matrix=matrix(flows),
        growth=growth_accounting(flows),
        due=by_code(due(days, transitions(timeline), rules, dates, Period(ahead, "days"))),
    )
    timeline.unpersist()
    days.unpersist()
