"""The figure of cohorts: who comes back, by month of the first purchase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Row

from jobs.report.fields import heat_map
from jobs.report.figures import Subject
from jobs.report.parts import Figure, Table, figure, nothing


def cohorts(subject: Subject) -> Figure:
    """Which share of those who first bought in a month bought again in each later month."""
    words = subject.words
    rows = sorted(subject.rows("cohorts"), key=lambda row: (row.cohort, row.age))
    later = [row for row in rows if row.age > 0]
    if not later:
        return nothing(subject, "cohorts")
    points = [
        {
            "x": row.age,
            "y": words.month(row.cohort),
            "value": row.retention,
            "label": words.say(
                "figures.cohorts.cell",
                month=words.month(row.cohort),
                later=words.counted("months", row.age),
                share=words.share(row.retention),
                buyers=words.count(row.buyers),
                customers=words.counted("customers", row.customers),
            ),
        }
        for row in later
    ]
    months = list(dict.fromkeys(words.month(row.cohort) for row in later))
    ages = sorted({row.age for row in later})
    spec = heat_map(points, ages, months, (words.say("axes.age"), words.say("axes.cohort")))
    return figure(
        subject, "cohorts", _after_a_month(subject, later), spec, _cohort_table(subject, rows)
    )


def _after_a_month(subject: Subject, later: Sequence[Row]) -> str:
    """Who bought again in the month after, of the months after that are whole."""
    words, as_of = subject.words, subject.figures.as_of
    whole = subject.figures.is_whole_month
    first = [row for row in later if row.age == 1 and (whole or not _is_age_of(row, as_of))]
    told = [] if whole else [words.say("figures.cohorts.unfinished", month=words.month(as_of))]
    if first:
        customers = sum(row.customers for row in first)
        sentence = words.say(
            "figures.cohorts.sentence",
            months=words.counted("months", len(first)),
            first=words.month(first[0].cohort),
            last=words.month(first[-1].cohort),
            share=words.share(sum(row.buyers for row in first) / customers),
            customers=words.counted("customers", customers),
        )
        told = [sentence, *told]
    return " ".join(told)


def _is_age_of(row: Row, as_of: date) -> bool:
    """Whether a cohort's age is the month of the processing date."""
    return bool((as_of.year - row.cohort.year) * 12 + as_of.month - row.cohort.month == row.age)


def _cohort_table(subject: Subject, rows: Sequence[Row]) -> Table:
    words = subject.words
    ages = range(max(row.age for row in rows) + 1)
    by_cohort: dict[date, dict[int, Row]] = {}
    for row in rows:
        by_cohort.setdefault(row.cohort, {})[row.age] = row
    head = [str(title) for title in words.text("figures.cohorts.head")]
    cells = [
        [
            words.month(cohort),
            words.count(next(iter(found.values())).customers),
            *(words.share(found[age].retention) if age in found else "" for age in ages),
        ]
        for cohort, found in by_cohort.items()
    ]
    return Table(words.say("figures.cohorts.title"), [*head, *map(str, ages)], cells)
