"""Customer accounts on any number of processing dates, in one pass (spec §3).

A purchase enters a customer's totals on its day, leaves the last 12 months a period later and this
year on 1 January. Each such event is placed on the first processing date that is not before it;
sums over a customer's events in order are then the balances on every date, and no purchase is read
once per date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.accounts import MEASURES, WINDOWS
from transforms.exact import (
    MONEY_SCALE,
    QUANTITY_SCALE,
    from_minor,
    rounded_mean,
    rounded_quotient,
    to_minor,
)
from transforms.periods import (
    Period,
    after,
    date_array,
    dates_held,
    slot_of,
    whole_months_between,
)

_SCALES = {"decimal(18,4)": MONEY_SCALE, "decimal(18,3)": QUANTITY_SCALE}
_VISITED = {
    "stores": "store_code",
    "salespeople": "salesperson_code",
    "channels": "channel",
}
_COUNTED = tuple(name for name, *_ in MEASURES)
_INTERVALS = ("interval_sum", "interval_squares")
_FOREVER = (*_VISITED, *_INTERVALS)


def accounts(
    purchases: DataFrame, persons: DataFrame, dates: Sequence[date], recent: Period
) -> DataFrame:
    """The account of every customer on every processing date from her first purchase on.

    Args:
        purchases: Tickets as ``schemas.purchases`` describes them; those without a real customer
            code open no account.
        persons: The newest registry (``customer_id``, ``registered_on``), one row per person. A
            person without date of registration counts as registered always.
        dates: The processing dates, in any order. Purchases after a date do not exist for it.
        recent: What "the last 12 months" means.

    Returns:
        The table ``accounts``: key (as_of, customer_id). Counts are whole, money and quantities
        exact, quotients rounded half-up once. Null where a quotient has nothing to divide by: see
        each column. A customer with returns alone has no row.

    Source: spec §3; Linx manual §4.
    """
    ordered = sorted(set(dates))
    return (
        purchases.where(F.col("code_class") == "coded")
        .transform(_tickets_in_time)
        .transform(_customer_days)
        .transform(_events, dates=ordered, recent=recent)
        .transform(_balances)
        .transform(_on_dates, dates=ordered)
        .transform(_with_registration, persons=persons)
        .transform(_as_published)
    )


def registrations_without_account(
    persons: DataFrame, purchases: DataFrame, dates: Sequence[date]
) -> DataFrame:
    """Everyone whom the registry bears on a processing date and who has not bought until then.

    Args:
        persons: The newest registry; without date of registration a person counts always.
        purchases: Tickets as ``schemas.purchases`` describes them.
        dates: The processing dates.

    Returns:
        The table ``registrations_without_account``: key (as_of, customer_id).

    Source: spec §3, last sentence; Linx manual §4.
    """
    first_purchases = (
        purchases.where(F.col("is_purchase") & (F.col("code_class") == "coded"))
        .groupBy("customer_id")
        .agg(F.min("business_day").alias("first_purchase_on"))
    )
    as_of = F.explode(date_array(dates)).alias("as_of")
    never_bought = F.col("first_purchase_on").isNull()
    bought_later = F.col("first_purchase_on") > F.col("as_of")
    return (
        persons.select("customer_id", "registered_on", "store_code", as_of)
        .where(F.coalesce(F.col("registered_on") <= F.col("as_of"), F.lit(True)))
        .join(first_purchases, on="customer_id", how="left")
        .where(never_bought | bought_later)
        .select(*TABLES["registrations_without_account"].column_names)
    )


def _tickets_in_time(tickets: DataFrame) -> DataFrame:
    """Each customer's tickets in minor units, with what only their order can tell.

    Only purchases are first visits, first store or last store. Order: day, instant, ticket number,
    store.
    """
    within_customer = Window.partitionBy("customer_id").orderBy(
        "business_day", "sold_at", "sale_number", "store_code"
    )
    whole_history = within_customer.rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    where_bought = F.when(F.col("is_purchase"), F.col("store_code"))
    day_bought = F.when(F.col("is_purchase"), F.col("business_day"))
    return tickets.select(
        "customer_id",
        "business_day",
        F.col("is_purchase").cast("bigint").alias("purchases"),
        *(
            to_minor(F.col(name), _SCALES[kind]).alias(name)
            for name, kind, *_ in MEASURES
            if kind in _SCALES
        ),
        *(_is_first_visit(of).cast("bigint").alias(name) for name, of in _VISITED.items()),
        F.min(day_bought).over(whole_history).alias("first_purchase_on"),
        F.first(where_bought, ignorenulls=True).over(whole_history).alias("first_store_code"),
        where_bought.alias("store_code"),
        F.row_number().over(within_customer).alias("position"),
    ).where(F.col("first_purchase_on").isNotNull())


def _is_first_visit(of: str) -> Column:
    """Whether a ticket is the customer's first purchase in that store, channel…; null never is."""
    visited = F.when(F.col("is_purchase"), F.col(of))
    within_visited = Window.partitionBy("customer_id", visited).orderBy("business_day")
    return visited.isNotNull() & (F.row_number().over(within_visited) == 1)


def _customer_days(tickets: DataFrame) -> DataFrame:
    """One row per customer and day; the interval is that since the previous day with a purchase."""
    until_yesterday = (
        Window.partitionBy("customer_id")
        .orderBy("business_day")
        .rowsBetween(Window.unboundedPreceding, -1)
    )
    has_purchase = F.col("purchases") > 0
    day_bought = F.when(has_purchase, F.col("business_day"))
    interval = F.datediff(day_bought, F.max(day_bought).over(until_yesterday))
    per_ticket = [name for name in (*_COUNTED, *_VISITED) if name != "purchase_days"]
    bought_at = F.when(F.col("store_code").isNotNull(), F.col("position"))
    return (
        tickets.groupBy("customer_id", "first_purchase_on", "first_store_code", "business_day")
        .agg(
            *(F.sum(name).alias(name) for name in per_ticket),
            F.max_by("store_code", bought_at).alias("store_code"),
        )
        .withColumn("purchase_days", has_purchase.cast("bigint"))
        .withColumn("interval_days", interval)
        .withColumn("interval_sum", F.col("interval_days").cast("bigint"))
        .withColumn("interval_squares", F.col("interval_sum") * F.col("interval_sum"))
        .withColumn("day_bought", day_bought)
    )


def _events(days: DataFrame, dates: Sequence[date], recent: Period) -> DataFrame:
    """Entries into and exits from each window, summed per customer and processing date.

    ``slot`` counts the processing dates from 0; an event after the last one is none of theirs.
    """
    day = F.col("business_day")
    new_year = F.make_date(F.year(day) + 1, F.lit(1), F.lit(1))
    happenings = F.array(
        _happening(day, dates, into=dict.fromkeys(WINDOWS, 1)),
        _happening(after(day, recent), dates, into={"_12m": -1}),
        _happening(new_year, dates, into={"_this_year": -1}),
    )
    enters = F.col("happening.enters") == 1
    moved = [
        F.sum(F.col(name) * F.col(f"happening.sign{suffix}")).alias(name + suffix)
        for suffix in WINDOWS
        for name in _COUNTED
    ]
    return (
        days.withColumn("happening", F.explode(happenings))
        .where(F.col("happening.slot") < len(dates))
        .groupBy("customer_id", "first_purchase_on", "first_store_code", "happening.slot")
        .agg(
            *moved,
            *(F.sum(F.when(enters, F.col(name))).alias(name) for name in _FOREVER),
            F.max(F.when(enters, F.col("day_bought"))).alias("last_purchase_on"),
            F.max_by("interval_days", F.when(enters, F.col("day_bought"))).alias(
                "last_interval_days"
            ),
            F.max_by("store_code", F.when(enters, F.col("day_bought"))).alias("last_store_code"),
        )
    )


def _happening(day: Column, dates: Sequence[date], into: dict[str, int]) -> Column:
    signs = [F.lit(into.get(suffix, 0)).alias(f"sign{suffix}") for suffix in WINDOWS]
    enters = F.lit(1 if "" in into else 0).alias("enters")
    return F.struct(slot_of(day, dates).alias("slot"), enters, *signs)


def _balances(events: DataFrame) -> DataFrame:
    """Running sums of the events: the customer's state from one slot until the next."""
    in_order = Window.partitionBy("customer_id").orderBy("slot")
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    summed = [name + suffix for suffix in WINDOWS for name in _COUNTED] + list(_FOREVER)
    latest = ("last_purchase_on", "last_interval_days", "last_store_code")
    return events.select(
        "customer_id",
        "first_purchase_on",
        "first_store_code",
        "slot",
        F.lead("slot").over(in_order).alias("next_slot"),
        *(F.sum(name).over(so_far).alias(name) for name in summed),
        *(F.last(name, ignorenulls=True).over(so_far).alias(name) for name in latest),
    ).where(F.col("purchases") > 0)


def _on_dates(balances: DataFrame, dates: Sequence[date]) -> DataFrame:
    """Each balance once per processing date on which it holds."""
    held = dates_held(F.col("slot"), F.col("next_slot"), dates)
    return balances.withColumn("as_of", F.explode(held))


def _with_registration(balances: DataFrame, persons: DataFrame) -> DataFrame:
    known = persons.select("customer_id", "registered_on", F.lit(True).alias("is_known"))
    in_time = F.coalesce(F.col("registered_on") <= F.col("as_of"), F.lit(True))
    registered = F.col("is_known").isNotNull() & in_time
    return balances.join(known, on="customer_id", how="left").withColumn("registered", registered)


def _as_published(balances: DataFrame) -> DataFrame:
    measures = [
        _published_measure(name, kind, suffix) for suffix in WINDOWS for name, kind, *_ in MEASURES
    ]
    return (
        balances.withColumn(
            "months_as_customer",
            whole_months_between(F.col("first_purchase_on"), F.col("as_of")) + 1,
        )
        .select(
            "as_of",
            "customer_id",
            "first_purchase_on",
            "last_purchase_on",
            *measures,
            *_quotients(),
            *_velocities(),
            *_VISITED,
            "months_as_customer",
            "first_store_code",
            "last_store_code",
            "registered",
        )
        .select(*TABLES["accounts"].column_names)
    )


def _published_measure(name: str, kind: str, suffix: str) -> Column:
    column = F.col(name + suffix)
    return (from_minor(column, _SCALES[kind]) if kind in _SCALES else column).alias(name + suffix)


def _quotients() -> list[Column]:
    net, purchases, months = F.col("net_amount"), F.col("purchases"), F.col("months_as_customer")
    kept_items = F.col("items") - F.col("items_returned")
    net_per_unit = net.cast("decimal(19,0)") * F.lit(10**QUANTITY_SCALE)
    items_in_units = F.lit(float(10**QUANTITY_SCALE)) * purchases
    average_price = from_minor(rounded_quotient(net_per_unit, kept_items), MONEY_SCALE)
    return [
        from_minor(rounded_quotient(net, purchases), MONEY_SCALE).alias("average_ticket"),
        (F.col("items") / items_in_units).alias("items_per_purchase"),
        F.when(kept_items > 0, average_price).alias("average_price"),
        rounded_mean(purchases, months).alias("frequency"),
        rounded_mean(12 * purchases, months).alias("annualised_frequency"),
    ]


def _velocities() -> list[Column]:
    as_of, first, last = F.col("as_of"), F.col("first_purchase_on"), F.col("last_purchase_on")
    days, interval_sum = F.col("purchase_days"), F.col("interval_sum")
    intervals = days - 1
    mean = F.when(intervals > 0, rounded_mean(F.datediff(last, first), intervals))
    squares_apart = intervals * F.col("interval_squares") - interval_sum * interval_sum
    variance = squares_apart / (intervals * (intervals - 1))
    projected = rounded_mean(F.datediff(as_of, first), days)
    return [
        F.datediff(as_of, last).alias("recency_days"),
        F.col("last_interval_days"),
        mean.alias("mean_interval_days"),
        F.when(intervals > 1, F.sqrt(variance)).alias("interval_stddev_days"),
        F.when(as_of > last, projected).otherwise(mean).alias("projected_interval_days"),
    ]
