"""What follows from the life-cycle timeline: states on a date, moves, stocks and flows (spec §4).

Nothing here knows the rules of the life cycle: everything is read off the timeline's intervals, and
the stage of a segment off the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.growth_accounting import MOVES, PERIODS
from schemas.life_cycle import SEGMENTS, STAGES
from schemas.life_cycle_matrix import NOT_YET
from transforms.allocation_salespeople import whose
from transforms.periods import on_dates
from transforms.scopes import codes_of_levels, known_codes

_PERIOD = ("as_of", "period", "start_on", "level", "level_code")
_ENDS = ("from_stage", "from_segment", "to_stage", "to_segment")


def segments_on(timeline: DataFrame, dates: Sequence[date]) -> DataFrame:
    """The stage and segment of every customer on every date.

    Args:
        timeline: Intervals as ``schemas.life_cycle`` describes them.
        dates: Any days, in any order.

    Returns:
        Key (as_of, customer_id), with stage, segment and ``segment_since``, the day she entered
        it. Nobody has a row before her first purchase.

    Source: spec §4, "the segment of every customer on any date".
    """
    return (
        on_dates(timeline, F.col("valid_from"), F.col("valid_to"), dates)
        .withColumnRenamed("valid_from", "segment_since")
        .select("as_of", "customer_id", "stage", "segment", "segment_since")
    )


def transitions(timeline: DataFrame) -> DataFrame:
    """Every change of segment, the first purchase included.

    Returns:
        The table ``life_cycle_transitions``: key (customer_id, changed_on). From stage and segment
        are null for the first purchase. Changes that lie ahead are those that time alone brings.

    Source: spec §4, "every transition (from, to, date, cause)".
    """
    in_order = Window.partitionBy("customer_id").orderBy("valid_from")
    return timeline.select(
        "customer_id",
        F.col("valid_from").alias("changed_on"),
        F.lag("stage").over(in_order).alias("from_stage"),
        F.lag("segment").over(in_order).alias("from_segment"),
        F.col("stage").alias("to_stage"),
        F.col("segment").alias("to_segment"),
        "cause",
    ).select(*TABLES["life_cycle_transitions"].column_names)


def period_changes(timeline: DataFrame, dates: Sequence[date]) -> DataFrame:
    """What became of each customer over each period that ends on a date.

    Args:
        timeline: Intervals as ``schemas.life_cycle`` describes them.
        dates: The processing dates.

    Returns:
        Key (as_of, period, customer_id), with ``start_on``, the day before the period: stage and
        segment on that day (``none``: no customer yet) and on ``as_of``, and how often she made
        each move between stages in between.

    Source: spec §4.
    """
    start_on, as_of = F.col("start_on"), F.col("as_of")
    at_start, at_end = _holds(start_on), _holds(as_of)
    in_period = (F.col("valid_from") > start_on) & (F.col("valid_from") <= as_of)
    # By number, since Spark sorts all rows to find the greatest of several words.
    ends = {
        f"{side}_number": F.max(F.when(condition, _number_of(F.col("segment"))))
        for side, condition in (("from", at_start), ("to", at_end))
    }
    moves = [F.count_if(in_period & (F.col("move") == each)).alias(each) for each in MOVES]
    # Where somebody was before she moved on the first day of all periods ends on that day.
    first, last = min(dates).replace(month=1, day=1), max(dates)
    reaches_in = (F.col("valid_from") <= last) & F.coalesce(F.col("valid_to") >= first, F.lit(True))
    return (
        timeline.where(reaches_in)
        .withColumn("move", _move())
        .withColumn("period", F.explode(_periods(dates)))
        .select("customer_id", "segment", "move", "valid_from", "valid_to", "period.*")
        .where(at_start | at_end | in_period)
        .groupBy("customer_id", "as_of", "period", "start_on")
        .agg(*(number.alias(name) for name, number in ends.items()), *moves)
        .withColumns(
            {
                f"{side}_{what}": _told(words, F.col(f"{side}_number"))
                for side in ("from", "to")
                for what, words in (("stage", SEGMENTS.values()), ("segment", SEGMENTS))
            }
        )
        .drop(*ends)
    )


def on_levels(in_periods: DataFrame, allocated: DataFrame) -> DataFrame:
    """How many customers went from where to where: in the network, each store, each salesperson.

    They are counted by store and salesperson before anything is repeated for a level, so that what
    is repeated is small.

    Args:
        in_periods: What ``period_changes`` returns.
        allocated: The table ``allocations`` on the same dates: both ends of a period go by the
            allocation at its end.

    Returns:
        ``customers`` and their moves by period, ``level``, ``level_code`` and the stage and segment
        at both ends. A customer in transition, or in a store's own portfolio, has no salesperson.

    Source: spec §4.
    """
    codes = codes_of_levels("store_code", "salesperson_code")
    place = ("as_of", "period", "start_on", "store_code", "salesperson_code")
    return (
        in_periods.join(whose(allocated), on=["as_of", "customer_id"], how="left")
        .groupBy(*place, *_ENDS)
        .agg(F.count(F.lit(1)).alias("customers"), *(F.sum(each).alias(each) for each in MOVES))
        .withColumn("at", F.explode(known_codes(codes, "level")))
        .select("as_of", "period", "start_on", "at.*", *_ENDS, "customers", *MOVES)
    )


def matrix(flows: DataFrame) -> DataFrame:
    """How many customers went from which segment to which, net, over each period.

    Only the two ends count: the day before the period starts and its last day. Who was no customer
    yet at the start comes from ``none``.

    Args:
        flows: What ``on_levels`` returns.

    Returns:
        The table ``life_cycle_matrix``: key (as_of, period, level, level_code, from_segment,
        to_segment).

    Source: spec §4, "the transition matrix between any two dates (net)".
    """
    return (
        flows.groupBy(*_PERIOD, *_ENDS)
        .agg(F.sum("customers").alias("customers"))
        .select(*TABLES["life_cycle_matrix"].column_names)
    )


def growth_accounting(flows: DataFrame) -> DataFrame:
    """Customers per stage at both ends of each period, and every move between stages in it.

    Two moves of one customer both count. That stocks and flows add up is a constraint of the table.

    Args:
        flows: What ``on_levels`` returns.

    Returns:
        The table ``growth_accounting``: key (as_of, period, level, level_code). No row before the
        first purchase of all.

    Source: spec §4, "growth accounting per period and stage, exactly".
    """
    stocks = [
        F.sum(F.when(F.col(f"{end}_stage") == stage, F.col("customers")).otherwise(0)).alias(
            f"{stage}_{side}"
        )
        for side, end in (("start", "from"), ("end", "to"))
        for stage in STAGES
    ]
    return (
        flows.groupBy(*_PERIOD)
        .agg(*stocks, *(F.sum(move).alias(move) for move in MOVES))
        .select(*TABLES["growth_accounting"].column_names)
    )


def intervals_between_purchases(days: DataFrame) -> DataFrame:
    """After how many days without purchase the returning customers had returned.

    Each interval between two consecutive purchase days of a customer is one return. Who has not
    come back yet is not in it, so that the last months make returns look quicker than they are.

    Args:
        days: Purchase days, key (customer_id, purchased_on).

    Returns:
        One row: ``returns``, and ``within_50``, ``within_80``, ``within_90``, ``within_95``, the
        fewest days within which that percentage of the returns happened; null without any.

    Source: spec §4; the parameters of the life cycle are to be chosen from it.
    """
    in_order = Window.partitionBy("customer_id").orderBy("purchased_on")
    waited = F.date_diff("purchased_on", F.lag("purchased_on").over(in_order))
    shares = (50, 80, 90, 95)
    return (
        days.select(waited.alias("waited"))
        .where(F.col("waited").isNotNull())
        .agg(
            F.count(F.lit(1)).alias("returns"),
            *(
                F.expr(f"percentile_disc({share / 100}) WITHIN GROUP (ORDER BY waited)")
                .cast("bigint")
                .alias(f"within_{share}")
                for share in shares
            ),
        )
    )


def _move() -> Column:
    """The move between stages by which an interval begins; null if the stage stays."""
    in_order = Window.partitionBy("customer_id").orderBy("valid_from")
    before = F.lag("stage").over(in_order)
    move = F.when(before.isNull(), F.lit("new"))
    for name, (left, entered) in MOVES.items():
        if left is not None:
            move = move.when((before == left) & (F.col("stage") == entered), F.lit(name))
    return move


def _number_of(segment: Column) -> Column:
    """The place of a segment among all, from 0."""
    return F.array_position(F.array(*map(F.lit, SEGMENTS)), segment).cast("int") - 1


def _told(words: Iterable[str], number: Column) -> Column:
    """The word at a place, from 0; ``none`` for no place, of who was no customer yet."""
    return F.coalesce(F.get(F.array(*map(F.lit, words)), number), F.lit(NOT_YET))


def _holds(day: Column) -> Column:
    """Whether an interval of the timeline holds on a day."""
    return (F.col("valid_from") <= day) & F.coalesce(day < F.col("valid_to"), F.lit(True))


def _periods(dates: Sequence[date]) -> Column:
    """The periods that end on each date, with the day before each starts."""
    first_days = [
        (each, period, first)
        for each in sorted(set(dates))
        for period, first in zip(
            PERIODS, (each, each.replace(day=1), each.replace(month=1, day=1)), strict=True
        )
    ]
    return F.array(
        *(
            F.struct(
                F.lit(as_of).alias("as_of"),
                F.lit(period).alias("period"),
                F.lit(first - timedelta(days=1)).alias("start_on"),
            )
            for as_of, period, first in first_days
        )
    )
