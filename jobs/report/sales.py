"""Figures of sales: why they changed, and how many of them have a known customer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import dropwhile

from pyspark.sql import Row

from jobs.report.charts import lines, waterfall
from jobs.report.figures import Subject
from jobs.report.parts import Figure, Section, figure, nothing, section, table

_EFFECTS = (
    "customers",
    "purchases_per_customer",
    "items_per_purchase",
    "price_per_item",
    "other",
)
_RATES = ("association_rate", "registration_rate", "association_rate_with_generic")


def sales(subject: Subject) -> Section:
    """Why net sales changed, and how many of them have a known customer."""
    trees = {row.compared_with: row for row in subject.rows("revenue_tree")}
    figures = [
        _tree(subject, f"tree_{compared}", trees.get(compared))
        for compared in ("month_before", "year_before")
    ]
    return section(subject, "sales", (*figures, _rates(subject)))


def _tree(subject: Subject, key: str, row: Row | None) -> Figure:
    if row is None:
        return nothing(subject, key)
    words = subject.words
    if row.net_amount_before == 0 and row.purchases_before == 0:
        # All of it would be drawn as an effect of customers.
        sentence = words.say(f"figures.{key}.nothing_before", now=words.money(row.net_amount))
        return figure(subject, key, sentence, None)
    effects = {name: row[f"effect_{name}"] for name in _EFFECTS}
    names = {name: words.say(f"tree.{name}") for name in _EFFECTS}
    told = [f"{names[name]} {words.signed(effect, 2)}" for name, effect in effects.items()]
    sentence = words.say(
        f"figures.{key}.sentence",
        before=words.money(row.net_amount_before),
        now=words.money(row.net_amount),
        change=words.signed(row.net_amount - row.net_amount_before, 2),
        listed="; ".join(told),
    )
    cells = [
        [words.say("tree.before"), words.money(row.net_amount_before)],
        *([names[name], words.signed(effect, 2)] for name, effect in effects.items()),
        [words.say("tree.now"), words.money(row.net_amount)],
    ]
    spec = waterfall(_steps(cells, row.net_amount_before, list(effects.values()), row.net_amount))
    tables = table(subject, key, "head", cells)
    return figure(subject, key, sentence, spec, tables, about=words.say("tree.about"))


def _steps(
    cells: Sequence[Sequence[str]], before: Decimal, effects: Sequence[Decimal], now: Decimal
) -> list[dict[str, object]]:
    """Each effect starts where the one above it ended."""
    edges = [(Decimal(0), before)]
    for effect in effects:
        edges.append((edges[-1][1], edges[-1][1] + effect))
    edges.append((Decimal(0), now))
    kinds = ["total", *("up" if effect >= 0 else "down" for effect in effects), "total"]
    return [
        {
            "name": name,
            "label": label,
            "start": float(start),
            "end": float(end),
            "at": float(max(start, end)),
            "kind": kind,
        }
        for (name, label), (start, end), kind in zip(cells, edges, kinds, strict=True)
    ]


def _rates(subject: Subject) -> Figure:
    words = subject.words
    series = {code: subject.series.get((code, "month"), {}) for code in _RATES}
    known = {day for rows in series.values() for day, row in rows.items() if row.value is not None}
    dates = list(dropwhile(lambda day: day not in known, subject.figures.dates))
    if not dates:
        return nothing(subject, "rates")
    names = {code: subject.indicator_name(code) for code in _RATES}
    points = [
        {
            "month": words.month(day),
            "series": names[code],
            "value": None if value is None else float(value),
            "label": words.share(value),
        }
        for code, rows in series.items()
        for day in dates
        for value in [rows[day].value if day in rows else None]
    ]
    now = {code: rows.get(subject.figures.as_of) for code, rows in series.items()}
    told = [f"{names[code]} {words.share(row.value)}" for code, row in now.items() if row]
    cells = [
        [
            words.day(day),
            *(words.share(rows[day].value if day in rows else None) for rows in series.values()),
        ]
        for day in dates
    ]
    sentence = words.say(
        "figures.rates.sentence", day=words.day(subject.figures.as_of), listed="; ".join(told)
    )
    spec = lines(points, list(names.values()))
    return figure(subject, "rates", sentence, spec, table(subject, "rates", "head", cells))
