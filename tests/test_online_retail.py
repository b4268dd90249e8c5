"""Online Retail, the real file: control totals, and accounts equal to the oracle's."""

from __future__ import annotations

import csv
import gzip
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.processing_dates import dates_between
from jobs.settings import Settings
from jobs.source_mapping import load_mapping
from schemas import TABLES
from tests import lakehouses, published_indicators, real_data, rfv_checks
from tests import life_cycle_checks as checks
from tests.oracle import accounts as oracle
from tests.oracle.compare import assert_same

pytestmark = pytest.mark.slow

MONTH_ENDS = dates_between("month-end", date(2010, 12, 1), date(2011, 12, 31))

ZONE_AND_CALENDAR = (
    "network.time_zone=Europe/London",
    "processing_calendar.every=month-end",
    "processing_calendar.start_before_first_run=1 day",
)


@pytest.fixture(scope="module")
def lakehouse(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = real_data.folder("online_retail")
    place = tmp_path_factory.mktemp("online_retail") / "lakehouse"
    settings = lakehouses.settings_for(place, *ZONE_AND_CALENDAR)
    source = load_mapping(Path("online_retail"))
    lakehouses.deliver(spark, settings, source, folder, dates=MONTH_ENDS)
    return settings


def test_the_sales_have_the_control_totals(spark: SparkSession, lakehouse: Settings) -> None:
    sales = lakehouses.read(spark, lakehouse, "sales")
    negative, cancelled = F.col("quantity") < 0, F.col("sale_number").startswith("C")
    found = sales.agg(
        F.count(F.lit(1)),
        F.count_distinct("sale_number"),
        F.count_distinct("customer_id"),
        F.count_if(F.col("code_class") == "none"),
        F.count_if(negative),
        F.count_if(negative & ~cancelled & F.col("customer_id").isNull()),
        F.count_if(cancelled & (F.col("kind") == "return")),
        F.count_if(F.col("list_amount") == 0),
        F.count_if(F.col("kind") == "price_adjustment"),
        F.sum("amount"),
    ).collect()[0]
    assert tuple(found) == (
        541_909,
        25_900,
        4_372,
        135_080,  # 24.93 %
        10_624,
        1_336,
        9_288,
        2_515,
        2,
        Decimal("9747747.9340"),
    )
    assert lakehouses.read(spark, lakehouse, "rejected_rows").isEmpty()


def test_accounts_rfv_and_pareto_equal_the_oracle_at_every_month_end(
    spark: SparkSession, lakehouse: Settings
) -> None:
    con = oracle.connect()
    oracle.load_online_retail(con, real_data.folder("online_retail") / "onlineretail.csv.gz")
    con.executemany("INSERT INTO dates VALUES (?)", [(each,) for each in MONTH_ENDS])
    oracle.purchases(con)
    oracle.accounts(con)
    codes = lakehouses.read(spark, lakehouse, "customer_codes").select(
        "customer_id", "customer_code"
    )
    made = lakehouses.read(spark, lakehouse, "accounts")
    made = made.join(codes, on="customer_id", how="left").drop("customer_id")
    assert assert_same(con, made, "accounts", ("as_of", "customer_code")) > 30_000
    found = rfv_checks.assert_published_same(spark, lakehouse, con, MONTH_ENDS)
    assert found["rfv"] == found["network_customers"] > 30_000
    assert (found["rfv_bands"], found["pareto_summary"]) == (13 * 60, 26)


def test_the_life_cycle_equals_the_oracle_and_the_rules_day_by_day(
    spark: SparkSession, lakehouse: Settings
) -> None:
    con = oracle.connect()
    oracle.load_online_retail(con, real_data.folder("online_retail") / "onlineretail.csv.gz")
    oracle.purchases(con)
    checks.assert_published_same(spark, lakehouse, con, MONTH_ENDS)
    assert checks.assert_as_day_by_day(con, lakehouse.life_cycle.rules, 40, MONTH_ENDS) > 150_000


def test_indicators_equal_the_oracle(spark: SparkSession, lakehouse: Settings) -> None:
    compare = published_indicators.assert_published_same
    # 13 dates of the network and of the one store, which is all of it; nobody sells by name.
    assert compare(spark, lakehouse, MONTH_ENDS, MONTH_ENDS) > 2_000


def cut_between_invoices(whole: Path, folder: Path, pieces: int) -> list[Path]:
    """Files of about equal size that hold whole invoices, in the order of their first lines."""
    with gzip.open(whole, "rt", encoding="utf-8", newline="") as opened:
        header, *lines = csv.reader(opened)
    place_of: dict[str, int] = {}
    files = [folder / f"onlineretail_{number}.csv" for number in range(pieces)]
    parts: list[list[list[str]]] = [[] for _ in files]
    for number, fields in enumerate(lines):
        place = place_of.setdefault(fields[0], number * pieces // len(lines))
        parts[place].append(fields)
    for file, part in zip(files, parts, strict=True):
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([header, *part])
    return files


def test_pieces_in_another_order_give_equal_tables(
    spark: SparkSession, lakehouse: Settings, tmp_path: Path
) -> None:
    whole = real_data.folder("online_retail") / "onlineretail.csv.gz"
    first, second, third = cut_between_invoices(whole, tmp_path, 3)
    settings = lakehouses.settings_for(tmp_path / "lakehouse", *ZONE_AND_CALENDAR)
    shutil.copy2(f"{lakehouse.lakehouse.path}.key", f"{settings.lakehouse.path}.key")
    source = load_mapping(Path("online_retail"))
    for piece in (third, first):
        lakehouses.deliver(spark, settings, source, piece)
    lakehouses.deliver(spark, settings, source, second, dates=MONTH_ENDS)
    # The rows of the other two name their file.
    for name in TABLES.keys() - {"ingested_files", "rejected_rows"}:
        as_whole, in_pieces = (
            pl.read_delta(
                f"{each.lakehouse.path}/{name}",
                version=lakehouses.published(spark, each).versions[name],
            ).sort(TABLES[name].key)
            for each in (lakehouse, settings)
        )
        assert as_whole.equals(in_pieces), name
