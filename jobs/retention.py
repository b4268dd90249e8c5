"""Which processing dates keep their slices, and which are pruned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from jobs.settings import Retention


def dates_pruned(
    dates: Collection[date], newest: date, calendar: Collection[date], policy: Retention
) -> list[date]:
    """The dates whose slices go.

    Never those that the next runs look back on: the newest date, the latest of the calendar, and
    those of the calendar whose allocations are in force for sales of the newest date's month.

    Args:
        dates: Those that have slices.
        newest: The newest that was computed in all tables; none is pruned that is later.
        calendar: The dates of the processing calendar up to the newest; empty if there is none.
        policy: For how long the others are kept.
    """
    kept = {newest, *_in_force(newest, calendar)}
    kept.update(each for each in dates if (newest - each).days <= policy.days_kept)
    months = policy.month_ends_kept_months
    kept.update(
        each
        for each in _month_ends(dates, calendar)
        if months is None or _month(newest) - _month(each) <= months
    )
    return sorted(set(dates) - kept)


def _in_force(newest: date, calendar: Collection[date]) -> set[date]:
    """The calendar from its last date before the month of the newest date on."""
    first = newest.replace(day=1)
    before = max((each for each in calendar if each < first), default=first)
    return {each for each in calendar if each >= before}


def _month_ends(dates: Collection[date], calendar: Collection[date]) -> set[date]:
    """The last date of every month: of the calendar, or computed where the calendar has none."""
    computed = {_month(each): each for each in sorted(dates)}
    return set((computed | {_month(each): each for each in sorted(calendar)}).values())


def _month(day: date) -> int:
    return day.year * 12 + day.month
