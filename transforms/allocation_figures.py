"""What the criteria of allocation compare: a customer's purchases with each store or salesperson.

The figures of every processing date come from one pass over the tickets: a purchase enters on its
day and leaves "the last D days" that much later, as in ``transforms.accounts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.exact import MONEY_SCALE, to_minor
from transforms.periods import Period, after, dates_held, slot_of

BY_STORE = ("store_code",)
BY_SALESPERSON = ("store_code", "salesperson_code")

_SUMMED_RECENTLY = ("purchases", "value")
_SUMMED = (*_SUMMED_RECENTLY, "switches")


@dataclass(frozen=True)
class AllocationRules:
    """The parameters of allocation; ``conf/base.yaml`` says what each means."""

    routines: tuple[str, ...]
    criteria: tuple[str, ...]
    last_purchases: int
    recent: Period
    on_tie: Literal["narrow", "restart"]
    online_candidates: bool
    default_store: str | None


def visits(tickets: DataFrame, value_basis: str) -> DataFrame:
    """The tickets of real customers with what allocation asks of them.

    Args:
        tickets: Tickets as ``schemas.purchases`` describes them, of real customers.
        value_basis: net or gross.

    Returns:
        Key: the ticket. ``position`` orders a customer's purchases in time: by day, instant
        (unknown first), ticket number; of two that are equal in all these, the one in the store of
        the lower code is the later. It is null for a ticket of returns alone. ``value`` is money in
        minor units; ``switches`` is 1 for a purchase in another store than the one before, else 0.

    Source: spec §6 "Criteria".
    """
    in_time = Window.partitionBy("customer_id").orderBy(
        "business_day", "sold_at", "sale_number", F.desc("store_code")
    )
    before = in_time.rowsBetween(Window.unboundedPreceding, Window.currentRow - 1)
    bought_in = F.when(F.col("is_purchase"), F.col("store_code"))
    is_switch = bought_in != F.last(bought_in, ignorenulls=True).over(before)
    value = F.col(f"{value_basis}_amount")
    return tickets.select(
        "customer_id",
        "store_code",
        "salesperson_code",
        "business_day",
        "is_purchase",
        F.when(F.col("is_purchase"), F.row_number().over(in_time)).alias("position"),
        to_minor(value, MONEY_SCALE).alias("value"),
        F.coalesce(is_switch, F.lit(False)).cast("bigint").alias("switches"),
    )


def figures(
    visited: DataFrame, unit: Sequence[str], dates: Sequence[date], rules: AllocationRules
) -> DataFrame:
    """A customer's purchases in each store, or with each salesperson there, on each date.

    Args:
        visited: What ``visits`` returns.
        unit: ``BY_STORE`` or ``BY_SALESPERSON``; without salesperson is a unit too.
        dates: The processing dates; what happened after one does not exist for it.
        rules: The parameters.

    Returns:
        Key (as_of, customer_id, *unit), from the first ticket on: ``purchases_total``,
        ``purchases_recent``, ``value_total``, ``value_recent``, ``switches_total`` into the unit;
        ``last_position`` of the latest purchase and ``reach_position`` of the X-th last one, null
        if that is none of the last D days; ``last_sale_on`` and ``last_exit_on``, when a ticket
        last entered or left the last D days.

    Source: spec §6 "Criteria".
    """
    ordered = sorted(set(dates))
    reached = F.when(F.col("as_of") < after(F.col("reach_on"), rules.recent), F.col("_reach"))
    return (
        visited.transform(_with_reach, unit=unit, purchases=rules.last_purchases)
        .transform(_changes, unit=unit, dates=ordered, recent=rules.recent)
        .transform(_balances, unit=unit, dates=ordered)
        .withColumn("reach_position", reached)
        .drop("_reach", "reach_on")
    )


def _with_reach(visited: DataFrame, unit: Sequence[str], purchases: int) -> DataFrame:
    """Each purchase with the one by which the last X of its unit begin, if there are so many."""
    # False sorts first: so the purchases stand together behind the tickets of returns alone.
    in_unit = Window.partitionBy("customer_id", *unit).orderBy("is_purchase", "position")
    began = F.lag("position", purchases - 1).over(in_unit)
    began_on = F.lag("business_day", purchases - 1).over(in_unit)
    is_reached = F.col("is_purchase") & began.isNotNull()
    return visited.select(
        "customer_id",
        *unit,
        "business_day",
        "position",
        "value",
        "switches",
        F.col("is_purchase").cast("bigint").alias("purchases"),
        F.when(is_reached, began).alias("_reach"),
        F.when(is_reached, began_on).alias("reach_on"),
    )


def _changes(
    visited: DataFrame, unit: Sequence[str], dates: Sequence[date], recent: Period
) -> DataFrame:
    """Tickets entering, and leaving the last D days, summed by the first date that sees it."""
    day = F.col("business_day")
    happenings = F.array(_happening(day, dates, 1), _happening(after(day, recent), dates, -1))
    enters = F.col("change.sign") == 1

    def entering(column: str) -> Column:
        return F.when(enters, F.col(column))

    return (
        visited.withColumn("change", F.explode(happenings))
        .where(F.col("change.slot") < len(dates))
        .groupBy("customer_id", *unit, "change.slot")
        .agg(
            *(F.sum(entering(name)).alias(f"{name}_total") for name in _SUMMED),
            *(
                F.sum(F.col(name) * F.col("change.sign")).alias(f"{name}_recent")
                for name in _SUMMED_RECENTLY
            ),
            F.max(entering("position")).alias("last_position"),
            F.max(entering("_reach")).alias("_reach"),
            F.max(entering("reach_on")).alias("reach_on"),
            F.max(entering("change.on")).alias("last_sale_on"),
            F.max(F.when(~enters, F.col("change.on"))).alias("last_exit_on"),
        )
    )


def _happening(day: Column, dates: Sequence[date], sign: int) -> Column:
    return F.struct(slot_of(day, dates).alias("slot"), F.lit(sign).alias("sign"), day.alias("on"))


def _balances(changes: DataFrame, unit: Sequence[str], dates: Sequence[date]) -> DataFrame:
    in_order = Window.partitionBy("customer_id", *unit).orderBy("slot")
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    added = [f"{name}_total" for name in _SUMMED] + [f"{name}_recent" for name in _SUMMED_RECENTLY]
    latest = ("last_position", "_reach", "reach_on", "last_sale_on", "last_exit_on")
    held = dates_held(F.col("slot"), F.lead("slot").over(in_order), dates)
    return (
        changes.select(
            "customer_id",
            *unit,
            held.alias("held"),
            *(F.coalesce(F.sum(name).over(so_far), F.lit(0)).alias(name) for name in added),
            *(F.max(name).over(so_far).alias(name) for name in latest),
        )
        .select(F.explode("held").alias("as_of"), "*")
        .drop("held")
    )
