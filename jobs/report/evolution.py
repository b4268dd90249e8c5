"""The evolution of every indicator of a level, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from pyspark.sql import Row

from jobs.report.charts import lines
from jobs.report.drawing import Spec
from jobs.report.figures import Subject
from jobs.report.headline import changes, rating
from jobs.report.parts import Table
from schemas.indicators import PERIODS
from transforms.periods import ends_month

_SHARES, _NUMBERS = ".1~%", ",.2~f"
"""How an axis writes shares, and all other units."""


@dataclass(frozen=True)
class Choice:
    """One indicator in one period, as the page offers it.

    Attributes:
        name: Its name, with the period where it has several.
        group: Of what it is.
        sentence: Its value, rating and changes.
        form: How the axis writes it.
        values: By month; None where there is none.
        labels: The same as people read them.
    """

    name: str
    group: str
    sentence: str
    form: str
    values: list[float | None]
    labels: list[str]


def choices(subject: Subject) -> list[Choice]:
    """Every indicator that the level has on the processing date, in the dictionary's order."""
    moved = {(row.indicator, row.period): row for row in subject.rows("indicator_evolution")}
    known = subject.figures.dictionary
    places = {code: place for place, code in enumerate(known)}
    groups = list(subject.words.text("groups"))
    keys = [
        key
        for key, rows in subject.series.items()
        if subject.figures.as_of in rows and key[0] in known
    ]
    keys.sort(
        key=lambda key: (
            groups.index(known[key[0]].group_name),
            places[key[0]],
            PERIODS.index(key[1]),
        )
    )
    return [_choice(subject, key, moved.get(key)) for key in keys]


def evolution_spec(subject: Subject, chosen: Choice) -> Spec:
    """The chart of one choice; the page's script puts another one's points into it."""
    points = [
        {"month": subject.words.month(day), "series": chosen.name, "value": value, "label": label}
        for day, value, label in zip(
            subject.figures.dates, chosen.values, chosen.labels, strict=True
        )
    ]
    return lines(points, [chosen.name], chosen.form)


def offered(subject: Subject, found: list[Choice]) -> Mapping[str, Any]:
    """What the page's script needs to draw any choice."""
    return {
        "months": [subject.words.month(day) for day in subject.figures.dates],
        "series": [
            {
                "name": each.name,
                "sentence": each.sentence,
                "form": each.form,
                "values": each.values,
                "labels": each.labels,
            }
            for each in found
        ],
    }


def evolution_tables(subject: Subject, found: list[Choice]) -> list[Table]:
    """All choices in one table a year, so that each is narrow enough for paper.

    A column is of a month; where its date does not end it, of the day to which its figures go.
    """
    words, dates = subject.words, subject.figures.dates
    title = words.say("figures.evolution.title")
    tables = []
    for year, of_year in groupby(range(len(dates)), lambda place: dates[place].year):
        places = list(of_year)
        ends = [dates[place] for place in places]
        titles = [words.month(day) if ends_month(day) else words.day(day) for day in ends]
        rows = [[each.name, *(each.labels[place] for place in places)] for each in found]
        tables.append(Table(f"{title} {year}", [words.say("axes.indicator"), *titles], rows))
    return tables


def _choice(subject: Subject, key: tuple[str, str], moved: Row | None) -> Choice:
    words, entry = subject.words, subject.figures.dictionary[key[0]]
    rows: Mapping[date, Row] = subject.series[key]
    values = [rows[day].value if day in rows else None for day in subject.figures.dates]
    name = subject.indicator_name(*key)
    now = rows[subject.figures.as_of]
    told = [words.value_with_unit(entry.unit, now.value)]
    told += [rating(subject, now)] if now.rating else []
    told += [change.text for change in changes(subject, key, moved)]
    return Choice(
        name,
        str(entry.group_name),
        f"{name}: {'; '.join(told)}",
        _SHARES if entry.unit == "share" else _NUMBERS,
        [None if value is None else float(value) for value in values],
        [words.value(entry.unit, value) for value in values],
    )
