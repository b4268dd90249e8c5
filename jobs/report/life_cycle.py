"""Figures of the life cycle: stages, segments, moves between them and frequency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import dropwhile

from pyspark.sql import Row

from jobs.report.charts import bars, stacked_months
from jobs.report.cohorts import cohorts
from jobs.report.drawing import ACCENT, SEGMENT_COLOURS, SKY, STAGE_COLOURS, WARM
from jobs.report.figures import Subject
from jobs.report.flow import Link, flow
from jobs.report.parts import Figure, Section, Table, figure, nothing, section, table
from schemas.frequency_classes import FREQUENCY
from schemas.life_cycle_matrix import NOT_YET

_ENTERED = {
    "new": ACCENT,
    "reactivated": SKY,
    "recovered": SEGMENT_COLOURS["new"],
}
_LEFT = {"inactivated": WARM}


def life_cycle(subject: Subject) -> Section:
    """Where customers stand, and how they move."""
    return section(
        subject,
        "life_cycle",
        (
            _shares_over_time(subject, "stages", STAGE_COLOURS),
            _shares_over_time(subject, "segments", SEGMENT_COLOURS),
            _moves(subject),
            _flow(subject),
            _frequency(subject),
            cohorts(subject),
        ),
    )


def _shares_over_time(subject: Subject, key: str, colours: Mapping[str, str]) -> Figure:
    """Customers per stage or segment, which are indicators too: their numerators count them."""
    series, dates = subject.series, subject.figures.dates
    known = {code: series.get((code, "on_date"), {}) for code in colours}
    if not any(dates[-1] in rows for rows in known.values()):
        return nothing(subject, key)
    # A month without a date stays, empty; those before the first are not shown.
    dated = list(dropwhile(lambda day: not any(day in rows for rows in known.values()), dates))
    names = {code: subject.indicator_name(code) for code in colours}
    points = [
        _point(subject, day, names[code], order, known[code].get(day))
        for day in dated
        for order, code in enumerate(colours)
    ]
    spec = stacked_months(
        points,
        {names[code]: colour for code, colour in colours.items()},
        subject.words.say("axes.customers"),
    )
    last = {code: rows.get(dated[-1]) for code, rows in known.items()}
    listed = [_told(subject, names[code], row) for code, row in last.items() if row is not None]
    sentence = subject.words.say(
        f"figures.{key}.sentence", day=subject.words.day(dated[-1]), listed="; ".join(listed)
    )
    return figure(subject, key, sentence, spec, _by_month(subject, key, dated, known))


def _point(
    subject: Subject, day: date, series: str, order: int, row: Row | None
) -> dict[str, object]:
    words = subject.words
    return {
        "month": words.month(day),
        "series": series,
        "order": order,
        "value": 0 if row is None else int(row.numerator or 0),
        "label": "–" if row is None else _counted(subject, row),
    }


def _told(subject: Subject, name: str, row: Row) -> str:
    return f"{name} {_counted(subject, row)}"


def _counted(subject: Subject, row: Row) -> str:
    words = subject.words
    return f"{words.count(row.numerator or 0)} ({words.share(row.value)})"


def _by_month(
    subject: Subject,
    key: str,
    dates: Sequence[date],
    rows: Mapping[str, Mapping[date, Row]],
) -> Table:
    words = subject.words
    head = [words.say("axes.day"), *(subject.indicator_name(code) for code in rows)]
    cells = [
        [
            words.day(day),
            *(
                words.count(found[day].numerator or 0) if day in found else "–"
                for found in rows.values()
            ),
        ]
        for day in dates
    ]
    return Table(words.say(f"figures.{key}.title"), head, cells)


def _moves(subject: Subject) -> Figure:
    """Who became active, and who no longer is, month by month."""
    words = subject.words
    rows = {row.as_of: row for row in subject.rows("growth_accounting")}
    if subject.figures.as_of not in rows:
        return nothing(subject, "moves")
    dated = list(dropwhile(lambda day: day not in rows, subject.figures.dates))
    names = {code: words.say(f"moves.{code}") for code in (*_ENTERED, *_LEFT)}
    points = [
        {
            "month": words.month(day),
            "series": names[code],
            "order": order,
            "value": (rows[day][code] if day in rows else 0) * (-1 if code in _LEFT else 1),
            "label": _written(subject, rows.get(day), code),
        }
        for day in dated
        for order, code in enumerate(names)
    ]
    colours = {names[code]: colour for code, colour in (_ENTERED | _LEFT).items()}
    now = rows[subject.figures.as_of]
    counts = {code: words.count(now[code]) for code in (*_ENTERED, *_LEFT, "lost")}
    sentence = words.say(
        "figures.moves.sentence",
        since=words.day(now.start_on),
        day=words.day(now.as_of),
        start=words.count(now.active_start),
        end=words.count(now.active_end),
        **counts,
    )
    columns = ("active_start", *_ENTERED, *_LEFT, "active_end", "lost")
    cells = [
        [words.day(day), *(_written(subject, rows.get(day), name) for name in columns)]
        for day in dated
    ]
    spec = stacked_months(points, colours, words.say("axes.customers"))
    return figure(subject, "moves", sentence, spec, table(subject, "moves", "head", cells))


def _written(subject: Subject, row: Row | None, column: str) -> str:
    """A count; a dash where there is no row."""
    return "–" if row is None else subject.words.count(row[column])


def _flow(subject: Subject) -> Figure:
    """From which segment to which customers went this month; who stayed is only told."""
    words = subject.words
    rows = sorted(
        subject.rows("life_cycle_matrix"),
        key=lambda row: (-row.customers, row.from_segment, row.to_segment),
    )
    if not rows:
        return nothing(subject, "flow")
    names = {code: subject.indicator_name(code) for code in SEGMENT_COLOURS}
    names[NOT_YET] = words.say("moves.not_yet")
    links = [
        Link(
            names[row.from_segment],
            names[row.to_segment],
            row.customers,
            _from_to(subject, names, row),
        )
        for row in rows
        if row.from_segment != row.to_segment
    ]
    right = {names[code]: colour for code, colour in SEGMENT_COLOURS.items()}
    left = {names[NOT_YET]: "#5f6b73", **right}
    cells = [
        [names[row.from_segment], names[row.to_segment], words.count(row.customers)] for row in rows
    ]
    spec = flow(links, left, right, words.count) if links else None
    sentence = _moved_and_stayed(subject, rows, links)
    return figure(subject, "flow", sentence, spec, table(subject, "flow", "head", cells))


def _moved_and_stayed(subject: Subject, rows: Sequence[Row], links: Sequence[Link]) -> str:
    """How many changed segment, how many did not, and the largest moves if there are any."""
    words, moved = subject.words, sum(link.customers for link in links)
    told = words.say(
        "figures.flow.sentence",
        since=words.day(rows[0].start_on),
        day=words.day(rows[0].as_of),
        moved=words.counted("customers", moved),
        stayed=words.count(sum(row.customers for row in rows) - moved),
    )
    if not links:
        return told
    largest = "; ".join(link.label for link in links[:3])
    return f"{told} {words.say('figures.flow.largest', listed=largest)}"


def _from_to(subject: Subject, names: Mapping[str, str], row: Row) -> str:
    count = subject.words.count(row.customers)
    return f"{names[row.from_segment]} → {names[row.to_segment]} {count}"


def _frequency(subject: Subject) -> Figure:
    words = subject.words
    rows = {row.frequency_class: row for row in subject.rows("frequency_classes")}
    found = [rows[name] for name in FREQUENCY if name in rows]
    if not found:
        return nothing(subject, "frequency")
    told = [
        (
            words.say(f"frequency.{row.frequency_class}"),
            words.count(row.customers),
            words.share(row.share),
        )
        for row in found
    ]
    points = [
        {"name": name, "value": row.share, "label": f"{share} ({count})"}
        for (name, count, share), row in zip(told, found, strict=True)
    ]
    sentence = words.say(
        "figures.frequency.sentence",
        customers=words.counted("customers", sum(row.customers for row in found)),
        listed="; ".join(f"{name} {share}" for name, _, share in told),
    )
    return figure(
        subject, "frequency", sentence, bars(points), table(subject, "frequency", "head", told)
    )
