"""What indicators of registrations are sums of: one row per registered customer (spec §7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.allocation_salespeople import whose
from transforms.contacts import with_contacts
from transforms.registered import registered_customers


def registration_facts(
    persons: DataFrame, allocated: DataFrame, dates: Sequence[date], *, opt_in_silence: bool
) -> DataFrame:
    """Who is registered as a customer on a date, and how she can be reached.

    Args:
        persons: The newest registry, one row per person; its newest state counts for every date.
        allocated: The table ``allocations`` on the dates.
        dates: The processing dates.
        opt_in_silence: Whether who said nothing counts as opted in.

    Returns:
        Key (as_of, customer_id), of persons with role customer registered by ``as_of`` or without
        date: ``opted_in``, ``opted_out``, ``has_mobile``, ``has_cep``, ``has_email``,
        ``has_address``; ``store_code`` and ``salesperson_code`` of her allocation, null for who has
        not bought.

    Source: spec §7, opt-in / opt-out and rates; §8.
    """
    key = ["as_of", "customer_id"]
    said = F.coalesce("opted_out", F.lit(False) if opt_in_silence else F.lit(None).cast("boolean"))
    return (
        registered_customers(persons.transform(with_contacts), dates)
        .select(
            *key,
            F.coalesce(~said, F.lit(False)).alias("opted_in"),
            F.coalesce("opted_out", F.lit(False)).alias("opted_out"),
            *("has_mobile", "has_cep", "has_email", "has_address"),
        )
        .join(whose(allocated), on=key, how="left")
    )
