"""What follows from allocations: sizes, sales inside and outside, loyalty to stores (spec §6)."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.allocation_salespeople import SALESPERSON, TRANSITION
from transforms.allocation_stores import WHO
from transforms.calendar_view import CalendarView
from transforms.exact import MONEY_SCALE, from_minor, to_minor
from transforms.periods import date_array, first_of_month, on_dates, slot_of

NOBODY = ""
"""Stands for a code in a key where there is none."""

_SIZES = ("purchases", "net_amount", "purchases_12m", "net_amount_12m")


def portfolios(allocated: DataFrame, accounts: DataFrame) -> DataFrame:
    """How many customers each portfolio has, and what they are worth to the network.

    Args:
        allocated: Slices of the table ``allocations``.
        accounts: The same slices of ``accounts``.

    Returns:
        The table ``portfolios``: key (as_of, store_code, portfolio, salesperson_code). All
        customers are in one: who has no store is in portfolio ``none``.

    Source: spec §6, L§10.
    """
    named = allocated.select(
        *WHO,
        *(
            F.coalesce(name, F.lit(NOBODY)).alias(name)
            for name in ("store_code", "salesperson_code")
        ),
        F.coalesce("portfolio", F.lit("none")).alias("portfolio"),
    )
    money = {name: to_minor(F.col(name), MONEY_SCALE) for name in _SIZES if "amount" in name}
    figures = accounts.select(*WHO, *_SIZES).withColumns(money)
    sums = [F.sum(name).alias(name) for name in _SIZES]
    return (
        named.join(figures, on=list(WHO), how="inner")
        .groupBy("as_of", "store_code", "portfolio", "salesperson_code")
        .agg(F.count(F.lit(1)).alias("customers"), *sums)
        .withColumns({name: from_minor(F.col(name), MONEY_SCALE) for name in money})
        .select(*TABLES["portfolios"].column_names)
    )


def days_of_sales(view: CalendarView) -> tuple[date, ...]:
    """The dates whose allocations are in force for some sale of the months of the dates."""
    firsts = {each: view.before(each.replace(day=1)) for each in view.dates}
    return tuple(
        sorted(
            day
            for day in view.calendar
            if any((first is None or day >= first) and day < each for each, first in firsts.items())
        )
    )


def portfolio_sales(tickets: DataFrame, in_force: DataFrame, view: CalendarView) -> DataFrame:
    """Each salesperson's sales to customers of his portfolio, and to others, by month.

    Args:
        tickets: Tickets of real customers.
        in_force: The slices ``days_of_sales(view)`` of the table ``allocations``.
        view: The dates; a sale goes by the allocation of the latest date of the calendar before
            its day.

    Returns:
        The table ``portfolio_sales``: key (as_of, store_code, salesperson_code, relation), for the
        sales from the first of the month to ``as_of``; ``salesperson_code`` is empty where nobody
        attended. ``inside``: to a customer of the salesperson's portfolio in that store;
        ``transition``: to one who waits; ``unallocated``: to one without allocation or store;
        ``outside``: to any other.

    Source: spec §6, last paragraph; L§10 "Qtde vendas para dentro da carteira".
    """
    day = F.col("business_day")
    next_month = F.add_months(F.trunc(day, "month"), 1)
    looked_at = day.between(first_of_month(min(view.dates)), max(view.dates))
    known = [each for each in view.calendar if each < max(view.dates)]
    before = F.get(date_array(known), slot_of(day, known) - 1)
    allocated = in_force.select(
        F.col("as_of").alias("in_force_on"),
        "customer_id",
        F.col("store_code").alias("main_store"),
        F.col("salesperson_code").alias("her_salesperson"),
        "portfolio",
    )
    return (
        on_dates(tickets.where(looked_at), day, next_month, view.dates)
        .withColumn("in_force_on", before)
        .join(allocated, on=["in_force_on", "customer_id"], how="left")
        .withColumn("relation", _relation())
        .withColumn("salesperson_code", F.coalesce("salesperson_code", F.lit(NOBODY)))
        .groupBy("as_of", "store_code", "salesperson_code", "relation")
        .agg(*_sums_of_sales())
        .select(*TABLES["portfolio_sales"].column_names)
    )


def store_loyalty(figures_by_store: DataFrame, allocated: DataFrame) -> DataFrame:
    """How much of her buying each customer does in her main store.

    Args:
        figures_by_store: What ``figures`` returns, by store.
        allocated: The allocations of the same dates.

    Returns:
        The table ``store_loyalty``: key (as_of, customer_id). ``value_share`` is null without a
        positive value in all stores; both shares are null without a main store.

    Source: spec §6 "main store".
    """
    main = F.col("store_code") == F.col("main_store_code")
    bought = F.col("purchases_total") > 0
    place = allocated.select(*WHO, F.col("store_code").alias("main_store_code"))
    has_main = F.col("main_store_code").isNotNull()
    by_value = F.coalesce(F.col("main_value"), F.lit(0)) / F.col("value")
    return (
        figures_by_store.join(place, on=list(WHO), how="inner")
        .groupBy(*WHO, "main_store_code")
        .agg(
            F.sum(F.when(main, F.col("purchases_total")).otherwise(0)).alias("main_purchases"),
            F.sum("purchases_total").alias("purchases"),
            F.sum(F.when(main, F.col("value_total")).otherwise(0)).alias("main_value"),
            F.sum("value_total").alias("value"),
            F.count_if(bought).alias("stores"),
            F.sum("switches_total").alias("switches"),
        )
        .withColumn(
            "purchases_share", F.when(has_main, F.col("main_purchases") / F.col("purchases"))
        )
        .withColumn("value_share", F.when(has_main & (F.col("value") > 0), by_value))
        .withColumn("main_value", from_minor(F.col("main_value"), MONEY_SCALE))
        .withColumn("value", from_minor(F.col("value"), MONEY_SCALE))
        .select(*TABLES["store_loyalty"].column_names)
    )


def store_customers_of(figures_by_store: DataFrame) -> DataFrame:
    """Who has bought in which store until which date.

    Args:
        figures_by_store: What ``figures`` returns, by store.

    Returns:
        Key (as_of, store_code, customer_id).
    """
    return figures_by_store.where(F.col("purchases_total") > 0).select(*WHO, "store_code")


def store_overlap(bought: DataFrame) -> DataFrame:
    """How many customers each pair of stores shares.

    Args:
        bought: What ``store_customers_of`` returns.

    Returns:
        The table ``store_overlap``: key (as_of, store_code, other_store_code), the lower code
        first; pairs that share nobody have no row.

    Source: spec §6.
    """
    totals = bought.groupBy("as_of", "store_code").agg(F.count(F.lit(1)).alias("store_customers"))
    others = totals.select(
        "as_of",
        F.col("store_code").alias("other_store_code"),
        F.col("store_customers").alias("other_store_customers"),
    )
    pairs = F.filter("visited", lambda each: each > F.col("store_code"))
    return (
        bought.groupBy(*WHO)
        .agg(F.sort_array(F.collect_list("store_code")).alias("visited"))
        .where(F.size("visited") > 1)
        .select("as_of", "visited", F.explode("visited").alias("store_code"))
        .select("as_of", "store_code", F.explode(pairs).alias("other_store_code"))
        .groupBy("as_of", "store_code", "other_store_code")
        .agg(F.count(F.lit(1)).alias("customers"))
        .join(F.broadcast(totals), on=["as_of", "store_code"], how="inner")
        .join(F.broadcast(others), on=["as_of", "other_store_code"], how="inner")
        .select(*TABLES["store_overlap"].column_names)
    )


def _relation() -> Column:
    is_hers = F.col("her_salesperson") == F.col("salesperson_code")
    in_store = F.col("main_store") == F.col("store_code")
    inside = (F.col("portfolio") == SALESPERSON) & is_hers & in_store
    return (
        F.when(F.col("main_store").isNull(), "unallocated")
        .when(F.col("portfolio") == TRANSITION, "transition")
        .when(inside, "inside")
        .otherwise("outside")
    )


def _sums_of_sales() -> list[Column]:
    by_queue = F.coalesce("by_queue", F.lit(False))
    net = to_minor(F.col("net_amount"), MONEY_SCALE)
    purchases = F.col("is_purchase").cast("bigint")
    return [
        F.sum(purchases).alias("purchases"),
        from_minor(F.sum(net), MONEY_SCALE).alias("net_amount"),
        F.sum(F.when(by_queue, purchases).otherwise(0)).alias("purchases_by_queue"),
        from_minor(F.sum(F.when(by_queue, net).otherwise(0)), MONEY_SCALE).alias(
            "net_amount_by_queue"
        ),
    ]
