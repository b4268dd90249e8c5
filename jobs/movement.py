"""The tables of customers' movement: evolution, revenue tree, cohorts, habits, returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.customer_history import tickets_of
from jobs.kept import keeping, kept
from jobs.others import Others, with_others
from jobs.session import joined_by_customer
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.calendar_view import CalendarView
from transforms.cohorts import cohort_sums, cohorts, sums_of_cohorts
from transforms.customer_habits import FrequencyLimits, customer_habits, frequency_classes
from transforms.indicator_evolution import compared_dates, evolution
from transforms.loyalty_participation import loyalty_participation
from transforms.purchases import with_first_purchase
from transforms.revenue_tree import revenue_tree
from transforms.store_returns import (
    counts_of_returns,
    last_12_months,
    return_counts,
    returning_customers,
    store_returns,
)
from transforms.ticket_products import customer_products, ticket_products

_Sums = Callable[[DataFrame, DataFrame, Sequence[date]], DataFrame]
"""How sums are made of tickets and of the table ``allocations``, on some dates."""

_FEW_TICKETS = 500_000
"""So many fit into the memory of a driver and of each executor beside all else."""


def run(
    tables: Tables,
    settings: Settings,
    view: CalendarView,
    history: DataFrame,
    others: Others | None = None,
) -> None:
    """Replace the slices of the dates of a pass, whose indicators must be there.

    Args:
        tables: The tables of the run.
        settings: All of them.
        view: The dates.
        history: The tickets of the customers who are computed anew.
        others: Those whose habits are carried on, and what they add to sums.
    """
    dates = view.dates
    _write_evolution(tables, view)
    accounts = tables.read_slices("accounts", dates)
    allocated = tables.read_slices("allocations", dates)
    tables.replace_slices("revenue_tree", revenue_tree(tables.read("purchases"), dates), dates)
    with (
        joined_by_customer(tables.spark),
        _sums(tables, dates, history, others) as sums,
    ):
        of_cohorts = sums("cohorts", cohort_sums, sums_of_cohorts)
        tables.replace_slices("cohorts", cohorts(of_cohorts), dates)
        of_returns = sums("store_returns", _return_counts, counts_of_returns)
        tables.replace_slices("store_returns", store_returns(of_returns), dates)
    loyal = loyalty_participation(tables.read("persons"), accounts, dates)
    tables.replace_slices("loyalty_participation", loyal, dates)
    _write_habits(tables, settings, dates, history, others)
    classes = frequency_classes(tables.read_slices("customer_habits", dates), accounts, allocated)
    tables.replace_slices("frequency_classes", classes, dates)


@contextmanager
def _sums(
    tables: Tables, dates: Sequence[date], history: DataFrame, others: Others | None
) -> Iterator[Callable[[str, _Sums, Callable[[DataFrame], DataFrame]], DataFrame]]:
    """What makes the sums over everybody that a table is made of.

    Yields:
        A function of the table, of how its sums are made of tickets and allocations on some dates,
        and of how they are read off the table.
    """
    allocated = tables.read_slices("allocations", dates)
    if others is None:
        yield lambda _, made_of, __: made_of(history, allocated, dates)
        return
    sources = sorted(set(others.sources.values()))
    allocated, allocated_then = (
        others.those_computed_anew(rows)
        for rows in (allocated, others.before.read_slices("allocations", sources))
    )
    with kept(tickets_of(others.before, others.changed)) as then:
        yield lambda name, made_of, sums_of: others.sums(
            name,
            sums_of,
            less=made_of(then, allocated_then, sources),
            more=made_of(history, allocated, dates),
        )


def _return_counts(history: DataFrame, _: DataFrame, dates: Sequence[date]) -> DataFrame:
    return return_counts(returning_customers(history, last_12_months(dates)))


def _write_habits(
    tables: Tables,
    settings: Settings,
    dates: Sequence[date],
    history: DataFrame,
    others: Others | None,
) -> None:
    """What each customer bought of each product, and her habits."""
    accounts = tables.read_slices("accounts", dates)
    tickets = history.transform(with_first_purchase)
    if others is not None:
        accounts = others.those_computed_anew(accounts)
        if history.count() <= _FEW_TICKETS:
            # Lines are found by their tickets among all that were ever sold, which stay where they
            # are if every task has the tickets.
            tickets = F.broadcast(tickets)
    with joined_by_customer(tables.spark), keeping() as keep:
        bought = keep(ticket_products(tables.read("sales"), tickets).repartition("customer_id"))
        by_others = others.rows("customer_products") if others else None
        tables.overwrite("customer_products", with_others(customer_products(bought), by_others))
        products = tables.read("products").select("product_code", "category")
        categorised = bought.join(products, on="product_code", how="left")
        online = tables.read("stores").where("is_online").select("store_code")
        limits = FrequencyLimits(
            settings.indicators.weekly_up_to_days,
            settings.indicators.fortnightly_up_to_days,
            settings.indicators.monthly_up_to_days,
        )
        basis = settings.network.value_basis
        habits = customer_habits(accounts, history, categorised, online, limits, basis, dates)
        habits_of_others = others.slices("customer_habits") if others else None
        tables.replace_slices("customer_habits", with_others(habits, habits_of_others), dates)


def _write_evolution(tables: Tables, view: CalendarView) -> None:
    earlier = {day for dates in compared_dates(view).values() for day in dates.values()}
    found = evolution(
        tables.read_slices("indicators", view.dates),
        tables.read_slices("indicators", sorted(earlier)),
        view,
    )
    tables.replace_slices("indicator_evolution", found, view.dates)
