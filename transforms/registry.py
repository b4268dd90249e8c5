"""From the rows of a registry export to persons, stores, stints and products (spec §8, §2)."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.contract import Table
from schemas.person_history import CHANNELS
from schemas.rejected_rows import Reason
from transforms.identity import code_class, normalised_code
from transforms.source_rows import Reading, count_true, day, flag, reasons
from transforms.texts import trimmed

PERSON_CODE = "person_code"
"""The text column of a registry's export that holds a person's code; it becomes an id."""

_NOT_FROM_SOURCE = ("customer_id", "delivered_at")
_PERIODS = {
    "stores": ("opened_on", "closed_on"),
    "salespeople": ("works_from", "works_to"),
    "past_actions": ("valid_from", "valid_to"),
}
_TO_THEIR_LAST_DAY = ("past_actions",)
"""The registries whose periods include their last day, so that one of a day begins as it ends."""


def text_columns(table: Table) -> tuple[str, ...]:
    """What a mapping may say of a row of a registry; all text."""
    own = tuple(name for name in table.column_names if name not in _NOT_FROM_SOURCE)
    return (PERSON_CODE, *own) if "customer_id" in table.column_names else own


def content(table: Table) -> tuple[str, ...]:
    """What a row says beyond its key, or its key if that is all: equal in equal rows."""
    said = [name for name in table.column_names if name not in (*table.key, "delivered_at")]
    return tuple(said) or table.key


def registry_rows(rows: DataFrame, table: Table, patterns: Sequence[str]) -> DataFrame:
    """Reads text rows as rows of a registry.

    A key that is missing or cannot be read rejects the row, and so does a period that ends before
    it starts. Any other value that cannot be read is null and counted: a wrong birth date is no
    reason to lose a person. Lists are written with ``;``, ``,`` or ``|`` between their items, in
    whatever case, and become small letters; one of channels with an item that is none is counted
    and kept.

    Args:
        rows: Text columns as ``text_columns`` names them, trimmed by ``transforms.texts.text``;
            other columns pass through.
        table: The registry's contract.
        patterns: Date patterns, first fitting one first.

    Returns:
        The rows with the table's columns (``person_code`` in place of a customer's id),
        ``reasons`` and ``values_unreadable``.
    """
    names = text_columns(table)
    kinds = {column.name: column.type for column in table.columns}
    readings = {name: _read(name, kinds.get(name, "string"), patterns) for name in names}
    keys = [PERSON_CODE if name == "customer_id" else name for name in table.key]
    optional = [
        condition
        for name in names
        if name not in keys
        for condition in readings[name].problems.values()
    ]
    problems = [(Reason.MISSING_KEY, F.col(name).isNull()) for name in keys]
    problems += [item for name in keys for item in readings[name].problems.items()]
    problems += [(Reason.REVERSED_PERIOD, _is_reversed(table, readings))]
    others = [name for name in rows.columns if name not in names]
    return rows.select(
        *others,
        *(readings[name].value.alias(name) for name in names),
        reasons(problems).alias("reasons"),
        count_true(optional).alias("values_unreadable"),
    )


def with_usable_codes(persons: DataFrame, kind: str, sentinels: Sequence[str]) -> DataFrame:
    """Normalises the codes of persons; a sentinel, or no code at all, rejects the row.

    Args:
        persons: What ``registry_rows`` returns for a table of people.
        kind: ``cpf``, ``cnpj`` or ``text``.
        sentinels: Codes that stand for nobody.

    Returns:
        The rows with ``customer_code`` (normalised, null if rejected) for ``person_code``.
    """
    code = normalised_code(F.col(PERSON_CODE), kind)
    is_usable = code_class(F.col(PERSON_CODE), code, sentinels) == "coded"
    missing = F.array(F.lit(Reason.MISSING_KEY.value))
    return (
        persons.withColumn(
            "reasons",
            F.when(is_usable, F.col("reasons")).otherwise(F.array_union("reasons", missing)),
        )
        .withColumn("customer_code", F.when(is_usable, code))
        .drop(PERSON_CODE)
    )


def _read(name: str, kind: str, patterns: Sequence[str]) -> Reading:
    written = F.col(name)
    if kind == "date":
        return day(written, patterns)
    if kind == "boolean":
        return flag(written)
    if kind == "array<string>":
        return _words(written, CHANNELS if name == "channels_opted_out" else ())
    return Reading(written, {})


def _words(written: Column, known: Sequence[str]) -> Reading:
    """The items of a list in small letters; one that is none of those known is counted, and stays.

    Without known ones any will do.
    """
    items = F.transform(F.split(F.lower(written), "[;,|]"), trimmed)
    words = F.filter(items, lambda item: item != "")
    if not known:
        return Reading(words, {})
    is_unknown = F.exists(words, lambda word: ~word.isin(*known))
    return Reading(words, {Reason.UNREADABLE_FLAG: F.coalesce(is_unknown, F.lit(False))})


def _is_reversed(table: Table, readings: dict[str, Reading]) -> Column:
    if table.name not in _PERIODS:
        return F.lit(False)
    start, end = (readings[name].value for name in _PERIODS[table.name])
    is_reversed = start > end if table.name in _TO_THEIR_LAST_DAY else start >= end
    return F.coalesce(is_reversed, F.lit(False))
