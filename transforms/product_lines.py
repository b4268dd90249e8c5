"""What customers bought: sale lines with the customer of their ticket (spec §7, Reshop)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.exact import MONEY_SCALE, QUANTITY_SCALE, from_minor
from transforms.purchases import TICKET, line_figures

_NOT_SALES = ("cancelled", "stock_adjustment")


def product_lines(sales: DataFrame, tickets: DataFrame) -> DataFrame:
    """The lines of real customers that name a product.

    Args:
        sales: The table ``sales``.
        tickets: Tickets of real customers, as ``with_first_purchase`` gives them: a line is hers
            whose ticket it is on.

    Returns:
        Per line: the ticket, ``customer_id``, ``counted_on``, ``product_code``, and in minor units
        ``items``, ``items_returned``, ``net``; ``sold_on``, the day if something was sold.
    """
    sold = F.col("items") > 0
    lines = sales.where(~F.col("kind").isin(*_NOT_SALES) & F.col("product_code").isNotNull())
    return (
        lines.select(*TICKET, "product_code", *line_figures())
        .drop("customer_id")
        .join(tickets.select(*TICKET, "customer_id", "counted_on"), on=[*TICKET], how="inner")
        .withColumn("sold_on", F.when(sold, F.col("business_day")))
    )


def customer_products(lines: DataFrame) -> DataFrame:
    """What each customer bought of each product, on all days.

    Args:
        lines: What ``product_lines`` returns.

    Returns:
        The table ``customer_products``: key (customer_id, product_code). ``first_on`` and
        ``last_on`` are null for a product that she only returned.

    Source: spec §7, sales by customer and product.
    """
    units = {"items": QUANTITY_SCALE, "items_returned": QUANTITY_SCALE, "net": MONEY_SCALE}
    sums = [F.sum(name).alias(name) for name in units]
    by_ticket = lines.groupBy("customer_id", "product_code", *TICKET).agg(
        *sums, F.max("sold_on").alias("sold_on")
    )
    return (
        by_ticket.groupBy("customer_id", "product_code")
        .agg(
            F.count("sold_on").alias("purchases"),
            *sums,
            F.min("sold_on").alias("first_on"),
            F.max("sold_on").alias("last_on"),
        )
        .withColumns({name: from_minor(F.col(name), scale) for name, scale in units.items()})
        .withColumnRenamed("net", "net_amount")
        .select(*TABLES["customer_products"].column_names)
    )
