"""The life-cycle timeline: which stage and segment a customer is in on every day (spec §4).

A customer's state changes by itself, in a way that her last purchase day settles for all days to
come, until she buys again. So the timeline is made in two steps: the course that each purchase
day opens if none follows, and the part of it that lasts until the next purchase day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.periods import NEVER, Period, after, date_array, start_of_last


@dataclass(frozen=True)
class LifeCycleRules:
    """The parameters of the life cycle; ``conf/base.yaml`` says what each means.

    What must hold between them (``inactive_after`` shorter than ``lost_after`` and so on) is
    checked with the settings.
    """

    inactive_after: Period
    lost_after: Period
    new_for: Period
    loyalty_process_for: Period
    reactivated_for: Period
    recovered_for: Period
    inactivation_risk_for: Period
    loss_risk_for: Period
    recently_inactivated_for: Period
    recently_lost_for: Period
    after_return: Literal["normal", "new"]
    new_ends_on_second_purchase: bool


def purchase_days(tickets: DataFrame) -> DataFrame:
    """The days on which each customer bought; a second ticket on a day adds nothing.

    Args:
        tickets: Tickets as ``schemas.purchases`` describes them.

    Returns:
        Key (customer_id, purchased_on). Returns, generic and anonymous tickets leave no day.

    Source: spec §2, last but two; §4.
    """
    bought = F.col("is_purchase") & (F.col("code_class") == "coded")
    return (
        tickets.where(bought)
        .select("customer_id", F.col("business_day").alias("purchased_on"))
        .distinct()
    )


def life_cycle(days: DataFrame, rules: LifeCycleRules) -> DataFrame:
    """The timeline of every customer, from the first purchase day on without end.

    Args:
        days: Purchase days, key (customer_id, purchased_on), as ``purchase_days`` gives them.
        rules: The parameters.

    Returns:
        The table ``life_cycle``: key (customer_id, valid_from). Intervals are half-open, without
        gap or overlap, and neighbours differ in segment; the last one is open (``valid_to`` null)
        and says what will be if no further purchase comes. ``cause`` is ``purchase`` where the
        customer bought on ``valid_from``, else ``time``.

    Source: spec §4; Linx manual §6.
    """
    in_order = Window.partitionBy("customer_id").orderBy("valid_from")
    is_change = ~F.col("segment").eqNullSafe(F.lag("segment").over(in_order))
    on_purchase = F.col("valid_from") == F.col("purchased_on")
    until_next_purchase = F.col("valid_from") < F.coalesce("next_on", F.lit(NEVER))
    return (
        days.transform(courses, rules=rules)
        .where(until_next_purchase)
        .withColumn("is_change", is_change)
        .where("is_change")
        .withColumn("valid_to", F.lead("valid_from").over(in_order))
        .withColumn("cause", F.when(on_purchase, "purchase").otherwise("time"))
        .select(*TABLES["life_cycle"].column_names)
    )


def courses(days: DataFrame, rules: LifeCycleRules) -> DataFrame:
    """What each purchase day leads to if no other follows: the segments from then on.

    Returns:
        Key (customer_id, purchased_on, valid_from), with stage and segment from ``valid_from`` on,
        and ``next_on``, the next purchase day, which cuts the course short (null: none came).
        Empty segments are left out.

    Source: spec §4, the table of segments and its precedence.
    """
    lasting = F.coalesce("course.valid_to", F.lit(NEVER)) > F.col("course.valid_from")
    return (
        days.transform(_with_history, rules=rules)
        .transform(_with_ends, rules=rules)
        .select("customer_id", "purchased_on", "next_on", F.explode(_segments()).alias("course"))
        .where(lasting)
        .select(
            "customer_id",
            "purchased_on",
            "next_on",
            "course.valid_from",
            "course.stage",
            "course.segment",
        )
    )


def due_to_change(
    days: DataFrame, rules: LifeCycleRules, dates: Sequence[date], within: Period
) -> DataFrame:
    """Who changes segment soon after a processing date unless she buys, and to which segment.

    Args:
        days: Purchase days; those after a processing date do not exist for it.
        rules: The parameters.
        dates: The processing dates.
        within: How far to look ahead: changes on ``as_of`` itself are past, those on
            ``as_of + within`` are the last.

    Returns:
        The table ``due_to_change``: key (as_of, customer_id, changes_on); a customer who changes
        twice within the period has two rows.

    Source: spec §4, last point.
    """
    in_course = Window.partitionBy("customer_id", "purchased_on").orderBy("valid_from")

    def is_ahead(as_of: Column) -> Column:
        in_force = (as_of >= F.col("purchased_on")) & (as_of < F.coalesce("next_on", F.lit(NEVER)))
        return (
            in_force & (as_of < F.col("valid_from")) & (F.col("valid_from") <= after(as_of, within))
        )

    return (
        days.transform(courses, rules=rules)
        .withColumn("from_segment", F.lag("segment").over(in_course))
        .where(F.col("from_segment").isNotNull() & (F.col("valid_from") > F.lit(min(dates))))
        .withColumn("as_of", F.explode(F.filter(date_array(dates), is_ahead)))
        .withColumnsRenamed(
            {"valid_from": "changes_on", "stage": "to_stage", "segment": "to_segment"}
        )
        .withColumn("days_left", F.date_diff("changes_on", "as_of"))
        .select(*TABLES["due_to_change"].column_names)
    )


def due_on_timeline(changes: DataFrame, dates: Sequence[date], within: Period) -> DataFrame:
    """``due_to_change`` of customers who did not buy while it looks ahead: read off their changes.

    Args:
        changes: The table ``life_cycle_transitions``, of customers without a purchase after each
            of the dates and within the period.
        dates: The processing dates.
        within: As in ``due_to_change``.

    Returns:
        As ``due_to_change``.
    """

    def is_ahead(as_of: Column) -> Column:
        return (as_of < F.col("changed_on")) & (F.col("changed_on") <= after(as_of, within))

    return (
        changes.where(F.col("from_segment").isNotNull())
        .where(_is_looked_at(F.col("changed_on"), dates, within))
        .withColumn("as_of", F.explode(F.filter(date_array(dates), is_ahead)))
        .withColumnRenamed("changed_on", "changes_on")
        .withColumn("days_left", F.date_diff("changes_on", "as_of"))
        .select(*TABLES["due_to_change"].column_names)
    )


def due(
    days: DataFrame,
    changes: DataFrame,
    rules: LifeCycleRules,
    dates: Sequence[date],
    within: Period,
) -> DataFrame:
    """The table ``due_to_change``, read off the timeline but for those who bought meanwhile.

    Key (as_of, customer_id, changes_on).

    Args:
        days: Purchase days.
        changes: The table ``life_cycle_transitions``, of the same customers.
        rules: The parameters.
        dates: The processing dates.
        within: As in ``due_to_change``.

    Source: spec §4, last point.
    """
    is_meanwhile = _is_looked_at(F.col("purchased_on"), dates, within)
    bought = days.where(is_meanwhile).select("customer_id").distinct()
    of_buyers = days.join(bought, on="customer_id", how="left_semi")
    of_others = changes.join(bought, on="customer_id", how="left_anti")
    return due_to_change(of_buyers, rules, dates, within).unionByName(
        due_on_timeline(of_others, dates, within)
    )


def _is_looked_at(day: Column, dates: Sequence[date], within: Period) -> Column:
    """Whether a day may lie in the period after one of the dates: one range holds all of them."""
    if not dates:
        return F.lit(False)
    return (day > F.lit(min(dates))) & (day <= after(F.lit(max(dates)), within))


def _with_history(days: DataFrame, rules: LifeCycleRules) -> DataFrame:
    """Each purchase day with the first one, the next one, and the last return until then.

    A return is a purchase of a customer who was inactive (reactivated) or lost (recovered) on the
    day before.
    """
    in_order = Window.partitionBy("customer_id").orderBy("purchased_on")
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    was_lost = F.col("purchased_on") > after(F.col("previous_on"), rules.lost_after)
    was_inactive = F.col("purchased_on") > after(F.col("previous_on"), rules.inactive_after)
    came_back_as = F.when(was_lost, "recovered").when(was_inactive, "reactivated")
    came_back_on = F.when(came_back_as.isNotNull(), F.col("purchased_on"))
    return (
        days.withColumn("previous_on", F.lag("purchased_on").over(in_order))
        .withColumn("next_on", F.lead("purchased_on").over(in_order))
        .withColumn("first_on", F.min("purchased_on").over(so_far))
        .withColumn("returned_as", F.last(came_back_as, ignorenulls=True).over(so_far))
        .withColumn("returned_on", F.last(came_back_on, ignorenulls=True).over(so_far))
    )


def _with_ends(history: DataFrame, rules: LifeCycleRules) -> DataFrame:
    """The end of every segment that the course of a purchase day may hold; null where it cannot."""
    bought, first, returned = F.col("purchased_on"), F.col("first_on"), F.col("returned_on")
    is_first, is_return = bought == first, bought == returned
    is_recovered = F.col("returned_as") == "recovered"
    is_reactivated = F.col("returned_as") == "reactivated"
    stays_new = is_first | F.lit(not rules.new_ends_on_second_purchase)
    ends = {
        "new_until": F.when(stays_new, after(first, rules.new_for)),
        "loyalty_until": F.when(is_first, after(first, rules.new_for, rules.loyalty_process_for)),
        "recovered_until": F.when(is_recovered, after(returned, rules.recovered_for)),
        "reactivated_until": F.when(is_reactivated, after(returned, rules.reactivated_for)),
        "inactive_from": after(bought, rules.inactive_after),
        "recently_inactivated_until": after(
            bought, rules.inactive_after, rules.recently_inactivated_for
        ),
        "lost_from": after(bought, rules.lost_after),
        "recently_lost_until": after(bought, rules.lost_after, rules.recently_lost_for),
    }
    never = F.lit(None).cast("date")
    again = {"new_again_until": never, "loyalty_again_until": never}
    if rules.after_return == "new":
        again = {
            "new_again_until": _after_return(rules, rules.new_for),
            "loyalty_again_until": F.when(
                is_return, _after_return(rules, rules.new_for, rules.loyalty_process_for)
            ),
        }
    return (
        history.withColumns({**ends, **again})
        .withColumn("risk_from", start_of_last(rules.inactivation_risk_for, F.col("inactive_from")))
        .withColumn("loss_risk_from", start_of_last(rules.loss_risk_for, F.col("lost_from")))
    )


def _after_return(rules: LifeCycleRules, *then: Period) -> Column:
    """The day on which periods end that follow the days after the last return."""
    returned, returned_as = F.col("returned_on"), F.col("returned_as")
    return F.when(returned_as == "recovered", after(returned, rules.recovered_for, *then)).when(
        returned_as == "reactivated", after(returned, rules.reactivated_for, *then)
    )


def _segments() -> Column:
    """The course as an array of segments in the order of time, some of them empty.

    The order is also the precedence: a segment starts where those before it have ended, and no
    segment outlasts its stage.
    """
    course = (
        ("active", "new", "new_until", "inactive_from"),
        ("active", "in_loyalty_process", "loyalty_until", "inactive_from"),
        ("active", "recovered", "recovered_until", "inactive_from"),
        ("active", "reactivated", "reactivated_until", "inactive_from"),
        ("active", "new", "new_again_until", "inactive_from"),
        ("active", "in_loyalty_process", "loyalty_again_until", "inactive_from"),
        ("active", "normal_active", "risk_from", "inactive_from"),
        ("active", "inactivation_risk", "inactive_from", "inactive_from"),
        ("inactive", "recently_inactivated", "recently_inactivated_until", "lost_from"),
        ("inactive", "normal_inactive", "loss_risk_from", "lost_from"),
        ("inactive", "loss_risk", "lost_from", "lost_from"),
        ("lost", "recently_lost", "recently_lost_until", None),
        ("lost", "normal_lost", None, None),
    )
    bought = F.col("purchased_on")
    ends: list[Column] = []
    segments = []
    for stage, segment, until, stage_end in course:
        end = F.lit(None).cast("date") if until is None else F.coalesce(until, bought)
        if stage_end is not None:
            end = F.least(end, F.col(stage_end))
        segments.append(
            F.struct(
                F.lit(stage).alias("stage"),
                F.lit(segment).alias("segment"),
                F.greatest(bought, bought, *ends).alias("valid_from"),
                end.alias("valid_to"),
            )
        )
        ends.append(end)
    return F.array(*segments)
