"""Allocation on a generated chain and on AdventureWorks: the oracle, and thirty days one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs import generate
from jobs.chain.calendar import Chain
from jobs.place import Place
from jobs.processing_dates import dates_between
from jobs.registries import registries
from jobs.settings import load_settings
from jobs.source_mapping import load_mapping
from jobs.tables import Tables
from schemas import TABLES
from tests import allocation_checks as checks
from tests import lakehouses, real_data
from tests.benchmark import purchases_in_duckdb
from tests.oracle import allocation as oracle
from tests.oracle.allocation_brute import Settings as Chosen
from tests.oracle.day_by_day import Period
from transforms.allocation import allocate
from transforms.allocation_history import allocations
from transforms.allocation_moves import allocation_moves
from transforms.calendar_view import CalendarView
from transforms.portfolios import (
    days_of_sales,
    portfolio_sales,
    store_customers_of,
    store_loyalty,
    store_overlap,
)
from transforms.purchases import purchases

pytestmark = pytest.mark.slow

CHAIN = Chain(lines=120_000, stores=120, seed=5, until=date(2025, 12, 31))

ORDERS = (
    Chosen(),
    Chosen(on_tie="restart"),
    Chosen(
        routines=("accounts", "sales", "registry", "store", "network"),
        criteria=("value_total", "value_recent", "last_store"),
        value_basis="gross",
    ),
    Chosen(
        routines=("registry", "store", "sales"),
        criteria=("purchases_total", "last_purchases", "value_total"),
        last_purchases=2,
    ),
    Chosen(
        routines=("store", "network", "accounts"),
        criteria=("last_store",),
        recent=Period(6, "months"),
    ),
    Chosen(
        criteria=("value_recent", "purchases_recent", "last_purchases"),
        recent=Period(90, "days"),
        on_tie="restart",
        online_candidates=False,
    ),
)
"""Six orders of routines and criteria, with both tie rules and other windows and counts."""


@dataclass(frozen=True)
class Sold:
    """The tickets and registries of a network, where Spark and where the oracle read them."""

    tables: Tables
    tickets: DataFrame
    con: duckdb.DuckDBPyConnection
    codes: DataFrame


class ParquetTables(Tables):
    """Tables that lie in a folder as Parquet files."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        super().__init__(spark, Place(str(folder), None), {})
        self._folder = folder

    def read(self, name: str) -> DataFrame:
        return self.spark.read.parquet(str(self._folder / f"{name}.parquet"))


def sold(tables: Tables, tickets: DataFrame, codes: DataFrame) -> Sold:
    kept, named = tickets.cache(), codes.select("customer_id", "customer_code").cache()
    con = oracle.connect()
    checks.load_published(con, tables, kept, named)
    return Sold(tables, kept, con, named)


@pytest.fixture(scope="module")
def chain(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sold]:
    folder = tmp_path_factory.mktemp("allocation_chain")
    generate.run(CHAIN, str(folder / "files"), "parquet")
    purchases_in_duckdb.main(str(folder / "files"), str(folder / "made"))
    tables = ParquetTables(spark, folder / "made")
    tickets, persons = tables.read("purchases"), tables.read("persons")
    who = ("customer_id", "customer_code")
    codes = tickets.select(*who).union(persons.select(*who)).distinct()
    yield sold(tables, tickets.drop("customer_code"), codes)
    spark.catalog.clearCache()


@pytest.fixture(scope="module")
def resellers(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sold]:
    place = tmp_path_factory.mktemp("allocation_resellers") / "lakehouse"
    settings = lakehouses.settings_for(place, "network.time_zone=America/Los_Angeles")
    source = load_mapping(Path("adventureworks_resellers"))
    lakehouses.deliver(spark, settings, source, real_data.folder("adventureworks"))
    publication = lakehouses.published(spark, settings)
    tables = Tables(spark, Place.of(settings.lakehouse), publication.versions)
    tickets = purchases(tables.read("sales")).where("code_class = 'coded'")
    yield sold(tables, tickets, tables.read("customer_codes"))
    spark.catalog.clearCache()


def assert_same_as_oracle(network: Sold, chosen: Chosen, dates: Sequence[date]) -> dict[str, int]:
    """All tables of allocation on all dates, which are the calendar."""
    settings = checks.settings_of(chosen)
    view = CalendarView(tuple(dates), tuple(dates))
    made = made_of(network, chosen, view)
    oracle.set_parameters(network.con, **chosen.as_settings())
    assert settings.allocation.rules.criteria == chosen.criteria
    for name in ("dates", "calendar"):
        network.con.execute(f"DELETE FROM {name}")
        network.con.executemany(f"INSERT INTO {name} VALUES (?)", [(each,) for each in dates])
    checks.run_oracle(network.con)
    return checks.assert_tables_same(network.con, made, network.codes)


def made_of(network: Sold, chosen: Chosen, view: CalendarView) -> dict[str, DataFrame]:
    settings, spark = checks.settings_of(chosen), network.tables.spark
    known = registries(network.tables, settings.allocation)
    nothing = spark.createDataFrame([], TABLES["allocations"].ddl)
    rules, basis = settings.allocation.rules, chosen.value_basis
    by_store, whose = allocate(network.tickets, nothing, known, rules, basis, view)
    allocated = allocations(whose)
    in_force = allocated.where(checks.on(days_of_sales(view)))
    return {
        "allocations": allocated,
        "portfolio_sales": portfolio_sales(network.tickets, in_force, view),
        "store_loyalty": store_loyalty(by_store, allocated),
        "store_overlap": store_overlap(store_customers_of(by_store)),
    }


@pytest.mark.parametrize("place", range(len(ORDERS)))
def test_a_chain_equals_the_oracle_under_any_order(chain: Sold, place: int) -> None:
    salespeople = chain.con.execute("SELECT count(DISTINCT salesperson_code) FROM stints")
    assert salespeople.fetchall()[0][0] > 1_000
    closed = chain.con.execute("SELECT count(*), count(closed_on) FROM stores").fetchall()[0]
    assert closed[0] == 120
    assert closed[1] > 10
    dates = dates_between("month-end", date(2025, 9, 1), date(2025, 12, 31))
    found = assert_same_as_oracle(chain, ORDERS[place], dates)
    assert found["allocations"] > 10_000
    assert found["store_overlap"] > 1_000


@pytest.mark.parametrize("place", range(len(ORDERS)))
def test_resellers_equal_the_oracle_under_any_order(resellers: Sold, place: int) -> None:
    dates = dates_between("month-end", date(2013, 5, 1), date(2013, 12, 31))
    found = assert_same_as_oracle(resellers, ORDERS[place], dates)
    assert found["allocations"] > 3_000


def test_thirty_days_move_only_whom_something_moved(chain: Sold) -> None:
    last = date(2025, 11, 15)
    days = [last - timedelta(days=back) for back in range(31)][::-1]
    view = CalendarView(tuple(days), tuple(days))
    chosen = checks.settings_of(Chosen()).allocation
    known = registries(chain.tables, chosen)
    nothing = chain.tables.spark.createDataFrame([], TABLES["allocations"].ddl)
    _, whose = allocate(chain.tickets, nothing, known, chosen.rules, "net", view)
    moves = allocation_moves(whose, known.stores, known.stints, view)
    con = chain.con
    con.register("moves_read", moves.join(chain.codes, on="customer_id", how="left").toArrow())
    con.execute("CREATE OR REPLACE TABLE moves AS FROM moves_read")
    causes = Counter(dict(con.execute("SELECT cause, count(*) FROM moves GROUP BY 1").fetchall()))
    evidence = {
        "first_purchase": "m.as_of = (SELECT min(business_day) FROM purchases p "
        "WHERE p.customer_code = m.customer_code AND is_purchase)",
        "sale": "EXISTS (FROM purchases p WHERE p.customer_code = m.customer_code "
        "AND business_day = m.as_of)",
        "window": "EXISTS (FROM purchases p WHERE p.customer_code = m.customer_code "
        "AND business_day + 365 = m.as_of)",
        "store_closed": "EXISTS (FROM stores s WHERE s.store_code = m.from_store_code "
        "AND closed_on = m.as_of)",
        "store_opened": "EXISTS (FROM stores s WHERE s.store_code = m.to_store_code "
        "AND opened_on = m.as_of)",
        "salesperson_left": "EXISTS (FROM stints s WHERE s.store_code = m.from_store_code "
        "AND salesperson_code = m.from_salesperson_code AND works_to = m.as_of)",
        "salesperson_came": "EXISTS (FROM stints s WHERE s.store_code = m.to_store_code "
        "AND salesperson_code = m.to_salesperson_code AND works_from = m.as_of)",
    }
    assert {"first_purchase", "sale", "window", "salesperson_left"} <= set(causes), causes
    assert set(causes) <= set(evidence), causes
    for cause, moved in causes.items():
        explained = con.execute(
            f"SELECT count(*) FROM moves m WHERE cause = ? AND {evidence[cause]}", [cause]
        ).fetchall()[0][0]
        assert explained == moved > 0, cause
    # Who has no row stayed: the moves lead from each day's allocations to the next day's.
    con.register("whose_read", allocations(whose).join(chain.codes, on="customer_id").toArrow())
    con.execute("CREATE OR REPLACE TABLE whose AS FROM whose_read")
    stayed, differ = con.execute(
        "SELECT count(*), count_if((a.store_code, a.salesperson_code, a.portfolio) "
        "IS DISTINCT FROM (b.store_code, b.salesperson_code, b.portfolio)) "
        "FROM whose a JOIN whose b ON b.customer_code = a.customer_code "
        "AND b.as_of = a.as_of + 1 ANTI JOIN moves m ON m.customer_code = b.customer_code "
        "AND m.as_of = b.as_of"
    ).fetchall()[0]
    assert stayed > 10_000
    assert differ == 0


def test_chosen_settings_are_those_that_are_set() -> None:
    settings = checks.settings_of(ORDERS[-1]).allocation
    assert settings.recent == load_settings([], ["allocation.recent=90 days"]).allocation.recent
    assert not settings.online_candidates
