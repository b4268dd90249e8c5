"""The life cycle of a generated chain over five years: the oracle, the rules, and every month."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from jobs import generate
from jobs.chain.calendar import Chain
from jobs.processing_dates import dates_between
from jobs.settings import Settings
from jobs.source_mapping import load_mapping
from tests import lakehouses, rfv_checks
from tests import life_cycle_checks as checks
from tests.oracle import accounts as oracle
from tests.oracle import life_cycle as oracle_life_cycle

pytestmark = pytest.mark.slow

CHAIN = Chain(lines=120_000, stores=12, seed=11, until=date(2025, 12, 31))
MONTH_ENDS = dates_between("month-end", date(2021, 1, 1), date(2025, 12, 31))


@pytest.fixture(scope="module")
def lakehouse(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("chain")
    generate.run(CHAIN, str(folder / "files"), "parquet")
    settings = lakehouses.settings_for(
        folder / "lakehouse",
        "processing_calendar.every=month-end",
        "processing_calendar.start_before_first_run=1 day",
        # Other choices than the defaults, which Online Retail is compared by.
        "rfv.population=active",
        "rfv.history=12 months",
        "rfv.frequency=frequency_per_month",
        "rfv.value=average_ticket",
        "rfv.scoring=quantile",
        "rfv.bands=5",
        "rfv.weights=[1, 2, 3]",
        "rfv.top_ranking=nested",
    )
    source = load_mapping(Path("chain_parquet"))
    counts = lakehouses.deliver(spark, settings, source, folder / "files", dates=MONTH_ENDS)
    assert counts["sales_received"] == counts["sales_accepted"] == CHAIN.lines
    return settings


@pytest.fixture
def purchases(spark: SparkSession, lakehouse: Settings) -> duckdb.DuckDBPyConnection:
    """The published purchases where the oracle works, customers by code."""
    con = oracle.connect()
    con.register("published", lakehouses.read(spark, lakehouse, "purchases").toArrow())
    con.register("codes", lakehouses.read(spark, lakehouse, "customer_codes").toArrow())
    con.execute(
        "CREATE OR REPLACE TABLE purchases AS SELECT p.*, c.customer_code "
        "FROM published p LEFT JOIN codes c USING (customer_id)"
    )
    return con


def test_the_life_cycle_equals_the_oracle_and_the_rules_day_by_day(
    spark: SparkSession, lakehouse: Settings, purchases: duckdb.DuckDBPyConnection
) -> None:
    con = purchases
    checks.assert_published_same(spark, lakehouse, con, MONTH_ENDS)
    assert checks.assert_as_day_by_day(con, lakehouse.life_cycle.rules, 100, MONTH_ENDS) > 200_000


def test_rfv_and_pareto_equal_the_oracle(
    spark: SparkSession, lakehouse: Settings, purchases: duckdb.DuckDBPyConnection
) -> None:
    con = purchases
    con.executemany("INSERT INTO dates VALUES (?)", [(each,) for each in MONTH_ENDS])
    oracle.accounts(con)
    oracle_life_cycle.purchase_days(con)
    oracle_life_cycle.life_cycle(con)
    found = rfv_checks.assert_published_same(spark, lakehouse, con, MONTH_ENDS)
    assert found["rfv_left"] > 1_000
    assert found["store_customers"] > found["network_customers"] > found["rfv"] > 50_000


def test_growth_adds_up_for_every_month_and_the_matrix_has_its_stages(
    spark: SparkSession, lakehouse: Settings
) -> None:
    growth: Any = lakehouses.read(spark, lakehouse, "growth_accounting").toPandas()
    months = growth[growth["period"] == "month"].sort_values("as_of")
    assert list(months["as_of"]) == MONTH_ENDS
    gained = months["new"] + months["reactivated"] + months["recovered"] - months["inactivated"]
    lapsed = months["inactivated"] - months["reactivated"] - months["lost"]
    moves = {"active": gained, "inactive": lapsed, "lost": months["lost"] - months["recovered"]}
    for stage, change in moves.items():
        assert (months[f"{stage}_start"] + change == months[f"{stage}_end"]).all(), stage
        # A month starts with what the one before it ended with.
        assert list(months[f"{stage}_start"])[1:] == list(months[f"{stage}_end"])[:-1], stage
        assert months[f"{stage}_end"].iloc[-1] > 0, stage
    assert (months[["reactivated", "recovered", "inactivated", "lost"]].sum() > 0).all()

    cells: Any = lakehouses.read(spark, lakehouse, "life_cycle_matrix").toPandas()
    cells = cells[cells["period"] == "month"]
    for side in ("from", "to"):
        margins = cells.groupby(["as_of", f"{side}_stage"])["customers"].sum()
        for row in months.itertuples():
            for stage in moves:
                stock = getattr(row, f"{stage}_{'start' if side == 'from' else 'end'}")
                assert margins.get((row.as_of, stage), 0) == stock
