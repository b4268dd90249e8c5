"""What the report shows, by level: the network and its stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.scopes import NETWORK, STORE

LEVEL = ["level", "level_code"]


def of_levels(rows: DataFrame) -> DataFrame:
    """The rows of the network and of stores, of a table that has level and level_code."""
    return rows.where(F.col("level").isin(NETWORK, STORE))


def of_pages(rows: DataFrame, stores: Sequence[str]) -> DataFrame:
    """The rows of the network and of some stores, of what has level and level_code."""
    in_network, in_store = F.col("level") == NETWORK, F.col("level") == STORE
    return rows.where(in_network | (in_store & F.col("level_code").isin(*stores)))


def of_scopes(rows: DataFrame) -> DataFrame:
    """The same of a table that names them scope and scope_code, under the names of levels."""
    return of_levels(rows.withColumnsRenamed({"scope": "level", "scope_code": "level_code"}))


def abc_classes(network: DataFrame, stores: DataFrame) -> DataFrame:
    """Customers and value of each ABC class.

    Args:
        network: ``network_customers`` of one date.
        stores: ``store_customers`` of that date.

    Returns:
        One row per level, level_code and abc_class that has customers: customers; value and
        positive_value (money), where customers of a value below zero count nothing: it is by the
        latter that classes are made.

    Source: spec §5 "ABC": classes go by max(value, 0).
    """
    of_network = network.select(*_network(), "abc_class", "value")
    of_stores = stores.select(*_store(F.col("store_code")), "abc_class", "value")
    positive = F.greatest("value", F.lit(0).cast("decimal(18,4)"))
    return _counted(
        of_network.unionByName(of_stores),
        "abc_class",
        value=F.sum("value").cast("decimal(28,4)"),
        positive_value=F.sum(positive).cast("decimal(28,4)"),
    )


def rfv_matrix(cells: DataFrame, scopes: DataFrame) -> DataFrame:
    """Customers by recency band and frequency band: of the network, and within each store.

    Args:
        cells: ``rfv_cells`` of one date.
        scopes: ``rfv_scopes`` of that date.

    Returns:
        One row per level, level_code, recency_band and frequency_band that has customers.
    """
    bands = ["recency_band", "frequency_band"]
    of_network = cells.where("matrix = 'rf'").select(*_network(), *bands, "customers")
    of_stores = of_scopes(scopes).where(F.col("level") == STORE).select(*LEVEL, *bands)
    return of_network.unionByName(_counted(of_stores, *bands))


def recent_cohorts(cohorts: DataFrame, first_month: date) -> DataFrame:
    """The cohorts from a month on, by level.

    Args:
        cohorts: ``cohorts`` of one date.
        first_month: The first day of the first month.
    """
    return of_levels(cohorts).where(F.col("cohort") >= first_month)


def portfolio_sizes(portfolios: DataFrame) -> DataFrame:
    """What portfolios hold: each of a store, and for the network those of each store together.

    Args:
        portfolios: ``portfolios`` of one date.

    Returns:
        One row per level, level_code, portfolio and holder: a salesperson's code in a store, a
        store's code in the network; empty if nobody, or no store, holds it. Counts; money.
    """
    sums = {
        "customers": F.sum("customers"),
        "purchases_12m": F.sum("purchases_12m"),
        "net_amount_12m": F.sum("net_amount_12m").cast("decimal(28,4)"),
    }
    return _by_holder(portfolios, "portfolio", sums)


def portfolio_sales(sales: DataFrame) -> DataFrame:
    """Sales of the month inside and outside portfolios, by the holders of ``portfolio_sizes``.

    Args:
        sales: ``portfolio_sales`` of one date.

    Returns:
        One row per level, level_code, relation and holder: purchases; net_amount (money).
    """
    sums = {
        "purchases": F.sum("purchases"),
        "net_amount": F.sum("net_amount").cast("decimal(28,4)"),
    }
    return _by_holder(sales, "relation", sums)


def _by_holder(rows: DataFrame, kind: str, sums: dict[str, Column]) -> DataFrame:
    """Sums by store and salesperson, and by store alone, in one pass over the rows."""
    of_store = F.grouping("salesperson_code") == 1
    added = rows.rollup(kind, "store_code", "salesperson_code").agg(
        *(column.alias(name) for name, column in sums.items()),
        F.when(of_store, NETWORK).otherwise(STORE).alias("level"),
        F.grouping("store_code").alias("over_stores"),
    )
    in_network = F.col("level") == NETWORK
    return added.where("over_stores = 0").select(
        "level",
        F.when(in_network, NETWORK).otherwise(F.col("store_code")).alias("level_code"),
        kind,
        F.when(in_network, F.col("store_code"))
        .otherwise(F.col("salesperson_code"))
        .alias("holder"),
        *sums,
    )


def _counted(rows: DataFrame, *by: str, **sums: Column) -> DataFrame:
    return rows.groupBy(*LEVEL, *by).agg(
        F.count(F.lit(1)).alias("customers"),
        *(column.alias(name) for name, column in sums.items()),
    )


def _network() -> tuple[Column, Column]:
    return F.lit(NETWORK).alias("level"), F.lit(NETWORK).alias("level_code")


def _store(code: Column) -> tuple[Column, Column]:
    return F.lit(STORE).alias("level"), code.alias("level_code")
