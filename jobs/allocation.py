"""The tables of allocation: whose customer everyone is, and what follows from that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame

from jobs.kept import keeping
from jobs.registries import registries
from jobs.session import joined_by_customer
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.allocation_figures import BY_SALESPERSON, BY_STORE, figures, visits
from transforms.allocation_history import allocations, carried_allocations, with_history
from transforms.allocation_moves import allocation_moves
from transforms.allocation_routines import Registries, main_stores
from transforms.allocation_salespeople import chosen_salespeople, with_portfolio
from transforms.allocation_stores import sales_stores
from transforms.calendar_view import CalendarView
from transforms.portfolios import (
    days_of_sales,
    portfolio_sales,
    portfolios,
    store_loyalty,
    store_overlap,
)


def run(tables: Tables, settings: Settings, view: CalendarView, history: DataFrame) -> None:
    """Replace the slices of the dates of a pass, whose accounts must be there."""
    dates, known = view.dates, registries(tables, settings.allocation)
    with allocated(tables, settings, known, view, history) as (by_store, whose):
        tables.replace_slices("allocations", allocations(whose), dates)
        moves = allocation_moves(whose, known.stores, known.stints, view)
        tables.replace_slices("allocation_moves", moves, dates)
        tables.replace_slices("store_loyalty", store_loyalty(by_store, whose), dates)
        tables.replace_slices("store_overlap", store_overlap(by_store), dates)
        accounts = tables.read_slices("accounts", dates)
        tables.replace_slices("portfolios", portfolios(whose, accounts), dates)
    in_force = tables.read_slices("allocations", days_of_sales(view))
    sales = portfolio_sales(history, in_force, view)
    tables.replace_slices("portfolio_sales", sales, dates)


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
        The figures of each customer by store, and what ``with_history`` returns.
    """
    rules, dates = settings.allocation.rules, view.dates
    visited = visits(history, settings.network.value_basis)
    earlier = tables.read_slices("allocations", view.read_elsewhere)
    with joined_by_customer(tables.spark), keeping() as keep:
        by_store = keep(figures(visited, BY_STORE, dates, rules))
        claims = keep(sales_stores(by_store, known.stores, rules))
        carried = carried_allocations(earlier, known.stores)
        placed = main_stores(claims, carried, known, rules, view)
        by_salesperson = figures(visited, BY_SALESPERSON, dates, rules)
        served = keep(chosen_salespeople(placed, by_salesperson, known.stints, rules))
        whose = with_history(with_portfolio(served, visited, known.stints), view)
        yield by_store, keep(whose)
