"""The daily job and the backfill: every table that exists so far, in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import structlog

from jobs import accounts, life_cycle, purchases
from jobs.customer_history import customer_history
from jobs.processing_dates import calendar_start, dates_between
from jobs.publication import Run, dates_computed
from jobs.settings import Settings

log = structlog.get_logger()


def compute(run: Run, settings: Settings, dates: Sequence[date]) -> None:
    """Compute the given dates, and the calendar dates before them that are missing, in one pass."""
    wanted = _with_missing_calendar_dates(run, settings, sorted(set(dates)))
    log.info("computing", dates=len(wanted), first=str(wanted[0]), last=str(wanted[-1]))
    run.outcome.as_of = wanted
    purchases.run(run.tables, settings, wanted)
    with customer_history(run.tables) as history:
        accounts.run(run.tables, settings, wanted, history)
        life_cycle.run(run.tables, settings, wanted, history)


def _with_missing_calendar_dates(run: Run, settings: Settings, dates: list[date]) -> list[date]:
    calendar = settings.processing_calendar
    fixed = run.before.calendar_from if run.before else None
    start = fixed or calendar_start(dates[0], calendar.start_before_first_run)
    run.outcome.calendar_from = start
    computed = dates_computed(run.tables.spark, run.tables.place)
    missing = set(dates_between(calendar.every, start, dates[-1])) - computed
    return sorted(missing | set(dates))
