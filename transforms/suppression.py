"""Erased people do not come back when old files are read again (spec §8)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.identity import is_valid_code, normalised_code, with_keyed_digest

_CODES_IN_TEXT = r"(\d{3}\.?\d{3}\.?\d{3}[-.]?\d{2})"
"""What may be a CPF anywhere in a row that could not be read."""


def codes_of_every_kind(codes: DataFrame) -> DataFrame:
    """Under what a code may come back, since another source may take it for another kind.

    Args:
        codes: ``code``, as anybody wrote it or normalised.

    Returns:
        Key code_kind, customer_code: the CPF or CNPJ that it is by its check digits, and free text,
        as written and in the form of a CPF or CNPJ; none for a code of nothing.
    """
    bare = {kind: normalised_code(F.col("code"), kind) for kind in ("cpf", "cnpj")}
    valid = {kind: F.when(is_valid_code(each, kind), each) for kind, each in bare.items()}
    texts = [normalised_code(F.col("code"), "text"), *valid.values()]
    forms = [*valid.items(), *(("text", each) for each in texts)]
    named = [
        F.struct(F.lit(kind).alias("code_kind"), form.alias("customer_code"))
        for kind, form in forms
    ]
    return codes.select(F.inline(F.array(*named))).where("customer_code IS NOT NULL").distinct()


def code_digests(codes: DataFrame, key: DataFrame) -> DataFrame:
    """The suppression digests of codes.

    Args:
        codes: ``code_kind`` and ``customer_code``, normalised.
        key: The suppression key, as ``jobs.customer_key.key_row`` gives it.

    Returns:
        The rows with ``digest``, null where the code is.
    """
    message = F.concat_ws(":", "code_kind", "customer_code")
    return codes.transform(
        with_keyed_digest,
        message=F.when(F.col("customer_code").isNotNull(), message),
        key=key,
        name="digest",
    )


def with_is_suppressed(rows: DataFrame, suppressions: DataFrame, key: DataFrame) -> DataFrame:
    """Adds ``is_suppressed``: whether a row bears the code of somebody who was erased.

    Args:
        rows: Rows with ``code_kind`` and ``customer_code``, normalised; null for nobody.
        suppressions: The table ``suppressions``.
        key: The suppression key.
    """
    known = suppressions.select("digest", F.lit(True).alias("is_known"))
    return (
        code_digests(rows, key)
        .join(F.broadcast(known), on="digest", how="left")
        .withColumn("is_suppressed", F.coalesce("is_known", F.lit(False)))
        .drop("digest", "is_known")
    )


def mentions_suppressed(rows: DataFrame, suppressions: DataFrame, key: DataFrame) -> DataFrame:
    """The rows whose ``raw_row`` holds the code of an erased person anywhere, by CPF's form.

    Args:
        rows: Rows with ``raw_row`` and ``row_id``.
        suppressions: The table ``suppressions``.
        key: The suppression key.

    Returns:
        ``row_id`` of those, distinct.
    """
    held = F.transform(
        F.regexp_extract_all("raw_row", F.lit(_CODES_IN_TEXT), 1),
        lambda code: F.regexp_replace(code, r"\D", ""),
    )
    codes = rows.select("row_id", F.explode(held).alias("customer_code"))
    named = codes.withColumn("code_kind", F.lit("cpf"))
    return (
        code_digests(named, key)
        .join(F.broadcast(suppressions.select("digest")), on="digest", how="left_semi")
        .select("row_id")
        .distinct()
    )
