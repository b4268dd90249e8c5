"""Random choices, and random customers and sales with heavy ties."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from .day_by_day import Period
from .rfv_brute import NETWORK, Choices, Measured, Sale, Scope

DAY = timedelta(days=1)
CODES = tuple(f"C{number:02}" for number in range(40))
SHARES = tuple(Fraction(number, 100) for number in (1, 10, 20, 33, 50, 95, 100))
WEIGHTS = (
    (Fraction(1),) * 3,
    (Fraction(2), Fraction(1), Fraction(0)),
    (Fraction(0), Fraction(0), Fraction(7)),
    (Fraction(1, 10), Fraction(3, 10), Fraction(6, 10)),
)
FREQUENCIES = (*(Fraction(n) for n in (0, 1, 1, 1, 2, 3)), Fraction("0.333333"), Fraction("0.5"))
AMOUNTS = (
    *(Fraction(tenths, 10) for tenths in (-50, 0, 0, 10, 10, 25, 25, 100)),
    *(Fraction(text) for text in ("-0.0001", "0.0001", "1000.01")),
)
QUADRANTS = ("best", "spenders", "frequent", "occasional")

Measurements = dict[date, dict[str, Measured]]
Members = dict[tuple[date, Scope], list[str]]


def choices() -> st.SearchStrategy[Choices]:
    """Settings that the project would accept."""
    days = st.lists(st.sampled_from((-400, -30, -2, -1, 0)).map(Fraction), max_size=4).map(tuple)
    cuts = st.lists(st.sampled_from(AMOUNTS + FREQUENCIES), max_size=4).map(tuple)
    return st.builds(
        Choices,
        value_basis=st.sampled_from(("net", "gross")),
        frequency=st.sampled_from(("purchases", "frequency_per_month")),
        value=st.sampled_from(("value", "average_ticket")),
        history=st.sampled_from(
            (None, *(Period(n, "months") for n in (1, 2, 12)), Period(45, "days"))
        ),
        population=st.sampled_from(("all", "active")),
        bands=st.sampled_from((1, 2, 3, 5, 7, 20)),
        scoring=st.sampled_from(("percent_rank", "ntile", "quantile", "fixed")),
        recency_cuts=days,
        frequency_cuts=cuts,
        value_cuts=cuts,
        weights=st.sampled_from(WEIGHTS),
        top_ranking=st.sampled_from(("weighted", "nested")),
        top_share=st.sampled_from(SHARES),
        fv_value=st.sampled_from(("average_ticket", "value")),
        category=st.sampled_from(("fv_quadrant", "top_class")),
        abc_shares=st.sampled_from(((Fraction(8, 10), Fraction(95, 100)), (SHARES[3], SHARES[4]))),
        top_customers_share=st.sampled_from(SHARES),
        value_share=st.sampled_from(SHARES),
    )


def some_choices(rng: Random, scoring: str) -> Choices:
    """Settings of one way of scoring, drawn so that none is the simplest: bands, and three cuts.

    Where a test has time for one case only, Hypothesis would try one band and no cut.
    """
    recencies = (-25, -10, -3, -2, -1)
    return Choices(
        bands=rng.choice((2, 3, 5, 7, 20)),
        scoring=scoring,
        recency_cuts=tuple(sorted(map(Fraction, rng.sample(recencies, 3)))),
        frequency_cuts=tuple(sorted(rng.sample(sorted(set(FREQUENCIES)), 3))),
        value_cuts=tuple(sorted(rng.sample(sorted(set(AMOUNTS)), 3))),
        weights=rng.choice(WEIGHTS),
        top_ranking=rng.choice(("weighted", "nested")),
        top_share=rng.choice(SHARES),
        category=rng.choice(("fv_quadrant", "top_class")),
        abc_shares=rng.choice(((Fraction(8, 10), Fraction(95, 100)), (SHARES[3], SHARES[4]))),
        top_customers_share=rng.choice(SHARES),
        value_share=rng.choice(SHARES),
    )


def some_ids(rng: Random) -> dict[str, int]:
    """Ids of all 64 bits, in no order of the codes."""
    return {code: rng.choice((-1, 1)) * (rng.randrange(1 << 62) + (1 << 61)) for code in CODES}


def some_measurements(rng: Random, ids: dict[str, int]) -> tuple[Measurements, Members]:
    """Dates with few measures for many customers, some with one customer or none, and scopes."""
    measured: Measurements = {}
    members: Members = {}
    for number in range(10):
        as_of = date(2024, 1, 28) + number * DAY
        size = rng.choice((0, 1, 2, 3, 5, 8, 12, 20, 33, 40))
        recencies, levels = rng.choice((1, 3, 30)), rng.choice((1, 3, len(AMOUNTS)))
        measured[as_of] = {
            code: Measured(
                ids[code],
                rng.randrange(recencies),
                rng.choice(FREQUENCIES[:levels]),
                rng.choice(AMOUNTS[:levels] if rng.random() < 0.8 else AMOUNTS),
                rng.choice(AMOUNTS),
                rng.choice(QUADRANTS),
            )
            for code in rng.sample(CODES, size)
        }
        for scope in (("store", "S1"), ("store", "S2"), ("portfolio", "S1")):
            here = [code for code in measured[as_of] if rng.random() < 0.4]
            if here:
                members[as_of, scope] = here
    return measured, members


def some_sales(rng: Random) -> list[Sale]:
    """Two years of a small chain: days at ends of months, dear and free goods, and returns."""
    days = [date(2023, 1, 1) + rng.randrange(760) * DAY for _ in range(12)]
    days += [date(2023, month, 1) - DAY for month in (2, 3, 4, 12)]
    sales = []
    for code in CODES[: rng.choice((1, 3, 9))]:
        for _ in range(rng.choice((1, 2, 4, 7))):
            kind = rng.choice(("bought", "bought", "bought", "returned", "both", "adjusted"))
            paid, back = (abs(rng.choice(AMOUNTS)) for _ in range(2))
            gross = paid if kind in {"bought", "both"} else Fraction(0)
            net = gross if kind == "bought" else gross - back
            sales.append(
                Sale(
                    code,
                    rng.choice(("S1", "S2")),
                    rng.choice(days),
                    kind in {"bought", "both"},
                    gross,
                    net,
                )
            )
    return sales


def some_values(rng: Random) -> dict[tuple[date, str, str], dict[str, Fraction]]:
    """Scopes of all sizes, some without a positive value."""
    found = {}
    for number in range(10):
        scope = NETWORK if number == 0 else ("store", f"S{number}")
        of = AMOUNTS[: rng.choice((1, 3, len(AMOUNTS)))]
        size = rng.choice((1, 2, 3, 7, 25))
        at = (date(2024, 1, 31), *scope)
        found[at] = {code: rng.choice(of) for code in rng.sample(CODES, size)}
    return found
