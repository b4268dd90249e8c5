"""How customers spread over loyalty programmes and their categories (Reshop, "Participação")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.exact import MONEY_SCALE, from_minor, to_minor
from transforms.registered import registered_customers

NONE = ""
"""Stands for a programme or category where there is none."""


def loyalty_participation(
    persons: DataFrame, accounts: DataFrame, dates: Sequence[date]
) -> DataFrame:
    """How many registered customers each category of each programme has, and what they buy.

    Args:
        persons: The newest registry, one row per person; it counts for every date.
        accounts: The table ``accounts`` on the dates.
        dates: The processing dates.

    Returns:
        The table ``loyalty_participation``: key (as_of, loyalty_programme, loyalty_category), both
        empty for who takes part in none. ``share`` is that of all registered customers.

    Source: spec §7.
    """
    key = ["as_of", "customer_id"]
    bought = accounts.select(
        *key, "purchases_12m", to_minor(F.col("net_amount_12m"), MONEY_SCALE).alias("net")
    )
    category = ["as_of", "loyalty_programme", "loyalty_category"]
    counted = (
        registered_customers(persons, dates)
        .select(
            *key,
            *(F.coalesce(name, F.lit(NONE)).alias(name) for name in category[1:]),
        )
        .join(bought, on=key, how="left")
        .groupBy(*category)
        .agg(
            F.count(F.lit(1)).alias("customers"),
            F.count_if(F.col("purchases_12m") > 0).alias("buyers_12m"),
            F.coalesce(F.sum("net"), F.lit(0)).alias("net"),
        )
    )
    registered = counted.groupBy("as_of").agg(F.sum("customers").alias("registered"))
    return (
        counted.join(registered, on="as_of", how="inner")
        .withColumn("share", F.col("customers") / F.col("registered"))
        .withColumn("net_amount_12m", from_minor(F.col("net"), MONEY_SCALE))
        .select(*TABLES["loyalty_participation"].column_names)
    )
