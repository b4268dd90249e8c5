"""The stores of the network side by side."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import Row

from jobs.report.figures import Figures, Level, Subject
from jobs.report.headline import rating, remark
from jobs.report.names import page_name

STORE_COLUMNS = (
    ("net_sales", "month"),
    ("average_ticket", "month"),
    ("customers", "on_date"),
    ("active", "on_date"),
    ("association_rate", "month"),
)
"""Indicators and their periods; stores are ordered by the first, whose change is shown too."""


@dataclass(frozen=True)
class StoreRow:
    """One store in the table of stores.

    Attributes:
        name: Code and name.
        href: The store's page; empty if none is written.
        cells: Its figures, formatted.
    """

    name: str
    href: str
    cells: list[str]


def by_net_sales(figures: Figures) -> list[str]:
    """The codes of all stores, most net sales of the month first, then by code."""

    def place(code: str) -> tuple[Decimal, str]:
        row = figures.now(Level.store(code), *STORE_COLUMNS[0])
        return (-(row.value or Decimal(0)) if row else Decimal("Infinity"), code)

    return sorted(figures.stores, key=place)


def store_rows(subject: Subject, written: frozenset[str]) -> list[StoreRow]:
    """The stores of the network, most net sales first.

    Args:
        subject: The network's page.
        written: The codes of the stores that have pages.
    """
    language = subject.words.language
    pages = {code: page_name(Level.store(code), language) for code in written}
    return [_row(subject, code, pages.get(code, "")) for code in by_net_sales(subject.figures)]


def store_columns(subject: Subject) -> list[str]:
    """The titles of their figures."""
    known = subject.figures.dictionary
    titles = [subject.indicator_name(code) if code in known else code for code, _ in STORE_COLUMNS]
    return [titles[0], subject.words.say("axes.month_change"), *titles[1:]]


def _row(subject: Subject, code: str, href: str) -> StoreRow:
    figures = subject.figures
    now = [figures.now(Level.store(code), *key) for key in STORE_COLUMNS]
    cells = [_cell(subject, row) for row in now]
    return StoreRow(subject.store_name(code), href, [cells[0], _moved(subject, code), *cells[1:]])


def _moved(subject: Subject, code: str) -> str:
    """How net sales changed since the month before, or why that is not told."""
    rows = subject.figures.by_level.get(Level.store(code), {}).get("indicator_evolution", ())
    found = [row for row in rows if (row.indicator, row.period) == STORE_COLUMNS[0]]
    if not found or found[0].month_growth is None:
        return "–"
    told = subject.words.growth(found[0].month_growth)
    return remark(subject, STORE_COLUMNS[0][1], found[0], "month") or told


def _cell(subject: Subject, row: Row | None) -> str:
    if row is None:
        return "–"
    value = subject.words.value(subject.figures.dictionary[row.indicator].unit, row.value)
    return f"{value} {rating(subject, row)}" if row.rating else value
