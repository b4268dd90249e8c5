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
PEOPLE = (*CUSTOMERS, *(f"N{number}" for number in range(30)))
"""The last thirty never buy, so that nearly every contact is somebody's."""

MOBILES = (
    None,
    "",
    "11 98765-4321",
    "5511987654321",
    "11987654321.0",
    "\t(11) 98765-4321\u00a0",
    "\uff11\uff11 98765-4321",
    "1\uff11987654321.0",
    "011987654321",
    "0 15 11 98765-4321",
    "+55 (0) 11 98765-4321",
    "+55 0 41 11 98765-4321",
    "00 55 11 98765-4321",
    "0055 0 21 11 98765-4321",
    "55987654321",  # 55 is an area code too
    "55 55 98765-4321",
    "55 0 9 8765-4321",
    "+55 (20) 9 8765-4321",
    "20987654321",
    "0 23 98765-4321",
    "(10) 98765-4321",
    "1098765432100",
    "119876543210",
    "551187654321",
    "11 8765-4321",  # as it was before the ninth digit
    "11 3265-4321",  # a landline
    "11887654321",
    "4411987654321",
    "98765-4321",
    "99999999999",
    "5599999999999",
    "99999999998",
    "não tem",
)
CEPS = (
    None,
    "",
    "01310-100",
    "CEP 01310-100",
    "20040-030",
    "20040030.0",
    "2004003.0",
    "\uff12\uff10040030.0",
    "\u00a020040-030 ",
    "1310100",
    "013101000",
    "00000-000",
    "11111-111",
    "00999-999",
    "01000-000",
    "69299-999",
    "69300-000",
    "72799-999",
    "72800-000",
    "78899-999",
    "78900-000",
    "78950-000",
    "78999-999",
    "79000-000",
    "99999998",
    "99999-999",
    "CEP",
)
STATES = (None, None, "", "SP", "sp", "RJ", "\u00a0rj ", "GO", "MT", "RR", "XX", "São Paulo")
LABEL = 63 * "b"
EMAILS = (
    None,
    "",
    "a@b.co",
    " Ana.Prova@Loja.COM.BR\u00a0",
    "o'neil+{x}@b.co",
    "a@b-c.d1",
    "a@1b.co",
    "a@b.c",
    "a@b.1co",
    "a@bco",
    "a@b.co.",
    "a@.com",
    "a@b..co",
    "a@-b.co",
    "a@b-.co",
    "a@b.co-",
    "a@b_c.co",
    "a@@b.com",
    "a@b@c.co",
    "a b@c.com",
    "@b.co",
    "a.b.co",
    ".a@b.co",
    "a.@b.co",
    "a..b@c.co",
    "á@b.co",
    "a@ç.co",
    '"a"@b.co',
    f"{64 * 'a'}@b.co",
    f"{65 * 'a'}@b.co",
    f"a@{LABEL}.co",
    f"a@{LABEL}b.co",
    f"{64 * 'a'}@{LABEL}.{LABEL}.{58 * 'b'}.co",  # 254 characters
    f"{64 * 'a'}@{LABEL}.{LABEL}.{59 * 'b'}.co",
)
ADDRESSES = (None, "", " ", "\t", "\u00a0", ".", "12, 34", "Rua A, 1", "\u00a0É", "12 b")
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
            rng.choice(STATES),
        )
        for code in PEOPLE
        if rng.random() < 0.7
    }


def mobile_of_pieces(rng: Random) -> str:
    """What may be dialled, an area code, and a number; something may be amiss in each."""
    before = rng.choice(("", "", "+55", "0055", "00", "5"))
    before += rng.choice(("", "", "0", "(0)", "0 15 ", "0 05", "041", "1"))
    area = f"{rng.randint(0, 99):02}"
    number = rng.choice(("9", "9", "9", "8", "")) + _some_digits(rng, 8)
    return _as_delivered(rng, before + area + number)


def cep_of_pieces(rng: Random) -> str:
    digits = _some_digits(rng, rng.choice((8, 8, 8, 7, 9)))
    return _as_delivered(rng, f"{digits[:5]}-{digits[5:]}")


def email_of_pieces(rng: Random) -> str:
    pieces = ("a", "B", "9", "-", ".", "@", "_", "ç", "co", "Z.a", "a@b", ".br", LABEL, 64 * "x")
    address = "".join(rng.choices(pieces, (8, 8, 6, 3, 6, 3, 1, 1, 6, 8, 8, 6, 1, 1), k=6))
    return rng.choice(("", " ", "\ufeff\u2003")) + address + rng.choice(("", "\t\r\n"))


def address_of_pieces(rng: Random) -> str:
    return "".join(rng.choices("12-.,? \t\u00a0\u0661\u2460_aZçß\u03b1\u4e00", k=rng.randint(1, 4)))


def _some_digits(rng: Random, count: int) -> str:
    """Often the same one throughout, or as good as."""
    same = rng.choice("0123456789") if rng.random() < 0.2 else None
    return "".join(same or rng.choice("0123456789") for _ in range(count))


def _as_delivered(rng: Random, number: str) -> str:
    if rng.random() < 0.2:
        number = "".join(
            chr(ord(one) + 0xFEE0) if one.isdigit() and rng.random() < 0.5 else one
            for one in number
        )
    if rng.random() < 0.5:
        number = "".join(one for one in number if one.isdigit())
    return number + rng.choice(("", "", "", ".0", ".00", ".0 ", "\u00a0"))
