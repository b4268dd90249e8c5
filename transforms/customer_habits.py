"""Each customer's habits: how often, where and what she buys (spec §7, Reshop)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.frequency_classes import FREQUENCY
from transforms.allocation_salespeople import whose
from transforms.exact import MONEY_SCALE, from_minor, rounded_mean, to_minor
from transforms.periods import YEAR, after, dates_held, on_dates, slot_of
from transforms.rfv_measures import ValueBasis
from transforms.scopes import codes_of_levels, known_codes

_KEY = ["as_of", "customer_id"]


@dataclass(frozen=True)
class FrequencyLimits:
    """The longest mean interval, in days, of who buys weekly, fortnightly and monthly."""

    weekly: int
    fortnightly: int
    monthly: int


def customer_habits(
    accounts: DataFrame,
    history: DataFrame,
    bought: DataFrame,
    online_stores: DataFrame,
    limits: FrequencyLimits,
    basis: ValueBasis,
    dates: Sequence[date],
) -> DataFrame:
    """How often, where and what each customer buys.

    Args:
        accounts: The table ``accounts`` on the dates.
        history: Tickets of real customers.
        bought: What ``transforms.ticket_products`` returns, with ``category``.
        online_stores: ``store_code`` of the stores that are online.
        limits: Those of the frequency classes.
        basis: net or gross, the value by which one of several stores is preferred.
        dates: The processing dates, sorted.

    Returns:
        The table ``customer_habits``: key (as_of, customer_id), one row per account. Interval and
        preferred store speak of the last 12 months, the rest of all days of the account.
        Ties: a store or category with more value wins, then the later one, then the smaller code.

    Source: spec §7, frequency classes, preferred store, sales by customer and product.
    """
    parts = (
        _paces(history, limits, dates),
        _preferred_stores(history, basis, dates),
        _online_purchases(history, online_stores, dates),
        _product_counts(bought, dates),
        _main_categories(bought, dates),
    )
    rows = accounts.select(*_KEY)
    for part in parts:
        rows = rows.join(part, on=_KEY, how="left")
    counts = ["online_purchases", "products", "categories"]
    return rows.na.fill(0, counts).select(*TABLES["customer_habits"].column_names)


def frequency_classes(habits: DataFrame, accounts: DataFrame, allocated: DataFrame) -> DataFrame:
    """How many customers buy weekly, fortnightly, monthly or less often.

    Args:
        habits: The table ``customer_habits``.
        accounts: The table ``accounts`` on the same dates.
        allocated: The table ``allocations`` on the same dates.

    Returns:
        The table ``frequency_classes``: key (as_of, level, level_code, frequency_class), all
        classes of every level that has a customer with two purchase days in the last 12 months.

    Source: spec §7, frequency classes.
    """
    place = ["as_of", "level", "level_code"]
    codes = codes_of_levels("store_code", "salesperson_code")
    net = to_minor(F.col("net_amount_12m"), MONEY_SCALE)
    classed = (
        habits.where(F.col("frequency_class").isNotNull())
        .select(*_KEY, "frequency_class")
        .join(accounts.select(*_KEY, "purchases_12m", net.alias("net")), on=_KEY, how="inner")
        .join(whose(allocated), on=_KEY, how="left")
        .groupBy("as_of", "store_code", "salesperson_code", "frequency_class")
        .agg(
            F.count(F.lit(1)).alias("customers"),
            F.sum("purchases_12m").alias("purchases_12m"),
            F.sum("net").alias("net"),
        )
        .withColumn("at", F.explode(known_codes(codes, "level")))
        .select("*", "at.*")
    )
    sums = classed.groupBy(*place, "frequency_class").agg(
        *(F.sum(name).alias(name) for name in ("customers", "purchases_12m", "net"))
    )
    every = classed.groupBy(*place).agg(F.sum("customers").alias("classed"))
    listed = F.array(*(F.lit(name) for name in FREQUENCY))
    return (
        every.withColumn("frequency_class", F.explode(listed))
        .join(sums, on=[*place, "frequency_class"], how="left")
        .na.fill(0)
        .withColumn("net_amount_12m", from_minor(F.col("net"), MONEY_SCALE))
        .withColumn("share", F.col("customers") / F.col("classed"))
        .select(*TABLES["frequency_classes"].column_names)
    )


def _in_last_12m(rows: DataFrame, dates: Sequence[date]) -> DataFrame:
    """What happened on a ``business_day``, once for every date in whose last 12 months it lies."""
    day = F.col("business_day")
    return on_dates(rows, day, after(day, YEAR), dates)


def _paces(history: DataFrame, limits: FrequencyLimits, dates: Sequence[date]) -> DataFrame:
    """The mean interval between the purchase days of the last 12 months, and its class."""
    days = F.date_diff(F.max("business_day"), F.min("business_day"))
    paces = (
        history.where("is_purchase")
        .select("customer_id", "business_day")
        .distinct()
        .transform(_in_last_12m, dates)
        .groupBy(*_KEY)
        .agg(days.alias("between"), (F.count(F.lit(1)) - 1).alias("intervals"))
        .where(F.col("intervals") > 0)
    )
    longest = {
        "weekly": limits.weekly,
        "fortnightly": limits.fortnightly,
        "monthly": limits.monthly,
    }
    frequency = F.coalesce(
        *(
            F.when(F.col("between") <= F.col("intervals") * most, name)
            for name, most in longest.items()
        ),
        F.lit("other"),
    )
    return paces.select(
        *_KEY,
        rounded_mean(F.col("between"), F.col("intervals")).alias("mean_interval_days_12m"),
        frequency.alias("frequency_class"),
    )


def _preferred_stores(history: DataFrame, basis: ValueBasis, dates: Sequence[date]) -> DataFrame:
    """The store of most purchases in the last 12 months."""
    bought_on = F.when(F.col("is_purchase"), F.col("business_day"))
    by_store = (
        history.transform(_in_last_12m, dates)
        .groupBy(*_KEY, "store_code")
        .agg(
            F.count_if("is_purchase").alias("purchases"),
            F.sum(to_minor(F.col(f"{basis}_amount"), MONEY_SCALE)).alias("value"),
            F.max(bought_on).alias("last_on"),
        )
        .where(F.col("purchases") > 0)
    )
    place = F.struct(-F.col("purchases"), -F.col("value"), _latest_first(), F.col("store_code"))
    preferred = F.min_by("store_code", place).alias("preferred_store_code")
    return by_store.groupBy(*_KEY).agg(preferred)


def _online_purchases(
    history: DataFrame, online_stores: DataFrame, dates: Sequence[date]
) -> DataFrame:
    online = history.where("is_purchase").join(online_stores, on="store_code", how="left_semi")
    counted = _until(online, "business_day", ["customer_id"], dates, F.count(F.lit(1)).alias("n"))
    return counted.groupBy(*_KEY).agg(F.sum("n").alias("online_purchases"))


def _product_counts(bought: DataFrame, dates: Sequence[date]) -> DataFrame:
    """How many products she bought."""
    first = (
        bought.where(F.col("sold_on").isNotNull())
        .groupBy("customer_id", "product_code")
        .agg(F.min("sold_on").alias("sold_on"))
    )
    counted = _until(first, "sold_on", ["customer_id"], dates, F.count(F.lit(1)).alias("n"))
    return counted.groupBy(*_KEY).agg(F.sum("n").alias("products"))


def _main_categories(bought: DataFrame, dates: Sequence[date]) -> DataFrame:
    """How many categories she bought, and that of most value with its share."""
    by_category = (
        _until(
            bought.where(F.col("category").isNotNull()),
            "counted_on",
            ["customer_id", "category"],
            dates,
            F.sum("items").alias("items"),
            F.sum("net").alias("net"),
            F.max("sold_on").alias("last"),
        )
        .groupBy(*_KEY, "category")
        .agg(
            F.sum("items").alias("items"), F.sum("net").alias("net"), F.max("last").alias("last_on")
        )
    )
    was_sold = F.col("last_on").isNotNull()
    place = F.struct(-F.col("net"), -F.col("items"), _latest_first(), F.col("category"))
    best = F.min_by(F.struct("category", "net"), F.when(was_sold, place))
    share = F.when(
        (F.col("best.net") > 0) & (F.col("total") > 0), F.col("best.net") / F.col("total")
    )
    return (
        by_category.groupBy(*_KEY)
        .agg(
            F.count_if(was_sold).alias("categories"),
            best.alias("best"),
            F.sum("net").alias("total"),
        )
        .select(
            *_KEY,
            "categories",
            F.col("best.category").alias("main_category"),
            share.alias("main_category_share"),
        )
    )


def _until(
    rows: DataFrame, day: str, by: Sequence[str], dates: Sequence[date], *sums: Column
) -> DataFrame:
    """Rows summed between the dates, each sum once for every date on which it counts."""
    held = dates_held(F.col("slot"), F.lit(None).cast("int"), dates)
    return (
        rows.withColumn("slot", slot_of(F.col(day), dates))
        .where(F.col("slot") < len(dates))
        .groupBy(*by, "slot")
        .agg(*sums)
        .withColumn("as_of", F.explode(held))
    )


def _latest_first() -> Column:
    return -F.unix_date("last_on")
