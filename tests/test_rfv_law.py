"""RFV and Pareto equal the oracle's for random measures, values, choices and calendars."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from tests import lakehouses
from tests import rfv_checks as checks
from tests.oracle import rfv as oracle
from tests.oracle.rfv_brute import Choices
from tests.oracle.rfv_cases import choices, some_ids, some_measurements, some_values
from tests.oracle.test_rfv_oracle import by_hand, fill, measure, scope_rows
from transforms.calendar_view import CalendarView
from transforms.pareto import (
    by_value,
    network_customers,
    pareto_curve,
    pareto_summary,
    store_customers,
    value_histogram,
)
from transforms.ranking import WINDOW
from transforms.rfv import rfv_rankings, rfv_scores
from transforms.segments import Way

MEASURES = (
    "as_of date, customer_code string, customer_id bigint, recency_days int, "
    "frequency decimal(18,6), value decimal(18,4), amount decimal(18,4), fv_quadrant string"
)
AT_RANDOM = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # an example takes half a minute: shrinking one is work by hand
    suppress_health_check=list(HealthCheck),
)


@AT_RANDOM
@given(choices(), st.integers(0, 10**6), st.integers(0, 3), st.sampled_from([1, 5]))
def test_places_equal_the_oracle(
    spark: SparkSession, chosen: Choices, seed: int, sparse: int, partitions: int
) -> None:
    assert_places_same(spark, chosen, seed, sparse, partitions, WINDOW)


@pytest.mark.slow
def test_segments_and_windows_place_customers_alike(spark: SparkSession) -> None:
    session = lakehouses.small_session(spark)
    rng = Random(5)
    measured, _ = some_measurements(rng, some_ids(rng))
    con = oracle.connect()
    measure(con, measured)
    measures = session.createDataFrame(con.execute("FROM rfv_measures").fetchall(), MEASURES)
    scoring = checks.settings_of(Choices(scoring="ntile", bands=3)).rfv.scoring_rules
    way = Way(whole=0, heavy=3, keep=lakehouses.as_a_leaf)
    by_segments, by_windows = (
        lakehouses.as_a_leaf(
            rfv_scores(measures.repartition(partitions), scoring, way=each)
        ).transform(rfv_rankings, scoring=scoring, way=each)
        for each, partitions in ((way, 5), (WINDOW, 1))
    )
    # Ids come first, so that rows stand in the same order.
    columns = ["as_of", "customer_id", *by_windows.columns]
    found, expected = (
        sorted(map(tuple, made.select(*columns).collect())) for made in (by_segments, by_windows)
    )
    assert len(found) == sum(map(len, measured.values()))
    for segmented, windowed in zip(found, expected, strict=True):
        assert segmented == windowed, columns


def assert_places_same(
    spark: SparkSession, chosen: Choices, seed: int, sparse: int, partitions: int, way: Way
) -> None:
    chosen = checks.accepted(chosen)
    rng = Random(seed)
    ids = some_ids(rng)
    measured, members = some_measurements(rng, ids)
    calendar = sorted(day for day in measured if rng.randrange(4) >= sparse)
    con = oracle.connect()
    checks.run_oracle(con, chosen)
    fill(con, "dates", [(as_of,) for as_of in measured])
    fill(con, "calendar", [(as_of,) for as_of in calendar])
    fill(con, "scope_members", scope_rows(members))
    measure(con, measured)
    oracle.rfv_places(con)
    rows = con.execute("FROM rfv_measures").fetchall()
    measures = spark.createDataFrame(rows, MEASURES).repartition(partitions)
    view = CalendarView(tuple(sorted(measured)), tuple(calendar))
    codes = spark.createDataFrame(
        [(code, number) for code, number in ids.items()], "customer_code string, customer_id bigint"
    )
    made = checks.places_of(measures.drop("customer_code"), checks.settings_of(chosen), view, way)
    found = checks.assert_tables_same(con, made, codes)
    assert found["rfv"] == sum(map(len, measured.values()))


@AT_RANDOM
@given(choices(), st.integers(0, 10**6), st.sampled_from([1, 5]))
def test_pareto_equals_the_oracle(
    spark: SparkSession, chosen: Choices, seed: int, partitions: int
) -> None:
    assert_pareto_same(spark, chosen, seed, partitions, WINDOW)


def assert_pareto_same(
    spark: SparkSession, chosen: Choices, seed: int, partitions: int, way: Way
) -> None:
    chosen = checks.accepted(chosen)
    rng = Random(seed)
    ids = some_ids(rng)
    given_values = some_values(rng)
    con = oracle.connect()
    checks.run_oracle(con, chosen)
    fill(con, "customer_ids", ids.items())
    by_hand(con, given_values)
    rows = con.execute("FROM scope_values").fetchall()
    names = ", ".join(row[0] for row in con.execute("DESCRIBE scope_values").fetchall())
    assert names == "as_of, scope, scope_code, customer_code, value"
    values = spark.createDataFrame(
        [(*row, ids[row[3]]) for row in rows],
        "as_of date, scope string, scope_code string, customer_code string, value decimal(18,4), "
        "customer_id bigint",
    )
    bare = values.drop("customer_code").repartition(partitions).cache()
    shares = checks.settings_of(chosen).pareto.shares
    places = value_histogram(bare).cache()
    ranked = by_value(bare, shares, way).cache()
    made = {
        "pareto_curve": pareto_curve(places),
        "pareto_summary": pareto_summary(places, shares),
        "network_customers": network_customers(ranked.where("scope = 'network'")),
        "store_customers": store_customers(ranked.where("scope = 'store'")),
    }
    codes = values.select("customer_id", "customer_code").distinct()
    found = checks.assert_tables_same(con, made, codes)
    assert found["pareto_summary"] == len(given_values)
