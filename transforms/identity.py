"""Customer codes and ids: normalisation, check digits, sentinels, the keyed hash (spec §2)."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.texts import trimmed

FEWEST_DIGITS = 8
"""Fewer digits than these may stand in anybody's row."""

_ACCENTED = "ÁÀÂÃÄÅÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑÝ"
_COMBINING = "\u0300\u0301\u0302\u0303\u0308\u0327"  # dropped, as translate does without a match
_PLAIN = "AAAAAAEEEEIIIIOOOOOUUUUCNY"

_CPF_WEIGHTS: tuple[tuple[int, ...], ...] = (
    (10, 9, 8, 7, 6, 5, 4, 3, 2),
    (11, 10, 9, 8, 7, 6, 5, 4, 3, 2),
)
_CNPJ_WEIGHTS: tuple[tuple[int, ...], ...] = (
    (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2),
    (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2),
)


def folded(text: Column) -> Column:
    """Text made comparable: trimmed, upper case, accents stripped (composed or combining)."""
    upper = F.upper(trimmed(text))
    return F.translate(upper, _ACCENTED + _COMBINING, _PLAIN)


def normalised_code(code: Column, kind: str) -> Column:
    """A customer code in the one form in which codes are compared.

    A CPF or CNPJ loses its punctuation and regains the leading zeros that a numeric column lost;
    what is no CPF or CNPJ at all stays as it is, in upper case, and fails ``is_valid_code``.
    Free text is trimmed, and ``17850.0``, a code that went through a float column, is ``17850``;
    its leading zeros stay.

    Args:
        code: The code as received.
        kind: ``cpf``, ``cnpj`` or ``text``.

    Returns:
        The normalised code; null where nothing is left.

    Source: spec §2.
    """
    return padded_code(bare_code(code, kind), kind)


def bare_code(code: Column, kind: str) -> Column:
    """A code without what people write around it; the first half of ``normalised_code``.

    Whoever normalises a column of codes keeps this as a column, so that it is computed once.
    """
    whole = F.regexp_replace(trimmed(code), r"^(\d+)\.0+$", "$1")
    if kind == "text":
        return whole
    return F.upper(F.regexp_replace(whole, r"[.\-/\s\u00a0]", ""))


def padded_code(bare: Column, kind: str) -> Column:
    """A code with the leading zeros that it lost; the second half of ``normalised_code``."""
    something = F.when(bare != "", bare)
    if kind == "text":
        return something
    length = 11 if kind == "cpf" else 14
    lost_zeros = bare.rlike(rf"^\d{{1,{length - 1}}}$")
    return F.when(lost_zeros, F.lpad(bare, length, "0")).otherwise(something)


def without_leading_zeros(code: Column) -> Column:
    """A code as a numeric column writes it: without its leading zeros.

    All stay where fewer than ``FEWEST_DIGITS`` characters would be left. Null in, null out.
    """
    left = F.regexp_replace(code, "^0+", "")
    return F.when(F.length(left) >= FEWEST_DIGITS, left).otherwise(code)


def is_valid_code(code: Column, kind: str) -> Column:
    """Whether a normalised code has the form and check digits of its kind; null for free text.

    Eleven (fourteen) equal digits pass the arithmetic and are refused all the same. A CNPJ may
    have letters in its first twelve places, as it has been issued since July 2026: a letter counts
    as its ASCII code less 48.

    Source: spec §2; Receita Federal, Instrução Normativa RFB 2.229/2024 for letters in the CNPJ.
    """
    if kind == "text":
        return F.lit(None).cast("boolean")
    form = r"^\d{11}$" if kind == "cpf" else r"^[0-9A-Z]{12}\d{2}$"
    is_of_form = code.rlike(form) & ~code.rlike(r"^(.)\1+$")
    return F.when(code.isNotNull(), is_of_form & has_check_digits(code, kind))


def is_tax_id(code: Column) -> Column:
    """Whether a code, as anybody wrote it, is a CPF or CNPJ by its check digits; never null.

    One of fewer than ``FEWEST_DIGITS`` characters is none: any number may seem to lack zeros.
    """
    cpf, cnpj = (is_valid_code(normalised_code(code, kind), kind) for kind in ("cpf", "cnpj"))
    return F.coalesce((F.length(code) >= FEWEST_DIGITS) & (cpf | cnpj), F.lit(False))


def has_check_digits(code: Column, kind: str) -> Column:
    """Whether a normalised code of the right length ends in the check digits of its kind.

    A letter is no check digit. Nothing else of the form is looked at.
    """
    first, second = _CPF_WEIGHTS if kind == "cpf" else _CNPJ_WEIGHTS
    return _has_check_digit(code, first) & _has_check_digit(code, second)


def code_class(code: Column, normalised: Column, sentinels: Sequence[str]) -> Column:
    """``none`` without a code, ``generic`` for a sentinel, else ``coded``.

    A sentinel (``CONSUMIDOR``, ``PADRÃO``, ``0``…) is recognised in the code as received and in
    its normalised form, after trimming, upper-casing and stripping accents.

    Args:
        code: The code as received.
        normalised: What ``normalised_code`` made of it.
        sentinels: The codes that stand for nobody, as conf lists them.

    Source: spec §2.
    """
    known = [folded(F.lit(sentinel)) for sentinel in sentinels]
    # Digits, as most codes have nothing else, are no case and no accent: they need no folding.
    is_sentinel = (
        F.when(normalised.rlike(r"^\d+$"), trimmed(code).isin(*known) | normalised.isin(*known))
    ).otherwise(folded(code).isin(*known) | folded(normalised).isin(*known))
    return (
        F.when(normalised.isNull(), F.lit("none"))
        .when(is_sentinel, F.lit("generic"))
        .otherwise(F.lit("coded"))
    )


def with_keyed_digest(rows: DataFrame, message: Column, key: DataFrame, name: str) -> DataFrame:
    """Adds the HMAC-SHA-256 of a message, as 64 hexadecimal digits.

    Args:
        rows: Any rows.
        message: What is hashed; null in, null out.
        key: One row, ``inner_pad`` and ``outer_pad`` (binary, 64 bytes each): the key combined
            with HMAC's two pads. It is joined and not inlined, because a literal would stand in
            query plans and event logs.
        name: The column to add.

    Source: RFC 2104; design, principle 4.
    """
    inner = F.unhex(F.sha2(F.concat("inner_pad", message.cast("binary")), 256))
    digest = F.sha2(F.concat("outer_pad", inner), 256)
    return (
        rows.join(F.broadcast(key), how="cross")
        .withColumn(name, digest)
        .drop("inner_pad", "outer_pad")
    )


def with_customer_id(rows: DataFrame, code: Column, kind: str, key: DataFrame) -> DataFrame:
    """Adds ``customer_id``: the first 64 bits of the keyed hash of kind and normalised code.

    The kind is part of what is hashed, so that the CPF 00000000191 and the free text of the same
    digits are two customers. Null where ``code`` is null.

    Args:
        rows: Any rows.
        code: A normalised code.
        kind: ``cpf``, ``cnpj`` or ``text``.
        key: As in ``with_keyed_digest``.
    """
    return (
        rows.transform(
            with_keyed_digest, message=F.concat(F.lit(f"{kind}:"), code), key=key, name="_digest"
        )
        .withColumn("customer_id", F.conv(F.substring("_digest", 1, 16), 16, -10).cast("bigint"))
        .drop("_digest")
    )


def compared_codes(given: DataFrame, known: DataFrame) -> DataFrame:
    """Says of every code whether it is new, and whether its id bears another code too.

    Args:
        given: ``customer_id``, ``customer_code``, ``code_kind`` and other columns; each code once.
        known: The same of the codes already there, one per id.

    Returns:
        The given rows with ``is_new`` and ``collides``, never null. Both codes of an id that two of
        the given ones share collide.
    """
    code = F.struct("customer_code", "code_kind")
    bearing_id = Window.partitionBy("customer_id").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    is_known = F.coalesce(F.col("_known") == code, F.lit(False))
    is_shared = F.count(F.lit(1)).over(bearing_id) > 1
    return (
        given.join(known.select("customer_id", code.alias("_known")), on="customer_id", how="left")
        .withColumn("is_new", F.col("_known").isNull())
        .withColumn("collides", is_shared | ~(F.col("is_new") | is_known))
        .drop("_known")
    )


def _has_check_digit(code: Column, weights: tuple[int, ...]) -> Column:
    """Whether the digit after the weighted ones is 11 less their sum modulo 11 (10, 11: zero)."""
    values = [
        (F.ascii(F.substring(code, place, 1)) - F.lit(48)) * F.lit(weight)
        for place, weight in enumerate(weights, start=1)
    ]
    total = values[0]
    for value in values[1:]:
        total = total + value
    expected = (F.lit(11) - total % 11) % 11 % 10
    return F.ascii(F.substring(code, len(weights) + 1, 1)) - F.lit(48) == expected
