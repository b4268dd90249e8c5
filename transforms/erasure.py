"""Rows kept as received that name a person in whatever form (spec §8)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.identity import folded
from transforms.validity_contacts import cleaned_email, cleaned_phone

_FEWEST_DIGITS = 8
"""Fewer digits than these may stand in anybody's row."""


def rows_that_name(rows: DataFrame, codes: DataFrame, registered: DataFrame) -> DataFrame:
    """The rows whose ``raw_row`` holds a person's code, phone, e-mail or whole name.

    Digits are compared without what stands between them, so a code is found however it is
    punctuated; letters without case and accents. Rather a row too many than one too few.

    Args:
        rows: Rows with ``raw_row``.
        codes: ``customer_code`` of the people sought.
        registered: Their rows of ``persons_received``.

    Returns:
        The rows, once each.
    """
    phones = [cleaned_phone(F.col(name)) for name in ("mobile", "phone")]
    numbers = F.array_compact(F.array(*phones))
    digits = codes.select(_digits(F.col("customer_code")).alias("sought")).unionByName(
        registered.select(F.explode(numbers).alias("sought"))
    )
    enough = digits.where(F.length("sought") >= _FEWEST_DIGITS).distinct()
    words = F.array_compact(
        F.array(F.upper(cleaned_email(F.col("email"))), _whole_name(), F.upper("customer_code"))
    )
    texts = (
        registered.join(codes.select("customer_id", "customer_code"), on="customer_id", how="left")
        .select(F.explode(words).alias("sought"))
        .distinct()
    )
    given = rows.withColumn("row_digits", _digits(F.col("raw_row"))).withColumn(
        "row_text", folded(F.col("raw_row"))
    )
    return (
        given.join(F.broadcast(enough), on=F.contains("row_digits", "sought"), how="left_semi")
        .unionByName(
            given.join(F.broadcast(texts), on=F.contains("row_text", "sought"), how="left_semi")
        )
        .select(*rows.columns)
        .distinct()
    )


def _whole_name() -> Column:
    """Name and surname without accents; a name of one word is anybody's."""
    name = folded(F.col("name"))
    return F.when(name.contains(" "), name)


def _digits(text: Column) -> Column:
    return F.regexp_replace(text, r"\D", "")
