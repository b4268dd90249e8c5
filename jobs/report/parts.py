"""What a page is made of: sections of figures, each with a sentence, a chart and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobs.report.drawing import Spec
from jobs.report.figures import Subject


@dataclass(frozen=True)
class Table:
    """A table as it is written on the page.

    Attributes:
        caption: What it shows.
        head: The titles of its columns.
        rows: Its rows, formatted; the first cell of each names the row.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        key: Its name in the texts, and its anchor.
        title: Its title.
        about: How to read it; empty if the title says all.
        sentence: What it shows, with its figures; or that nothing is published.
        spec: The chart; None where there is nothing to draw.
        tables: The data behind the chart.
    """

    key: str
    title: str
    about: str
    sentence: str
    spec: Spec | None = None
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Section:
    """Figures under one heading.

    Attributes:
        key: Its name in the texts, and its anchor.
        title: Its heading.
        figures: At least one.
    """

    key: str
    title: str
    figures: Sequence[Figure]


def section(subject: Subject, key: str, figures: Iterable[Figure]) -> Section:
    """A section with the heading that the texts give it."""
    return Section(key, subject.words.say(f"sections.{key}"), tuple(figures))


def figure(
    subject: Subject,
    key: str,
    sentence: str,
    spec: Spec | None,
    *tables: Table,
    about: str | None = None,
) -> Figure:
    """A figure with the title that the texts give it, and their words on how to read its chart."""
    if about is None:
        about = how_to_read(subject, key) if spec else ""
    return Figure(key, subject.words.say(f"figures.{key}.title"), about, sentence, spec, tables)


def how_to_read(subject: Subject, key: str, **values: object) -> str:
    """What the texts say on a figure; of a store something else where they hold it."""
    has_own = not subject.is_network and "about_store" in subject.words.text(f"figures.{key}")
    return subject.words.say(f"figures.{key}.{'about_store' if has_own else 'about'}", **values)


def nothing(subject: Subject, key: str) -> Figure:
    """A figure for which nothing is published for this level and date."""
    words = subject.words
    sentence = words.say("page.nothing", day=words.day(subject.figures.as_of))
    return Figure(key, words.say(f"figures.{key}.title"), "", sentence)


def table(subject: Subject, key: str, head: str, rows: Iterable[Sequence[str]]) -> Table:
    """A table with the titles that the texts hold for a figure, under ``head``."""
    words = subject.words
    titles = [str(title) for title in words.text(f"figures.{key}.{head}")]
    return Table(words.say(f"figures.{key}.title"), titles, list(rows))
