"""What customers bought: products with the customer of their ticket (spec §7, Reshop)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.exact import MONEY_SCALE, QUANTITY_SCALE, from_minor
from transforms.purchases import NOT_SALES, TICKET, line_figures

_UNITS = {"items": QUANTITY_SCALE, "items_returned": QUANTITY_SCALE, "net": MONEY_SCALE}


def ticket_products(sales: DataFrame, tickets: DataFrame) -> DataFrame:
    """The products on the tickets of real customers.

    Args:
        sales: The table ``sales``.
        tickets: Tickets of real customers, as ``with_first_purchase`` gives them: a line is hers
            whose ticket it is on.

    Returns:
        Grain: one product on one ticket, whose key is not among the columns. ``customer_id``,
        ``counted_on``, ``product_code``, and in minor units ``items``, ``items_returned``, ``net``;
        ``sold_on``, the day of the ticket if any of it was sold. Lines that name no product are
        left out.
    """
    lines = sales.where(~F.col("kind").isin(*NOT_SALES) & F.col("product_code").isNotNull())
    sold_on = F.when(F.max("items") > 0, F.col("business_day"))
    # Summed where the tickets lie together: what moves to the customers is less, and narrower.
    return (
        lines.select(*TICKET, "product_code", *line_figures())
        .drop("customer_id")
        .join(tickets.select(*TICKET, "customer_id", "counted_on"), on=[*TICKET], how="inner")
        .groupBy(*TICKET, "customer_id", "counted_on", "product_code")
        .agg(*(F.sum(name).alias(name) for name in _UNITS), sold_on.alias("sold_on"))
        .drop(*TICKET)
    )


def customer_products(bought: DataFrame) -> DataFrame:
    """What each customer bought of each product, on all days.

    Args:
        bought: What ``ticket_products`` returns.

    Returns:
        The table ``customer_products``: key (customer_id, product_code). ``first_on`` and
        ``last_on`` are null for a product that she only returned.

    Source: spec §7, sales by customer and product.
    """
    return (
        bought.groupBy("customer_id", "product_code")
        .agg(
            F.count("sold_on").alias("purchases"),
            *(F.sum(name).alias(name) for name in _UNITS),
            F.min("sold_on").alias("first_on"),
            F.max("sold_on").alias("last_on"),
        )
        .withColumns({name: from_minor(F.col(name), scale) for name, scale in _UNITS.items()})
        .withColumnRenamed("net", "net_amount")
        .select(*TABLES["customer_products"].column_names)
    )
