"""Rows kept as received that name a person in whatever form (spec §8)."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.identity import FEWEST_DIGITS, folded, without_leading_zeros
from transforms.suppression import codes_of_every_kind
from transforms.validity_contacts import cleaned_email, cleaned_phone

_TELLING = r"\p{L}|(\p{N} ?){5}"
"""What tells a code from what is in anybody's row: fewer digits may be a day, a year, an amount."""


def rows_that_name(rows: DataFrame, codes: DataFrame, registered: DataFrame) -> DataFrame:
    """The rows whose ``raw_row`` holds a person's code, phone, e-mail or whole name.

    Digits are compared without what stands between them, so a code is found however it is
    punctuated, and if a numeric column lost its leading zeros; letters without case and accents. A
    code is also sought as it is spelt, as words of their own: of fewer digits than
    ``FEWEST_DIGITS`` it would be part of anybody's numbers. Fewer than five without a letter are
    not sought at all. Else rather a row too many than one too few.

    Args:
        rows: Rows with ``raw_row``.
        codes: ``code`` of the people sought, whether anything else is held of them or not.
        registered: Their rows of ``persons_received``.

    Returns:
        The rows, once each.
    """
    # Zeros alone are what a till writes of nobody.
    codes = codes.where(F.col("code").rlike(r"[1-9\p{L}]"))
    phones = [cleaned_phone(F.col(name)) for name in ("mobile", "phone")]
    numbers = F.array_compact(F.array(*phones))
    digits = codes.select(
        without_leading_zeros(_digits(F.col("code"))).alias("sought")
    ).unionByName(registered.select(F.explode(numbers).alias("sought")))
    enough = digits.where(F.length("sought") >= FEWEST_DIGITS)
    named = F.array_compact(F.array(F.upper(cleaned_email(F.col("email"))), _whole_name()))
    texts = registered.select(F.explode(named).alias("sought"))
    words = codes_of_every_kind(codes.select("code")).select(
        _words(F.col("customer_code")).alias("sought")
    )
    given = rows.withColumns(
        {
            "row_digits": _digits(F.col("raw_row")),
            "row_text": folded(F.col("raw_row")),
            "row_words": _words(F.col("raw_row")),
        }
    )
    sought_in = {
        "row_digits": enough,
        "row_text": texts,
        "row_words": words.where(F.col("sought").rlike(_TELLING)),
    }
    found = [
        given.join(F.broadcast(each.distinct()), on=F.contains(name, "sought"), how="left_semi")
        for name, each in sought_in.items()
    ]
    return reduce(DataFrame.unionByName, found).select(*rows.columns).distinct()


def _whole_name() -> Column:
    """Name and surname without accents; a name of one word is anybody's."""
    name = folded(F.col("name"))
    return F.when(name.contains(" "), name)


def _words(text: Column) -> Column:
    """The words of a text in capitals without accents, a space around each."""
    # JSON writes a tab as a backslash and a letter, which would begin the next word.
    plain = F.regexp_replace(folded(text), r"\\[BFNRT]", " ")
    apart = F.regexp_replace(plain, r"[^\p{L}\p{N}]+", " ")
    return F.concat(F.lit(" "), F.btrim(apart), F.lit(" "))


def _digits(text: Column) -> Column:
    return F.regexp_replace(text, r"\D", "")
