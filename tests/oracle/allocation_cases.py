"""Random settings, and random small networks in which nearly everything ties."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from .allocation import CRITERIA, ROUTINES
from .allocation_brute import Settings, Stint, Store, Ticket, World
from .day_by_day import Period

DAY = timedelta(days=1)
START = date(2023, 11, 20)
LENGTH = 200
CUSTOMERS = ("ANA", "BIA", "EVA")
STORES = ("S1", "S2", "S3", "S4")
SALESPEOPLE = ("P1", "P2", "P3", "P4")
PRICES = (Fraction(0), Fraction(10), Fraction(10), Fraction(20), Fraction("0.0001"))


def settings_of_allocation() -> st.SearchStrategy[Settings]:
    """Settings that the project would accept: some of the routines and criteria, in any order."""
    return st.builds(
        Settings,
        routines=_some_of(ROUTINES),
        criteria=_some_of(CRITERIA),
        last_purchases=st.sampled_from((1, 2, 3, 3, 4)),
        recent=st.sampled_from(
            (Period(365, "days"), Period(30, "days"), Period(1, "days"), Period(1, "months"))
        ),
        on_tie=st.sampled_from(("narrow", "restart")),
        online_candidates=st.booleans(),
        default_store=st.sampled_from((None, "S1", "S4", "S9")),
        value_basis=st.sampled_from(("net", "gross")),
    )


def _some_of(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    subsets = st.permutations(names).flatmap(
        lambda order: st.integers(1, len(order)).map(lambda size: tuple(order[:size]))
    )
    return st.one_of(st.just(names), st.permutations(names).map(tuple), subsets)


def some_world(rng: Random) -> World:
    """Few days and prices, so that counts, values, instants and numbers are often the same."""
    calendar = _some_calendar(rng)
    # days on and beside the dates of the calendar, where boundaries are
    days = [day + rng.choice((-1, 0, 1)) * DAY for day in calendar for _ in range(2)]
    days += [_some_day(rng) for _ in range(4)]
    # in some of them nothing closes and nobody leaves, so that many candidates compete
    is_calm = rng.random() < 0.4
    stores = STORES[: rng.choice((1, 4) if is_calm else (1, 2, 3, 4))]
    people = SALESPEOPLE[: rng.choice((1, 4) if is_calm else (1, 2, 3, 4))]
    sizes = (6, 10, 16) if is_calm else (1, 2, 4, 8, 14)
    dates = {rng.choice(calendar), rng.choice(days), _some_day(rng), calendar[-1]}
    dates |= {day for day in calendar if rng.random() < 0.5}
    return World(
        _some_tickets(rng, stores, people, days, sizes),
        {
            customer: (
                rng.choice((None, *days)),
                rng.choice((None, *STORES, "S9")),
            )
            for customer in CUSTOMERS
            if rng.random() < 0.6
        },
        _some_stores(rng, days) if rng.random() < 0.85 and not is_calm else {},
        _some_stints(rng, stores, people, days) if rng.random() < 0.85 and not is_calm else (),
        sorted(dates),
        calendar,
    )


def _some_day(rng: Random) -> date:
    return START + rng.randrange(LENGTH) * DAY


def _some_calendar(rng: Random) -> list[date]:
    ends = [date(2023, 11, 30), date(2023, 12, 31)]
    ends += [date(2024, month, 1) - DAY for month in (2, 3, 4, 5, 6)]
    if rng.random() < 0.6:
        return ends
    found = {rng.choice(ends), *(one for one in ends if rng.random() < 0.6)}
    return sorted(found | {_some_day(rng) for _ in range(rng.randrange(4))})


def _some_tickets(
    rng: Random,
    stores: tuple[str, ...],
    people: tuple[str, ...],
    days: list[date],
    sizes: tuple[int, ...],
) -> list[Ticket]:
    found: dict[tuple[str, date, str], Ticket] = {}
    unattended = rng.choice((0.0, 0.1, 0.5))
    for customer in (*CUSTOMERS[: rng.randint(1, 3)], None):
        for _ in range(rng.choice(sizes)):
            key = (rng.choice(stores), rng.choice(days), rng.choice(("1", "10", "2", "3")))
            store, day, number = key
            hour = rng.choice((None, 9, 9, 18))
            is_purchase = rng.random() < 0.85
            gross = rng.choice(PRICES) if is_purchase else Fraction(0)
            back = rng.choice(PRICES) if not is_purchase or rng.random() < 0.15 else Fraction(0)
            found[key] = Ticket(
                customer,
                store,
                day,
                number,
                None if hour is None else datetime.combine(day, time(hour)),
                None if rng.random() < unattended else rng.choice(people),
                is_purchase,
                gross,
                gross - back,
            )
    return list(found.values())


def _some_stores(rng: Random, days: list[date]) -> dict[str, Store]:
    """A successor is a store of a higher code, so that there are no circles; or an unknown one."""
    found = {}
    for place, code in enumerate(STORES):
        if rng.random() < 0.9:
            found[code] = Store(
                rng.choice((None, START, START, rng.choice(days))),
                rng.choice((None, None, rng.choice(days))),
                rng.random() < 0.2,
                rng.choice((None, *STORES[place + 1 :], *STORES[place + 1 :], "S9")),
            )
    return found


def _some_stints(
    rng: Random, stores: tuple[str, ...], people: tuple[str, ...], days: list[date]
) -> list[Stint]:
    found = []
    for name in people:
        for _ in range(rng.randint(0, 4)):
            begins = rng.choice((START, START, rng.choice(days)))
            ends = rng.choice((None, *days, *days))
            if ends is None or begins < ends:
                found.append(Stint(name, rng.choice(stores), begins, ends))
    return found
