"""Why net sales changed: customers, purchases of each, items of each, price (spec §7).

Net sales of customers are customers × purchases per customer × items per purchase × price per item.
One factor after the other takes its new value, in this order. What net sales would then be is the
old amount times new over old customers, then purchases, then items, since the other factors cancel.
The differences between those amounts are the effects, so they add up to the change exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.exact import (
    MONEY_SCALE,
    QUANTITY_SCALE,
    from_minor,
    rounded_quotient,
    to_minor,
)
from transforms.periods import ends_month, last_of_month, months_later
from transforms.ranges import Range, ranges_of, slot
from transforms.scopes import codes_of_levels, known_codes

COMPARED_WITH = {"month_before": 1, "year_before": 12}
FACTORS = ("customers", "purchases_per_customer", "items_per_purchase", "price_per_item")
_COUNTS = ("customers", "purchases")
_MONEY = ("customers_net_amount", "other_net_amount")
_FIGURES = (*_COUNTS, "items", *_MONEY)
_KEY = ["as_of", "compared_with", "level", "level_code"]


def revenue_tree(tickets: DataFrame, dates: Sequence[date]) -> DataFrame:
    """The change of net sales of the month, split into its causes.

    Args:
        tickets: The table ``purchases``, with those of nobody.
        dates: The processing dates. A month lasts from its 1st to ``as_of``; it is compared with
            as many days of an earlier month, or with all of that one at the end of a month.

    Returns:
        The table ``revenue_tree``: key (as_of, compared_with, level, level_code), of the network
        and each store with a ticket in either period. Effects are money to four places and add up
        to ``net_amount - net_amount_before``. Where no customer had bought before, the whole change
        of customers' sales is an effect of customers. A customer of two stores is one of the
        network, so the network's effects are not the sums of the stores'.

    Source: spec §7, why sales changed.
    """
    figures = _figures(tickets, _months(dates))
    after, before = (figures.where(F.col("is_before") == each) for each in (False, True))
    before = before.withColumnsRenamed({name: f"{name}_before" for name in _FIGURES})
    return (
        after.drop("is_before")
        .join(before.drop("is_before"), on=_KEY, how="full")
        .na.fill(0)
        .withColumns(_effects())
        .withColumns(_amounts())
        .select(*TABLES["revenue_tree"].column_names)
    )


def _months(dates: Sequence[date]) -> list[Range]:
    return [
        Range(
            last.replace(day=1),
            last,
            {"as_of": as_of, "compared_with": name, "is_before": is_before},
        )
        for as_of in dates
        for name, months in COMPARED_WITH.items()
        for is_before, last in ((False, as_of), (True, _months_earlier(as_of, months)))
    ]


def _months_earlier(as_of: date, months: int) -> date:
    """The same day of an earlier month, or its last; the end of a month goes with the end."""
    return last_of_month(as_of, -months) if ends_month(as_of) else months_later(as_of, -months)


def _figures(tickets: DataFrame, months: Sequence[Range]) -> DataFrame:
    """By month, level: customers, their purchases and items, and net sales in minor units."""
    coded = F.col("code_class") == "coded"
    net, items = (
        to_minor(F.col("net_amount"), MONEY_SCALE),
        to_minor(F.col("items"), QUANTITY_SCALE),
    )
    codes = codes_of_levels("store_code")
    by_customer = (
        tickets.withColumn("slot", slot(F.col("business_day"), months))
        .where(F.col("slot").isNotNull())
        .groupBy("slot", "store_code", "customer_id")
        .agg(
            F.count_if(coded & F.col("is_purchase")).alias("purchases"),
            F.sum(F.when(coded, items).otherwise(0)).alias("items"),
            F.sum(F.when(coded, net).otherwise(0)).alias("customers_net_amount"),
            F.sum(F.when(coded, 0).otherwise(net)).alias("other_net_amount"),
        )
        .withColumn("in", F.explode(ranges_of(F.col("slot"), months)))
        .withColumn("at", F.explode(known_codes(codes, "level")))
        .select("in.*", "at.*", "customer_id", *_FIGURES[1:])
        .groupBy(*_KEY, "is_before", "customer_id")
        .agg(*(F.sum(name).alias(name) for name in _FIGURES[1:]))
    )
    bought = F.col("customer_id").isNotNull() & (F.col("purchases") > 0)
    return by_customer.groupBy(*_KEY, "is_before").agg(
        F.count_if(bought).alias("customers"),
        *(F.sum(name).alias(name) for name in _FIGURES[1:]),
    )


def _effects() -> dict[str, Column]:
    """What each factor changed, in minor units."""
    before, after = F.col("customers_net_amount_before"), F.col("customers_net_amount")
    had_bought = F.col("purchases_before") > 0
    # As if customers alone had changed, then purchases too, then items too; then price as well.
    as_if = [
        F.when(
            had_bought,
            rounded_quotient(
                before.cast("decimal(19,0)") * F.col(name).cast("decimal(19,0)"),
                F.col(f"{name}_before"),
            ),
        ).otherwise(after)
        for name in (*_COUNTS, "items")
    ]
    steps = [before, *as_if, after]
    effects = {
        f"effect_{name}": following - earlier
        for name, earlier, following in zip(FACTORS, steps, steps[1:], strict=False)
    }
    others = F.col("other_net_amount") - F.col("other_net_amount_before")
    return {**effects, "effect_other": others}


def _amounts() -> dict[str, Column]:
    """Money and quantities as they are published."""
    effects = [f"effect_{name}" for name in (*FACTORS, "other")]
    amounts = {name: from_minor(F.col(name), MONEY_SCALE) for name in effects}
    for side in ("", "_before"):
        customers, other = (F.col(f"{name}{side}") for name in _MONEY)
        amounts[f"net_amount{side}"] = from_minor(customers + other, MONEY_SCALE)
        for name in _MONEY:
            amounts[f"{name}{side}"] = from_minor(F.col(f"{name}{side}"), MONEY_SCALE)
        amounts[f"items{side}"] = from_minor(F.col(f"items{side}"), QUANTITY_SCALE)
    return amounts
