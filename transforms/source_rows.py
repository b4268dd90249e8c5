"""From the text of an export to typed values, every misreading with its reason (spec §2).

A mapping turns the columns of a file into text columns that bear the names of the contract,
trimmed by ``transforms.texts.text``. The functions here read that text. A value that cannot be read
is null, and the reason says why; whether that rejects the row is the caller's rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.rejected_rows import Reason
from transforms.texts import is_ascii

_YES = ("1", "S", "SIM", "Y", "YES", "T", "TRUE", "V", "VERDADEIRO")
_NO = ("0", "N", "NAO", "NÃO", "NO", "F", "FALSE", "FALSO")
_WIDE_SCALE, _MOST_GROUPS = 12, 9
_FIXED_PLACES = re.compile(r"(?:yyyy|MM|dd|HH|mm|ss|S{1,9}|[^A-Za-z'\[\]#{}])+")
"""Date patterns as long as the text they read; fractions of a second alone may be shorter."""
_DAMAGED = "\ufffd|[\u00c2\u00c3][\u0080-\u009f\u00a1-\u00bf]"


@dataclass(frozen=True)
class Reading:
    """A value read from text.

    Attributes:
        value: The typed value, null where the text is empty or cannot be read.
        problems: For each reason, the condition under which the text could not be read.
    """

    value: Column
    problems: Mapping[Reason, Column]


def is_damaged(raw: Column) -> Column:
    """Whether text was decoded with the wrong character set.

    The replacement character stands for bytes that the declared encoding does not know; Ã or Â
    before a character of U+0080–U+00BF is UTF-8 read as Latin-1, which no Portuguese word has (a
    no-break space is left out, since one may follow a word that ends in Ã).
    """
    # Most text is of ASCII alone, which need not be searched.
    return F.coalesce(~is_ascii(raw) & raw.rlike(_DAMAGED), F.lit(False))


def exact_number(written: Column, decimal_mark: str, scale: int) -> Column:
    """A number as ``decimal(18, scale)``, null where it is none, too large or has more decimals.

    Groups of three digits may be set apart by the other mark or a space (``1.234,56`` where the
    decimal mark is a comma). Decimals from the thirteenth on are float noise
    (``0.30000000000000004``) and are rounded off.

    Args:
        written: The text.
        decimal_mark: ``.`` or ``,``.
        scale: Decimals kept.
    """
    kept = f"decimal(18,{scale})"
    # Nearly all numbers are of this form, and read several times as fast as any may be.
    short = rf"^[+-]?\d{{1,{18 - scale}}}([{decimal_mark}]\d{{1,{scale}}})?$"
    # Each part of the long way stands once: what stands twice is compiled and computed twice.
    exact = rf"^(.*\.\d{{{scale}}})0{{{_WIDE_SCALE - scale}}}$"
    long = F.regexp_extract(_wide_number(written, decimal_mark).cast("string"), exact, 1)
    plain = F.replace(written, F.lit(","), F.lit(".")) if decimal_mark == "," else written
    # Of both ways what cannot be cast is null: a pattern's end lets a line separator follow.
    return F.when(written.rlike(short), plain.try_cast(kept)).otherwise(long.try_cast(kept))


def _wide_number(written: Column, decimal_mark: str) -> Column:
    """A number with every decimal that is none of float noise, without marks between its groups."""
    mark = f"[{'.' if decimal_mark == ',' else ','} \u00a0]"
    groups_before = rf"(?<=^[+-]?\d{{1,3}}({mark}\d{{3}}){{0,{_MOST_GROUPS}}})"
    groups_after = rf"(?=\d{{3}}({mark}\d{{3}})*([{decimal_mark}]\d*)?$)"
    joined = F.regexp_replace(written, f"{groups_before}{mark}{groups_after}", "")
    # A mark of groups that is left stands where none belongs, and makes the text no number.
    plain = F.translate(joined, ",.", ".,") if decimal_mark == "," else joined
    return plain.try_cast(f"decimal(38,{_WIDE_SCALE})")


def number(written: Column, exact: Column, decimal_mark: str, scale: int) -> Reading:
    """An exact ``decimal(18, scale)``; one with more decimals is refused rather than rounded.

    Args:
        written: The text.
        exact: What ``exact_number`` made of it, as a column of its own, so that it is read once.
        decimal_mark: As ``exact_number`` was given it.
        scale: Likewise.
    """
    is_left = written.isNotNull() & exact.isNull()
    fits = _wide_number(written, decimal_mark).try_cast(f"decimal(18,{scale})").isNotNull()

    # What two conditions share Spark works out for every row, but not what stands behind a WHEN.
    def if_left(condition: Column) -> Column:
        return F.when(is_left, condition).otherwise(F.lit(False))

    return Reading(
        value=exact,
        problems={Reason.UNREADABLE_NUMBER: if_left(~fits), Reason.TOO_PRECISE: if_left(fits)},
    )


def plain_number(number: Column) -> Column:
    """A floating-point number as text: a whole one as digits alone, no ``5.2998224725E10``."""
    whole = number.try_cast("bigint")
    digits = F.when(whole == number, whole.cast("string"))
    return F.coalesce(digits, number.cast("string"))


def whole_number(written: Column) -> Reading:
    """A 32-bit integer; ``3.0`` is 3."""
    value = F.coalesce(
        written.try_cast("int"), F.regexp_replace(written, r"\.0+$", "").try_cast("int")
    )
    return Reading(value, {Reason.UNREADABLE_NUMBER: written.isNotNull() & value.isNull()})


def flag(written: Column) -> Reading:
    """Yes or no, in Portuguese or English; empty is null."""
    meanings = [(word, True) for word in _YES] + [(word, False) for word in _NO]
    known = F.create_map(*(F.lit(each) for pair in meanings for each in pair))
    value = F.try_element_at(known, F.upper(written))
    return Reading(value, {Reason.UNREADABLE_FLAG: written.isNotNull() & value.isNull()})


def wall_time(written: Column, patterns: Sequence[str]) -> Reading:
    """A date and time as clocks showed it, held as a timestamp in a session whose zone is UTC.

    Years have four digits.

    Args:
        written: The text.
        patterns: Date patterns in Spark's notation; the first that fits reads the text.
    """
    value = F.coalesce(*(_by_pattern(written, each) for each in patterns))
    return Reading(value, {Reason.UNREADABLE_DAY: written.isNotNull() & value.isNull()})


def _by_pattern(written: Column, pattern: str) -> Column:
    """The time that text says by one pattern, or null."""
    read = F.try_to_timestamp(written, F.lit(pattern))
    if not _FIXED_PLACES.fullmatch(pattern):
        return read
    # To learn that text does not fit costs an exception, many times what reading it costs.
    longest = len(pattern.encode())
    shortest = longest - max(pattern.count("S") - 1, 0)
    return F.when(F.octet_length(written).between(shortest, longest), read)


def day(written: Column, patterns: Sequence[str]) -> Reading:
    """A calendar day, by the same patterns as ``wall_time``; a time of day is cut off."""
    read = wall_time(written, patterns)
    return Reading(F.to_date(read.value), read.problems)


def reasons(problems: Sequence[tuple[Reason, Column]]) -> Column:
    """Every reason that applies to a row, once each and in the order of the enum; maybe none."""
    conditions: dict[Reason, Column] = {}
    for reason, condition in problems:
        conditions[reason] = conditions[reason] | condition if reason in conditions else condition
    nothing = F.array().cast("array<string>")
    if not conditions:
        return nothing
    found = [
        F.when(conditions[reason], F.lit(reason.value)) for reason in Reason if reason in conditions
    ]
    # Spark compacts arrays without compiling what fills them: many times what the conditions cost.
    is_any = F.coalesce(reduce(Column.__or__, conditions.values()), F.lit(False))
    return F.when(is_any, F.array_compact(F.array(*found))).otherwise(nothing)


def count_true(conditions: Sequence[Column]) -> Column:
    """How many of the conditions hold, as a 32-bit integer."""
    return reduce(lambda total, each: total + each.cast("int"), conditions, F.lit(0))
