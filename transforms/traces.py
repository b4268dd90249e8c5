"""Traces of people in whatever text: what ``privacy verify`` looks for (spec §8)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.identity import folded, without_leading_zeros

DIGITS, WORDS = "digits", "words"
"""How a value is sought: as digits with little between them, or as letters of any case."""

_BETWEEN = r"[^0-9]{0,2}"
"""What may stand between the digits of a document or a phone number, as people write them."""

_BEFORE = rf"(?<![0-9])(?:0{_BETWEEN}){{0,6}}"
"""The zeros that a numeric column loses: a CNPJ of which eight digits are left has lost six."""


def sought_forms(sought: DataFrame) -> DataFrame:
    """Adds ``form``, what a text is compared with: an expression for digits, else plain capitals.

    And ``figures``, the digits alone: whatever the expression finds holds them, and looking for
    plain text costs a fraction of an expression, which Java makes anew for each pair. Both are
    without leading zeros, which a text may have or not; few digits keep theirs.

    Args:
        sought: ``what`` (code, id, name…), ``kind`` (``digits`` or ``words``) and ``value``.
    """
    digits = without_leading_zeros(F.regexp_replace("value", r"[^0-9]", ""))
    spaced = F.array_join(F.array_remove(F.split(digits, ""), ""), _BETWEEN)
    expression = F.concat(F.lit(_BEFORE), spaced, F.lit("(?![0-9])"))
    form = F.when(F.col("kind") == DIGITS, expression).otherwise(folded(F.col("value")))
    figures = F.when(F.col("kind") == DIGITS, digits)
    named = sought.withColumns({"form": form, "figures": figures})
    # Of a document without any digit nothing is left to be sought.
    return named.where(F.length(F.coalesce("figures", "form")) > 0)


def traces(texts: DataFrame, sought: DataFrame) -> DataFrame:
    """Where any of the values stands.

    Args:
        texts: ``file`` and ``text``, several texts for a file.
        sought: What ``sought_forms`` returns; few rows.

    Returns:
        Key file, what: ``texts``, how many of the file's texts hold such a value.
    """
    return (
        texts.withColumn("words", folded(F.col("text")))
        .withColumn("text_figures", F.regexp_replace("text", r"[^0-9]", ""))
        .join(F.broadcast(sought), on=_holds(), how="inner")
        .groupBy("file", "what")
        .agg(F.count(F.lit(1)).alias("texts"))
    )


def _holds() -> Column:
    may_hold = F.contains("text_figures", "figures")
    holds = F.when(may_hold, F.rlike("text", F.col("form"))).otherwise(F.lit(False))
    return F.when(F.col("kind") == DIGITS, holds).otherwise(F.contains("words", "form"))
