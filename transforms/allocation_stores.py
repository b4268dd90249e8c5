"""The main store of every customer: five routines, until one gives an active store (spec §6)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.allocation_criteria import chosen, with_last_purchases
from transforms.allocation_figures import AllocationRules
from transforms.periods import ALWAYS, NEVER

WHO = ("as_of", "customer_id")
STORE = "struct<store_code:string,opened_on:date,closed_on:date>"
"""A store as allocation knows it: its code and the days on which it is active."""


def candidate_stores(stores: DataFrame, *, online_candidates: bool) -> DataFrame:
    """The stores that may be somebody's, with the days on which they are active.

    Args:
        stores: The registry of stores.
        online_candidates: Whether online stores may be.

    Returns:
        Key (store_code): ``store``, a struct of code, first day and first day no longer active.
    """
    is_online = F.coalesce(F.col("is_online"), F.lit(False))
    allowed = stores if online_candidates else stores.where(~is_online)
    opened = F.coalesce("opened_on", F.lit(ALWAYS)).alias("opened_on")
    closed = F.coalesce("closed_on", F.lit(NEVER)).alias("closed_on")
    return allowed.select("store_code", F.struct("store_code", opened, closed).alias("store"))


def with_store(rows: DataFrame, stores: DataFrame | None, code: str, into: str) -> DataFrame:
    """Adds the store that a column names, as ``candidate_stores`` describes it; null if it is none.

    Args:
        rows: Rows with the column ``code``.
        stores: What ``candidate_stores`` returns; None where the network delivers no stores: then
            every store is always active.
        code: The column with the code of a store.
        into: The name of the new column.
    """
    if stores is None:
        always = F.struct(
            F.col(code).alias("store_code"),
            F.lit(ALWAYS).alias("opened_on"),
            F.lit(NEVER).alias("closed_on"),
        )
        return rows.withColumn(into, F.when(F.col(code).isNotNull(), always))
    named = stores.select(F.col("store_code").alias(code), F.col("store").alias(into))
    return rows.join(F.broadcast(named), on=code, how="left")


def is_active(store: Column, as_of: Column) -> Column:
    """Whether a store is active on a date; no store is not."""
    is_open = (store["opened_on"] <= as_of) & (as_of < store["closed_on"])
    return F.coalesce(is_open, F.lit(False))


def successions(stores: DataFrame, candidates: DataFrame, longest: int) -> DataFrame:
    """Every store with those that follow it: itself, its successor, that one's, and so on.

    Args:
        stores: The registry of stores, whose successors form no circle.
        candidates: What ``candidate_stores`` returns; others are left out of the succession.
        longest: The most successors that any store has one after the other.

    Returns:
        Key (store_code): ``succession``, an array of stores.
    """
    following = stores.select(
        F.col("store_code").alias("last_code"), F.col("successor_store_code").alias("next_code")
    )
    none = F.array().cast(f"array<{STORE}>")
    found = stores.select(
        "store_code", F.col("store_code").alias("last_code"), none.alias("succession")
    )
    for _ in range(longest + 1):
        longer = F.when(
            F.col("named").isNotNull(), F.array_append("succession", F.col("named"))
        ).otherwise(F.col("succession"))
        found = (
            found.transform(with_store, stores=candidates, code="last_code", into="named")
            .join(F.broadcast(following), on="last_code", how="left")
            .select("store_code", F.col("next_code").alias("last_code"), longer.alias("succession"))
        )
    return found.select("store_code", "succession")


def store_candidates(figures_by_store: DataFrame, stores: DataFrame | None) -> DataFrame:
    """The stores that each customer bought in, with the figures that the criteria compare.

    Args:
        figures_by_store: What ``figures`` returns, by store.
        stores: What ``candidate_stores`` returns, or None.

    Returns:
        The rows with ``by_sales``, the store if it is known; ``is_candidate``, whether it is active
        and has a purchase; and ``holds_last_purchases``, among the candidates.
    """
    bought = F.col("purchases_total") > 0
    return (
        figures_by_store.transform(with_store, stores=stores, code="store_code", into="by_sales")
        .withColumn("is_candidate", bought & is_active(F.col("by_sales"), F.col("as_of")))
        .transform(with_last_purchases, scope=WHO, counted=F.col("is_candidate"))
    )


def sales_stores(
    figures_by_store: DataFrame, stores: DataFrame | None, rules: AllocationRules
) -> DataFrame:
    """The store that each customer's purchases choose on each date, if any is in an active one.

    Args:
        figures_by_store: What ``figures`` returns, by store.
        stores: What ``candidate_stores`` returns, or None.
        rules: The parameters.

    Returns:
        Key (as_of, customer_id), for everyone with a purchase: ``by_sales``, the store, and its
        ``criterion``, both null if none is active; ``last_store_code``, where she bought last,
        active or not; ``last_sale_on`` and ``last_exit_on`` of all her tickets.

    Source: spec §6, routine ``sales``.
    """
    whole = Window.partitionBy(*WHO).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    last_of_all = {
        "last_store_code": F.max_by("store_code", "last_position").over(whole),
        "last_sale_on": F.max("last_sale_on").over(whole),
        "last_exit_on": F.max("last_exit_on").over(whole),
    }
    return (
        figures_by_store.withColumns(last_of_all)
        .where(F.col("last_store_code").isNotNull())
        .transform(store_candidates, stores=stores)
        .transform(chosen, scope=WHO, code="store_code", rules=rules)
        .select(
            *WHO,
            F.when(F.col("store_code").isNotNull(), F.col("by_sales")).alias("by_sales"),
            "criterion",
            *last_of_all,
        )
    )
