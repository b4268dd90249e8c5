"""Random small networks with a registry, tickets of all kinds, and stages short enough to pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from .allocation_brute import Ticket
from .allocation_cases import CUSTOMERS, settings_of_allocation, some_world
from .day_by_day import Period
from .indicators_brute import Case, Person, Sold
from .life_cycle_cases import parameters
from .rfv_brute import Choices

QUANTITIES = tuple(Fraction(text) for text in ("1", "1", "2", "3", "0.350"))
TAKEN_OFF = (Fraction(-3), Fraction("-0.0001"))
PEOPLE = (*CUSTOMERS, "UMA", "ZOE")
"""The last two never buy."""

MOBILES = (None, "", "11 98765-4321", "+55 (20) 9 8765-4321", "5511987654321", "1098765432100")
CEPS = (None, "01310-100", "1310100", "00000-000", "99999998", "CEP")
EMAILS = (None, "", "a@b.co", "a@b.c", "a@@b.com", "a b@c.com", "a@.com", "a.b@c.d.com.br")
ADDRESSES = (None, "", " ", "\t", "Rua A, 1")
ROLES = (("customer",), ("customer",), ("supplier", "customer"), ("prospect",), (), None)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Worlds as allocation has them; every calendar's date before the last is one asked for."""
    rng = Random(draw(st.integers(0, 10**6)))
    allocation = draw(settings_of_allocation())
    world = some_world(rng)
    dates = {*world.dates, *(day for day in world.calendar if day < max(world.dates))}
    tickets = [_some_sold(rng, one) for one in world.tickets]
    days = [one.day for one in tickets]
    return Case(
        replace(world, tickets=tickets, dates=sorted(dates)),
        _some_persons(rng, [*days, *dates]),
        draw(parameters()),
        Choices(
            value_basis=allocation.value_basis,
            population=rng.choice(("all", "active")),
            top_share=rng.choice((Fraction(1, 5), Fraction(1, 2))),
            fv_value=rng.choice(("average_ticket", "value")),
        ),
        allocation,
        rng.choice((Period(12, "months"), Period(12, "months"), Period(1, "months"))),
        rng.random() < 0.5,
    )


def _some_sold(rng: Random, one: Ticket) -> Sold:
    """The same ticket; a return of nothing may be an adjustment of the price alone."""
    back = one.gross - one.net
    gives_back = back > 0 or (not one.is_purchase and rng.random() < 0.8)
    adjusted = rng.choice(TAKEN_OFF) if rng.random() < 0.1 else Fraction(0)
    if not one.is_purchase and not gives_back:
        adjusted = rng.choice(TAKEN_OFF)
    return Sold(
        **vars(one) | {"net": one.net + adjusted},
        items=rng.choice(QUANTITIES) if one.is_purchase else Fraction(0),
        items_returned=rng.choice(QUANTITIES) if gives_back else Fraction(0),
        adjusted=adjusted,
        is_generic=one.customer is None and rng.random() < 0.5,
        by_queue=rng.random() < 0.5,
    )


def _some_persons(rng: Random, days: list[date]) -> dict[str, Person]:
    return {
        code: Person(
            rng.choice((None, *days)),
            rng.choice(ROLES),
            rng.choice((None, True, False)),
            rng.choice(MOBILES),
            rng.choice(CEPS),
            rng.choice(EMAILS),
            rng.choice(ADDRESSES),
            rng.choice((None, "F", "f ", "Masculino", "outro")),
        )
        for code in PEOPLE
        if rng.random() < 0.7
    }
