"""The five years of a chain: its days, and how many lines are sold on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.chain.randomness import parts
from jobs.session import local_rows

YEARS = 5
MOST_CUSTOMERS = 9_000_000
"""The numbers of made-up people have room for ten million, staff and prospects included."""

_GROWTH_A_YEAR = 6  # per cent
_MONTHS = (84, 80, 90, 92, 112, 100, 94, 100, 92, 98, 104, 140)
_WEEKDAYS = (78, 80, 86, 94, 124, 168, 92)
_CLOSED = 8  # per cent of the day's sales that the online store makes alone


@dataclass(frozen=True)
class Chain:
    """What a chain is made from.

    Attributes:
        lines: Sale lines, exactly.
        stores: Stores, the online one included; at least two.
        seed: Another seed is another chain.
        until: The last day of sales and of the registries.
        lines_per_customer: Lines for each of the customers who might buy.
    """

    lines: int
    stores: int
    seed: int
    until: date
    lines_per_customer: int = 24

    @property
    def first_day(self) -> date:
        """The first day of sales: five years lie between it and the day after the last."""
        after = self.until + timedelta(days=1)
        is_leap_day = (after.month, after.day) == (2, 29)
        return after.replace(year=after.year - YEARS, day=28 if is_leap_day else after.day)

    @property
    def days(self) -> int:
        """Days of sales. Everywhere else day 0 is the first and ``days`` − 1 the last."""
        return (self.until - self.first_day).days + 1

    @property
    def customers(self) -> int:
        """Everyone who might buy; fewer than a tenth never do within the five years."""
        return min(MOST_CUSTOMERS, max(100, self.lines // self.lines_per_customer))

    def day(self, number: int) -> date:
        """The date of a day's number, which may lie outside the five years."""
        return self.first_day + timedelta(days=number)


def is_closed(day: date) -> bool:
    """Whether only the online store sells: on New Year's Day and Christmas Day."""
    return (day.month, day.day) in {(1, 1), (12, 25)}


def day_weight(chain: Chain, day: date) -> int:
    """How much is sold on a day compared with others: month, weekday, feasts, growth."""
    weight = 100 * _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()]
    weight *= 365 * 100 + _GROWTH_A_YEAR * (day - chain.first_day).days
    for feast, before, percent in _FEASTS:
        to_go = (feast(day.year) - day).days
        if 0 <= to_go < before:
            weight = weight * percent // 100
    return weight * (_CLOSED if is_closed(day) else 100)


def sales_days(spark: SparkSession, chain: Chain, files: int) -> DataFrame:
    """One row per day of the five years, in order.

    Args:
        spark: The session.
        chain: The chain.
        files: Partitions; neighbouring days share one.

    Returns:
        ``day`` (number), ``date``, ``day_lines`` (lines sold), ``is_closed``, ``opens`` and
        ``closes`` (seconds since midnight, of physical stores), ``year`` (0 is the first).
    """
    dates = [chain.day(number) for number in range(chain.days)]
    lines = parts(chain.lines, [day_weight(chain, each) for each in dates])
    rows = [
        {
            "day": number,
            "date": each,
            "day_lines": lines[number],
            "is_closed": is_closed(each),
            "opens": 3600 * (14 if each.weekday() == _SUNDAY else 10),
            "closes": 3600 * (20 if each.weekday() == _SUNDAY else 22),
            "year": number * YEARS // chain.days,
        }
        for number, each in enumerate(dates)
    ]
    columns = (
        "day bigint, date date, day_lines bigint, is_closed boolean, opens bigint, closes bigint, "
        "year int"
    )
    known = local_rows(spark, rows, columns)
    numbers = spark.range(0, chain.days, 1, files).withColumnRenamed("id", "day")
    return numbers.join(F.broadcast(known), on="day", how="inner")


_SUNDAY = 6


def _nth(weekday: int, nth: int, month: int) -> Callable[[int], date]:
    """The day of a year that is the nth of a weekday (Monday 0) in a month."""

    def of_year(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return of_year


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _black_friday(year: int) -> date:
    return _nth(3, 4, 11)(year) + timedelta(days=1)


_FEASTS: tuple[tuple[Callable[[int], date], int, int], ...] = (
    # the day, how many days up to it are busier, and by how much (per cent)
    (_nth(_SUNDAY, 2, 5), 9, 165),  # Dia das Mães
    (_fixed(6, 12), 6, 140),  # Dia dos Namorados
    (_nth(_SUNDAY, 2, 8), 8, 140),  # Dia dos Pais
    (_fixed(10, 12), 7, 130),  # Dia das Crianças
    (_black_friday, 5, 150),
    (_black_friday, 1, 170),
    (_fixed(12, 24), 15, 150),
    (_fixed(12, 24), 6, 125),
)
