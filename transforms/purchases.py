"""From sale lines to sales: one row per ticket (spec §1, §2)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.exact import MONEY_SCALE, QUANTITY_SCALE, from_minor, to_minor

TICKET = ("store_code", "business_day", "sale_number")
NOT_SALES = ("cancelled", "stock_adjustment")
"""The kinds of lines that are on no ticket."""


def by_customer(tickets: DataFrame) -> DataFrame:
    """The tickets of real customers, each customer's together in one partition.

    Accounts and the life-cycle timeline order and sum by customer; given this, none of them moves
    the tickets again.

    Args:
        tickets: Tickets as ``schemas.purchases`` describes them.
    """
    return tickets.transform(of_customers).repartition("customer_id")


def of_customers(tickets: DataFrame) -> DataFrame:
    """The tickets of real customers."""
    return tickets.where(F.col("code_class") == "coded")


def of_nobody(tickets: DataFrame) -> DataFrame:
    """The tickets without a real customer."""
    return tickets.where(F.col("code_class") != "coded")


def with_first_purchase(tickets: DataFrame) -> DataFrame:
    """The tickets of real customers with ``first_purchase_on`` and ``counted_on``.

    An account opens with the first purchase and counts earlier returns from then on: ``counted_on``
    is the day of the ticket, or that of the first purchase where that is later. Both are null for
    who only returned.

    Args:
        tickets: Tickets of real customers, those of each together.

    Source: spec §2.
    """
    of_customer = Window.partitionBy("customer_id").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    bought_on = F.when(F.col("is_purchase"), F.col("business_day"))
    has_account = F.col("first_purchase_on").isNotNull()
    counted_on = F.when(has_account, F.greatest("business_day", "first_purchase_on"))
    return tickets.withColumn("first_purchase_on", F.min(bought_on).over(of_customer)).withColumn(
        "counted_on", counted_on
    )


def purchases(sales: DataFrame) -> DataFrame:
    """Sums sale lines up to one row per ticket.

    A ticket with nothing but cancelled lines or stock adjustments gives no row. Its customer is
    the one of its lowest line that bears a real code; without such a line it is ``generic`` if any
    line is, else ``none``. Its salesperson is the one with most net value on it, then the one of
    the lowest line; lines without salesperson do not compete. Its instant is the first on it, its
    channel the first in binary order.

    Args:
        sales: Lines as ``schemas.sales`` describes them.

    Returns:
        The table ``purchases``: grain and key one ticket, money in the network's currency.

    Source: spec §1 "sale", "purchase", §2.
    """
    # Nothing here aggregates strings over lines, since Spark falls back to sorting for that: the
    # strings are grouping keys first, and only the few rows that are left are sorted. One shuffle,
    # by ticket, serves all three steps.
    return (
        sales.where(~F.col("kind").isin(*NOT_SALES))
        .select(*TICKET, "line_number", "salesperson_code", "channel", *line_figures())
        .repartition(*TICKET)
        .groupBy(*TICKET, "salesperson_code", "channel")
        .agg(*_sums(), F.min_by("customer_id", "coded_line").alias("customer_id"))
        .groupBy(*TICKET, "salesperson_code")
        .agg(
            *_sums(),
            F.min("channel").alias("channel"),
            F.min_by("customer_id", "coded_line").alias("customer_id"),
        )
        .withColumn("claim", _claim())
        .groupBy(*TICKET)
        .agg(
            *_sums(),
            F.min("channel").alias("channel"),
            F.min_by("customer_id", "coded_line").alias("customer_id"),
            F.max_by("salesperson_code", "claim").alias("salesperson_code"),
        )
        .transform(_as_published)
    )


def line_figures() -> list[Column]:
    """What a line adds to its ticket, in minor units."""
    sold, returned = F.col("kind") == "sold", F.col("kind") == "return"
    quantity = to_minor(F.col("quantity"), QUANTITY_SCALE)
    amount = to_minor(F.col("amount"), MONEY_SCALE)
    nothing = F.lit(0).cast("bigint")
    coded = F.col("code_class") == "coded"
    return [
        F.when(sold, quantity).otherwise(nothing).alias("items"),
        F.when(returned, F.abs(quantity)).otherwise(nothing).alias("items_returned"),
        F.when(sold, amount).otherwise(nothing).alias("gross"),
        F.when(returned, F.abs(amount)).otherwise(nothing).alias("returned"),
        F.when(returned, -F.abs(amount)).otherwise(amount).alias("net"),
        F.col("customer_id"),
        F.when(coded, F.col("line_number")).alias("coded_line"),
        (F.col("code_class") == "generic").alias("has_generic"),
        F.col("sold_at"),
        F.col("by_queue"),
    ]


def _sums() -> list[Column]:
    added = ("items", "items_returned", "gross", "returned", "net")
    first = ("line_number", "coded_line", "sold_at")
    any_of = ("has_generic", "by_queue")
    return [
        *(F.sum(name).alias(name) for name in added),
        *(F.min(name).alias(name) for name in first),
        *(F.max(name).alias(name) for name in any_of),
    ]


def _claim() -> Column:
    """A salesperson's claim to the ticket: the largest wins, null never does."""
    return F.when(
        F.col("salesperson_code").isNotNull(),
        F.struct(F.col("net"), (-F.col("line_number")).alias("earliness")),
    )


def _as_published(tickets: DataFrame) -> DataFrame:
    code_class = (
        F.when(F.col("coded_line").isNotNull(), F.lit("coded"))
        .when(F.col("has_generic"), F.lit("generic"))
        .otherwise(F.lit("none"))
    )
    return tickets.select(
        *TICKET,
        "sold_at",
        code_class.alias("code_class"),
        "customer_id",
        "salesperson_code",
        "channel",
        "by_queue",
        (F.col("items") > 0).alias("is_purchase"),
        from_minor(F.col("items"), QUANTITY_SCALE).alias("items"),
        from_minor(F.col("items_returned"), QUANTITY_SCALE).alias("items_returned"),
        from_minor(F.col("gross"), MONEY_SCALE).alias("gross_amount"),
        from_minor(F.col("returned"), MONEY_SCALE).alias("returned_amount"),
        from_minor(F.col("net"), MONEY_SCALE).alias("net_amount"),
    ).select(*TABLES["purchases"].column_names)
