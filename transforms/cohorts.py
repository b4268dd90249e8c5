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
from transforms.scopes import known_codes

_COHORT = ["as_of", "level", "level_code", "cohort"]


def cohorts(history: DataFrame, allocated: DataFrame, dates: Sequence[date]) -> DataFrame:
    """How many of each cohort still buy at each age, and what they are worth.

    Args:
        history: Tickets of real customers.
        allocated: The table ``allocations`` on the dates: a cohort of a store are those whose main
            store it is.
        dates: The processing dates, sorted.

    Returns:
        The table ``cohorts``: key (as_of, level, level_code, cohort, age), for the network and each
        main store. Ages are calendar months since that of the first purchase; every age until
        ``as_of`` has a row, the last one until ``as_of`` only. Returns from before the first
        purchase count at age 0. Over all ages and cohorts the net amounts add up to those of the
        accounts.
    """
    tickets = history.transform(with_first_purchase)
    cohort = F.trunc("first_purchase_on", "month").alias("cohort")
    firsts = tickets.select("customer_id", cohort).distinct()
    members = allocated.select("as_of", "customer_id", "store_code").join(
        firsts, on="customer_id", how="inner"
    )
    sizes = _by_level(members).groupBy(*_COHORT).agg(F.count(F.lit(1)).alias("customers"))
    aged = sizes.withColumn("age", F.explode(F.sequence(F.lit(0), _months_since("as_of"))))
    bought = _by_level(
        members.join(_months(tickets, dates), on=["as_of", "customer_id"], how="inner")
    )
    sums = (
        bought.withColumn("age", _months_since("month"))
        .groupBy(*_COHORT, "age")
        .agg(
            F.count_if(F.col("purchases") > 0).alias("buyers"),
            F.sum("purchases").alias("purchases"),
            F.sum("net").alias("net"),
        )
    )
    until = Window.partitionBy(*_COHORT).orderBy("age")
    so_far = F.sum("net").over(until.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    return (
        aged.join(sums, on=[*_COHORT, "age"], how="left")
        .na.fill(0)
        .withColumn("net_amount", from_minor(F.col("net"), MONEY_SCALE))
        .withColumn("net_amount_so_far", from_minor(so_far, MONEY_SCALE))
        .withColumn("retention", F.col("buyers") / F.col("customers"))
        .select(*TABLES["cohorts"].column_names)
    )


def _months(tickets: DataFrame, dates: Sequence[date]) -> DataFrame:
    """What each customer bought in each month until each date."""
    slot = slot_of(F.col("counted_on"), dates)
    held = dates_held(F.col("slot"), F.lit(None).cast("int"), dates)
    return (
        tickets.withColumn("slot", slot)
        .where(F.col("slot") < len(dates))
        .groupBy("customer_id", F.trunc("counted_on", "month").alias("month"), "slot")
        .agg(
            F.count_if("is_purchase").alias("purchases"),
            F.sum(to_minor(F.col("net_amount"), MONEY_SCALE)).alias("net"),
        )
        .withColumn("as_of", F.explode(held))
        .groupBy("as_of", "customer_id", "month")
        .agg(F.sum("purchases").alias("purchases"), F.sum("net").alias("net"))
    )


def _by_level(rows: DataFrame) -> DataFrame:
    codes = {"network": F.lit("network"), "store": F.col("store_code")}
    return rows.withColumn("at", F.explode(known_codes(codes, "level"))).select("*", "at.*")


def _months_since(name: str) -> Column:
    """Calendar months from that of the cohort to that of a day."""
    years = F.year(name) - F.year("cohort")
    return years * 12 + F.month(name) - F.month("cohort")
