"""RFV within each store and each portfolio: whom it ranks, and what it says (spec §5)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.allocation_salespeople import own_salesperson
from transforms.scopes import PORTFOLIO, STORE, known_codes


def members(allocated: DataFrame) -> DataFrame:
    """Who is ranked in which store and portfolio: its allocated customers.

    Args:
        allocated: The table ``allocations``.

    Returns:
        Key (as_of, scope, customer_id): ``scope`` is store or portfolio, ``scope_code`` the code of
        the store or the salesperson. Who waits in transition is in no portfolio.

    Source: spec §5 "Top ranking", last sentence.
    """
    codes = {STORE: F.col("store_code"), PORTFOLIO: own_salesperson()}
    scopes = F.explode(known_codes(codes, "scope")).alias("at")
    return allocated.select("as_of", "customer_id", scopes).select("as_of", "at.*", "customer_id")


def in_scopes(measures: DataFrame, allocated: DataFrame) -> DataFrame:
    """The network's measures of every customer, once for her store and once for her portfolio.

    Args:
        measures: What ``rfv_measures`` returns.
        allocated: The table ``allocations`` on the same dates.

    Returns:
        Key (as_of, scope, scope_code, customer_id): the columns of ``measures``. Who has neither
        store nor portfolio is left out.

    Source: spec §5 "Top ranking", last sentence.
    """
    return measures.join(members(allocated), on=["as_of", "customer_id"], how="inner")


def scopes_as_published(moved: DataFrame) -> DataFrame:
    """The table ``rfv_scopes``: key (as_of, scope, scope_code, customer_id).

    Args:
        moved: What ``with_movement`` returns, within stores and portfolios.
    """
    return moved.select(*TABLES["rfv_scopes"].column_names)
