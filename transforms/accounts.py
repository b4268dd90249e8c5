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
from transforms.account_figures import (
    SCALES,
    VISITED,
    settled_figures,
    with_figures_of_the_date,
)
from transforms.exact import to_minor
from transforms.periods import Period, after, dates_held, slot_of
from transforms.purchases import of_customers
from transforms.registered import registered

_COUNTED = tuple(name for name, *_ in MEASURES)
_INTERVALS = ("interval_sum", "interval_squares")
_NEVER_LEAVES = (*VISITED, *_INTERVALS)


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
        purchases.transform(of_customers)
        .transform(_tickets_in_time)
        .transform(_customer_days)
        .transform(_events, dates=ordered, recent=recent)
        .transform(_balances)
        .transform(_on_dates, dates=ordered)
        .transform(settled_figures)
        .transform(with_figures_of_the_date, persons=persons)
    )


def carried_accounts(earlier: DataFrame, persons: DataFrame) -> DataFrame:
    """Accounts of an earlier processing date, on a later one until which nothing happened to them.

    Args:
        earlier: Accounts whose ``as_of`` is the later date already and whose ``carried_from`` is
            that of their own slice, of customers without a ticket, or one that left the last 12
            months, in between.
        persons: The newest registry, as in ``accounts``.

    Returns:
        The table ``accounts``: key (as_of, customer_id). In another year nothing has happened this
        year yet.

    Source: spec §3.
    """
    is_this_year = F.year("as_of") == F.year("carried_from")
    measures = {
        f"{name}_this_year": F.when(is_this_year, F.col(f"{name}_this_year"))
        .otherwise(F.lit(0))
        .cast(kind)
        for name, kind, *_ in MEASURES
    }
    return earlier.withColumns(measures).transform(with_figures_of_the_date, persons=persons)


def registrations_without_account(
    persons: DataFrame, accounts_then: DataFrame, dates: Sequence[date]
) -> DataFrame:
    """Everyone whom the registry bears on a processing date and who has not bought until then.

    Args:
        persons: The newest registry; without date of registration a person counts always.
        accounts_then: The table ``accounts`` on the processing dates.
        dates: The processing dates.

    Returns:
        The table ``registrations_without_account``: key (as_of, customer_id).

    Source: spec §3, last sentence; Linx manual §4.
    """
    key = ["as_of", "customer_id"]
    return (
        registered(persons, dates)
        .join(accounts_then.select(*key), on=key, how="left_anti")
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
            to_minor(F.col(name), SCALES[kind]).alias(name)
            for name, kind, *_ in MEASURES
            if kind in SCALES
        ),
        *(_is_first_visit(of).cast("bigint").alias(name) for name, of in VISITED.items()),
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
    per_ticket = [name for name in (*_COUNTED, *VISITED) if name != "purchase_days"]
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
            *(F.sum(F.when(enters, F.col(name))).alias(name) for name in _NEVER_LEAVES),
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
    summed = [name + suffix for suffix in WINDOWS for name in _COUNTED] + list(_NEVER_LEAVES)
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
