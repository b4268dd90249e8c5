"""Figures of portfolios: what they hold, and whether their customers buy from their holders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import Row

from jobs.report.charts import stacked_bars
from jobs.report.drawing import ACCENT, AMBER, GREY, SKY, WARM, Spec
from jobs.report.figures import Subject
from jobs.report.parts import Figure, Section, figure, nothing, section, table
from schemas.portfolio_sales import RELATIONS

_KINDS = {"salesperson": ACCENT, "transition": AMBER, "store": SKY, "none": GREY}
_RELATIONS = dict(zip(RELATIONS, (ACCENT, WARM, AMBER, GREY), strict=True))
_SHOWN = 15
"""How many bars a chart has; its table has all."""


@dataclass(frozen=True)
class Held:
    """Rows by their holder, who has most money first.

    Attributes:
        by_holder: For each holder, by name, the rows by their kind.
        money: The column that is summed.
    """

    by_holder: Mapping[str, Mapping[str, Row]]
    money: str


def portfolios(subject: Subject) -> Section:
    """What portfolios hold, and whether their customers buy from their holders."""
    return section(subject, "portfolios", (_sizes(subject), _relations(subject)))


def _sizes(subject: Subject) -> Figure:
    words, rows = subject.words, subject.rows("portfolio_sizes")
    if not rows:
        return nothing(subject, "sizes")
    held = _held(subject, rows, "portfolio", "net_amount_12m")
    sums = {
        kind: sum(row.customers for row in rows if row.portfolio == kind)
        for kind in _KINDS
        if any(row.portfolio == kind for row in rows)
    }
    named = [
        f"{words.say(f'portfolios.{kind}')} {words.count(number)}" for kind, number in sums.items()
    ]
    cells = [
        [
            holder,
            words.say(f"portfolios.{kind}"),
            words.count(row.customers),
            words.count(row.purchases_12m),
            words.money(row.net_amount_12m),
        ]
        for holder, of_kind in held.by_holder.items()
        for kind, row in of_kind.items()
    ]
    sentence = words.say(
        "figures.sizes.sentence",
        customers=words.counted("customers", sum(sums.values())),
        listed="; ".join(named),
        shown=min(_SHOWN, len(held.by_holder)),
        value=words.money(_sum(rows, "net_amount_12m")),
    )
    spec = _stacked(subject, held, "portfolios", {kind: _KINDS[kind] for kind in sums})
    return figure(subject, "sizes", sentence, spec, table(subject, "sizes", "head", cells))


def _relations(subject: Subject) -> Figure:
    """Net sales of the month by whose customers they were made to."""
    words, rows = subject.words, subject.rows("portfolio_sales")
    if not rows:
        return nothing(subject, "relations")
    held = _held(subject, rows, "relation", "net_amount")
    sums = {
        code: _sum([row for row in rows if row.relation == code], held.money) for code in RELATIONS
    }
    named = [f"{words.say(f'relations.{code}')} {words.money(sums[code])}" for code in RELATIONS]
    cells = [
        [holder, *(_written(subject, found.get(code), held.money) for code in RELATIONS)]
        for holder, found in held.by_holder.items()
    ]
    sentence = words.say(
        "figures.relations.sentence",
        listed="; ".join(named),
        shown=min(_SHOWN, len(held.by_holder)),
    )
    spec = _stacked(subject, held, "relations", _RELATIONS)
    return figure(subject, "relations", sentence, spec, table(subject, "relations", "head", cells))


def _held(subject: Subject, rows: Sequence[Row], kind: str, money: str) -> Held:
    by_holder: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_holder.setdefault(row.holder, {})[row[kind]] = row
    ranked = sorted(
        by_holder, key=lambda holder: (-_sum(by_holder[holder].values(), money), holder)
    )
    return Held({_named(subject, holder): by_holder[holder] for holder in ranked}, money)


def _stacked(subject: Subject, held: Held, names: str, colours: Mapping[str, str]) -> Spec:
    """The chart of the first holders."""
    named = {kind: subject.words.say(f"{names}.{kind}") for kind in colours}
    points = [
        {
            "name": holder,
            "series": named[kind],
            "order": order,
            "value": float(found[kind][held.money]),
            "label": _written(subject, found[kind], held.money),
        }
        for holder, found in list(held.by_holder.items())[:_SHOWN]
        for order, kind in enumerate(colours)
        if kind in found
    ]
    by_name = {named[kind]: colour for kind, colour in colours.items()}
    return stacked_bars(points, by_name, is_share=False)


def _sum(rows: Iterable[Row], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def _written(subject: Subject, row: Row | None, money: str) -> str:
    """Money; a dash where there is no row."""
    return "–" if row is None else subject.words.money(row[money])


def _named(subject: Subject, holder: str) -> str:
    """A store in the network; in a store a salesperson, by code only, or nobody."""
    if not holder:
        return subject.words.say("portfolios.nobody")
    return subject.store_name(holder) if subject.is_network else holder
