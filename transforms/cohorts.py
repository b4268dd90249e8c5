"""Cohorts: customers who first bought in the same month, month after month (spec §7, Reshop)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.exact import MONEY_SCALE, from_minor, to_minor
from transforms.periods import dates_held, slot_of
from transforms.purchases import with_first_purchase
from transforms.scopes import codes_of_levels, known_codes

_COHORT = ("as_of", "level", "level_code", "cohort")
COHORT_AT_AGE = (*_COHORT, "age")


def cohort_sums(history: DataFrame, allocated: DataFrame, dates: Sequence[date]) -> DataFrame:
    """What each cohort bought at each age at which any of it did.

    Args:
        history: Tickets of real customers.
        allocated: The table ``allocations`` on the dates: a cohort of a store are those whose main
            store it is.
        dates: The processing dates, sorted.

    Returns:
        Key (as_of, level, level_code, cohort, age), as in ``cohorts``: ``buyers``, ``purchases``,
        ``net`` in minor units; ``customers``, how many it has, at age 0 alone.

    Source: spec §7, cohorts.
    """
    bought = history.transform(with_first_purchase).transform(_months, dates=dates)
    sums = ("customers", "buyers", "purchases", "net")
    codes = codes_of_levels("store_code")
    # Everybody has bought in the month of her first purchase. Summed by store before it is repeated
    # for the network, so that what is repeated is small.
    return (
        allocated.select("as_of", "customer_id", "store_code")
        .join(bought, on=["as_of", "customer_id"], how="inner")
        .withColumn("age", _months_since("month"))
        .groupBy("as_of", "store_code", "cohort", "age")
        .agg(
            F.count_if(F.col("age") == 0).alias("customers"),
            F.count_if(F.col("purchases") > 0).alias("buyers"),
            F.sum("purchases").alias("purchases"),
            F.sum("net").alias("net"),
        )
        .withColumn("at", F.explode(known_codes(codes, "level")))
        .groupBy("as_of", "at.level", "at.level_code", "cohort", "age")
        .agg(*(F.sum(name).alias(name) for name in sums))
    )


def sums_of_cohorts(published: DataFrame) -> DataFrame:
    """The sums that cohorts were made of.

    Args:
        published: The table ``cohorts``.

    Returns:
        As ``cohort_sums``, and rows of nothing.
    """
    is_first = F.col("age") == 0
    return published.select(
        *COHORT_AT_AGE,
        F.when(is_first, F.col("customers")).otherwise(0).alias("customers"),
        "buyers",
        "purchases",
        to_minor(F.col("net_amount"), MONEY_SCALE).alias("net"),
    )


def cohorts(sums: DataFrame) -> DataFrame:
    """How many of each cohort still buy at each age, and what they are worth.

    Args:
        sums: As ``cohort_sums`` returns them. Sums of nobody are of no cohort.

    Returns:
        The table ``cohorts``: key (as_of, level, level_code, cohort, age), for the network and each
        main store. Ages are calendar months since that of the first purchase; every age until
        ``as_of`` has a row, the last one until ``as_of`` only. Returns from before the first
        purchase count at age 0. Over all ages and cohorts the net amounts add up to those of the
        accounts.

    Source: spec §7, cohorts.
    """
    of_cohort = Window.partitionBy(*_COHORT)
    everyone = of_cohort.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    in_order = of_cohort.orderBy("age")
    next_age = F.coalesce(F.lead("age").over(in_order), _months_since("as_of") + 1)
    so_far = F.sum("net").over(in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    at_age = F.col("each") == F.col("age")
    figures = {
        name: F.when(at_age, F.col(name)).otherwise(0) for name in ("buyers", "purchases", "net")
    }
    return (
        sums.withColumn("customers", F.sum("customers").over(everyone))
        .where(F.col("customers") != 0)
        .withColumns({"net_so_far": so_far, "next_age": next_age})
        .withColumn("each", F.explode(F.sequence("age", F.col("next_age") - 1)))
        .withColumns(figures)
        .withColumn("age", F.col("each"))
        .withColumn("net_amount", from_minor(F.col("net"), MONEY_SCALE))
        .withColumn("net_amount_so_far", from_minor(F.col("net_so_far"), MONEY_SCALE))
        .withColumn("retention", F.col("buyers") / F.col("customers"))
        .select(*TABLES["cohorts"].column_names)
    )


def _months(tickets: DataFrame, dates: Sequence[date]) -> DataFrame:
    """What each customer bought in each month until each date, and in which she began."""
    cohort = F.trunc("first_purchase_on", "month").alias("cohort")
    slot = slot_of(F.col("counted_on"), dates)
    held = dates_held(F.col("slot"), F.lit(None).cast("int"), dates)
    return (
        tickets.withColumn("slot", slot)
        .where(F.col("slot") < len(dates))
        .groupBy("customer_id", cohort, F.trunc("counted_on", "month").alias("month"), "slot")
        .agg(
            F.count_if("is_purchase").alias("purchases"),
            F.sum(to_minor(F.col("net_amount"), MONEY_SCALE)).alias("net"),
        )
        .withColumn("as_of", F.explode(held))
        .groupBy("as_of", "customer_id", "cohort", "month")
        .agg(F.sum("purchases").alias("purchases"), F.sum("net").alias("net"))
    )


def _months_since(name: str) -> Column:
    """Calendar months from that of the cohort to that of a day."""
    years = F.year(name) - F.year("cohort")
    return years * 12 + F.month(name) - F.month("cohort")
