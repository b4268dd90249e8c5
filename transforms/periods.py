"""Periods of calendar months or of days, counted forward from a day (spec §1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Period:
    """A length of time: whole calendar months, or days.

    Attributes:
        count: How many.
        unit: Months or days.
    """

    count: int
    unit: Literal["months", "days"]

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``"12 months"`` or ``"30 days"`` (the singular too).

        Raises:
            ValueError: If the text is neither, or the count is not positive.
        """
        found = re.fullmatch(r"\s*(\d+)\s+(month|day)s?\s*", text)
        if not found or int(found[1]) == 0:
            message = f"{text!r} is not a period: write e.g. '12 months' or '30 days'"
            raise ValueError(message)
        return cls(int(found[1]), "months" if found[2] == "month" else "days")

    def __str__(self) -> str:
        """The period as ``parse`` reads it."""
        return f"{self.count} {self.unit}"

    def shortest_days(self) -> int:
        """The fewest days the period can last, whatever day it starts on."""
        return min(_lengths_of_months(self.count)) if self.unit == "months" else self.count

    def longest_days(self) -> int:
        """The most days the period can last, whatever day it starts on."""
        return max(_lengths_of_months(self.count)) if self.unit == "months" else self.count


ALWAYS, NEVER = date(1000, 1, 1), date(9999, 12, 31)
"""The first and the last day there is, in the place of a date that is missing."""

YEAR = Period(12, "months")
"""Twelve calendar months: what "the last 12 months" are wherever no setting is asked."""


def after(day: Column, *periods: Period) -> Column:
    """The day that lies one period, or several in a row, after ``day``.

    Months are calendar months added in one step, never chained: 31 January plus one month is the
    last day of February. Periods in a row are one step too: their months are summed and added
    first, then their days. A day ``d`` is "in the last N before or on ``as_of``" exactly when
    ``d <= as_of < after(d, N)``; periods are only ever added, since subtracting months does not
    undo adding them.

    Null in, null out. Source: spec §1 "Days".
    """
    months = sum(period.count for period in periods if period.unit == "months")
    days = sum(period.count for period in periods if period.unit == "days")
    later = F.add_months(day, months) if months else day
    return F.date_add(later, days) if days else later


def start_of_last(period: Period, before: Column) -> Column:
    """The first of the days in "the last N before B": the least ``d`` with ``B <= after(d, N)``.

    Months are taken back and the result checked forward, since 31 March less one month is a day
    of February whose month ends before 31 March: there the last month starts on 1 March.

    Null in, null out. Source: spec §1 "Days".
    """
    if period.unit == "days":
        return F.date_sub(before, period.count)
    taken_back = F.add_months(before, -period.count)
    reaches = after(taken_back, period) >= before
    return F.when(reaches, taken_back).otherwise(F.date_add(taken_back, 1))


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of a day's month, or of the month so many later, or earlier if negative."""
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


def last_of_month(day: date, months: int = 0) -> date:
    """The last day of a day's month, or of the month so many later, or earlier if negative."""
    return first_of_month(day, months + 1) - timedelta(days=1)


def ends_month(day: date) -> bool:
    """Whether a day is the last of its month."""
    return day == last_of_month(day)


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or earlier if negative; or that month's last day."""
    last = last_of_month(day, months)
    return last.replace(day=min(day.day, last.day))


def start_of_last_12m(as_of: date) -> date:
    """The first day d with ``as_of < d + 12 months``."""
    following = as_of + timedelta(days=1)
    is_leap_day = (following.month, following.day) == (2, 29)
    return date(following.year - 1, 3, 1) if is_leap_day else months_later(following, -12)


def date_array(dates: Iterable[date]) -> Column:
    """Days as one array of dates, each once, in order."""
    return F.array(*(F.lit(each) for each in sorted(set(dates)))).cast("array<date>")


def slot_of(day: Column, dates: Sequence[date]) -> Column:
    """The place, from 0, of the first of the sorted ``dates`` that is not before ``day``.

    By bisection. A day after the last one has the place behind it. Null has no meaning here.
    """
    return _slot_between(day, dates, 0, len(dates))


def dates_held(slot: Column, next_slot: Column, dates: Sequence[date]) -> Column:
    """The dates on which a state holds that begins at one slot and ends before the next.

    Args:
        slot: The place of its first date among the sorted ``dates``.
        next_slot: The place of the first date on which another holds; null for never.
        dates: The sorted dates.
    """
    until = F.coalesce(next_slot, F.lit(len(dates)))
    return F.slice(date_array(dates), slot + 1, until - slot)


def on_dates(
    rows: DataFrame, first: Column, end: Column | None, dates: Iterable[date]
) -> DataFrame:
    """Each row once for every date on which it counts, which ``as_of`` says.

    Args:
        rows: Any rows, without ``as_of``.
        first: The day from which a row counts; not null.
        end: The day from which it no longer does; null, or none: it always does. Not before
            ``first``, or the query ends with Spark's error of a negative length.
        dates: The dates, in any order; one that comes twice counts once.
    """
    ordered = sorted(set(dates))
    never = F.lit(None).cast("int")
    end_slot = never if end is None else F.when(end.isNotNull(), slot_of(end, ordered))
    # As columns of their own, since of many dates each is long and would stand there twice.
    slots = rows.withColumns({"_slot": slot_of(first, ordered), "_end_slot": end_slot})
    held = dates_held(F.col("_slot"), F.col("_end_slot"), ordered)
    return slots.withColumn("as_of", F.explode(held)).drop("_slot", "_end_slot")


def whole_months_between(start: Column, end: Column) -> Column:
    """The largest m for which ``start`` plus m months is not after ``end``.

    Both are dates and ``start <= end``; null in, null out. Source: spec §3, months as customer.
    """
    months = (F.year(end) - F.year(start)) * 12 + F.month(end) - F.month(start)
    return months - (F.add_months(start, months) > end).cast("int")


def _slot_between(day: Column, dates: Sequence[date], low: int, high: int) -> Column:
    if low == high:
        return F.lit(low)
    middle = (low + high) // 2
    return F.when(day <= F.lit(dates[middle]), _slot_between(day, dates, low, middle)).otherwise(
        _slot_between(day, dates, middle + 1, high)
    )


def _lengths_of_months(count: int) -> set[int]:
    """How many days ``count`` months last, over every start in a leap cycle."""
    starts = (date(2019, 1, 1) + timedelta(days=offset) for offset in range(1461))
    return {(months_later(start, count) - start).days for start in starts}
