"""Top, was top, and movement: what RFV says of a customer's earlier processing dates (spec §5).

They go by the processing calendar, not by when something ran: the dates before an ``as_of`` are
known from the calendar alone, and what was found on those that are computed elsewhere is read from
their slices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.rfv import MOVED
from transforms.rfv import BANDS

PLACED = ("as_of", "customer_id", *MOVED)
"""What of an earlier date is looked back on."""

_RANKS = ("weighted_rank", "nested_rank")
_CLASSES = ("other", "was_top", "top")


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


def first_tops(ranked: DataFrame, carried: DataFrame, view: CalendarView) -> DataFrame:
    """Since when each customer has been, or had been, in the top.

    A date outside the calendar counts for its own slice alone.

    Args:
        ranked: What ``rfv_rankings`` returns for the dates of the pass.
        carried: Slices of the table ``rfv_first_tops`` on the dates ``view.carried_from``.
        view: The dates.

    Returns:
        The table ``rfv_first_tops``: key (as_of, customer_id). Nobody who never was top has a row.

    Source: spec §5 "Top ranking", "Processing calendar".
    """
    tops = ranked.where("in_top").select("customer_id", F.col("as_of").alias("first_top_on"))
    in_calendar = F.col("first_top_on").isin(list(view.in_calendar))
    later = F.filter(_dates(view.dates), lambda each: each >= F.col("first_top_on"))
    remembered = (
        tops.where(in_calendar)
        .groupBy("customer_id")
        .agg(F.min("first_top_on").alias("first_top_on"))
        .select(F.explode(later).alias("as_of"), "customer_id", "first_top_on")
    )
    own = tops.where(~in_calendar).select(
        F.col("first_top_on").alias("as_of"), "customer_id", "first_top_on"
    )
    known = carried.transform(_on_followers, view.carried_from).select(
        "as_of", "customer_id", "first_top_on"
    )
    return (
        reduce(DataFrame.unionByName, (known, remembered, own))
        .groupBy("as_of", "customer_id")
        .agg(F.min("first_top_on").alias("first_top_on"))
        .select(*TABLES["rfv_first_tops"].column_names)
    )


def with_class(ranked: DataFrame, tops: DataFrame) -> DataFrame:
    """Adds ``top_class`` (top, was_top, other) and ``first_top_on``, and takes ``in_top`` away.

    Args:
        ranked: What ``rfv_rankings`` returns.
        tops: What ``first_tops`` returns.

    Source: spec §5 "Top ranking".
    """
    was_top = F.col("first_top_on").isNotNull()
    top_class = F.when(F.col("in_top"), "top").when(was_top, "was_top").otherwise("other")
    return (
        ranked.join(tops, on=["as_of", "customer_id"], how="left")
        .withColumn("top_class", top_class)
        .drop("in_top")
    )


def with_movement(classed: DataFrame, earlier: DataFrame, view: CalendarView) -> DataFrame:
    """Adds where each customer was on the previous date of the calendar, and how she moved.

    Args:
        classed: What ``with_class`` returns.
        earlier: The columns ``PLACED`` on the dates ``view.previous``, from this pass or from
            slices of the table ``rfv``.
        view: The dates.

    Returns:
        The same rows with ``previous_as_of``; for both ranks, the three bands and the class
        ``previous_<…>`` and ``<…>_movement``: up, down, same, or entered, who was not ranked then;
        null where the calendar has no earlier date. Up is better: a lower rank, a higher band.

    Source: spec §5 "Movement".
    """
    previous_on = _by_date(view.previous)
    moved = classed.withColumn("previous_as_of", previous_on[F.col("as_of")]).join(
        earlier.transform(_as_previous, view), on=["as_of", "customer_id"], how="left"
    )
    return moved.withColumns({f"{name}_movement": _movement(name) for name in MOVED})


def as_published(moved: DataFrame, category: str) -> DataFrame:
    """The table ``rfv``: key (as_of, customer_id).

    Args:
        moved: What ``with_movement`` returns.
        category: The column that the manual's "Categoria" shows: fv_quadrant or top_class.
    """
    return moved.withColumn("category", F.col(category)).select(*TABLES["rfv"].column_names)


def left(classed: DataFrame, earlier: DataFrame, tops: DataFrame, view: CalendarView) -> DataFrame:
    """Who was ranked on the previous date of the calendar and is not ranked now.

    That happens where only active customers are ranked, or where all sales of one were cancelled.

    Args:
        classed: What ``with_class`` returns.
        earlier: As in ``with_movement``.
        tops: What ``first_tops`` returns.
        view: The dates.

    Returns:
        The table ``rfv_left``: key (as_of, customer_id).

    Source: spec §5 "Movement", "left".
    """
    who = ["as_of", "customer_id"]
    return (
        earlier.transform(_as_previous, view)
        .join(classed.select(*who), on=who, how="left_anti")
        .join(tops, on=who, how="left")
        .withColumn("previous_as_of", _by_date(view.previous)[F.col("as_of")])
        .select(*TABLES["rfv_left"].column_names)
    )


def _as_previous(earlier: DataFrame, view: CalendarView) -> DataFrame:
    """Each earlier row once for every date that it is the previous one of."""
    places = {f"previous_{name}": F.col(name) for name in MOVED}
    on_followers = earlier.transform(_on_followers, view.previous)
    return on_followers.select("as_of", "customer_id", *(c.alias(n) for n, c in places.items()))


def _on_followers(rows: DataFrame, before: Mapping[date, date]) -> DataFrame:
    """Rows of earlier dates, each once for every date that looks back on theirs."""
    followers: dict[date, list[date]] = {}
    for each, earlier in before.items():
        followers.setdefault(earlier, []).append(each)
    none = F.lit(None).cast("array<date>")
    found = reduce(
        lambda otherwise, each: F.when(
            F.col("as_of") == F.lit(each), _dates(followers[each])
        ).otherwise(otherwise),
        followers,
        none,
    )
    return rows.withColumn("as_of", F.explode(found))


def _movement(name: str) -> Column:
    """A move of a place of which more is better, or less for a rank."""
    here, earlier = _goodness(name, F.col(name)), _goodness(name, F.col(f"previous_{name}"))
    no_earlier_date, entered = F.col("previous_as_of").isNull(), earlier.isNull()
    moved = F.when(here > earlier, "up").when(here < earlier, "down").otherwise("same")
    return F.when(no_earlier_date, None).when(entered, "entered").otherwise(moved)


def _goodness(name: str, place: Column) -> Column:
    if name in _RANKS:
        return -place
    if name in BANDS:
        return place
    return F.array_position(F.array(*map(F.lit, _CLASSES)), place)


def _by_date(found: Mapping[date, date]) -> Column:
    pairs = [F.lit(each) for pair in sorted(found.items()) for each in pair]
    return F.create_map(*pairs).cast("map<date,date>")


def _dates(dates: Sequence[date]) -> Column:
    return F.array(*map(F.lit, dates)).cast("array<date>")
