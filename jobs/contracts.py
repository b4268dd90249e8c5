"""A table's contract as Delta keeps it: the properties of the table, the check of every row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.errors import ContractError
from schemas import TABLES, Table

_BREACH = "Contract of table"
# Spark's word before it tells a rule that spoke from a rule's text within another error.
_RAISED = re.compile(rf"\[USER_RAISED_EXCEPTION\] ({_BREACH}.*?)(?: SQLSTATE|[\n\"]|$)")

_PROPERTIES = {
    "delta.enableDeletionVectors": "false",
    "delta.columnMapping.mode": "none",
    "delta.checkpointPolicy": "classic",
    # A slice's files lie in its folder.
    "delta.randomizeFilePrefixes": "false",
}
_IN_ORDER = ("date", "timestamp")
_UNTIL_MAINTAINED_DAYS = 400


def conformed(rows: DataFrame, table: Table, dates: Sequence[date] | None = None) -> DataFrame:
    """The rows in the columns of a contract, each checked against it as it is written.

    Columns are compared at once, with every difference in one message. Rows are checked inside the
    write itself, in the same pass: the first that breaks a rule stops it, with the names of the
    rules that it breaks and none of its values.

    Args:
        rows: The rows.
        table: The contract.
        dates: The processing dates that a row may be of; none: any.

    Raises:
        ContractError: If columns are missing, unknown or of another type.
    """
    differences = table.differences(rows.schema)
    if differences:
        message = f"{_BREACH} {table.name}: {'; '.join(differences)}"
        raise ContractError(message)
    rules = {f"{name} is null": f"{name} IS NOT NULL" for name in table.required_columns}
    for name, condition in table.constraints.items():
        rules[f"{name} does not hold ({condition})"] = f"coalesce({condition}, TRUE)"
    if dates is not None:
        rules["as_of is none of the dates that are written"] = f"as_of IN ({sql_dates(dates)})"
    # One piece of SQL, since a Column made for every rule costs the driver much. The names of the
    # rules are put together only for a row that breaks one.
    broken = ", ".join(f"IF({rule}, NULL, {sql_text(name)})" for name, rule in rules.items())
    # Spark fuses no array_compact with what is before it, or the rules would make methods too long.
    told = (
        f"concat({sql_text(f'{_BREACH} {table.name}: ')}, "
        f"array_join(array_compact(array({broken})), '; '))"
    )
    sound = " AND ".join(f"({rule})" for rule in rules.values())
    # Part of a column and no filter, which Spark would move below joins, to rows that they drop.
    first = table.columns[0]
    checked = F.expr(
        f"CASE WHEN {sound} THEN {first.name} ELSE CAST(raise_error({told}) AS {first.type}) END"
    )
    return rows.select(checked.alias(first.name), *table.column_names[1:])


def table_properties(table: Table) -> dict[str, str]:
    """Delta's table properties: reader version 1, the rules, statistics on days and times alone.

    Rows lie in the order of days or in none, so that statistics on other columns would find no file
    and cost much of a write (``docs/decisions.md``). Those of ids would tell of two people for as
    long as the log does.
    """
    shown = [
        each.name
        for each in table.columns
        if each.type in _IN_ORDER and not each.personal and each.name not in table.partitioned_by
    ]
    statistics = {"delta.dataSkippingNumIndexedCols": "0"}
    if shown:
        statistics = {"delta.dataSkippingStatsColumns": ",".join(shown)}
    # Delta's CHECK refuses null where SQL's lets it pass.
    rules = {
        f"delta.constraints.{name}": f"coalesce({rule}, TRUE)"
        for name, rule in table.constraints.items()
    }
    changes = {"delta.enableChangeDataFeed": "true"} if table.keeps_changes else {}
    # Of the table of runs nobody reads an earlier version.
    kept = versions_kept(_UNTIL_MAINTAINED_DAYS) if table.name in TABLES else {}
    return {
        **_PROPERTIES,
        **kept,
        **changes,
        **statistics,
        **rules,
    }


def breach(error: Exception) -> str | None:
    """What a row broke, in words, if that is why a write ended."""
    raised = re.search(_RAISED, str(error))
    return None if raised is None else raised[1]


def versions_kept(days: int) -> dict[str, str]:
    """Delta's table properties for how long versions of a table can be read, if files are there."""
    keys = ("delta.deletedFileRetentionDuration", "delta.logRetentionDuration")
    return dict.fromkeys(keys, f"interval {days} days")


def sql_pairs(properties: Mapping[str, str]) -> str:
    """Table properties as SQL lists them."""
    return ", ".join(f"{sql_text(key)} = {sql_text(value)}" for key, value in properties.items())


def sql_dates(dates: Sequence[date]) -> str:
    """Dates as SQL lists them; none: what no date equals."""
    return ", ".join(f"DATE'{each}'" for each in dates) or "NULL"


def sql_text(text: str) -> str:
    """A text as SQL quotes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
