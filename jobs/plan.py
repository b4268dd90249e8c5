"""What a pass computes: which dates, for everyone or only for those to whom something happened."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import functions as F

from jobs.changes import Changes, Keep, changes_since
from jobs.code_version import code_version
from jobs.errors import UsageError
from jobs.past_runs import (
    VERSIONS_GIVEN_UP,
    ComputingRun,
    computing_runs,
    dates_computed,
    dates_kept,
    last_that_counted,
)
from jobs.processing_dates import Every, calendar_start, view_of_pass
from jobs.publication import Run
from jobs.settings import Settings
from transforms.calendar_view import CalendarView
from transforms.changes import Span
from transforms.indicator_evolution import compared_dates
from transforms.periods import NEVER
from transforms.portfolios import days_of_sales

FIRST = "nothing was computed before"

_NO_RESULTS = frozenset(
    (
        "lakehouse",
        "ingest",
        "processing_calendar.most_days_after_last_sale",
        "retention",
        "duplicates",
        "campaigns.control_share",
        "campaigns.contact_limits",
        "campaigns.holdout",
        "campaigns.bootstrap_draws",
    )
)
"""The settings, or whole sections of them, that no result hangs on, given the tables."""


@dataclass(frozen=True)
class Plan:
    """A pass over the sales.

    Attributes:
        view: The dates, and the calendar.
        calendar_from: The first day of the calendar.
        changes: What changed since the last run that computed everything.
        reason: Why everyone is computed anew; None if only those to whom something happened.
        sources: For each date the one whose slices are carried to it for all others; empty if there
            is a reason.
    """

    view: CalendarView
    calendar_from: date
    changes: Changes | None
    reason: str | None
    sources: Mapping[date, date]

    @property
    def spans(self) -> list[Span]:
        """The days between each slice that is carried on and the date that it is carried to."""
        return [Span(source, each) for each, source in self.sources.items() if source < each]


def planned(run: Run, settings: Settings, asked: Sequence[date], keep: Keep, *, full: bool) -> Plan:
    """The dates of a pass, and for whom they are computed.

    Args:
        run: The run, whose tables hold what was delivered.
        settings: All of them.
        asked: The processing dates asked for.
        keep: Keeps rows that are read more than once.
        full: Whether to compute everyone anew on every date that is kept.
    """
    spark, place = run.tables.spark, run.tables.place
    computed, kept = dates_computed(spark, place), dates_kept(spark, place)
    runs = computing_runs(spark, place)
    reason = "asked for" if full else why_full(runs, run.outcome.parameters, run.key_fingerprint)
    given_up = last_that_counted(spark, place, VERSIONS_GIVEN_UP)
    if reason is None and given_up is not None and given_up.sequence > runs[0].sequence:
        reason = "what tables held then was removed, because somebody was erased"
    changes = None
    affected_from = date.min
    if reason is None:
        changes = changes_since(run.tables, [each.versions for each in runs], keep)
        affected_from = changes.first_day or NEVER
        reason = changes.everyone_because
    calendar = settings.processing_calendar
    fixed = run.before.calendar_from if run.before else None
    start = fixed or calendar_start(min(asked), calendar.start_before_first_run)
    wanted = {*asked, *(each for each in kept if each >= affected_from)}
    view = _view(calendar.every, start, wanted, computed, kept)
    sources = {} if reason else sources_of(view.dates, kept)
    if reason is None and len(sources) < len(view.dates):
        reason, sources = "a date lies before all that were computed", {}
    return Plan(view, start, changes, reason, sources)


def refuse_far(run: Run, settings: Settings, asked: Sequence[date]) -> None:
    """Refuses dates of which one lies too long after the last sale.

    Raises:
        UsageError: Naming the date, and that of the last sale.
    """
    last, most_days = max(asked), settings.processing_calendar.most_days_after_last_sale
    sold = run.tables.read("sales").agg(F.max("business_day")).collect()[0][0]
    if sold is not None and (last - sold).days > most_days:
        message = (
            f"{last} lies {(last - sold).days:,} days after the last sale, of {sold}: nothing was "
            "published. If it is meant, raise processing_calendar.most_days_after_last_sale "
            f"({most_days})"
        )
        raise UsageError(message)


def sources_of(dates: Collection[date], kept: Collection[date]) -> dict[date, date]:
    """For each date the latest kept one that is not after it, if there is one."""
    found = {each: max((day for day in kept if day <= each), default=None) for each in dates}
    return {each: source for each, source in found.items() if source is not None}


def why_full(
    runs: Sequence[ComputingRun], parameters: str, key_fingerprint: str | None
) -> str | None:
    """Why what earlier runs computed cannot be carried on; None if it can.

    Args:
        runs: The last run that computed everything, and those after it that computed anything.
        parameters: The settings now, as JSON.
        key_fingerprint: The key's, now.
    """
    if not runs:
        return FIRST
    for each in runs:
        if each.code_version != code_version():
            return f"the code is {code_version()} and was {each.code_version}"
        if each.key_fingerprint != key_fingerprint:
            return "the key behind the customer ids is another one"
        changed = _first_difference(json.loads(each.parameters), json.loads(parameters))
        if changed is not None:
            return f"setting {changed} was changed"
    return None


def _first_difference(before: Mapping[str, object], now: Mapping[str, object]) -> str | None:
    """The first setting, by its name, that results hang on and that differs."""
    flat = [
        {
            f"{section}.{key}": value
            for section, values in side.items()
            for key, value in (values.items() if isinstance(values, dict) else [("", values)])
            if not {section, f"{section}.{key}"} & _NO_RESULTS
        }
        for side in (before, now)
    ]
    names = sorted({*flat[0], *flat[1]})
    return next((name for name in names if flat[0].get(name) != flat[1].get(name)), None)


def _view(
    every: Every,
    start: date,
    wanted: Collection[date],
    computed: Collection[date],
    kept: Collection[date],
) -> CalendarView:
    """The pass over the dates wanted, and over those pruned that it looks back on."""
    view = view_of_pass(every, start, wanted, computed, kept)
    while missing := _looked_back_on(view) & (set(computed) - set(kept)) - set(view.dates):
        view = view_of_pass(every, start, {*view.dates, *missing}, computed, kept)
    return view


def _looked_back_on(view: CalendarView) -> set[date]:
    compared = compared_dates(view).values()
    return {
        *view.read_elsewhere,
        *days_of_sales(view),
        *(day for dates in compared for day in dates.values()),
    }
