"""Made-up figures of a report, of any number of stores and months, without Spark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pyspark.sql import Row

from jobs.indicator_dictionary import Entry, load_dictionary
from jobs.report.figures import NETWORK_LEVEL, Figures, Level
from schemas.frequency_classes import FREQUENCY
from schemas.life_cycle import SEGMENTS
from schemas.portfolio_sales import RELATIONS

AS_OF = date(2025, 12, 31)
BANDS = 20


def made_up(stores: Sequence[str], months: int) -> Figures:
    """Figures of the network and of stores, as if all tables were published.

    Args:
        stores: Their codes; each has rows of every kind.
        months: How many month-ends there are, the last being 2025-12-31.
    """
    dates = month_ends(months)
    levels = [NETWORK_LEVEL, *map(Level.store, stores)]
    return Figures(
        AS_OF,
        dates,
        dictionary(),
        {code: f"Loja {code}" for code in sorted(stores)},
        {level: rows(place, dates, stores) for place, level in enumerate(levels)},
        bands=BANDS,
        top_share=Decimal("0.2"),
        value_share=Decimal("0.8"),
    )


def month_ends(months: int) -> list[date]:
    """The last days of months, up to December 2025."""
    numbers = range(2026 * 12 - months + 1, 2026 * 12 + 1)
    return [date(number // 12, number % 12 + 1, 1) - timedelta(days=1) for number in numbers]


def dictionary() -> dict[str, Row]:
    """The declared dictionary, as rows of its table."""
    return {
        entry.code: _entry(group, entry)
        for group, entries in load_dictionary().items()
        for entry in entries
    }


def rows(place: int, dates: Sequence[date], stores: Sequence[str]) -> dict[str, list[Row]]:
    """Every kind of rows of one level; the first level is the network."""
    indicators = list(_indicators(place, dates))
    return {
        "indicators": indicators,
        "indicator_evolution": [_evolution(row) for row in indicators if row.as_of == AS_OF],
        "growth_accounting": [_growth(day) for day in dates],
        "life_cycle_matrix": list(_matrix()),
        "frequency_classes": [
            Row(frequency_class=name, customers=1000 + place, share=0.25) for name in FREQUENCY
        ],
        "revenue_tree": [_tree(compared) for compared in ("month_before", "year_before")],
        "cohorts": list(_cohorts()),
        "pareto_curve": [
            Row(
                percent=percent,
                customers=percent * 50,
                customer_share=percent / 100,
                value_share=1 - (1 - percent / 100) ** 3,
            )
            for percent in range(1, 101)
        ],
        "pareto_summary": [
            Row(
                customers=5000,
                value=Decimal("1234567.8950"),
                top_20_value_share=0.488,
                customers_for_80=2076,
                customers_for_80_share=0.4152,
                gini=0.4955,
            )
        ],
        "abc_classes": [
            Row(
                abc_class=name,
                customers=customers,
                value=Decimal(value),
                positive_value=Decimal(value),
            )
            for name, customers, value in (("A", 2000, 800), ("B", 1500, 150), ("C", 1500, 50))
        ],
        "rfv_matrix": [
            Row(recency_band=r, frequency_band=f, customers=1 + r * f)
            for r in range(1, BANDS + 1)
            for f in range(1, BANDS + 1)
        ],
        "portfolio_sizes": list(_portfolios(place, stores)),
        "portfolio_sales": list(_sales(place, stores)),
    }


def _entry(group: str, entry: Entry) -> Row:
    return Row(
        indicator=entry.code,
        english=entry.names.en,
        portuguese=entry.names.pt,
        meaning=entry.meaning.en,
        significado=entry.meaning.pt,
        unit=entry.unit,
        group_name=group,
        periods=list(entry.all_periods) or None,
        kind=entry.kind,
        direction=entry.direction,
    )


def _indicators(place: int, dates: Sequence[date]) -> Iterator[Row]:
    for group in load_dictionary().values():
        for number, entry in enumerate(group):
            for period in entry.all_periods:
                for month, day in enumerate(dates):
                    yield _value(entry, day, period, 1000 + 37 * place + 11 * number + 5 * month)


def _value(entry: Entry, day: date, period: str, number: int) -> Row:
    is_share = entry.unit == "share"
    value = Decimal(number % 997) / 997 if is_share else Decimal(number) * Decimal("1.2345")
    rated = "good" if entry.kind == "metric" else None
    return Row(
        as_of=day,
        period=period,
        indicator=entry.code,
        value=value,
        numerator=Decimal(number),
        rating=rated,
    )


def _evolution(row: Row) -> Row:
    return Row(
        indicator=row.indicator,
        period=row.period,
        month_change=Decimal("0.012500000000"),
        month_growth=0.0125,
        year_change=Decimal("-0.500000000000"),
        year_growth=-0.3335,
    )


def _growth(day: date) -> Row:
    counts: dict[str, Any] = {"new": 40, "reactivated": 12, "recovered": 3, "inactivated": 35}
    return Row(
        as_of=day,
        start_on=day - timedelta(days=30),
        active_start=1500,
        active_end=1520,
        lost=9,
        **counts,
    )


def _matrix() -> Iterator[Row]:
    names = list(SEGMENTS)
    for number, source in enumerate(["none", *names]):
        for target in (names[number % len(names)], names[(number * 3 + 1) % len(names)]):
            yield Row(
                from_segment=source,
                to_segment=target,
                customers=5 + number,
                start_on=date(2025, 11, 30),
                as_of=AS_OF,
            )


def _tree(compared: str) -> Row:
    effects = {
        "customers": Decimal("70467.0900"),
        "purchases_per_customer": Decimal("-744.3796"),
        "items_per_purchase": Decimal("-8306.3283"),
        "price_per_item": Decimal("18103.9400"),
        "other": Decimal("0.0050"),
    }
    before = Decimal("327236.7150")
    return Row(
        compared_with=compared,
        purchases_before=1800,
        net_amount_before=before,
        net_amount=before + sum(effects.values()),
        **{f"effect_{name}": effect for name, effect in effects.items()},
    )


def _cohorts() -> Iterator[Row]:
    for cohort in range(13):
        for age in range(13 - cohort):
            month = 2025 * 12 + 11 - (12 - cohort)
            yield Row(
                cohort=date(month // 12, month % 12 + 1, 1),
                age=age,
                customers=100,
                buyers=100 if age == 0 else 40 - age,
                retention=1.0 if age == 0 else (40 - age) / 100,
            )


def _holders(place: int, stores: Sequence[str]) -> list[str]:
    return list(stores) if place == 0 else [f"V{number:03}" for number in range(8)]


def _portfolios(place: int, stores: Sequence[str]) -> Iterator[Row]:
    for number, holder in enumerate(_holders(place, stores)):
        for portfolio in ("salesperson", "transition"):
            yield Row(
                portfolio=portfolio,
                holder=holder,
                customers=10 + number,
                purchases_12m=30 + number,
                net_amount_12m=Decimal(1000 * (number + 1)) / 3,
            )


def _sales(place: int, stores: Sequence[str]) -> Iterator[Row]:
    for number, holder in enumerate(_holders(place, stores)):
        for relation in RELATIONS:
            yield Row(relation=relation, holder=holder, net_amount=Decimal(500 + number * 7))
