"""Everyone to whom something happened since what a pass carries on for the others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.changes import Changes
from jobs.plan import Plan
from jobs.registries import all_succeeded_by
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.allocation_routines import ACCOUNTS, NETWORK
from transforms.changes import (
    bought_ahead,
    buyers_of,
    in_any,
    looking_back,
    registered_between,
    stints_between,
    tickets_between,
    tickets_in_stores,
    tickets_with,
)
from transforms.periods import YEAR
from transforms.purchases import TICKET


def customers_changed(
    tables: Tables, settings: Settings, plan: Plan, changes: Changes
) -> DataFrame:
    """Whom a pass computes anew.

    Args:
        tables: The tables of the run, whose purchases are those of now.
        settings: All of them.
        plan: The pass.
        changes: What was delivered.

    Returns:
        ``customer_id``, distinct.
    """
    tickets, persons = tables.read("purchases"), tables.read("persons")
    # Habits look back on 12 months, whatever the settings call recent.
    windows = {YEAR, settings.accounts.recent, settings.allocation.recent}
    new_dates = [span.until for span in plan.spans]
    found = [
        tickets_between(tickets, plan.spans, windows),
        bought_ahead(tickets, new_dates, settings.life_cycle.due_within),
        registered_between(persons, plan.spans),
        *_of_deliveries(tables, changes),
        *_of_stores(tables, settings, plan, changes),
        *_of_salespeople(tables, plan, changes),
        *_looking_back(tables, settings, plan),
    ]
    return reduce(DataFrame.unionByName, found).distinct()


def _of_deliveries(tables: Tables, changes: Changes) -> Iterator[DataFrame]:
    """Whose tickets, registration, or products came, went, or are others now."""
    if changes.tickets is not None:
        for each in (*changes.states, tables):
            tickets = each.read("purchases").join(changes.tickets, on=list(TICKET), how="left_semi")
            yield tickets.where(F.col("customer_id").isNotNull()).select("customer_id")
    if changes.persons is not None:
        yield changes.persons
    if changes.products is not None:
        yield buyers_of(tables.read("sales"), tables.read("purchases"), changes.products)


def _of_stores(
    tables: Tables, settings: Settings, plan: Plan, changes: Changes
) -> Iterator[DataFrame]:
    """Whom a store may have, or have had, that opens, closes, or is another now."""
    stores = tables.read("stores")
    opens_or_closes = in_any(plan.spans, F.col("opened_on")) | in_any(
        plan.spans, F.col("closed_on")
    )
    moved = {row.store_code for row in stores.where(opens_or_closes).collect()} | changes.stores
    if not moved:
        return
    for each in (*changes.states, tables):
        moved |= all_succeeded_by(each.read("stores"), moved)
    allocated, left = (
        tables.read_slices(name, plan.sources.values())
        for name in ("allocations", "allocation_moves")
    )
    yield tickets_in_stores(tables.read("purchases"), moved)
    for rows, store in (
        (tables.read("persons"), "store_code"),
        (allocated, "store_code"),
        # Why somebody left a store is judged anew on each date that looks back on the same one.
        (left, "from_store_code"),
    ):
        yield rows.where(F.col(store).isin(sorted(moved))).select("customer_id")
    routines = settings.allocation.routines
    if NETWORK in routines and settings.allocation.default_store in moved:
        yield looking_back(allocated, routines[: routines.index(NETWORK)])


def _of_salespeople(tables: Tables, plan: Plan, changes: Changes) -> Iterator[DataFrame]:
    """Whom a salesperson attended in a store where he begins, ends, or never was, now."""
    tickets = tables.read("purchases")
    yield tickets_with(tickets, stints_between(tables.read("salespeople"), plan.spans))
    if changes.stints is not None:
        yield tickets_with(tickets, changes.stints)


def _looking_back(tables: Tables, settings: Settings, plan: Plan) -> Iterator[DataFrame]:
    """Whose store another routine may give on a date that looks back on one that has it now."""
    routines = settings.allocation.routines
    if ACCOUNTS in routines:
        sources = [span.after for span in plan.spans]
        before = routines[: routines.index(ACCOUNTS)]
        yield looking_back(tables.read_slices("allocations", sources), before)
