"""Complete Journey and AdventureWorks, the real files: control totals and the oracle's accounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.processing_dates import dates_between
from jobs.settings import load_settings
from jobs.source_mapping import load_mapping
from tests import (
    lakehouses,
    past_action_checks,
    published_indicators,
    real_data,
    rfv_checks,
)
from tests import life_cycle_checks as checks
from tests.conftest import ROOT
from tests.oracle import accounts as oracle
from tests.oracle.compare import assert_same

pytestmark = pytest.mark.slow


def test_complete_journey_equals_the_oracle_at_every_month_end(
    spark: SparkSession, tmp_path: Path
) -> None:
    folder = real_data.folder("complete_journey")
    month_ends = dates_between("month-end", date(2017, 1, 1), date(2017, 12, 31))
    place = f"lakehouse.path={tmp_path / 'lakehouse'}"
    grocer = ROOT / "conf" / "overlays" / "grocer.yaml"
    settings = load_settings([grocer], [place, "processing_calendar.start_before_first_run=1 day"])
    source = load_mapping(Path("complete_journey"))
    counts = lakehouses.deliver(spark, settings, source, folder, dates=month_ends)
    assert counts["sales_received"] == counts["sales_accepted"] == 1_469_307
    assert counts["persons_accepted"] == 801
    sales = lakehouses.read(spark, settings, "sales").agg(
        F.count_distinct("customer_id"),
        F.count_distinct("store_code"),
        F.count_distinct("sale_number"),
        F.count_distinct("product_code"),
        F.count_if(F.col("quantity") == 0),
        F.max("quantity"),
        F.sum("amount"),
    )
    assert tuple(sales.collect()[0]) == (
        2_469,
        457,
        155_848,
        68_509,
        8_869,
        Decimal("89638.000"),
        Decimal("4596039.5800"),
    )

    con = oracle.connect()
    oracle.load_complete_journey(con, folder / "transactions.parquet")
    con.executemany("INSERT INTO dates VALUES (?)", [(each,) for each in month_ends])
    con.execute(
        "INSERT INTO persons SELECT DISTINCT CAST(household_id AS VARCHAR), NULL "
        f"FROM '{folder}/demographics.parquet'"
    )
    oracle.purchases(con)
    oracle.accounts(con)
    codes = lakehouses.read(spark, settings, "customer_codes").select(
        "customer_id", "customer_code"
    )
    made = lakehouses.read(spark, settings, "accounts")
    made = made.join(codes, on="customer_id", how="left").drop("customer_id")
    assert assert_same(con, made, "accounts", ("as_of", "customer_code")) > 25_000
    found = rfv_checks.assert_published_same(spark, settings, con, month_ends)
    assert found["store_customers"] > found["rfv"] > 25_000
    checks.assert_published_same(spark, settings, con, month_ends)
    assert checks.assert_as_day_by_day(con, settings.life_cycle.rules, 40, month_ends) > 50_000
    compare = published_indicators.assert_published_same
    assert compare(spark, settings, month_ends, month_ends) > 200_000
    assert past_action_checks.assert_published_same(spark, settings, folder, month_ends[-1]) > 20


@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("resellers", (60_855, 635, 17, 10, Decimal("80450596.9823"), date(2013, 11, 29))),
        ("internet", (60_398, 18_484, 0, 1, Decimal("29358677.2207"), date(2014, 1, 28))),
    ],
)
def test_adventureworks_has_the_control_totals(
    spark: SparkSession, tmp_path: Path, name: str, totals: tuple[object, ...]
) -> None:
    settings = lakehouses.settings_for(
        tmp_path / "lakehouse", "network.time_zone=America/Los_Angeles"
    )
    source = load_mapping(Path(f"adventureworks_{name}"))
    lakehouses.deliver(spark, settings, source, real_data.folder("adventureworks"))
    found = lakehouses.read(spark, settings, "sales").agg(
        F.count(F.lit(1)),
        F.count_distinct("customer_id"),
        F.count_distinct("salesperson_code"),
        F.count_distinct("store_code"),
        F.sum("amount"),
        F.max("business_day"),
        F.min("business_day"),
    )
    assert tuple(found.collect()[0]) == (*totals, date(2010, 12, 29))
    assert lakehouses.read(spark, settings, "rejected_rows").isEmpty()
