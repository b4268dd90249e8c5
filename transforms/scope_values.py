"""Whom Pareto and the rankings by value are of, and her value there (spec §5).

Scopes are the network, each store with everyone who bought there, and each portfolio with its
allocated customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from transforms.allocation_salespeople import SALESPERSON
from transforms.exact import MONEY_SCALE, from_minor, to_minor
from transforms.periods import dates_held, slot_of
from transforms.rfv_measures import ValueBasis
from transforms.scopes import NETWORK, PORTFOLIO, STORE


def network_values(accounts: DataFrame, basis: ValueBasis) -> DataFrame:
    """The value of every customer of the network, over her whole history.

    Args:
        accounts: The table ``accounts``.
        basis: net or gross.

    Returns:
        Key (as_of, scope, scope_code, customer_id): ``value``.

    Source: spec §5 "Pareto", scope network.
    """
    return accounts.select(
        "as_of",
        F.lit(NETWORK).alias("scope"),
        F.lit(NETWORK).alias("scope_code"),
        "customer_id",
        F.col(f"{basis}_amount").alias("value"),
    )


def store_values(history: DataFrame, dates: Sequence[date], basis: ValueBasis) -> DataFrame:
    """The value that every customer bought in each store until each date.

    Who has a purchase there is its customer; her value takes in all her tickets of that store,
    returns too, of goods bought anywhere.

    Args:
        history: Tickets of real customers (``transforms.purchases.by_customer``).
        dates: The processing dates.
        basis: net or gross.

    Returns:
        Key (as_of, scope, scope_code, customer_id): ``value``.

    Source: spec §5 "Pareto", scope store.
    """
    return (
        history.transform(_bought_until, unit="store_code", dates=dates, basis=basis)
        .where("bought")
        .select(
            "as_of",
            F.lit(STORE).alias("scope"),
            F.col("store_code").alias("scope_code"),
            "customer_id",
            from_minor(F.col("units"), MONEY_SCALE).alias("value"),
        )
    )


def portfolio_values(
    history: DataFrame, allocated: DataFrame, dates: Sequence[date], basis: ValueBasis
) -> DataFrame:
    """The value that each salesperson attended, of every customer of his portfolio.

    Args:
        history: As in ``store_values``.
        allocated: The table ``allocations`` on the same dates.
        dates: The processing dates.
        basis: net or gross.

    Returns:
        Key (as_of, scope, scope_code, customer_id): ``value``, in whatever store he attended it.

    Source: spec §5 "Pareto", scope portfolio.
    """
    attended = history.transform(_bought_until, unit="salesperson_code", dates=dates, basis=basis)
    units = F.coalesce("units", F.lit(0).cast("bigint"))
    return (
        allocated.where(F.col("portfolio") == SALESPERSON)
        .select("as_of", "customer_id", "salesperson_code")
        .join(attended, on=["as_of", "customer_id", "salesperson_code"], how="left")
        .select(
            "as_of",
            F.lit(PORTFOLIO).alias("scope"),
            F.col("salesperson_code").alias("scope_code"),
            "customer_id",
            from_minor(units, MONEY_SCALE).alias("value"),
        )
    )


def carried_values(earlier: DataFrame, scope: str) -> DataFrame:
    """The value of those who neither bought nor changed portfolio since an earlier date.

    Args:
        earlier: The table ``store_customers`` or ``portfolio_customers``, whose ``as_of`` is the
            later date already.
        scope: store or portfolio.

    Returns:
        As ``store_values`` and ``portfolio_values``.
    """
    code = "store_code" if scope == STORE else "salesperson_code"
    return earlier.select(
        "as_of",
        F.lit(scope).alias("scope"),
        F.col(code).alias("scope_code"),
        "customer_id",
        "value",
    )


def _bought_until(
    history: DataFrame, unit: str, dates: Sequence[date], basis: ValueBasis
) -> DataFrame:
    """What each customer bought in each store, or with each salesperson, until each date."""
    ordered = sorted(set(dates))
    in_order = Window.partitionBy("customer_id", unit).orderBy("slot")
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    held = dates_held(F.col("slot"), F.lead("slot").over(in_order), ordered)
    return (
        history.withColumn("slot", slot_of(F.col("business_day"), ordered))
        .where(F.col("slot") < len(ordered))
        .groupBy("customer_id", unit, "slot")
        .agg(
            F.sum(to_minor(F.col(f"{basis}_amount"), MONEY_SCALE)).alias("units"),
            F.max("is_purchase").alias("bought"),
        )
        .select(
            "customer_id",
            unit,
            held.alias("held"),
            F.sum("units").over(so_far).alias("units"),
            F.max("bought").over(so_far).alias("bought"),
        )
        .select(F.explode("held").alias("as_of"), "customer_id", unit, "units", "bought")
    )
