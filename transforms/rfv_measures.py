"""Who is ranked on a processing date, by what, and on which side of the network's means (spec §5).

R is recency, F frequency and V value; which figures F and V are, over which purchases, and for
which customers, is a choice of the chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.exact import (
    MEAN_SCALE,
    MONEY_SCALE,
    from_minor,
    rounded_mean,
    rounded_quotient,
    to_minor,
)
from transforms.life_cycle_flows import segments_on
from transforms.periods import Period, whole_months_between

ValueBasis = Literal["net", "gross"]
_WIDE = "decimal(38,0)"


@dataclass(frozen=True)
class MeasureChoices:
    """What frequency and value are.

    Attributes:
        frequency: F: purchases, or purchases per month as customer.
        value: V: money, or the average ticket.
        value_basis: Whether money is net of returns or gross.
        history: The purchases that count for F and V: those of the last N, or None for all.
        fv_value: Which value the F&V matrix compares.
    """

    frequency: Literal["purchases", "frequency_per_month"]
    value: Literal["value", "average_ticket"]
    value_basis: ValueBasis
    history: Period | None
    fv_value: Literal["average_ticket", "value"]


def active_only(accounts: DataFrame, timeline: DataFrame, dates: Sequence[date]) -> DataFrame:
    """The accounts of customers who are active on their processing date.

    Args:
        accounts: The table ``accounts``.
        timeline: The table ``life_cycle``.
        dates: The processing dates.

    Returns:
        Rows of ``accounts``: key (as_of, customer_id).

    Source: spec §5, population.
    """
    active = segments_on(timeline, dates).where(F.col("stage") == "active")
    return accounts.join(active, on=["as_of", "customer_id"], how="left_semi")


def rfv_measures(accounts: DataFrame, choices: MeasureChoices) -> DataFrame:
    """What each customer is ranked by, and her quadrant in the F&V matrix.

    Args:
        accounts: Accounts of the population. With a ``history``, accounts whose "last 12 months"
            are that period (``transforms.accounts.accounts(…, recent=history)``).
        choices: What F and V are.

    Returns:
        Key (as_of, customer_id): ``recency_days``; ``frequency``, decimal(18,6); ``value``,
        decimal(18,4); ``amount``, her money in the period whatever V is; ``fv_quadrant``. Without
        a purchase in the period frequency and average ticket are 0; her money may be negative.
        Above a mean is strictly above; nobody's ticket is above one that does not exist.

    Source: spec §5, measures and "F&V matrix"; Linx manual §7.
    """
    period = "" if choices.history is None else "_12m"
    money = F.col(f"{choices.value_basis}_amount{period}")
    frequency = F.col("purchases" if choices.frequency == "purchases" else "per_month")
    value = F.col("amount" if choices.value == "value" else "average_ticket")
    counted = accounts.select(
        "as_of",
        "customer_id",
        "recency_days",
        F.col(f"purchases{period}").alias("purchases"),
        money.alias("amount"),
        _months(choices.history).alias("months"),
    )
    return (
        counted.withColumn("per_month", rounded_mean(F.col("purchases"), F.col("months")))
        .withColumn("average_ticket", _average_ticket())
        .transform(_with_quadrant, fv_value=choices.fv_value)
        .select(
            "as_of",
            "customer_id",
            "recency_days",
            frequency.cast("decimal(18,6)").alias("frequency"),
            value.cast("decimal(18,4)").alias("value"),
            "amount",
            "fv_quadrant",
        )
    )


def _months(history: Period | None) -> Column:
    """The months of the period in which she was a customer: those that frequency divides by."""
    as_customer = F.col("months_as_customer")
    if history is None:
        return as_customer
    if history.unit == "months":
        return F.least(F.lit(history.count), as_customer)
    first_day = F.date_sub("as_of", history.count - 1)
    began = F.greatest(F.col("first_purchase_on"), first_day)
    return whole_months_between(began, F.col("as_of")) + 1


def _average_ticket() -> Column:
    money, purchases = to_minor(F.col("amount"), MONEY_SCALE), F.col("purchases")
    ticket = from_minor(rounded_quotient(money, F.greatest(purchases, F.lit(1))), MONEY_SCALE)
    return F.when(purchases > 0, ticket).otherwise(F.lit(0))


def _with_quadrant(measured: DataFrame, fv_value: str) -> DataFrame:
    """Compares each customer with the means of her date, as products of whole numbers.

    A customer's ticket is compared unrounded with the network's, which is the money of all divided
    by their purchases: with the rounded one, a lone customer could be above her own mean.
    """
    money = to_minor(F.col("amount"), MONEY_SCALE).cast(_WIDE)
    per_month = to_minor(F.col("per_month"), MEAN_SCALE).cast(_WIDE)
    bought = F.col("purchases").cast(_WIDE)
    network = measured.groupBy("as_of").agg(
        F.count(F.lit(1)).cast(_WIDE).alias("all_customers"),
        F.sum(money).cast(_WIDE).alias("all_money"),
        F.sum(per_month).cast(_WIDE).alias("all_per_month"),
        F.sum(bought).cast(_WIDE).alias("all_bought"),
    )
    buys_often = F.col("all_customers") * per_month > F.col("all_per_month")
    spends_more = (
        F.col("all_customers") * money > F.col("all_money")
        if fv_value == "value"
        else _ticket_is_above(money, bought)
    )
    quadrant = (
        F.when(buys_often & spends_more, "best")
        .when(spends_more, "spenders")
        .when(buys_often, "frequent")
        .otherwise("occasional")
    )
    return measured.join(F.broadcast(network), on="as_of", how="inner").withColumn(
        "fv_quadrant", quadrant
    )


def _ticket_is_above(money: Column, bought: Column) -> Column:
    nobody_bought = F.col("all_bought") == 0
    has_no_ticket = bought == 0
    return (
        F.when(nobody_bought, F.lit(False))
        .when(has_no_ticket, F.col("all_money") < 0)
        .otherwise(money * F.col("all_bought") > F.col("all_money") * bought)
    )
