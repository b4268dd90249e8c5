"""Customer accounts in Polars, from the tickets that were written before."""

from __future__ import annotations

import calendar
from datetime import date

import polars as pl

from tests.benchmark.nights.polars_purchases import half_up, mean, money, purchase_days

_MEASURES = ("purchases", "purchase_days")
_AMOUNTS = ("items", "items_returned", "gross_amount", "returned_amount", "net_amount")


def accounts(tickets: pl.LazyFrame, persons: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per customer with a purchase.

    Args:
        tickets: Those of real customers.
        persons: One row per customer in the registry on the date.
        as_of: The date.
    """
    parts = (
        _totals(tickets, as_of)
        .join(_variety(tickets), on="customer_code")
        .join(_intervals(tickets), on="customer_code")
        .join(
            persons.select("customer_code", pl.lit(True).alias("registered")),
            on="customer_code",
            how="left",
        )
        .with_columns(
            (pl.col("net_amount") * 10_000).cast(pl.Int64).alias("net_e4"),
            (pl.col("items") * 1000).cast(pl.Int64).alias("items_e3"),
            ((pl.col("items") - pl.col("items_returned")) * 1000)
            .cast(pl.Int64)
            .alias("items_kept_e3"),
            _months(as_of).alias("months_as_customer"),
            (pl.lit(as_of) - pl.col("first_purchase_on")).dt.total_days().alias("days_since_first"),
            (pl.lit(as_of) - pl.col("last_purchase_on")).dt.total_days().alias("recency_days"),
            (pl.col("last_purchase_on") - pl.col("first_purchase_on"))
            .dt.total_days()
            .alias("days_first_to_last"),
        )
    )
    return parts.select(*_published(as_of))


def _totals(tickets: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """What is summed up, and the days of it: days first, since few customers buy twice a day."""
    bought = pl.col("purchases") > 0
    per_day = (
        tickets.group_by("customer_code", "business_day")
        .agg(pl.col("is_purchase").sum().cast(pl.Int64).alias("purchases"), pl.sum(*_AMOUNTS))
        .with_columns(
            (pl.col("business_day").dt.offset_by("12mo") > as_of).alias("in_12m"),
            (pl.col("business_day") >= date(as_of.year, 1, 1)).alias("in_this_year"),
            bought.cast(pl.Int64).alias("purchase_days"),
        )
        .with_columns(
            pl.when(bought).then("business_day").alias("bought_on"),
            *(
                pl.when(f"in{window}").then(name).otherwise(0).alias(name + window)
                for window in ("_12m", "_this_year")
                for name in (*_MEASURES, *_AMOUNTS)
            ),
        )
    )
    summed = [
        name + window for window in ("", "_12m", "_this_year") for name in (*_MEASURES, *_AMOUNTS)
    ]
    return (
        per_day.group_by("customer_code")
        .agg(
            pl.col("bought_on").min().alias("first_purchase_on"),
            pl.col("bought_on").max().alias("last_purchase_on"),
            pl.sum(*summed),
        )
        .filter(bought)
    )


def _variety(tickets: pl.LazyFrame) -> pl.LazyFrame:
    """How many stores, salespeople and channels, and the first and last store."""
    kinds = {"store_code": "stores", "salesperson_code": "salespeople", "channel": "channels"}
    return (
        tickets.filter(pl.col("is_purchase"))
        .sort("customer_code", "business_day", "sold_at", "sale_number", "store_code")
        .group_by("customer_code", maintain_order=True)
        .agg(
            *(
                pl.col(name).drop_nulls().n_unique().cast(pl.Int64).alias(several)
                for name, several in kinds.items()
            ),
            pl.col("store_code").first().alias("first_store_code"),
            pl.col("store_code").last().alias("last_store_code"),
        )
    )


def _intervals(tickets: pl.LazyFrame) -> pl.LazyFrame:
    """How many intervals between purchase days, their sum, sum of squares, and the last."""
    interval = pl.col("interval_days")
    return (
        purchase_days(tickets)
        .with_columns(
            (pl.col("bought") - pl.col("previous_on")).dt.total_days().alias("interval_days")
        )
        .group_by("customer_code", maintain_order=True)
        .agg(
            interval.count().cast(pl.Int64).alias("n"),
            interval.sum().alias("sum_x"),
            (interval * interval).sum().alias("sum_xx"),
            interval.last().alias("last_interval_days"),
        )
    )


def _months(as_of: date) -> pl.Expr:
    """The months begun since the first purchase: the last whole only from that day of month on."""
    first = pl.col("first_purchase_on")
    begun = 12 * (as_of.year - first.dt.year()) + (as_of.month - first.dt.month().cast(pl.Int32))
    if as_of.day == calendar.monthrange(as_of.year, as_of.month)[1]:
        return begun.cast(pl.Int64) + 1
    return begun.cast(pl.Int64) + 1 - (first.dt.day() > as_of.day).cast(pl.Int64)


def _published(as_of: date) -> list[pl.Expr]:
    purchases, months = pl.col("purchases"), pl.col("months_as_customer")
    n, kept, net = pl.col("n"), pl.col("items_kept_e3"), pl.col("net_e4")
    first_to_last = pl.col("days_first_to_last") * 1_000_000
    variance = (n * pl.col("sum_xx") - pl.col("sum_x") ** 2) / (n * (n - 1))
    since_first = half_up(pl.col("days_since_first") * 1_000_000, pl.col("purchase_days"))
    scales = {"items": 3, "items_returned": 3} | dict.fromkeys(_AMOUNTS[2:], 4)
    whole = ("months_as_customer", "recency_days", "last_interval_days")
    return [
        pl.lit(as_of).alias("as_of"),
        *map(pl.col, ("customer_code", "first_purchase_on", "last_purchase_on")),
        *(
            pl.col(name + window).cast(pl.Decimal(18, scales[name]))
            if name in scales
            else pl.col(name + window)
            for window in ("", "_12m", "_this_year")
            for name in (*_MEASURES, *_AMOUNTS)
        ),
        money(half_up(net, purchases)).alias("average_ticket"),
        (pl.col("items_e3") / (1000 * purchases)).alias("items_per_purchase"),
        pl.when(kept > 0).then(money(half_up(net * 1000, kept))).alias("average_price"),
        *(pl.col(name).cast(pl.Int32) for name in whole),
        mean(half_up(purchases * 1_000_000, months)).alias("frequency"),
        mean(half_up(purchases * 12_000_000, months)).alias("annualised_frequency"),
        pl.when(n > 0).then(mean(half_up(first_to_last, n))).alias("mean_interval_days"),
        pl.when(n > 1).then(variance.sqrt()).alias("interval_stddev_days"),
        pl.when(pl.col("recency_days") > 0)
        .then(mean(since_first))
        .when(n > 0)
        .then(mean(half_up(first_to_last, n)))
        .alias("projected_interval_days"),
        *map(pl.col, ("stores", "salespeople", "channels", "first_store_code", "last_store_code")),
        pl.col("registered").fill_null(False),
    ]
