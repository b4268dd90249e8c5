"""The tables of allocation: whose customer everyone is, and what follows from that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame

from jobs.kept import keeping
from jobs.others import Others, with_others
from jobs.registries import registries
from jobs.session import joined_by_customer
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.allocation import allocate
from transforms.allocation_history import allocations, allocations_carried_on
from transforms.allocation_moves import allocation_moves
from transforms.allocation_routines import Registries
from transforms.calendar_view import CalendarView
from transforms.portfolios import (
    days_of_sales,
    portfolio_sales,
    portfolios,
    store_customers_of,
    store_loyalty,
    store_overlap,
)
from transforms.purchases import of_customers


def run(
    tables: Tables,
    settings: Settings,
    view: CalendarView,
    history: DataFrame,
    others: Others | None = None,
) -> None:
    """Replace the slices of the dates of a pass, whose accounts must be there."""
    dates, known = view.dates, registries(tables, settings.allocation)
    with allocated(tables, settings, known, view, history) as (by_store, whose):
        _write_allocations(tables, view, whose, others)
        moves = allocation_moves(whose, known.stores, known.stints, view)
        moves_on = others.slices("allocation_moves", others.moved_alike) if others else None
        tables.replace_slices("allocation_moves", with_others(moves, moves_on), dates)
        loyalty = store_loyalty(by_store, whose)
        loyalty_on = others.slices("store_loyalty") if others else None
        tables.replace_slices("store_loyalty", with_others(loyalty, loyalty_on), dates)
        bought = store_customers_of(by_store)
        bought_on = others.slices("store_customers") if others else None
        overlap = store_overlap(with_others(bought, bought_on))
        tables.replace_slices("store_overlap", overlap, dates)
    settled = tables.read_slices("allocations", dates)
    accounts = tables.read_slices("accounts", dates)
    tables.replace_slices("portfolios", portfolios(settled, accounts), dates)
    in_force = tables.read_slices("allocations", days_of_sales(view))
    tickets = history if others is None else tables.read("purchases").transform(of_customers)
    tables.replace_slices("portfolio_sales", portfolio_sales(tickets, in_force, view), dates)


def _write_allocations(
    tables: Tables, view: CalendarView, whose: DataFrame, others: Others | None
) -> None:
    on = None
    if others is not None:
        begun = view.begins_anew(others.sources)
        on = others.slices("allocations").transform(allocations_carried_on, begun)
    tables.replace_slices("allocations", with_others(allocations(whose), on), view.dates)


@contextmanager
def allocated(
    tables: Tables,
    settings: Settings,
    known: Registries,
    view: CalendarView,
    history: DataFrame,
) -> Iterator[tuple[DataFrame, DataFrame]]:
    """Everybody's allocation on the dates of a pass, kept while the block runs.

    Yields:
        What ``allocate`` returns.
    """
    rules, basis = settings.allocation.rules, settings.network.value_basis
    earlier = tables.read_slices("allocations", view.read_elsewhere)
    with joined_by_customer(tables.spark), keeping() as keep:
        yield allocate(history, earlier, known, rules, basis, view, keep)
