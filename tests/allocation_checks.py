"""Comparing what Spark makes of allocation with the oracle's SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timezone
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import duckdb
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.settings import Settings, load_settings
from jobs.tables import Tables
from schemas import TABLES
from tests.oracle import accounts as oracle_accounts
from tests.oracle import allocation as oracle
from tests.oracle.allocation_brute import Settings as Chosen
from tests.oracle.allocation_brute import Ticket, World
from tests.oracle.allocation_cases import some_world
from tests.oracle.compare import assert_same
from tests.oracle.test_allocation_oracle import fill, ticket_lines
from transforms.allocation import allocate
from transforms.allocation_figures import AllocationRules
from transforms.allocation_history import allocations
from transforms.allocation_routines import Registries
from transforms.allocation_salespeople import stints
from transforms.allocation_stores import candidate_stores, successions
from transforms.calendar_view import CalendarView
from transforms.portfolios import (
    days_of_sales,
    portfolio_sales,
    store_customers_of,
    store_loyalty,
    store_overlap,
)

KEYS = {
    "allocations": ("as_of", "customer_code"),
    "portfolio_sales": ("as_of", "store_code", "salesperson_code", "relation"),
    "store_loyalty": ("as_of", "customer_code"),
    "store_overlap": ("as_of", "store_code", "other_store_code"),
}
UNCOMPARED = {
    "portfolio_sales": {"purchases_by_queue", "net_amount_by_queue"},
    "store_loyalty": {"purchases", "main_purchases", "value", "main_value"},
}
"""What the oracle's tables do not have: what the queue brought, and sums beside a share.

``test_portfolios`` works them out by hand.
"""
MOST_SUCCESSORS = 4


def some_network(seed: int, worlds: int) -> World:
    """The stores, stints and calendar of one random network, with the customers of many."""
    rng = Random(seed)
    drawn = [some_world(rng) for _ in range(worlds)]
    tickets: list[Ticket] = []
    registrations: dict[str, tuple[date | None, str | None]] = {}
    for place, world in enumerate(drawn):
        for one in world.tickets:
            named = f"{place}-{one.customer}" if one.customer else None
            tickets.append(replace(one, customer=named, number=f"{place:03}-{one.number}"))
        registrations |= {f"{place}-{who}": of for who, of in world.registrations.items()}
    return replace(drawn[0], tickets=tickets, registrations=registrations)


def ids_of(world: World) -> dict[str, int]:
    """A number for every customer."""
    customers = {one.customer for one in world.tickets if one.customer} | {*world.registrations}
    return {who: number for number, who in enumerate(sorted(customers))}


def settings_of(chosen: Chosen) -> Settings:
    """The choices as somebody would set them."""
    given = chosen.as_settings()
    basis = given.pop("value_basis")
    assignments = [f"allocation.{name}={_yaml(value)}" for name, value in given.items()]
    return load_settings([], [*assignments, f"network.value_basis={basis}"])


def view_of(world: World) -> CalendarView:
    """All dates of the world's calendar in one pass, and those asked for beside them."""
    return CalendarView(tuple(sorted({*world.dates, *world.calendar})), tuple(world.calendar))


def made_of(spark: SparkSession, world: World, chosen: Chosen) -> dict[str, DataFrame]:
    """The tables that Spark makes of a world, for the dates asked for."""
    rules, view = settings_of(chosen).allocation.rules, view_of(world)
    tickets, known = tickets_of(spark, world).cache(), registries_of(spark, world, rules)
    nothing = spark.createDataFrame([], TABLES["allocations"].ddl)
    coded = tickets.where("customer_id IS NOT NULL")
    by_store, whose = allocate(coded, nothing, known, rules, chosen.value_basis, view)
    all_dates = allocations(whose).cache()
    in_force = all_dates.where(on(days_of_sales(view)))
    sales = portfolio_sales(coded, in_force, view)
    wanted = {
        "allocations": all_dates,
        "portfolio_sales": sales,
        "store_loyalty": store_loyalty(by_store, all_dates),
        "store_overlap": store_overlap(store_customers_of(by_store)),
    }
    return {name: rows.where(on(world.dates)) for name, rows in wanted.items()}


def on(dates: Sequence[date]) -> str:
    """The condition that a row is of one of the dates."""
    listed = ", ".join(f"DATE'{each}'" for each in dates)
    return f"as_of IN ({listed})" if dates else "false"


def tickets_of(spark: SparkSession, world: World) -> DataFrame:
    """The tickets of a world as ``schemas.purchases`` describes them."""
    ids = ids_of(world)
    rows = [
        {
            "store_code": one.store,
            "business_day": one.day,
            "sale_number": one.number,
            "sold_at": one.sold_at and one.sold_at.replace(tzinfo=timezone.utc),
            "code_class": "coded" if one.customer else "none",
            "customer_id": ids.get(one.customer or ""),
            "salesperson_code": one.salesperson,
            "is_purchase": one.is_purchase,
            "items": Decimal(int(one.is_purchase)),
            "items_returned": Decimal(0),
            "gross_amount": _decimal(one.gross),
            "returned_amount": _decimal(one.gross - one.net),
            "net_amount": _decimal(one.net),
        }
        for one in world.tickets
    ]
    return spark.createDataFrame(rows, TABLES["purchases"].ddl)


def registries_of(spark: SparkSession, world: World, rules: AllocationRules) -> Registries:
    """The registries of a world; None for what is not delivered."""
    ids = ids_of(world)
    persons = [(ids[who], on, store) for who, (on, store) in world.registrations.items()]
    stores = spark.createDataFrame(
        [
            {
                "store_code": code,
                "opened_on": of.opened_on,
                "closed_on": of.closed_on,
                "is_online": of.is_online,
                "successor_store_code": of.successor,
            }
            for code, of in world.stores.items()
        ],
        TABLES["stores"].ddl,
    )
    worked = spark.createDataFrame(
        [
            {
                "salesperson_code": one.salesperson,
                "store_code": one.store,
                "works_from": one.works_from,
                "works_to": one.works_to,
            }
            for one in world.stints
        ],
        TABLES["salespeople"].ddl,
    ).distinct()
    candidates = candidate_stores(stores, online_candidates=rules.online_candidates)
    followed = successions(stores, candidates, MOST_SUCCESSORS)
    return Registries(
        spark.createDataFrame(persons, "customer_id bigint, registered_on date, store_code string"),
        candidates.cache() if world.stores else None,
        followed.cache() if world.stores else None,
        stints(worked).cache() if world.stints else None,
    )


def oracle_of(world: World, chosen: Chosen) -> duckdb.DuckDBPyConnection:
    """The oracle after it has run on a world."""
    con = oracle.connect()
    oracle.set_parameters(con, **chosen.as_settings())
    fill(con, "lines", ticket_lines(world.tickets))
    fill(con, "registrations", [(code, *of) for code, of in world.registrations.items()])
    fill(con, "stores", [(code, *vars(of).values()) for code, of in world.stores.items()])
    fill(con, "stints", [vars(one).values() for one in world.stints])
    fill(con, "dates", [(as_of,) for as_of in world.dates])
    fill(con, "calendar", [(as_of,) for as_of in world.calendar])
    oracle_accounts.purchases(con)
    run_oracle(con)
    return con


def load_published(
    con: duckdb.DuckDBPyConnection, tables: Tables, tickets: DataFrame, codes: DataFrame
) -> None:
    """Purchases and registries of a lakehouse where the oracle works, customers by code."""
    persons = tables.read("persons").select("customer_id", "registered_on", "store_code")
    read = {
        "purchases_read": tickets.join(codes, on="customer_id", how="left"),
        "registrations_read": persons.join(codes, on="customer_id", how="inner"),
        "stores_read": tables.read("stores"),
        "stints_read": tables.read("salespeople").drop("name"),
    }
    for name, rows in read.items():
        con.register(name, rows.toArrow())
    con.execute("CREATE OR REPLACE TABLE purchases AS FROM purchases_read")
    con.execute(
        "INSERT INTO registrations SELECT customer_code, registered_on, store_code "
        "FROM registrations_read"
    )
    con.execute(
        "INSERT INTO stores SELECT store_code, opened_on, closed_on, coalesce(is_online, false), "
        "successor_store_code FROM stores_read"
    )
    con.execute(
        "INSERT INTO stints SELECT salesperson_code, store_code, works_from, works_to "
        "FROM stints_read"
    )
    for name in read:
        con.unregister(name)


def run_oracle(con: duckdb.DuckDBPyConnection) -> None:
    """All tables of allocation."""
    oracle.allocation(con)
    oracle.portfolio_sales(con)
    oracle.store_loyalty(con)
    oracle.store_overlap(con)


def assert_tables_same(
    con: duckdb.DuckDBPyConnection, made: Mapping[str, DataFrame], codes: DataFrame
) -> dict[str, int]:
    """Tables equal the oracle's of the same names but for ``UNCOMPARED``; returns their rows."""
    found, named = {}, codes.select("customer_id", "customer_code")
    for name, rows in made.items():
        by_code = rows.drop(*UNCOMPARED.get(name, ()))
        if name == "portfolio_sales":  # a key has no null here, where the oracle's has
            nobody = F.nullif("salesperson_code", F.lit(""))
            by_code = by_code.withColumn("salesperson_code", nobody)
        if "customer_id" in by_code.columns:
            by_code = by_code.join(named, on="customer_id", how="left").drop("customer_id")
        found[name] = assert_same(con, by_code, name, KEYS[name])
    return found


def _decimal(amount: Fraction) -> Decimal:
    return Decimal(amount.numerator) / amount.denominator


def _yaml(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_yaml, value))}]"
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )
