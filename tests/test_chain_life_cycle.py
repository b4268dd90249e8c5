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
from jobs.indicator_dictionary import load_dictionary
from jobs.place import Place
from jobs.processing_dates import dates_between
from jobs.settings import Settings
from jobs.source_mapping import load_mapping
from jobs.tables import Tables
from schemas.life_cycle import STAGES
from tests import (
    allocation_checks,
    lakehouses,
    movement_checks,
    published_indicators,
    rfv_checks,
    search_checks,
)
from tests import life_cycle_checks as checks
from tests.oracle import accounts as oracle
from tests.oracle import life_cycle as oracle_life_cycle
from tests.oracle import movement as oracle_movement

pytestmark = pytest.mark.slow

CHAIN = Chain(lines=120_000, stores=12, seed=11, until=date(2025, 12, 31))
MONTH_ENDS = dates_between("month-end", date(2021, 1, 1), date(2025, 12, 31))
SOME_DATES = [date(2021, 1, 31), date(2022, 10, 31), date(2024, 2, 29), date(2025, 12, 31)]
SEARCHED_ON = date(2024, 2, 29)


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


def test_allocation_equals_the_oracle_and_names_only_who_is_there(
    spark: SparkSession, lakehouse: Settings
) -> None:
    place = Place.of(lakehouse.lakehouse)
    tables = Tables(spark, place, lakehouses.published(spark, lakehouse).versions)
    codes = tables.read("customer_codes").select("customer_id", "customer_code")
    con = oracle.connect()
    tickets = tables.read("purchases").where("code_class = 'coded'")
    allocation_checks.load_published(con, tables, tickets, codes)
    for name in ("dates", "calendar"):
        con.executemany(f"INSERT INTO {name} VALUES (?)", [(each,) for each in MONTH_ENDS])
    allocation_checks.run_oracle(con)
    made = {name: tables.read(name) for name in allocation_checks.KEYS}
    found = allocation_checks.assert_tables_same(con, made, codes)
    # One row for every account, and none else.
    accounts = tables.read("accounts").select("as_of", "customer_id")
    assert found["allocations"] == accounts.count() > 50_000
    assert accounts.exceptAll(made["allocations"].select("as_of", "customer_id")).isEmpty()
    kinds = dict(con.execute("SELECT portfolio, count(*) FROM allocations GROUP BY 1").fetchall())
    assert min(kinds.get(each, 0) for each in ("salesperson", "transition", "store")) > 100
    closed = con.execute(
        "SELECT count(*) FROM allocations JOIN stores USING (store_code) "
        "WHERE NOT (coalesce(opened_on <= as_of, true) AND coalesce(as_of < closed_on, true))"
    )
    assert closed.fetchall() == [(0,)]
    departed = con.execute(
        "SELECT count(*) FROM allocations m WHERE portfolio = 'salesperson' AND NOT EXISTS ("
        "FROM stints s WHERE s.salesperson_code = m.salesperson_code "
        "AND s.store_code = m.store_code AND works_from <= as_of "
        "AND coalesce(as_of < works_to, true))"
    )
    assert departed.fetchall() == [(0,)]


def test_growth_of_stores_and_salespeople_is_part_of_the_networks(
    spark: SparkSession, lakehouse: Settings
) -> None:
    growth: Any = lakehouses.read(spark, lakehouse, "growth_accounting").toPandas()
    stocks = [f"{stage}_{side}" for stage in STAGES for side in ("start", "end")]
    sums = growth.groupby(["as_of", "period", "level"])[stocks].sum().reset_index()
    network = sums[sums["level"] == "network"].set_index(["as_of", "period"])
    for level in ("store", "salesperson"):
        part = sums[sums["level"] == level].set_index(["as_of", "period"])
        assert len(part) > 100
        assert (part[stocks] <= network.loc[part.index][stocks]).all().all()
        assert (part[stocks].sum() > 0).all()


def test_growth_adds_up_for_every_month_and_the_matrix_has_its_stages(
    spark: SparkSession, lakehouse: Settings
) -> None:
    growth: Any = lakehouses.read(spark, lakehouse, "growth_accounting").toPandas()
    growth = growth[growth["level"] == "network"]
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
    cells = cells[(cells["period"] == "month") & (cells["level"] == "network")]
    for side in ("from", "to"):
        margins = cells.groupby(["as_of", f"{side}_stage"])["customers"].sum()
        for row in months.itertuples():
            for stage in moves:
                stock = getattr(row, f"{stage}_{'start' if side == 'from' else 'end'}")
                assert margins.get((row.as_of, stage), 0) == stock


@pytest.fixture(scope="module")
def tables(spark: SparkSession, lakehouse: Settings) -> Tables:
    return movement_checks.published(spark, lakehouse)


@pytest.fixture(scope="module")
def known(tables: Tables, lakehouse: Settings) -> duckdb.DuckDBPyConnection:
    """What the oracle needs for customers' movement, and her habits, on some dates."""
    con = movement_checks.loaded(tables, lakehouse, SOME_DATES)
    oracle_movement.customer_habits(con)
    return con


@pytest.mark.parametrize(
    ("table", "least_rows"),
    [
        ("cohorts", 10_000),
        ("customer_habits", 8_000),
        ("frequency_classes", 500),
        ("customer_products", 50_000),
        ("store_returns", 30),
        ("loyalty_participation", 15),
    ],
)
def test_movement_equals_the_oracle(
    tables: Tables, known: duckdb.DuckDBPyConnection, table: str, least_rows: int
) -> None:
    found = movement_checks.assert_published_same(tables, known, table, SOME_DATES)
    assert found > least_rows


def test_the_revenue_tree_of_every_month_equals_the_oracle(
    tables: Tables, known: duckdb.DuckDBPyConnection
) -> None:
    found = movement_checks.assert_published_same(tables, known, "revenue_tree", MONTH_ENDS)
    assert found > 1_000


def test_the_evolution_of_indicators_equals_the_oracle(
    tables: Tables, known: duckdb.DuckDBPyConnection
) -> None:
    judged = MONTH_ENDS[-1:]
    found = movement_checks.assert_evolution_same(tables, known, judged, MONTH_ENDS)
    assert found > 10_000


def test_each_filter_of_the_search_finds_what_the_oracle_finds(
    tables: Tables, known: duckdb.DuckDBPyConnection
) -> None:
    counts = search_checks.assert_each_alone_same(known, tables, SEARCHED_ON)
    assert sum(counts) > 15_000
    assert counts.count(0) <= 2


def test_filters_add_up_and_the_found_are_worth_what_the_oracle_says(
    tables: Tables, known: duckdb.DuckDBPyConnection
) -> None:
    counts = search_checks.assert_together_same(known, tables, SEARCHED_ON)
    assert min(counts) > 10


def test_lists_of_a_period_equal_the_oracle(
    tables: Tables, known: duckdb.DuckDBPyConnection
) -> None:
    months = (date(2023, 7, 1), date(2024, 3, 31))  # the last of which is not there on the date
    women = search_checks.assert_report_same(known, tables, SEARCHED_ON, {"sex": "F"}, months)
    assert women > 100
    years = ((date(2022, 1, 1), date(2024, 12, 31)), (date(2023, 7, 1), date(2025, 6, 30)))
    assert search_checks.assert_returning_same(known, tables, *years) > 3_000


def test_indicators_equal_the_oracle(spark: SparkSession, lakehouse: Settings) -> None:
    some = [*MONTH_ENDS[::10], MONTH_ENDS[-1]]
    found = published_indicators.assert_published_same(spark, lakehouse, some, MONTH_ENDS)
    assert found > 100_000


def test_stores_add_up_to_the_network_and_where_they_must_not(tables: Tables) -> None:
    assert tables.read("allocations").where("store_code IS NULL").isEmpty()
    con = duckdb.connect()
    con.register("indicators", tables.read("indicators").toArrow())
    of = {name: {each.code for each in group} for name, group in load_dictionary().items()}
    # Who is registered and never bought has no main store yet.
    assert published_indicators.not_the_sums(con, "store") == of["registrations"]
    # Who waits in transition, or whom nobody served, is in no salesperson's portfolio; some sales
    # nobody attended. Only sales inside a portfolio always have a salesperson.
    parts = published_indicators.not_the_sums(con, "salesperson")
    assert {"customers", "net_sales", "purchases", "average_ticket"} < parts
    assert not parts & {"purchases_inside_portfolio", "purchases_inside_portfolio_by_queue"}
    # A customer of two stores is a customer of each, and one of the network; her sales are not
    # counted twice.
    con.register("tree", tables.read("revenue_tree").toArrow())
    network, stores = (
        con.execute(
            "SELECT sum(customers), sum(purchases), sum(net_amount) FROM tree "
            f"WHERE compared_with = 'month_before' AND level = '{level}'"
        ).fetchall()[0]
        for level in ("network", "store")
    )
    assert stores[0] > network[0]
    assert stores[1:] == network[1:]
