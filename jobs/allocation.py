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
from transforms.allocation import allocate
from transforms.allocation_history import allocations
from transforms.allocation_moves import allocation_moves
from transforms.allocation_routines import Registries
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
        What ``allocate`` returns.
    """
    rules, basis = settings.allocation.rules, settings.network.value_basis
    earlier = tables.read_slices("allocations", view.read_elsewhere)
    with joined_by_customer(tables.spark), keeping() as keep:
        yield allocate(history, earlier, known, rules, basis, view, keep)
