"""The headline figures: the first indicators of a level, how they changed, and their rating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Row

from jobs.report.figures import Subject
from jobs.report.words import is_zero
from transforms.periods import ends_month

HEADLINES = (
    ("net_sales", "month"),
    ("purchases", "month"),
    ("average_ticket", "month"),
    ("items_per_purchase", "month"),
    ("customers", "on_date"),
    ("active", "on_date"),
    ("spending_12m", "last_12m"),
    ("life_time_value", "on_date"),
    ("activation_rate", "month"),
    ("real_growth_rate", "month"),
    ("association_rate", "month"),
    ("registration_rate", "month"),
)
"""Indicators and their periods, in the order of the page."""

_OF_A_MONTH = ("month", "year")
"""Periods that begin with a month, or with the months of a year, and end with ``as_of``."""

_MARKS = {1: "▲", -1: "▼", 0: "="}


@dataclass(frozen=True)
class Change:
    """How an indicator changed since an earlier date.

    Attributes:
        text: Arrow, change, and since when.
        verdict: better or worse in a word, and empty where the dictionary holds neither for it.
        kind: better, worse or neither, for the style.
    """

    text: str
    verdict: str
    kind: str


@dataclass(frozen=True)
class Headline:
    """One headline figure.

    Attributes:
        indicator: Its code.
        period: Its period.
        name: Its name, with the period.
        meaning: What it tells.
        value: The value in its unit.
        rating: Sign and word, empty without thresholds.
        rating_kind: good, fair, bad or empty, for the style.
        changes: Since the month before, and since the year before; or why there are none.
    """

    indicator: str
    period: str
    name: str
    meaning: str
    value: str
    rating: str
    rating_kind: str
    changes: tuple[Change, ...]


def headlines(subject: Subject) -> list[Headline]:
    """The headline figures of a level; those that have no row are left out."""
    moved = {(row.indicator, row.period): row for row in subject.rows("indicator_evolution")}
    rows = {key: subject.now(*key) for key in HEADLINES if key[0] in subject.figures.dictionary}
    return [_headline(subject, row, moved.get(key)) for key, row in rows.items() if row is not None]


def rating(subject: Subject, row: Row) -> str:
    """Sign and word of a rating; empty without one."""
    return subject.words.say(f"ratings.{row.rating}") if row.rating else ""


def changes(subject: Subject, key: tuple[str, str], moved: Row | None) -> tuple[Change, ...]:
    """The changes of an indicator since the month and the year before, or why there are none.

    Args:
        subject: The page.
        key: Its code and period.
        moved: Its row of ``indicator_evolution``; None where there is none.
    """
    told = [_change(subject, key, moved, since) for since in ("month", "year")]
    return tuple(dict.fromkeys(told))


def remark(subject: Subject, period: str, moved: Row | None, since: str) -> str:
    """Why an indicator is not compared: a part of a month says nothing beside a whole one.

    Args:
        subject: The page.
        period: Its period.
        moved: Its row of ``indicator_evolution``; None where there is none.
        since: ``month`` or ``year``.

    Returns:
        Empty where it can be compared.
    """
    if period not in _OF_A_MONTH:
        return ""
    if not subject.figures.is_whole_month:
        return subject.words.say("changes.unfinished")
    found: Mapping[str, Any] = moved.asDict() if moved is not None else {}
    before = found.get(f"{since}_before_on")
    is_part = before is not None and not ends_month(before)
    return subject.words.say(f"changes.part_{since}") if is_part else ""


def _headline(subject: Subject, row: Row, moved: Row | None) -> Headline:
    words, entry = subject.words, subject.figures.dictionary[row.indicator]
    return Headline(
        row.indicator,
        row.period,
        subject.indicator_name(row.indicator, row.period),
        str(entry[words.say("columns.meaning")]),
        words.value_with_unit(entry.unit, row.value),
        rating(subject, row),
        row.rating or "",
        changes(subject, (row.indicator, row.period), moved),
    )


def _change(subject: Subject, key: tuple[str, str], moved: Row | None, since: str) -> Change:
    words, entry = subject.words, subject.figures.dictionary[key[0]]
    if why_not := remark(subject, key[1], moved, since):
        return Change(why_not, "", "neither")
    found: Mapping[str, Any] = moved.asDict() if moved is not None else {}
    change, growth = found.get(f"{since}_change"), found.get(f"{since}_growth")
    if change is None:
        return Change(words.say(f"changes.no_{since}"), "", "neither")
    # A change of a share is told in points: a tenth more of 2% and 2 points more differ much.
    if growth is None or entry.unit == "share":
        text = words.change_in(entry.unit, change)
    else:
        text = words.growth(growth)
    # What is too small to be written is no change to people.
    sign = 0 if is_zero(text) else (change > 0) - (change < 0)
    told = words.say(f"changes.{since}", mark=_MARKS[sign], change=text)
    better = {"up": 1, "down": -1}.get(entry.direction or "", 0) * sign
    kind = {1: "better", -1: "worse", 0: "neither"}[better]
    return Change(told, words.say(f"changes.{kind}") if better else "", kind)
