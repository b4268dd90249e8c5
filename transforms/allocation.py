"""Whose customer everyone is: the steps of allocation, one after the other (spec §6)."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame

from transforms.allocation_figures import (
    BY_SALESPERSON,
    BY_STORE,
    AllocationRules,
    figures,
    visits,
)
from transforms.allocation_history import carried_allocations, with_history
from transforms.allocation_routines import Registries, main_stores
from transforms.allocation_salespeople import chosen_salespeople, with_portfolio
from transforms.allocation_stores import sales_stores
from transforms.calendar_view import CalendarView


def allocate(
    history: DataFrame,
    earlier: DataFrame,
    known: Registries,
    rules: AllocationRules,
    value_basis: str,
    view: CalendarView,
    keep: Callable[[DataFrame], DataFrame] = DataFrame.cache,
) -> tuple[DataFrame, DataFrame]:
    """The store, the salesperson and the portfolio of every customer on every date of a pass.

    Args:
        history: Tickets of real customers (``transforms.purchases.by_customer``).
        earlier: Slices of the table ``allocations`` on the dates ``view.read_elsewhere``.
        known: The registries; their newest state counts for every date.
        rules: The parameters.
        value_basis: net or gross.
        view: The dates of the pass and the calendar.
        keep: Keeps rows that are read more than once.

    Returns:
        The figures of each customer by store (``transforms.allocation_figures.figures``), and
        everybody's allocation, key (as_of, customer_id), as ``with_history`` describes it; the
        table ``allocations`` is a part of its columns.

    Source: spec §6; Linx manual §8.
    """
    visited = visits(history, value_basis)
    by_store = keep(figures(visited, BY_STORE, view.dates, rules))
    claims = keep(sales_stores(by_store, known.stores, rules))
    carried = carried_allocations(earlier, known.stores)
    placed = main_stores(claims, carried, known, rules, view)
    by_salesperson = figures(visited, BY_SALESPERSON, view.dates, rules)
    served = keep(chosen_salespeople(placed, by_salesperson, known.stints, rules))
    whose = with_history(with_portfolio(served, visited, known.stints), view)
    return by_store, keep(whose)
