"""Erased people do not come back when old files are read again (spec §8)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.customer_codes import CODE_KINDS
from transforms.identity import is_valid_code, normalised_code, with_keyed_digest

_CODES_IN_TEXT = r"(?<!\d)(\d{0,3}\.?\d{3}\.?\d{3}[-.]?\d{2})(?!\d)"
"""What may be a CPF anywhere in a row that could not be read, up to three zeros of it lost."""

_PUNCTUATION = {
    "cpf": (r"^(\d{3})(\d{3})(\d{3})(\d{2})$", "$1.$2.$3-$4"),
    "cnpj": (r"^(.{2})(.{3})(.{3})(.{4})(.{2})$", "$1.$2.$3/$4-$5"),
}
"""How people write a CPF and a CNPJ."""


def codes_of_every_kind(codes: DataFrame) -> DataFrame:
    """Whatever a source may call a code: each takes it for a kind of its own, and spells it so.

    Args:
        codes: ``code``, as anybody wrote it or normalised, and columns that pass through.

    Returns:
        The other columns with ``code_kind`` and ``customer_code``, normalised, each such row once:
        a CPF and a CNPJ, right or mistyped, and free text. Text is as written; of what is a CPF or
        CNPJ by its check digits also bare and punctuated. No row for a code of nothing.
    """
    normalised = {f"_{kind}": normalised_code(F.col("code"), kind) for kind in CODE_KINDS}
    forms = [(kind, F.col(f"_{kind}")) for kind in CODE_KINDS]
    for kind, (pattern, punctuated) in _PUNCTUATION.items():
        code = F.col(f"_{kind}")
        valid = F.when(is_valid_code(code, kind), code)
        # Not without leading zeros: as text that may be the code of somebody else.
        spelt = (valid, F.regexp_replace(valid, pattern, punctuated))
        forms += [("text", each) for each in spelt]
    named = [
        F.struct(F.lit(kind).alias("code_kind"), form.alias("customer_code"))
        for kind, form in forms
    ]
    return (
        codes.withColumns(normalised)
        .select("*", F.inline(F.array(*named)))
        .drop("code", *normalised)
        .where("customer_code IS NOT NULL")
        .distinct()
    )


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

    Leading zeros may be lost where eight digits are left. What stands in a longer number is none.

    Args:
        rows: Rows with ``raw_row`` and ``row_id``.
        suppressions: The table ``suppressions``.
        key: The suppression key.

    Returns:
        ``row_id`` of those, distinct.
    """
    held = F.transform(
        F.regexp_extract_all("raw_row", F.lit(_CODES_IN_TEXT), 1),
        lambda code: F.lpad(F.regexp_replace(code, r"\D", ""), 11, "0"),
    )
    codes = rows.select("row_id", F.explode(held).alias("customer_code"))
    named = codes.withColumn("code_kind", F.lit("cpf"))
    return (
        code_digests(named, key)
        .join(F.broadcast(suppressions.select("digest")), on="digest", how="left_semi")
        .select("row_id")
        .distinct()
    )
