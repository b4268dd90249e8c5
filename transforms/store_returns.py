"""Who came back to a store, and how many do (Reshop, "Percentual de retorno cliente por loja")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.exact import MONEY_SCALE, from_minor, to_minor
from transforms.periods import start_of_last_12m
from transforms.ranges import Range, ranges_of, slot

_KEY = ("as_of", "store_code")
_COUNTS = ("customers", "returned_there", "returned_anywhere")


@dataclass(frozen=True)
class ReturnRanges:
    """When somebody must have bought in a store, and when bought again, to have come back.

    Attributes:
        as_of: What the answer is named by.
        bought_from: The first day of buying.
        bought_to: The last.
        back_from: The first day of coming back.
        back_to: The last.
    """

    as_of: date
    bought_from: date
    bought_to: date
    back_from: date
    back_to: date


def last_12_months(dates: Sequence[date]) -> list[ReturnRanges]:
    """Who bought in the last 12 months, and again in them."""
    starts = {each: start_of_last_12m(each) for each in dates}
    return [ReturnRanges(each, first, each, first, each) for each, first in starts.items()]


def returning_customers(history: DataFrame, asked: Sequence[ReturnRanges]) -> DataFrame:
    """Everybody who bought in a store in the first range, with when she came back in the second.

    Args:
        history: Tickets of real customers.
        asked: The ranges, one per ``as_of``.

    Returns:
        Key (as_of, store_code, customer_id): ``first_purchase_on``, ``last_purchase_on`` and
        ``net_amount`` there in the first range; ``last_return_there_on`` and
        ``last_return_anywhere_on``, the last purchase day of the second range that is later than
        the first of those, null for who did not come back.

    Source: spec §7, return per store.
    """
    ranges = [
        Range(first, last, {"as_of": each.as_of, "is_back": is_back})
        for each in asked
        for is_back, first, last in (
            (False, each.bought_from, each.bought_to),
            (True, each.back_from, each.back_to),
        )
    ]
    bought_on = F.when(F.col("is_purchase"), F.col("business_day"))
    sides = (
        history.withColumn("slot", slot(F.col("business_day"), ranges))
        .where(F.col("slot").isNotNull())
        .groupBy("customer_id", "store_code", "slot")
        .agg(
            F.min(bought_on).alias("first_on"),
            F.max(bought_on).alias("last_on"),
            F.sum(to_minor(F.col("net_amount"), MONEY_SCALE)).alias("in_slot"),
        )
        .withColumn("in", F.explode(ranges_of(F.col("slot"), ranges)))
        .groupBy("in.as_of", "in.is_back", "store_code", "customer_id")
        .agg(
            F.min("first_on").alias("first_purchase_on"),
            F.max("last_on").alias("last_purchase_on"),
            F.sum("in_slot").alias("net"),
        )
        .where(F.col("first_purchase_on").isNotNull())
    )
    back = sides.where("is_back")
    there = back.select(*_KEY, "customer_id", F.col("last_purchase_on").alias("there_on"))
    anywhere = back.groupBy("as_of", "customer_id").agg(
        F.max("last_purchase_on").alias("anywhere_on")
    )
    return (
        sides.where("NOT is_back")
        .join(there, on=[*_KEY, "customer_id"], how="left")
        .join(anywhere, on=["as_of", "customer_id"], how="left")
        .select(
            *_KEY,
            "customer_id",
            "first_purchase_on",
            "last_purchase_on",
            from_minor(F.col("net"), MONEY_SCALE).alias("net_amount"),
            _if_later("there_on").alias("last_return_there_on"),
            _if_later("anywhere_on").alias("last_return_anywhere_on"),
        )
    )


def return_counts(customers: DataFrame) -> DataFrame:
    """How many customers each store has, and how many came back.

    Args:
        customers: What ``returning_customers`` returns.

    Returns:
        Key (as_of, store_code): ``customers``, ``returned_there``, ``returned_anywhere``.

    Source: spec §7, return per store.
    """
    counts = (
        F.count(F.lit(1)),
        F.count("last_return_there_on"),
        F.count("last_return_anywhere_on"),
    )
    return customers.groupBy(*_KEY).agg(
        *(count.alias(name) for count, name in zip(counts, _COUNTS, strict=True))
    )


def counts_of_returns(published: DataFrame) -> DataFrame:
    """The counts that the table ``store_returns`` was made of, as ``return_counts``."""
    return published.select(*_KEY, *_COUNTS)


def store_returns(counts: DataFrame) -> DataFrame:
    """The share of each store's customers who came back.

    Args:
        counts: As ``return_counts`` returns them.

    Returns:
        The table ``store_returns``: key (as_of, store_code). A store without customers has no row.

    Source: spec §7, return per store.
    """
    shares = {
        f"share_{place}": F.col(f"returned_{place}") / F.col("customers")
        for place in ("there", "anywhere")
    }
    return (
        counts.where(F.col("customers") != 0)
        .withColumns(shares)
        .select(*TABLES["store_returns"].column_names)
    )


def _if_later(name: str) -> Column:
    return F.when(F.col(name) > F.col("first_purchase_on"), F.col(name))
