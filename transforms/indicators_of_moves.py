"""What indicators of the month's movement are sums of: one row per customer and date (spec §7)."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.periods import Period, after

_KEY = ["as_of", "customer_id"]


def with_moves(
    facts: DataFrame, in_periods: DataFrame, days: DataFrame, loyalty_ends: Sequence[Period]
) -> DataFrame:
    """What each customer did in the month until each date, beside her other facts.

    Args:
        facts: What ``customer_facts`` returns; both ends of the month go by the allocation at its
            end.
        in_periods: What ``transforms.life_cycle_flows.period_changes`` returns.
        days: Purchase days (``transforms.life_cycle.purchase_days``) of those at least whose
            loyalty process ends in the month.
        loyalty_ends: The periods after whose sum the loyalty process of a new customer ends.

    Returns:
        The facts with ``active_at_start``, ``inactive_at_start``, ``active_at_end``,
        ``inactive_at_end``; ``new``, ``lost`` and ``recovered``, how often; ``bought`` in the
        month; ``loyalty_ended`` in it, and whether she ``came_back_in_time``
        before it did.

    Source: spec §7, activation, renewal, real growth, loyalty; §4.
    """
    at_ends = {
        f"{stage}_at_{end}": F.col(f"{side}_stage") == stage
        for end, side in (("start", "from"), ("end", "to"))
        for stage in ("active", "inactive")
    }
    in_month = in_periods.where(F.col("period") == "month").select(
        *_KEY,
        *(condition.alias(name) for name, condition in at_ends.items()),
        "new",
        "lost",
        "recovered",
    )
    second_days = _second_purchases(days)
    ended = loyalty_ended(loyalty_ends)
    in_time = F.col("second_purchase_on") < after(F.col("first_purchase_on"), *loyalty_ends)
    return (
        facts.join(in_month, on=_KEY, how="left")
        .join(second_days, on="customer_id", how="left")
        .withColumn("bought", _in_month(F.col("last_purchase_on")))
        .withColumn("loyalty_ended", ended)
        .withColumn("came_back_in_time", ended & F.coalesce(in_time, F.lit(False)))
        .drop("second_purchase_on")
    )


def _second_purchases(days: DataFrame) -> DataFrame:
    """The second day on which each customer bought: key (customer_id), ``second_purchase_on``."""
    in_order = Window.partitionBy("customer_id").orderBy("purchased_on")
    return (
        days.withColumn("place", F.row_number().over(in_order))
        .where(F.col("place") == 2)  # noqa: PLR2004 - it is what is asked for
        .select("customer_id", F.col("purchased_on").alias("second_purchase_on"))
    )


def loyalty_ended(loyalty_ends: Sequence[Period]) -> Column:
    """Whether the loyalty process of an account ends in the month until ``as_of``."""
    return _in_month(after(F.col("first_purchase_on"), *loyalty_ends))


def _in_month(day: Column) -> Column:
    """Whether a day lies between the 1st of the month of ``as_of`` and ``as_of``."""
    as_of = F.col("as_of")
    return F.coalesce((F.trunc(as_of, "month") <= day) & (day <= as_of), F.lit(False))
