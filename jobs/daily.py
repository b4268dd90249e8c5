"""The daily job and the backfill: every table that exists so far, in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

import structlog

from jobs import accounts, allocation, indicators, life_cycle, movement, pareto, purchases, rfv
from jobs.customer_history import customer_history
from jobs.errors import LakehouseError
from jobs.processing_dates import calendar_start, view_of_pass
from jobs.publication import Run, dates_computed
from jobs.settings import Settings
from transforms.calendar_view import CalendarView

PARTS = ("accounts", "allocation", "life_cycle", "rfv", "pareto", "indicators", "movement")
"""What is computed of purchases, in order."""

log = structlog.get_logger()


def compute(
    run: Run, settings: Settings, dates: Sequence[date], parts: Collection[str] = PARTS
) -> None:
    """Compute the given dates, and what they need or change in the calendar, in one pass.

    Args:
        run: The run that publishes.
        settings: All of them.
        dates: The processing dates asked for.
        parts: Which results; a part rests on those before it. Jobs compute all.
    """
    computed = dates_computed(run.tables.spark, run.tables.place)
    view = _view(run, settings, sorted(set(dates)), computed)
    wanted, tables = view.dates, run.tables
    log.info("computing", dates=len(wanted), first=str(wanted[0]), last=str(wanted[-1]))
    run.outcome.as_of = list(wanted)
    purchases.run(tables, settings, wanted)
    with customer_history(tables) as history:
        steps: Mapping[str, Callable[[], None]] = {
            "accounts": lambda: accounts.run(tables, settings, wanted, history),
            "allocation": lambda: allocation.run(tables, settings, view, history),
            "life_cycle": lambda: life_cycle.run(tables, settings, wanted, history),
            "rfv": lambda: rfv.run(tables, settings, view, history),
            "pareto": lambda: pareto.run(tables, settings, wanted, history),
            "indicators": lambda: indicators.run(tables, settings, wanted, history),
            "movement": lambda: movement.run(tables, settings, view, history),
        }
        for part in PARTS:
            if part in parts:
                steps[part]()


def view_of_computed(run: Run, settings: Settings, as_of: date) -> CalendarView:
    """What to compute again of results that rest on accounts: a date, and those that follow it.

    Raises:
        LakehouseError: If the accounts of one of them were never computed.
    """
    computed = dates_computed(run.tables.spark, run.tables.place)
    view = _view(run, settings, [as_of], computed)
    _check_computed(view.dates, computed)
    return view


def check_computed(run: Run, as_of: date) -> None:
    """Refuses a date whose accounts are not there.

    Raises:
        LakehouseError: Naming the date.
    """
    _check_computed([as_of], dates_computed(run.tables.spark, run.tables.place))


def _check_computed(dates: Collection[date], computed: Collection[date]) -> None:
    missing = sorted(set(dates) - set(computed))
    if missing:
        message = (
            f"the accounts of {missing[0]} were not computed: run daily --as-of {max(dates)}, "
            "which computes them and all that rests on them"
        )
        raise LakehouseError(message)


def _view(
    run: Run, settings: Settings, dates: Sequence[date], computed: Collection[date]
) -> CalendarView:
    calendar = settings.processing_calendar
    fixed = run.before.calendar_from if run.before else None
    start = fixed or calendar_start(dates[0], calendar.start_before_first_run)
    run.outcome.calendar_from = start
    return view_of_pass(calendar.every, start, dates, computed)
