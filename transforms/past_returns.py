"""What customers bought whom an earlier action addressed, beside similar ones whom it did not.

Nobody was drawn, so this is no experiment: whoever chose the addressed may have known what no
table tells. Similar are customers who had bought as often and for as much, each within a factor of
two, in as many days before.

Sources: spec §9; Iacus, King and Porro 2012 (coarsened exact matching).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.campaign_lists import CONTROL, LIST
from transforms.campaign_returns import bought, dated, sums
from transforms.duplicates import with_survivors


def past_sums(
    actions: DataFrame,
    contacts: DataFrame,
    merges: DataFrame,
    purchases: DataFrame,
    dates: Sequence[date],
) -> DataFrame:
    """Sums of the addressed and of similar others, in the validity up to each date.

    Of an action all customers count who had bought before it began.

    Args:
        actions: The table ``past_actions``; those without a period are left out.
        contacts: The table ``past_contacts``.
        merges: The table ``merges``; who was merged is addressed as who stands for her.
        purchases: The table ``purchases``.
        dates: The processing dates; an action has rows from its first day on.

    Returns:
        Key as_of, action_code, stratum, list_group; ``list`` are those addressed. ``stratum`` tells
        purchases and value before, each by its binary digits; and the sums of
        ``transforms.campaign_returns``.

    Source: spec §9.
    """
    begun = (
        actions.where(F.col("valid_from").isNotNull() & F.col("valid_to").isNotNull())
        .select("action_code", "valid_from", "valid_to")
        .withColumn("listed_as_of", F.date_sub("valid_from", 1))
    )
    addressed = (
        contacts.select("action_code", "customer_id")
        .transform(with_survivors, merges)
        .distinct()
        .withColumn("is_addressed", F.lit(True))
    )
    known = purchases.where("customer_id IS NOT NULL").groupBy("customer_id")
    first = known.agg(F.min("business_day").alias("first_on"))
    drawn = (
        first.join(F.broadcast(begun), how="cross")
        .where(F.col("first_on") < F.col("valid_from"))
        .select("customer_id", "action_code")
        .join(addressed, on=["customer_id", "action_code"], how="left")
        .select(
            "customer_id",
            "action_code",
            F.when(F.col("is_addressed"), LIST).otherwise(F.lit(CONTROL)).alias("list_group"),
        )
    )
    rows = bought(drawn, dated(begun, dates), purchases)
    stratum = F.concat_ws("|", _digits("purchases_before"), _digits("before"))
    return sums(
        rows.withColumn("stratum", stratum), ("as_of", "action_code", "stratum", "list_group")
    )


def _digits(name: str) -> Column:
    """How many binary digits a whole number has; none has one that is zero or less."""
    number = F.greatest(F.col(name).cast("bigint"), F.lit(0))
    return F.when(number == 0, F.lit(0)).otherwise(F.length(F.bin(number))).cast("string")
