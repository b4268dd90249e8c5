"""Ranges of days that overlap, such as the month and the year until each processing date.

Rows are summed between neighbouring bounds of all ranges first, so that a row which lies in many
ranges is read once: ``slot`` says between which bounds a day lies, ``ranges_of`` in which ranges a
slot does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column
from pyspark.sql import functions as F

from transforms.periods import slot_of

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Range:
    """Days from the first to the last, both included.

    Attributes:
        first: The first day.
        last: The last day.
        labels: What the range is, the same names in all ranges.
    """

    first: date
    last: date
    labels: Mapping[str, str | bool | int | date]


def slot(day: Column, ranges: Sequence[Range]) -> Column:
    """Between which bounds of the ranges a day lies; null for a day that is in none."""
    ends = _ends(ranges)
    place = slot_of(day, ends)
    return F.when(day.between(min(each.first for each in ranges), ends[-1]), place)


def ranges_of(place: Column, ranges: Sequence[Range]) -> Column:
    """The labels of the ranges that a slot lies in, as an array of structs."""
    ends = _ends(ranges)
    listed = F.array(
        *(
            F.struct(
                *(F.lit(value).alias(name) for name, value in each.labels.items()),
                F.lit(ends.index(each.first - _DAY)).alias("after_slot"),
                F.lit(ends.index(each.last)).alias("last_slot"),
            )
            for each in ranges
        )
    )
    return F.filter(
        listed, lambda each: (each["after_slot"] < place) & (place <= each["last_slot"])
    )


def _ends(ranges: Sequence[Range]) -> list[date]:
    """The last days of all stretches that the bounds cut, sorted."""
    return sorted({day for each in ranges for day in (each.first - _DAY, each.last)})
