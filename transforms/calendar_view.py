"""The dates of one pass and the processing calendar that they look back on (spec §5).

Results that speak of earlier dates go by the calendar, not by when something ran: the dates before
an ``as_of`` are known from the calendar alone, and what was found on those that are computed
elsewhere is read from their slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.periods import date_array


@dataclass(frozen=True)
class CalendarView:
    """The dates of one pass, and the calendar that they look back on.

    Attributes:
        dates: The dates computed, sorted.
        calendar: The processing calendar, sorted, up to the last of them at least.
    """

    dates: tuple[date, ...]
    calendar: tuple[date, ...]

    @property
    def in_calendar(self) -> tuple[date, ...]:
        """Those of the dates that later ones look back on."""
        known = set(self.calendar)
        return tuple(each for each in self.dates if each in known)

    def before(self, day: date) -> date | None:
        """The date of the calendar before a day."""
        return max((each for each in self.calendar if each < day), default=None)

    @property
    def previous(self) -> dict[date, date]:
        """For each date the one of the calendar before it, where there is one."""
        found = {each: self.before(each) for each in self.dates}
        return {each: earlier for each, earlier in found.items() if earlier is not None}

    @property
    def carried_from(self) -> dict[date, date]:
        """For each date the last of the calendar that lies before it and before this pass."""
        first = self.in_calendar[:1]
        found = {each: self.before(min((each, *first))) for each in self.dates}
        return {each: earlier for each, earlier in found.items() if earlier is not None}

    @property
    def read_elsewhere(self) -> tuple[date, ...]:
        """The dates whose slices must exist already."""
        needed = {*self.previous.values(), *self.carried_from.values()}
        return tuple(sorted(needed - set(self.dates)))

    def begins_anew(self, sources: Mapping[date, date]) -> dict[date, date]:
        """When that begins which began on a date outside of the calendar, as a later one sees it.

        No date looks back on one outside of the calendar: what is first seen there is first seen,
        on a later date, on the first one of the calendar since, or on the later date itself.

        Args:
            sources: For each date the one whose slice is carried to it.

        Returns:
            The day, for each date whose source is an earlier one outside of the calendar.
        """
        known = set(self.calendar)
        return {
            each: min((day for day in self.calendar if source < day < each), default=each)
            for each, source in sources.items()
            if source < each and source not in known
        }

    def moves_again(self, sources: Mapping[date, date]) -> dict[date, date]:
        """The dates that look back on the same date as the slice that is carried to them.

        Args:
            sources: As in ``begins_anew``.
        """
        return {
            each: source
            for each, source in sources.items()
            if source == each or self.before(source) == self.before(each)
        }


def on_followers(rows: DataFrame, before: Mapping[date, date]) -> DataFrame:
    """Rows of earlier dates, each once for every date that looks back on theirs."""
    followers: dict[date, list[date]] = {}
    for each, earlier in before.items():
        followers.setdefault(earlier, []).append(each)
    none = F.lit(None).cast("array<date>")
    found = reduce(
        lambda otherwise, each: F.when(
            F.col("as_of") == F.lit(each), date_array(followers[each])
        ).otherwise(otherwise),
        followers,
        none,
    )
    return rows.withColumn("as_of", F.explode(found))


def by_date(found: Mapping[date, date]) -> Column:
    """Dates as a map, to look one up by another: ``by_date(view.previous)[F.col("as_of")]``."""
    pairs = [F.lit(each) for pair in sorted(found.items()) for each in pair]
    return F.create_map(*pairs).cast("map<date,date>")
