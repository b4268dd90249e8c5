"""Rows of which nobody can tell who is meant, for sandboxes (spec §8)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.contract import Table
from transforms.identity import with_keyed_digest


def without_personal(rows: DataFrame, table: Table) -> DataFrame:
    """Rows with every personal column empty, and every map that names ids.

    Args:
        rows: Rows of the table.
        table: Its contract, whose mark ``personal`` decides.
    """
    emptied = {
        column.name: F.lit(None).cast(column.type)
        for column in table.columns
        if column.personal or column.name == "filled_from"
    }
    return rows.withColumns(emptied) if emptied else rows


def with_other_ids(rows: DataFrame, column: str, key: DataFrame) -> DataFrame:
    """Rows with ids made of the old ones by a keyed hash; null stays null.

    Args:
        rows: Any rows.
        column: The column of ids.
        key: As in ``transforms.identity.with_keyed_digest``.
    """
    digested = rows.transform(
        with_keyed_digest, message=F.col(column).cast("string"), key=key, name="_digest"
    )
    other = F.conv(F.substring("_digest", 1, 16), 16, -10).cast("bigint")
    return digested.withColumn(column, other).drop("_digest")
