"""From the text of an export to typed values, every misreading with its reason (spec §2).

A mapping turns the columns of a file into text columns that bear the names of the contract. The
functions here read that text. A value that cannot be read is null, and the reason says why; whether
that rejects the row is the caller's rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.rejected_rows import Reason
from transforms.texts import text, trimmed

_YES = ("1", "S", "SIM", "Y", "YES", "T", "TRUE", "V", "VERDADEIRO")
_NO = ("0", "N", "NAO", "NO", "F", "FALSE", "FALSO")
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
    return F.coalesce(raw.rlike(_DAMAGED), F.lit(False))


def wide_number(raw: Column, decimal_mark: str) -> Column:
    """A number as ``decimal(38,12)``, null where it is none; the first half of ``number``.

    Groups of three digits may be set apart by the other mark or a space (``1.234,56`` where the
    decimal mark is a comma). Decimals from the thirteenth on are float noise
    (``0.30000000000000004``) and are rounded off.

    Args:
        raw: The text.
        decimal_mark: ``.`` or ``,``.
    """
    group_marks = f"{'.' if decimal_mark == ',' else ','} \u00a0"
    bare = trimmed(raw)
    joined = F.translate(bare, group_marks, "")
    grouped = rf"^[+-]?\d{{1,3}}([{group_marks}]\d{{3}})+([{decimal_mark}]\d*)?$"
    # The expression is tried only on the few numbers that hold such a mark at all.
    ungrouped = F.when(joined == bare, bare).when(bare.rlike(grouped), joined)
    plain = F.translate(ungrouped, ",", ".") if decimal_mark == "," else ungrouped
    return plain.try_cast("decimal(38,12)")


def number(raw: Column, wide: Column, scale: int) -> Reading:
    """An exact ``decimal(18, scale)``; one with more decimals is refused rather than rounded.

    Args:
        raw: The text.
        wide: What ``wide_number`` made of it, as a column of its own, so that it is read once.
        scale: Decimals kept.
    """
    value = wide.try_cast(f"decimal(18,{scale})")
    exact = F.coalesce(wide == value, F.lit(False))
    return Reading(
        value=F.when(exact, value),
        problems={
            Reason.UNREADABLE_NUMBER: text(raw).isNotNull() & value.isNull(),
            Reason.TOO_PRECISE: value.isNotNull() & ~exact,
        },
    )


def whole_number(raw: Column) -> Reading:
    """A 32-bit integer; ``3.0`` is 3."""
    value = F.regexp_replace(trimmed(raw), r"\.0+$", "").try_cast("int")
    return Reading(value, {Reason.UNREADABLE_NUMBER: text(raw).isNotNull() & value.isNull()})


def flag(raw: Column) -> Reading:
    """Yes or no, in Portuguese or English; empty is null."""
    word = F.translate(F.upper(trimmed(raw)), "Ã", "A")
    value = F.when(word.isin(*_YES), F.lit(True)).when(word.isin(*_NO), F.lit(False))
    return Reading(value, {Reason.UNREADABLE_FLAG: text(raw).isNotNull() & value.isNull()})


def wall_time(raw: Column, patterns: Sequence[str]) -> Reading:
    """A date and time as clocks showed it, held as a timestamp in a session whose zone is UTC.

    Years have four digits.

    Args:
        raw: The text.
        patterns: Date patterns in Spark's notation; the first that fits reads the text.
    """
    written = text(raw)
    value = F.coalesce(*(_by_pattern(written, each) for each in patterns))
    return Reading(value, {Reason.UNREADABLE_DAY: written.isNotNull() & value.isNull()})


def _by_pattern(written: Column, pattern: str) -> Column:
    """The time that text says by one pattern, or null."""
    read = F.try_to_timestamp(written, F.lit(pattern))
    if not _FIXED_PLACES.fullmatch(pattern):
        return read
    # To learn that text does not fit costs an exception, many times what reading it costs.
    longest = len(pattern)
    shortest = longest - max(pattern.count("S") - 1, 0)
    return F.when(F.length(written).between(shortest, longest), read)


def day(raw: Column, patterns: Sequence[str]) -> Reading:
    """A calendar day, by the same patterns as ``wall_time``; a time of day is cut off."""
    read = wall_time(raw, patterns)
    return Reading(F.to_date(read.value), read.problems)


def reasons(problems: Sequence[tuple[Reason, Column]]) -> Column:
    """Every reason that applies to a row, once each and in the order of the enum; maybe none."""
    conditions: dict[Reason, Column] = {}
    for reason, condition in problems:
        conditions[reason] = conditions[reason] | condition if reason in conditions else condition
    found = [
        F.when(conditions[reason], F.lit(reason.value)) for reason in Reason if reason in conditions
    ]
    return F.array_compact(F.array(*found)) if found else F.array().cast("array<string>")


def count_true(conditions: Sequence[Column]) -> Column:
    """How many of the conditions hold, as a 32-bit integer."""
    return reduce(lambda total, each: total + each.cast("int"), conditions, F.lit(0))
