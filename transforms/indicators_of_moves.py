"""What indicators of the month's movement are sums of: one row per customer and date (spec §7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.allocation_salespeople import own_salesperson
from transforms.periods import Period, after, date_array

_KEY = ["as_of", "customer_id"]


def move_facts(
    changes: DataFrame,
    days: DataFrame,
    allocated: DataFrame,
    loyalty_ends: Sequence[Period],
    dates: Sequence[date],
) -> DataFrame:
    """What each customer did in the month until each date.

    Args:
        changes: What ``transforms.life_cycle_flows.period_changes`` returns.
        days: Purchase days (``transforms.life_cycle.purchase_days``).
        allocated: The table ``allocations`` on the dates: both ends of the month go by its end.
        loyalty_ends: The periods after whose sum the loyalty process of a new customer ends.
        dates: The processing dates.

    Returns:
        Key (as_of, customer_id), of everybody who had bought by ``as_of``: ``active_at_start``,
        ``inactive_at_start``, ``active_at_end``, ``inactive_at_end``; ``new``, ``lost`` and
        ``recovered``, how often; ``bought`` in the month; ``loyalty_ended`` in it, and
        ``came_back_in_time``; ``store_code`` and ``salesperson_code`` of her allocation.

    Source: spec §7, activation, renewal, real growth, loyalty; §4.
    """
    whose = allocated.select(*_KEY, "store_code", own_salesperson().alias("salesperson_code"))
    at_ends = {
        f"{stage}_at_{end}": F.col(f"{side}_stage") == stage
        for end, side in (("start", "from"), ("end", "to"))
        for stage in ("active", "inactive")
    }
    in_month = changes.where(F.col("period") == "month").select(
        *_KEY,
        *(condition.alias(name) for name, condition in at_ends.items()),
        "new",
        "lost",
        "recovered",
    )
    return (
        in_month.join(whose, on=_KEY, how="left")
        .join(_purchases_of_month(days, loyalty_ends, dates), on=_KEY, how="left")
        .na.fill(False, ["bought", "loyalty_ended", "came_back_in_time"])
    )


def _purchases_of_month(
    days: DataFrame, loyalty_ends: Sequence[Period], dates: Sequence[date]
) -> DataFrame:
    """Who bought in the month, and whose loyalty process ended in it, and how."""
    in_order = Window.partitionBy("customer_id").orderBy("purchased_on")
    is_first = F.lag("purchased_on").over(in_order).isNull()
    ends_on = F.when(is_first, after(F.col("purchased_on"), *loyalty_ends))
    came_back = F.coalesce(F.col("next_on") < F.col("ends_on"), F.lit(False))
    speaking = F.filter(
        date_array(dates), lambda each: _in_month("purchased_on", each) | _in_month("ends_on", each)
    )
    bought, ended = _in_month("purchased_on", F.col("as_of")), _in_month("ends_on", F.col("as_of"))
    return (
        days.withColumn("next_on", F.lead("purchased_on").over(in_order))
        .withColumn("ends_on", ends_on)
        .withColumn("as_of", F.explode(speaking))
        .groupBy(*_KEY)
        .agg(
            F.max(bought).alias("bought"),
            F.max(ended).alias("loyalty_ended"),
            F.max(ended & came_back).alias("came_back_in_time"),
        )
    )


def _in_month(name: str, as_of: Column) -> Column:
    """Whether a day lies between the 1st of the month of ``as_of`` and ``as_of``."""
    day = F.col(name)
    return F.coalesce((F.trunc(as_of, "month") <= day) & (day <= as_of), F.lit(False))
