"""What makes a value of the registry valid, and why it is not (spec §8; docs/registry.md).

A field has a function that cleans it, whose result is the form in which values are compared, and
one that tells the reason. Only a filled value is judged: it is valid, or it has one reason, that of
the first rule that it breaks. What is invalid is cleaned all the same, as far as there is anything
to clean.

Documents are in ``validity_documents``, ways to reach a person in ``validity_contacts``.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.validity import Invalid
from transforms.texts import WHITE_SPACE

FIRST_YEAR = 1900
GREATEST_AGE = 120

_FULL_WIDTH = "".join(map(chr, range(0xFF10, 0xFF1A)))  # the digits 0 to 9
_FLOAT = rf"^[{WHITE_SPACE}]*([0-9]+)\.0[{WHITE_SPACE}]*\z"  # of a column of floats
_ANYTHING = f"[^{WHITE_SPACE}]"


def is_filled(received: Column) -> Column:
    """Whether a text holds more than white space; never null."""
    return F.coalesce(received.rlike(_ANYTHING), F.lit(False))


def first_broken(received: Column, cleaned: Column, *rules: tuple[Invalid, Column]) -> Column:
    """The reason of the first rule that a filled text breaks, else null.

    Args:
        received: The text.
        cleaned: What is left of it; null where nothing is, which breaks the first rule of all.
        rules: In order, a reason and the condition under which it applies; null is no.
    """
    # What is cleaned to something was filled, so only the rest is asked.
    nothing_usable = F.when(is_filled(received), F.lit(Invalid.NOTHING_USABLE.value))
    reason = F.when(cleaned.isNull(), nothing_usable)
    for invalid, condition in rules:
        reason = reason.when(condition, F.lit(invalid.value))
    return reason


def ascii_digits(received: Column) -> Column:
    """Text whose full-width digits, as some phones type them, are plain ones."""
    is_ascii = F.octet_length(received) == F.length(received)  # nearly all, and translating is slow
    plain = F.translate(received, _FULL_WIDTH, "0123456789")
    return F.when(is_ascii, received).otherwise(plain)


def without_float_tail(plain: Column) -> Column:
    """A number that went through a float column, ``20040030.0``, as ``20040030``; others as is."""
    return F.when(plain.contains(".0"), F.regexp_replace(plain, _FLOAT, "$1")).otherwise(plain)


def digits(received: Column) -> Column:
    """The digits of a text without the tail of a float; null if it has none."""
    whole = without_float_tail(ascii_digits(received))
    return F.nullif(F.regexp_replace(whole, "[^0-9]", ""), F.lit(""))


def is_one_character(cleaned: Column) -> Column:
    """Whether a text repeats its first character to the end."""
    return F.replace(cleaned, F.left(cleaned, F.lit(1)), F.lit("")) == ""


def birth_date_reason(born: Column, as_of: Column) -> Column:
    """Why a birth date is invalid on a processing date: later than it, before 1900, over 120 years.

    Who was born on 29 February is a year older on 28 February of common years.
    """
    too_old = F.add_months(born, 12 * (GREATEST_AGE + 1)) <= as_of
    return (
        F.when(born > as_of, F.lit(Invalid.IN_THE_FUTURE.value))
        .when(F.year(born) < FIRST_YEAR, F.lit(Invalid.BEFORE_1900.value))
        .when(too_old, F.lit(Invalid.TOO_OLD.value))
    )


def words_reason(received: Column) -> Column:
    """Why a name or an address is invalid: it has no letter. No rule for these is published."""
    return first_broken(received, F.when(received.rlike(r"\p{L}"), received))
