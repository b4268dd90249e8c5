"""The processing calendar: which dates a run computes (spec §5 "Processing calendar")."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Literal

from transforms.calendar_view import CalendarView
from transforms.periods import Period, ends_month, months_later

Every = Literal["month-end", "week", "day", "none"]
_SUNDAY = 6


def dates_between(every: Every, first: date, last: date) -> list[date]:
    """The dates of a calendar from ``first`` to ``last``, both included.

    Args:
        every: ``month-end``; ``week`` (Sundays); ``day``; ``none``, which has no dates.
        first: The first day that may be one.
        last: The last day that may be one.
    """
    return [day for day in _days(first, last) if _is_in(every, day)]


def calendar_start(earliest: date, before: Period) -> date:
    """The first day of the calendar: a period before the earliest date of the first run.

    Months are taken back on the calendar; a day that the month lacks becomes its last.
    """
    if before.unit == "days":
        return earliest - timedelta(days=before.count)
    return months_later(earliest, -before.count)


def view_of_pass(
    every: Every,
    start: date,
    dates: Collection[date],
    computed: Collection[date],
    kept: Collection[date],
) -> CalendarView:
    """What one pass computes: the dates asked for, and those of the calendar that go with them.

    Dates of the calendar that are missing come first. Where a date of the calendar is computed,
    what later dates say of it may change, so those are computed again: whatever is kept, and what
    was pruned of the calendar, since the later ones look back on that.

    Args:
        every: Which days the calendar has.
        start: Its first day.
        dates: The dates asked for.
        computed: The dates that were ever computed.
        kept: Those of them whose slices are still there.
    """
    calendar = set(dates_between(every, start, max({*dates, *computed})))
    missing = calendar - set(computed)
    wanted = {*dates, *(each for each in missing if each < max(dates))}
    if wanted & calendar:
        first = min(wanted & calendar)
        rests_on_it = {*kept, *(calendar & set(computed))}
        wanted |= missing | {each for each in rests_on_it if each > first}
    return CalendarView(tuple(sorted(wanted)), tuple(sorted(calendar)))


def _is_in(every: Every, day: date) -> bool:
    if every == "month-end":
        return ends_month(day)
    if every == "week":
        return day.weekday() == _SUNDAY
    return every == "day"


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)
