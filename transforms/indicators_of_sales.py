"""What indicators of sales are sums of: tickets by store, salesperson and association (spec §7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.exact import MONEY_SCALE, QUANTITY_SCALE, from_minor, to_minor
from transforms.periods import slot_of, start_of_last_12m
from transforms.ranges import Range, ranges_of, slot
from transforms.registered import registered_since

_SCALES = {"items": QUANTITY_SCALE, "items_returned": QUANTITY_SCALE, "net_amount": MONEY_SCALE}
_EPOCH = date(1000, 1, 2)
"""Before any sale."""
_PERIODS = ("month", "last_12m", "year", "all")


def sale_facts(
    history: DataFrame, of_nobody: DataFrame, persons: DataFrame, dates: Sequence[date]
) -> DataFrame:
    """What was sold in each period, by store, salesperson and how the sale is associated.

    Args:
        history: Tickets of real customers.
        of_nobody: The other tickets.
        persons: The newest registry, one row per person; without date of registration a person
            counts as registered always.
        dates: The processing dates.

    Returns:
        By ``as_of``, ``period`` (month, last_12m, year, all), ``store_code``, ``salesperson_code``
        of the sale, null where nobody attended, and ``association`` (none, generic, unregistered,
        registered on ``as_of``): ``purchases``, ``items``, ``items_returned``, ``net_amount``,
        exact, and ``of_customer``. Who ever sold has a row of zeroes where nothing was sold.

    Source: spec §7, §2.
    """
    ordered = sorted(set(dates))
    periods = _periods(ordered)
    registered_from = slot_of(registered_since(), ordered).alias("registered_from")
    known = persons.select("customer_id", registered_from)
    return (
        history.join(known, on="customer_id", how="left")
        .unionByName(of_nobody, allowMissingColumns=True)
        .transform(_between_bounds, periods)
        .transform(_in_every_period, periods)
        .withColumns({name: from_minor(F.col(name), scale) for name, scale in _SCALES.items()})
        .withColumn("association", _association())
        .withColumn("of_customer", F.col("code_class") == "coded")
        .select(
            "as_of",
            "period",
            "store_code",
            "salesperson_code",
            "association",
            "of_customer",
            "purchases",
            *_SCALES,
        )
    )


def _between_bounds(tickets: DataFrame, periods: Sequence[Range]) -> DataFrame:
    """Tickets summed between neighbouring bounds of all periods, amounts in minor units.

    So a ticket that lies in many periods is read once.
    """
    return (
        tickets.withColumn("slot", slot(F.col("business_day"), periods))
        .where(F.col("slot").isNotNull())
        .groupBy("slot", "store_code", "salesperson_code", "code_class", "registered_from")
        .agg(
            F.count_if("is_purchase").alias("purchases"),
            *(F.sum(to_minor(F.col(name), scale)).alias(name) for name, scale in _SCALES.items()),
        )
    )


def _in_every_period(summed: DataFrame, periods: Sequence[Range]) -> DataFrame:
    """The sums in each period that they lie in; in the others of all time as zeroes."""
    is_all, is_in = F.col("within") == "all", F.col("within") == F.col("period")
    every_period = F.array(*(F.lit(period) for period in _PERIODS))
    return (
        summed.withColumn("in", F.explode(ranges_of(F.col("slot"), periods)))
        .select("*", "in.as_of", "in.date_slot", F.col("in.period").alias("within"))
        .withColumn("period", F.explode(F.when(is_all, every_period).otherwise(F.array("within"))))
        .withColumns(
            {name: F.when(is_in, F.col(name)).otherwise(0) for name in ("purchases", *_SCALES)}
        )
    )


def _association() -> Column:
    """How a sale is associated on a date: by its code, and by when its customer was registered."""
    in_time = F.coalesce(F.col("registered_from") <= F.col("date_slot"), F.lit(False))
    return (
        F.when(F.col("code_class") != "coded", F.col("code_class"))
        .when(in_time, "registered")
        .otherwise("unregistered")
    )


def _periods(dates: Sequence[date]) -> list[Range]:
    """Every period that ends on a processing date."""
    return [
        Range(first, as_of, {"as_of": as_of, "period": period, "date_slot": place})
        for place, as_of in enumerate(dates)
        for period, first in (
            ("month", as_of.replace(day=1)),
            ("year", as_of.replace(month=1, day=1)),
            ("last_12m", start_of_last_12m(as_of)),
            ("all", _EPOCH),
        )
    ]
