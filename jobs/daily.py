"""The daily job and the backfill: every table that exists so far, in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import structlog
from pyspark.sql import DataFrame

from jobs import (
    accounts,
    allocation,
    indicators,
    life_cycle,
    movement,
    pareto,
    purchases,
    registration_quality,
    rfv,
)
from jobs.customer_history import customer_history, tickets_of
from jobs.customers_changed import customers_changed
from jobs.errors import LakehouseError
from jobs.kept import keeping, kept
from jobs.others import Others
from jobs.past_runs import dates_computed, dates_kept
from jobs.plan import Plan, planned
from jobs.processing_dates import view_of_pass
from jobs.publication import Run
from jobs.registry.persons import settle_persons
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.calendar_view import CalendarView
from transforms.portfolios import days_of_sales

PARTS = (
    "accounts",
    "allocation",
    "life_cycle",
    "rfv",
    "pareto",
    "indicators",
    "movement",
    "registration_quality",
    "returns",
)
"""What is computed of purchases, in order; a part rests on those before it."""

log = structlog.get_logger()


def compute(run: Run, settings: Settings, dates: Sequence[date], *, full: bool = False) -> None:
    """Compute the given dates, and those that what was delivered changes, in one pass.

    Only customers to whom something happened are computed anew; the others' results are carried on
    from an earlier date, if there is one and nothing speaks against it (``jobs.plan.why_full``).

    Args:
        run: The run that publishes.
        settings: All of them.
        dates: The processing dates asked for.
        full: Whether to compute everyone anew, on every date that is kept.
    """
    tables = run.tables
    run.outcome.parameters = settings.model_dump_json(by_alias=True)
    settle_persons(run)
    with keeping() as keep:
        plan = planned(run, settings, dates, keep, full=full)
        _tell(run, plan)
        changes = plan.changes
        if changes is None or plan.reason is not None:
            purchases.run(tables)
            others = None
        else:
            if changes.tickets is not None:
                purchases.run_changed(tables, changes.tickets)
            changed = keep(customers_changed(tables, settings, plan, changes))
            run.outcome.counts["customers_anew"] = changed.count()
            others = Others(tables, changes.before, changed, plan.sources, plan.view)
        _compute_parts(run, settings, plan.view, others)


def _compute_parts(run: Run, settings: Settings, view: CalendarView, others: Others | None) -> None:
    tables, wanted = run.tables, view.dates
    with customer_history(tables) as everybody, _anew(everybody, others) as history:
        steps: Mapping[str, Callable[[], None]] = {
            "accounts": lambda: accounts.run(tables, settings, wanted, history, others),
            "allocation": lambda: allocation.run(tables, settings, view, history, others),
            "life_cycle": lambda: life_cycle.run(tables, settings, wanted, history, others),
            "rfv": lambda: rfv.run(tables, settings, view, everybody),
            "pareto": lambda: pareto.run(tables, settings, wanted, history, others),
            "indicators": lambda: indicators.run(tables, settings, wanted, history, others),
            "movement": lambda: movement.run(tables, settings, view, history, others),
            "registration_quality": lambda: registration_quality.run(tables, settings, wanted),
            "returns": lambda: _returns(tables, settings, wanted),
        }
        for part in PARTS:
            steps[part]()


def _returns(tables: Tables, settings: Settings, dates: Sequence[date]) -> None:
    """The return of actions, if there are any: what judges them takes a second to load."""
    if any(tables.was_written(each) for each in ("actions", "holdout", "past_actions")):
        from jobs.activation import returning  # noqa: PLC0415 - as said

        returning.run_dates(tables, settings, dates)


@contextmanager
def _anew(everybody: DataFrame, others: Others | None) -> Iterator[DataFrame]:
    """The tickets of the customers who are computed anew."""
    if others is None:
        yield everybody
        return
    with kept(tickets_of(others.tables, others.changed)) as history:
        yield history


def _tell(run: Run, plan: Plan) -> None:
    dates = plan.view.dates
    run.outcome.as_of = list(dates)
    run.outcome.calendar_from = plan.calendar_from
    run.outcome.reason = plan.reason
    log.info(
        "computing",
        dates=len(dates),
        first=str(dates[0]),
        last=str(dates[-1]),
        everyone_because=plan.reason,
    )


def view_of_computed(
    run: Run, settings: Settings, as_of: date, *, of_sales: bool = False
) -> CalendarView:
    """What to compute again of results that rest on accounts: a date, and those that follow it.

    Args:
        run: The run.
        settings: All of them.
        as_of: The date.
        of_sales: Whether the days of sales are looked up too, whose allocation was in force.

    Raises:
        LakehouseError: If the accounts of one of them are not there, or a date that one of them
            looks back on was pruned.
    """
    spark, place = run.tables.spark, run.tables.place
    computed, kept_dates = dates_computed(spark, place), dates_kept(spark, place)
    start = run.before.calendar_from if run.before else None
    every = settings.processing_calendar.every
    view = view_of_pass(every, start or as_of, [as_of], computed, kept_dates)
    _check_computed(view.dates, kept_dates)
    read = {*view.read_elsewhere, *(days_of_sales(view) if of_sales else ())}
    if pruned := (read & computed) - kept_dates:
        first = min(view.dates)
        message = (
            f"{first} looks back on {min(pruned)}, which was pruned: run daily --as-of {first}, "
            "which computes both"
        )
        raise LakehouseError(message)
    return view


def check_computed(run: Run, as_of: date) -> None:
    """Refuses a date whose accounts are not there.

    Raises:
        LakehouseError: Naming the date.
    """
    _check_computed([as_of], dates_kept(run.tables.spark, run.tables.place))


def _check_computed(dates: Collection[date], kept_dates: Collection[date]) -> None:
    missing = sorted(set(dates) - set(kept_dates))
    if missing:
        message = (
            f"the accounts of {missing[0]} were not computed, or were pruned: run daily --as-of "
            f"{max(dates)}, which computes them and all that rests on them"
        )
        raise LakehouseError(message)
