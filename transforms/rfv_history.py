"""Top, was top, and movement: what RFV says of a customer's earlier processing dates (spec §5).

They go by the processing calendar (``transforms.calendar_view``), not by when something ran.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.rfv import MOVED
from transforms.calendar_view import CalendarView, by_date, on_followers
from transforms.periods import on_dates
from transforms.rfv import BANDS
from transforms.scopes import SCOPE

IN_NETWORK = ("as_of", "customer_id")
IN_SCOPES = (*SCOPE, "customer_id")
"""The key of places within stores and portfolios."""

_RANKS = ("weighted_rank", "nested_rank")
_CLASSES = ("other", "was_top", "top")


def first_tops(
    ranked: DataFrame, carried: DataFrame, view: CalendarView, key: Sequence[str] = IN_NETWORK
) -> DataFrame:
    """Since when each customer has been, or had been, in the top.

    A date outside the calendar counts for its own slice alone.

    Args:
        ranked: What ``rfv_rankings`` returns for the dates of the pass.
        carried: Slices of the table ``rfv_first_tops`` on the dates ``view.carried_from``.
        view: The dates.
        key: Who is followed; within stores and portfolios ``IN_SCOPES``, and so below.

    Returns:
        The table ``rfv_first_tops``: key ``key``. Nobody who never was top has a row.

    Source: spec §5 "Top ranking", "Processing calendar".
    """
    who = [name for name in key if name != "as_of"]
    tops = ranked.where("in_top").select(*who, F.col("as_of").alias("first_top_on"))
    in_calendar = F.col("first_top_on").isin(list(view.in_calendar))
    first = tops.where(in_calendar).groupBy(*who).agg(F.min("first_top_on").alias("first_top_on"))
    remembered = on_dates(first, F.col("first_top_on"), None, view.dates).select(
        "as_of", *who, "first_top_on"
    )
    own = tops.where(~in_calendar).select(
        F.col("first_top_on").alias("as_of"), *who, "first_top_on"
    )
    known = carried.transform(on_followers, view.carried_from).select(*key, "first_top_on")
    return (
        reduce(DataFrame.unionByName, (known, remembered, own))
        .groupBy(*key)
        .agg(F.min("first_top_on").alias("first_top_on"))
    )


def with_class(ranked: DataFrame, tops: DataFrame, key: Sequence[str] = IN_NETWORK) -> DataFrame:
    """Adds ``top_class`` (top, was_top, other) and ``first_top_on``, and takes ``in_top`` away.

    Args:
        ranked: What ``rfv_rankings`` returns.
        tops: What ``first_tops`` returns.
        key: As in ``first_tops``.

    Source: spec §5 "Top ranking".
    """
    was_top = F.col("first_top_on").isNotNull()
    top_class = F.when(F.col("in_top"), "top").when(was_top, "was_top").otherwise("other")
    return (
        ranked.join(tops, on=list(key), how="left")
        .withColumn("top_class", top_class)
        .drop("in_top")
    )


def with_movement(
    classed: DataFrame, earlier: DataFrame, view: CalendarView, key: Sequence[str] = IN_NETWORK
) -> DataFrame:
    """Adds where each customer was on the previous date of the calendar, and how she moved.

    Args:
        classed: What ``with_class`` returns.
        earlier: The columns ``key`` and ``MOVED`` on the dates ``view.previous``, from this pass
            or from slices of the table ``rfv``.
        view: The dates.
        key: As in ``first_tops``.

    Returns:
        The same rows with ``previous_as_of``; for both ranks, the three bands and the class
        ``previous_<…>`` and ``<…>_movement``: up, down, same, or entered, who was not ranked then;
        null where the calendar has no earlier date. Up is better: a lower rank, a higher band.

    Source: spec §5 "Movement".
    """
    previous_on = by_date(view.previous)
    moved = classed.withColumn("previous_as_of", previous_on[F.col("as_of")]).join(
        earlier.transform(_as_previous, view, key), on=list(key), how="left"
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
    who = list(IN_NETWORK)
    return (
        earlier.transform(_as_previous, view, IN_NETWORK)
        .join(classed.select(*who), on=who, how="left_anti")
        .join(tops, on=who, how="left")
        .withColumn("previous_as_of", by_date(view.previous)[F.col("as_of")])
        .select(*TABLES["rfv_left"].column_names)
    )


def _as_previous(earlier: DataFrame, view: CalendarView, key: Sequence[str]) -> DataFrame:
    """Each earlier row once for every date that it is the previous one of."""
    places = {f"previous_{name}": F.col(name) for name in MOVED}
    repeated = earlier.transform(on_followers, view.previous)
    return repeated.select(*key, *(c.alias(n) for n, c in places.items()))


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
