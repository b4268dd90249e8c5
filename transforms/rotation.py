"""New ids for old ones, when the key behind them is another (spec §2, §8)."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.customer_codes import CODE_KINDS
from transforms.identity import with_customer_id


def new_ids(codes: DataFrame, key: DataFrame) -> DataFrame:
    """What id each customer gets.

    Args:
        codes: The table ``customer_codes``.
        key: The new key, as ``jobs.customer_key.key_row`` gives it.

    Returns:
        Key old_id: ``new_id``.
    """
    named = codes.select(F.col("customer_id").alias("old_id"), "customer_code", "code_kind")
    by_kind = (
        named.where(F.col("code_kind") == kind).transform(
            with_customer_id, code=F.col("customer_code"), kind=kind, key=key
        )
        for kind in CODE_KINDS
    )
    return reduce(DataFrame.unionByName, by_kind).select(
        "old_id", F.col("customer_id").alias("new_id")
    )


def with_new_id(rows: DataFrame, ids: DataFrame, column: str) -> DataFrame:
    """Rows with the new ids in a column; null stays null.

    An id without a code stays, too: nobody's is like that, and none may get lost.
    """
    given = ids.select(F.col("old_id").alias(column), "new_id")
    return (
        rows.join(given, on=column, how="left")
        .withColumn(column, F.coalesce("new_id", column))
        .select(*rows.columns)
    )


def pairs_in_order(pairs: DataFrame) -> DataFrame:
    """The rows of ``duplicates`` with the smaller id first, as its contract wants it."""
    one, other = TABLES["duplicates"].key
    return pairs.withColumns({one: F.least(one, other), other: F.greatest(one, other)})
