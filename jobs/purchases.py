"""The table ``purchases``."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.kept import kept
from jobs.tables import Tables
from transforms.duplicates import with_survivors
from transforms.purchases import TICKET, purchases

_MOST_DAYS = 1000
"""More days than these are not named to find the files that hold them."""


def run(tables: Tables) -> None:
    """Sum the accepted lines of all days up to tickets."""
    tables.overwrite("purchases", lines_by_survivor(tables).transform(purchases))


def lines_by_survivor(tables: Tables) -> DataFrame:
    """The accepted lines, each under the customer who stands for whoever bought."""
    lines = tables.read("sales")
    if not tables.was_written("merges"):
        return lines
    return lines.transform(with_survivors, tables.read("merges"))


def run_changed(tables: Tables, changed: DataFrame) -> None:
    """Sum up again only the tickets of which a line came or went.

    Args:
        tables: The tables of the run.
        changed: The key of each such ticket, distinct.
    """
    days = [row[0] for row in changed.select("business_day").distinct().collect()]
    lines, before = (
        _on(rows, days).join(changed, on=list(TICKET), how="left_semi")
        for rows in (lines_by_survivor(tables), tables.read("purchases"))
    )
    with kept(before.select(*TICKET)) as gone:
        if not gone.isEmpty():
            tables.delete("purchases", gone)
    tables.append("purchases", lines.transform(purchases))


def _on(rows: DataFrame, days: list[object]) -> DataFrame:
    """The rows of some days: their files are found by the days' statistics."""
    if len(days) > _MOST_DAYS:
        return rows
    return rows.where(F.col("business_day").isin(days))
