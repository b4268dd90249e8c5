"""RFV and Pareto equal the oracle's for random measures, values, choices and calendars."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import duckdb
import pytest
from pyspark.sql import DataFrame, SparkSession

from tests import lakehouses
from tests import rfv_checks as checks
from tests.oracle import rfv as oracle
from tests.oracle.compare import assert_same
from tests.oracle.rfv_brute import Choices
from tests.oracle.rfv_cases import some_choices, some_ids, some_measurements, some_values
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
from transforms.rfv import BANDS, rfv_rankings, rfv_scores
from transforms.rfv import MEASURES as MEASURED
from transforms.rfv_tables import rfv_bands
from transforms.segments import Way

MEASURES = (
    "as_of date, customer_code string, customer_id bigint, recency_days int, "
    "frequency decimal(18,6), value decimal(18,4), amount decimal(18,4), fv_quadrant string"
)
RANKED = (
    *(f"{measure}_{kind}" for kind in ("rank", "percentile") for measure in MEASURED),
    *BANDS,
    "weighted_rank",
    "nested_rank",
)


class Case(NamedTuple):
    """Random measures on ten dates, of which the oracle has made all places."""

    con: duckdb.DuckDBPyConnection
    chosen: Choices
    measures: DataFrame
    codes: DataFrame
    view: CalendarView
    customers: int


def drawn(
    spark: SparkSession, scoring: str, *, seed: int, sparse: int = 0, partitions: int = 1
) -> Case:
    """A case drawn by a number.

    Not by Hypothesis: an example takes half a minute, and it begins with the simplest there is.
    """
    rng = Random(seed)
    chosen = checks.accepted(some_choices(rng, scoring))
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
    codes = spark.createDataFrame(
        [(code, number) for code, number in ids.items()], "customer_code string, customer_id bigint"
    )
    view = CalendarView(tuple(sorted(measured)), tuple(calendar))
    customers = sum(map(len, measured.values()))
    return Case(con, chosen, measures.drop("customer_code"), codes, view, customers)


@pytest.mark.parametrize(
    ("scoring", "seed", "partitions"),
    [
        ("ntile", 38, 1),
        pytest.param("quantile", 24, 5, marks=pytest.mark.slow),
        pytest.param("fixed", 36, 1, marks=pytest.mark.slow),
    ],
)
def test_ranks_and_bands_equal_the_oracle(
    spark: SparkSession, scoring: str, seed: int, partitions: int
) -> None:
    case = drawn(spark, scoring, seed=seed, partitions=partitions)
    rules = checks.settings_of(case.chosen).rfv.scoring_rules
    assert rules.mode == scoring
    # Were all in one band, bands of every kind would be equal.
    bands = ", ".join(f"max({each})" for each in BANDS)
    [most] = case.con.execute(f"SELECT {bands} FROM rfv").fetchall()
    assert min(most) > 1
    scores = rfv_scores(case.measures.cache(), rules, way=WINDOW).cache()
    ranked = rfv_rankings(scores, rules, way=WINDOW).cache()
    case.con.execute(
        f"CREATE OR REPLACE TABLE ranked AS SELECT as_of, customer_code, {', '.join(RANKED)}, "
        "top_class = 'top' AS in_top FROM rfv"
    )
    by_code = ranked.join(case.codes, on="customer_id", how="left")
    found = by_code.select(*checks.WHO, *RANKED, "in_top")
    assert assert_same(case.con, found, "ranked", checks.WHO) == case.customers
    made = rfv_bands(ranked, rules)
    assert assert_same(case.con, made, "rfv_bands", checks.KEYS["rfv_bands"]) >= 3 * rules.bands


def test_places_and_movement_equal_the_oracle(spark: SparkSession) -> None:
    case = drawn(spark, "percent_rank", seed=5, sparse=1, partitions=5)
    assert 1 < len(case.view.in_calendar) < len(case.view.dates)
    settings = checks.settings_of(case.chosen)
    made = checks.places_of(case.measures, settings, case.view, WINDOW)
    found = checks.assert_tables_same(case.con, made, case.codes)
    assert found["rfv"] == case.customers


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


def test_pareto_equals_the_oracle(spark: SparkSession) -> None:
    rng = Random(6)
    chosen = checks.accepted(some_choices(rng, "percent_rank"))
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
    bare = values.drop("customer_code").repartition(5).cache()
    shares = checks.settings_of(chosen).pareto.shares
    places = value_histogram(bare).cache()
    ranked = by_value(bare, shares, WINDOW).cache()
    made = {
        "pareto_curve": pareto_curve(places),
        "pareto_summary": pareto_summary(places, shares),
        "network_customers": network_customers(ranked.where("scope = 'network'")),
        "store_customers": store_customers(ranked.where("scope = 'store'")),
    }
    codes = values.select("customer_id", "customer_code").distinct()
    found = checks.assert_tables_same(con, made, codes)
    assert found["pareto_summary"] == len(given_values)
