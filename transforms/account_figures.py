"""What its purchases settle of an account, and what moves with the date (spec §3).

The former stays as it is until one enters or leaves a window. Recency, months,
frequencies and the projected interval follow from it and the processing date alone.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.accounts import MEASURES, WINDOWS
from transforms.exact import (
    MONEY_SCALE,
    QUANTITY_SCALE,
    from_minor,
    rounded_mean,
    rounded_quotient,
)
from transforms.periods import whole_months_between
from transforms.registered import registered_since

SCALES = {"decimal(18,4)": MONEY_SCALE, "decimal(18,3)": QUANTITY_SCALE}
"""The decimals of a measure, by its type."""

VISITED = {
    "stores": "store_code",
    "salespeople": "salesperson_code",
    "channels": "channel",
}
"""What is counted distinctly, and of what."""


def settled_figures(balances: DataFrame) -> DataFrame:
    """What the purchases until a date settle, whatever date it is.

    Args:
        balances: Each customer's sums on each processing date, in minor units, with the number of
            her intervals between purchase days, their sum and the sum of their squares.

    Returns:
        Key (as_of, customer_id): the columns of ``accounts`` that no later date changes.
    """
    measures = [
        _published_measure(name, kind, suffix) for suffix in WINDOWS for name, kind, *_ in MEASURES
    ]
    return balances.select(
        "as_of",
        "customer_id",
        "first_purchase_on",
        "last_purchase_on",
        *measures,
        *_per_purchase(),
        *_intervals(),
        *VISITED,
        "first_store_code",
        "last_store_code",
    )


def with_figures_of_the_date(settled: DataFrame, persons: DataFrame) -> DataFrame:
    """Completes accounts by what their date says of them.

    Args:
        settled: What ``settled_figures`` returns.
        persons: The newest registry (``customer_id``, ``registered_on``), one row per person. A
            person without date of registration counts as registered always.

    Returns:
        The table ``accounts``: key (as_of, customer_id).
    """
    as_of, first = F.col("as_of"), F.col("first_purchase_on")
    months = whole_months_between(first, as_of) + 1
    return (
        settled.transform(_with_registration, persons=persons)
        .withColumn("months_as_customer", months)
        .withColumns(_of_the_date())
        .select(*TABLES["accounts"].column_names)
    )


def _with_registration(settled: DataFrame, persons: DataFrame) -> DataFrame:
    known = persons.select("customer_id", registered_since().alias("_since"))
    in_time = F.coalesce(F.col("_since") <= F.col("as_of"), F.lit(False))
    return settled.join(known, on="customer_id", how="left").withColumn("registered", in_time)


def _of_the_date() -> dict[str, Column]:
    as_of, last = F.col("as_of"), F.col("last_purchase_on")
    purchases, months = F.col("purchases"), F.col("months_as_customer")
    projected = rounded_mean(F.datediff(as_of, "first_purchase_on"), F.col("purchase_days"))
    return {
        "frequency": rounded_mean(purchases, months),
        "annualised_frequency": rounded_mean(12 * purchases, months),
        "recency_days": F.datediff(as_of, last),
        "projected_interval_days": F.when(as_of > last, projected).otherwise(
            F.col("mean_interval_days")
        ),
    }


def _published_measure(name: str, kind: str, suffix: str) -> Column:
    column = F.col(name + suffix)
    return (from_minor(column, SCALES[kind]) if kind in SCALES else column).alias(name + suffix)


def _per_purchase() -> list[Column]:
    net, purchases = F.col("net_amount"), F.col("purchases")
    kept_items = F.col("items") - F.col("items_returned")
    net_per_unit = net.cast("decimal(19,0)") * F.lit(10**QUANTITY_SCALE)
    items_in_units = F.lit(float(10**QUANTITY_SCALE)) * purchases
    average_price = from_minor(rounded_quotient(net_per_unit, kept_items), MONEY_SCALE)
    return [
        from_minor(rounded_quotient(net, purchases), MONEY_SCALE).alias("average_ticket"),
        (F.col("items") / items_in_units).alias("items_per_purchase"),
        F.when(kept_items > 0, average_price).alias("average_price"),
    ]


def _intervals() -> list[Column]:
    first, last = F.col("first_purchase_on"), F.col("last_purchase_on")
    interval_sum, intervals = F.col("interval_sum"), F.col("purchase_days") - 1
    mean = F.when(intervals > 0, rounded_mean(F.datediff(last, first), intervals))
    squares_apart = intervals * F.col("interval_squares") - interval_sum * interval_sum
    variance = squares_apart / (intervals * (intervals - 1))
    return [
        F.col("last_interval_days"),
        mean.alias("mean_interval_days"),
        F.when(intervals > 1, F.sqrt(variance)).alias("interval_stddev_days"),
    ]
