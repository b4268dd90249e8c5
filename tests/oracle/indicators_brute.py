"""Indicators in the words of the specification (section 7), level by level, customer by customer.

Slow on purpose: every customer's stage is judged on every day, every level asks every customer and
ticket whether it is its own, and every quotient is a fraction. Stages, classes and allocations come
from the brute forces beside this one. It checks the SQL of the oracle, which shares nothing with
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from string import ascii_letters
from typing import Any

from . import rfv_brute
from .allocation_brute import Allocation, Allocator, Settings, Ticket, World
from .day_by_day import DAY, Parameters, Period, add, add_months, segment_on
from .rfv_brute import Choices, Sale, half_up

Level = tuple[str, str]
Key = tuple[date, str, str, str, str]
"""As of, period, level, its code, indicator."""
Figure = tuple[Fraction, Fraction | None, Fraction | None]
"""Numerator, denominator, value."""
Number = int | Fraction
Parts = tuple[Number, Number | None]
NETWORK: Level = ("network", "network")
YEAR = Period(12, "months")

DIGITS = "0123456789"
FULL_WIDTH = {0xFF10 + number: digit for number, digit in enumerate(DIGITS)}
IN_LOCAL_PART = {*ascii_letters, *DIGITS, *".!#$%&'*+/=?^_`{|}~-"}
IN_DOMAIN_NAME = {*ascii_letters, *DIGITS, "-"}
AREA_CODES = {
    *range(11, 20),
    *(21, 22, 24, 27, 28),
    *(31, 32, 33, 34, 35, 37, 38),
    *range(41, 50),
    *(51, 53, 54, 55),
    *range(61, 70),
    *(71, 73, 74, 75, 77, 79),
    *range(81, 90),
    *range(91, 100),
}
DIALLED = {
    country + trunk
    for country in ("", "55", "0055")
    for trunk in ("", "0", *(f"0{carrier}" for carrier in range(10, 100)))
}
"""All that may stand before an area code."""
CEPS = {
    "AC": [range(69900, 70000)],
    "AL": [range(57000, 58000)],
    "AM": [range(69000, 69300), range(69400, 69900)],
    "AP": [range(68900, 69000)],
    "BA": [range(40000, 49000)],
    "CE": [range(60000, 64000)],
    "DF": [range(70000, 72800), range(73000, 73700)],
    "ES": [range(29000, 30000)],
    "GO": [range(72800, 73000), range(73700, 76800)],
    "MA": [range(65000, 66000)],
    "MG": [range(30000, 40000)],
    "MS": [range(79000, 80000)],
    "MT": [range(78000, 78900)],
    "PA": [range(66000, 68900)],
    "PB": [range(58000, 59000)],
    "PE": [range(50000, 57000)],
    "PI": [range(64000, 65000)],
    "PR": [range(80000, 88000)],
    "RJ": [range(20000, 29000)],
    "RN": [range(59000, 60000)],
    "RO": [range(76800, 77000)],
    "RR": [range(69300, 69400)],
    "RS": [range(90000, 100000)],
    "SC": [range(88000, 90000)],
    "SE": [range(49000, 50000)],
    "SP": [range(1000, 20000)],
    "TO": [range(77000, 78000)],
}
"""The first five digits of each state's."""

STAGES = ("active", "inactive", "lost")
SEGMENTS = (
    "new",
    "in_loyalty_process",
    "recovered",
    "reactivated",
    "inactivation_risk",
    "normal_active",
    "recently_inactivated",
    "loss_risk",
    "normal_inactive",
    "recently_lost",
    "normal_lost",
)
MONEY = ("average_ticket", "average_price", "life_time_value", "spending")
"""How the names of the quotients of money begin."""


@dataclass(frozen=True)
class Sold(Ticket):
    """A ticket with what else the indicators ask about; ``net`` is gross − returned + adjusted."""

    items: Fraction = Fraction(1)
    items_returned: Fraction = Fraction(0)
    adjusted: Fraction = Fraction(0)
    is_generic: bool = False
    by_queue: bool = False


@dataclass(frozen=True)
class Person:
    """One person of the registry, as received."""

    registered_on: date | None = None
    roles: tuple[str, ...] | None = ("customer",)
    opted_out: bool | None = None
    mobile: str | None = None
    cep: str | None = None
    email: str | None = None
    address: str | None = None
    sex: str | None = None
    state: str | None = None

    def is_registered(self, as_of: date) -> bool:
        return self.registered_on is None or self.registered_on <= as_of


@dataclass(frozen=True)
class Case:
    """All there is to know, and all that can be set."""

    world: World
    persons: Mapping[str, Person] = field(default_factory=dict)
    life_cycle: Parameters = field(default_factory=Parameters)
    choices: Choices = field(default_factory=Choices)
    allocation: Settings = field(default_factory=Settings)
    recent: Period = YEAR
    opt_in_silence: bool = True

    @property
    def tickets(self) -> list[Sold]:
        return [one for one in self.world.tickets if isinstance(one, Sold)]


@dataclass(frozen=True)
class Customer:
    """One customer, on whatever date."""

    code: str
    tickets: Sequence[Sold]
    parameters: Parameters
    until: date

    @cached_property
    def days(self) -> list[date]:
        """Purchase days."""
        return sorted({one.day for one in self.tickets if one.is_purchase})

    @cached_property
    def stages(self) -> dict[date, tuple[str, str]]:
        """Stage and segment on every day from the first purchase."""
        found: dict[date, tuple[str, str]] = {}
        day = self.days[0]
        while day <= self.until:
            judged = segment_on(self.days, day, self.parameters)
            assert judged is not None
            found[day] = judged
            day += DAY
        return found

    def stage(self, day: date) -> str | None:
        """Nothing before the first purchase."""
        return self.stages[day][0] if day in self.stages else None

    def days_until(self, as_of: date) -> list[date]:
        return [day for day in self.days if day <= as_of]

    def net(self, first_on: Callable[[date], bool], as_of: date) -> Fraction:
        hers = (one.net for one in self.tickets if one.day <= as_of and first_on(one.day))
        return sum(hers, Fraction(0))

    def life_time(self, as_of: date) -> int:
        ended_on = as_of
        if self.stage(as_of) == "lost":
            while self.stage(ended_on - DAY) == "lost":
                ended_on -= DAY
        return (ended_on - self.days[0]).days

    def days_in(self, stage: str, as_of: date) -> int | None:
        """Whole days before ``as_of``; nothing if never in it, ``as_of`` included."""
        in_it = [day for day, (at, _) in self.stages.items() if at == stage and day <= as_of]
        return sum(day < as_of for day in in_it) if in_it else None

    def frequency(self, as_of: date, times: int) -> Fraction:
        purchases = sum(one.is_purchase for one in self.tickets if one.day <= as_of)
        months = 1
        while add_months(self.days[0], months) <= as_of:
            months += 1
        return half_up(Fraction(times * purchases, months), 6)

    def mean_interval(self, as_of: date) -> Fraction | None:
        days = self.days_until(as_of)
        if len(days) == 1:
            return None
        return half_up(Fraction((days[-1] - days[0]).days, len(days) - 1), 6)

    def last_interval(self, as_of: date) -> Fraction | None:
        gaps = [(later - one).days for one, later in pairwise(self.days_until(as_of))]
        return Fraction(gaps[-1]) if gaps else None

    def projected(self, as_of: date) -> Fraction | None:
        """As if she bought on ``as_of``."""
        days = sorted({*self.days_until(as_of), as_of})
        gaps = [(later - one).days for one, later in pairwise(days)]
        return half_up(Fraction(sum(gaps), len(gaps)), 6) if gaps else None

    def returns(self, was: str, as_of: date) -> list[int]:
        """How long she was away, of each time that she came back in the last 12 months."""
        return [
            (day - before).days
            for before, day in pairwise(self.days_until(as_of))
            if self.stage(day - DAY) == was and as_of < add(day, YEAR)
        ]


def indicators(case: Case) -> dict[Key, Figure]:
    """The whole table."""
    found: dict[Key, Figure] = {}
    counter = Counter(case)
    for as_of in case.world.dates:
        for group in (counter.customers, counter.sales, counter.registrations, counter.portfolios):
            for (level, period, code), parts in group(as_of).items():
                found[as_of, period, level[0], level[1], code] = _figure(code, *parts)
    return found


Group = dict[tuple[Level, str, str], Parts]


class Counter:
    """The groups of indicators of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.allocator = Allocator(case.world, case.allocation)
        codes = sorted({str(one.customer) for one in case.tickets if one.customer})
        made = (
            Customer(
                code,
                [one for one in case.tickets if one.customer == code],
                case.life_cycle,
                max(case.world.dates),
            )
            for code in codes
        )
        self.everybody = [one for one in made if one.days]
        self.classes = self._classes()

    def _classes(self) -> dict[tuple[date, str], dict[str, Any]]:
        """The rows of RFV by date and customer."""
        ids = {one.code: place for place, one in enumerate(self.everybody)}
        choices = self.case.choices
        measured = {}
        for as_of in self.case.world.dates:
            ranked = {
                one.code
                for one in self.everybody
                if choices.population == "all" or one.stage(as_of) == "active"
            }
            sales = [
                Sale(str(one.customer), one.store, one.day, one.is_purchase, one.gross, one.net)
                for one in self.case.tickets
                if one.customer in ranked
            ]
            everyone = replace(choices, population="all")
            measured[as_of] = rfv_brute.measured_on(sales, ids, as_of, everyone)
        made = rfv_brute.rfv(measured, {}, self.case.world.calendar, choices)["rfv"]
        return {(row["as_of"], row["customer_code"]): row for row in made}

    def is_of(self, level: Level, code: str, as_of: date) -> bool:
        """Whether the customer belongs to the level."""
        if level == NETWORK:
            return True
        at: Allocation | None = self.allocator.allocation(code, as_of)
        if at is None:
            return False
        is_kept = at.portfolio == "salesperson"
        return level in {("store", at.store), ("salesperson", at.salesperson if is_kept else None)}

    def levels(self) -> list[Level]:
        """All that there may be."""
        tickets = self.case.tickets
        world = self.case.world
        stores = {one.store for one in tickets} | set(world.stores)
        stores |= {str(store) for _, store in world.registrations.values()}
        stores |= {str(self.case.allocation.default_store)}
        people = {one.salesperson for one in tickets if one.salesperson}
        return [
            NETWORK,
            *(("store", one) for one in sorted(stores)),
            *(("salesperson", one) for one in sorted(people)),
        ]

    def customers(self, as_of: date) -> Group:
        """Those of customers and of moves."""
        known = [one for one in self.everybody if one.days[0] <= as_of]
        found: Group = {}
        for level in self.levels():
            here = [one for one in known if self.is_of(level, one.code, as_of)]
            if here:
                parts = {
                    "on_date": self._on_date(here, known, as_of),
                    "year": {"spending_this_year": self._spending(here, as_of, _this_year(as_of))},
                    "last_12m": self._last_12m(here, as_of),
                    "month": self._moves(here, as_of),
                }
                for period, ones in parts.items():
                    found |= {(level, period, code): of for code, of in ones.items()}
        return found

    def _on_date(
        self, here: list[Customer], known: list[Customer], as_of: date
    ) -> dict[str, Parts]:
        at = {one.code: one.stages[as_of] for one in here}
        found: dict[str, Parts] = {"customers": (len(here), None)}
        known_as = [self._sex(one.code, as_of) for one in here]
        found |= {sex: (known_as.count(sex), len(here)) for sex in ("female", "male")}
        for place, names in enumerate((STAGES, SEGMENTS)):
            for name in names:
                found[name] = (sum(of[place] == name for of in at.values()), len(here))
        ranked = [
            self.classes[as_of, one.code] for one in here if (as_of, one.code) in self.classes
        ]
        for column, names in {
            "fv_quadrant": ("best", "spenders", "frequent", "occasional"),
            "top_class": ("top", "was_top", "other"),
        }.items():
            for name in names:
                found[name] = (sum(row[column] == name for row in ranked), len(ranked))

        def net(one: Customer) -> Fraction:
            return one.net(lambda _: True, as_of)

        def recency(one: Customer) -> int:
            return (as_of - one.days_until(as_of)[-1]).days

        found["average_frequency"] = _mean(one.frequency(as_of, 1) for one in here)
        found["average_annualised_frequency"] = _mean(one.frequency(as_of, 12) for one in here)
        found["life_time_duration"] = _mean(one.life_time(as_of) for one in here)
        found["life_time_value"] = _mean(net(one) for one in here)
        found["days_without_purchase"] = _mean(recency(one) for one in here)
        for stage in STAGES:
            now = [one for one in here if one.stage(as_of) == stage]
            found[f"days_without_purchase_{stage}"] = _mean(recency(one) for one in now)
            found[f"life_time_value_{stage}"] = _mean(net(one) for one in now)
            found[f"life_time_duration_{stage}"] = _mean(one.days_in(stage, as_of) for one in here)
        return found | self._velocities(here, known, as_of)

    def _sex(self, code: str, as_of: date) -> str | None:
        person = self.case.persons.get(code)
        if person is None or not person.is_registered(as_of):
            return None
        return {"F": "female", "f ": "female", "Masculino": "male"}.get(str(person.sex))

    def _velocities(
        self, here: list[Customer], known: list[Customer], as_of: date
    ) -> dict[str, Parts]:
        of_network = [x for one in known if (x := one.mean_interval(as_of)) is not None]
        means = [x for one in here if (x := one.mean_interval(as_of)) is not None]
        days = [one.days_until(as_of) for one in here]
        mean = sum(of_network) / len(of_network) if of_network else Fraction(0)
        return {
            "velocity": _mean(means),
            "velocity_pooled": (
                sum((each[-1] - each[0]).days for each in days),
                sum(len(each) - 1 for each in days),
            ),
            "last_velocity": _mean(one.last_interval(as_of) for one in here),
            "velocity_projected": _mean(one.projected(as_of) for one in here),
            "velocity_above_average": (sum(x < mean for x in means), len(means)),
            "velocity_below_average": (sum(x > mean for x in means), len(means)),
        }

    def _last_12m(self, here: list[Customer], as_of: date) -> dict[str, Parts]:
        recent = self.case.recent
        return {
            "spending_12m": self._spending(here, as_of, lambda day: as_of < add(day, recent)),
            "reactivation_velocity": _mean(
                days for one in here for days in one.returns("inactive", as_of)
            ),
            "recovery_velocity": _mean(days for one in here for days in one.returns("lost", as_of)),
        }

    def _spending(self, here: list[Customer], as_of: date, counts: Callable[[date], bool]) -> Parts:
        spent = sum((one.net(counts, as_of) for one in here), Fraction(0))
        return spent, sum(any(counts(day) for day in one.days_until(as_of)) for one in here)

    def _moves(self, here: list[Customer], as_of: date) -> dict[str, Parts]:
        first_on = as_of.replace(day=1)
        month = _days(first_on, as_of)
        start = first_on - DAY
        was_active = [one for one in here if one.stage(start) == "active"]
        opened = sum(one.days[0] in month for one in here)
        lost = recovered = 0
        for one in here:
            for day in month:
                before, after = one.stage(day - DAY), one.stage(day)
                lost += after == "lost" and before in {"active", "inactive"}
                recovered += (before, after) == ("lost", "active")
        p = self.case.life_cycle
        ends = {one.code: add(one.days[0], p.new_for, p.loyalty_process_for) for one in here}
        ended = [one for one in here if ends[one.code] in month]
        return {
            "activation_rate": (
                sum(any(day in month for day in one.days) for one in was_active),
                len(was_active),
            ),
            "renewal_rate": (
                opened,
                sum(one.stage(as_of) in {"active", "inactive"} for one in here),
            ),
            "real_growth_rate": (
                opened - lost + recovered,
                sum(one.stage(start) in {"active", "inactive"} for one in here),
            ),
            "loyalty_rate": (
                sum(sum(day < ends[one.code] for day in one.days) > 1 for one in ended),
                len(ended),
            ),
        }

    def sales(self, as_of: date) -> Group:
        found: Group = {}
        periods: dict[str, Callable[[date], bool]] = {
            "month": lambda day: day >= as_of.replace(day=1),
            "last_12m": lambda day: as_of < add(day, YEAR),
            "year": _this_year(as_of),
            "all": lambda _: True,
        }
        known = [one for one in self.case.tickets if one.day <= as_of]
        for level in self.levels():
            here = [one for one in known if _is_sale_of(level, one)]
            for period, counts in periods.items() if here else ():
                of = self._of_sales([one for one in here if counts(one.day)], period, as_of)
                found |= {(level, period, code): parts for code, parts in of.items()}
        return found

    def _of_sales(self, tickets: list[Sold], period: str, as_of: date) -> dict[str, Parts]:
        found: dict[str, Parts] = {
            "net_sales": (_sum(one.net for one in tickets), None),
            "purchases": (sum(one.is_purchase for one in tickets), None),
        }
        classes = {id(one): self._association(one, as_of) for one in tickets}
        for name, of in {
            "generic": {"generic"},
            "unregistered": {"unregistered"},
            "without_registration": {"generic", "unregistered"},
        }.items():
            theirs = [one for one in tickets if classes[id(one)] in of]
            found[f"purchases_{name}"] = (sum(one.is_purchase for one in theirs), None)
            found[f"items_{name}"] = (_sum(one.items for one in theirs), None)
            found[f"value_{name}"] = (_sum(one.net for one in theirs), None)
        bought = [classes[id(one)] for one in tickets if one.is_purchase]
        associated = bought.count("registered") + bought.count("unregistered")
        found["association_rate"] = (associated, len(bought))
        found["association_rate_with_generic"] = (
            associated + bought.count("generic"),
            len(bought),
        )
        found["registration_rate"] = (bought.count("registered"), associated)
        if period in {"month", "all"}:
            theirs = [one for one in tickets if one.customer]
            net = _sum(one.net for one in theirs)
            found["average_ticket"] = (net, associated)
            found["items_per_purchase"] = (_sum(one.items for one in theirs), associated)
            found["average_price"] = (net, _sum(one.items - one.items_returned for one in theirs))
        return found

    def _association(self, one: Sold, as_of: date) -> str:
        if one.customer is None:
            return "generic" if one.is_generic else "none"
        person = self.case.persons.get(one.customer)
        return "registered" if person and person.is_registered(as_of) else "unregistered"

    def registrations(self, as_of: date) -> Group:
        registered = {
            code: person
            for code, person in self.case.persons.items()
            if person.is_registered(as_of) and "customer" in (person.roles or ())
        }
        found: Group = {}
        for level in self.levels():
            here = [one for code, one in registered.items() if self.is_of(level, code, as_of)]
            if here:
                found[level, "on_date", "registrations"] = (len(here), None)
                for code, counted in {
                    "opt_in": [
                        one.opted_out is False
                        or (one.opted_out is None and self.case.opt_in_silence)
                        for one in here
                    ],
                    "opt_out": [one.opted_out is True for one in here],
                    "mobile_rate": [is_mobile(one.mobile or "") for one in here],
                    "cep_rate": [is_cep(one.cep or "", one.state) for one in here],
                    "email_rate": [is_email(one.email or "") for one in here],
                    "address_rate": [is_address(one.address or "") for one in here],
                }.items():
                    found[level, "on_date", code] = (sum(counted), len(here))
        return found

    def portfolios(self, as_of: date) -> Group:
        month = _days(as_of.replace(day=1), as_of)
        sales = [
            (one, self.allocator.relation(one))
            for one in self.case.tickets
            if one.customer and one.day in month
        ]
        found: Group = {}
        for level in self.levels():
            here = [(one, relation) for one, relation in sales if _is_sale_of(level, one)]
            if here:
                bought = [(relation, one.by_queue) for one, relation in here if one.is_purchase]
                inside = sum(relation == "inside" for relation, _ in bought)
                outside = sum(relation == "outside" for relation, _ in bought)
                for code, parts in {
                    "purchases_inside_portfolio": (inside, None),
                    "purchases_inside_portfolio_by_queue": (bought.count(("inside", True)), None),
                    "purchases_outside_portfolio": (outside, None),
                    "inside_rate": (inside, inside + outside),
                }.items():
                    found[level, "month", code] = parts
        return found


def is_mobile(text: str) -> bool:
    """Whether, from its end, there are a mobile and what may be dialled before it."""
    digits = _digits(text)
    dialled, number = digits[:-11], digits[-11:]
    return (
        len(number) == 11
        and dialled in DIALLED
        and int(number[:2]) in AREA_CODES
        and number[2] == "9"
        and len(set(number)) > 1
    )


def is_cep(text: str, state: str | None) -> bool:
    digits = _digits(text)
    if len(digits) != 8 or len(set(digits)) == 1:
        return False
    area = int(digits[:5])
    of = [name for name, ranges in CEPS.items() if any(area in one for one in ranges)]
    named = _trimmed(state or "").upper()
    return bool(of) and (named in of or named not in CEPS)


def is_email(text: str) -> bool:
    address = _trimmed(text)
    local, _, domain = address.partition("@")
    *names, last = domain.split(".")
    return (
        len(address) <= 254
        and len(local) <= 64
        and set(local) <= IN_LOCAL_PART
        and ".." not in f".{local}."
        and bool(names)
        and all(_is_domain_name(one) for one in (*names, last))
        and len(last) >= 2
        and last[0] not in DIGITS
    )


def is_address(text: str) -> bool:
    return any(one.isalpha() for one in text)


def _is_domain_name(text: str) -> bool:
    return 1 <= len(text) <= 63 and set(text) <= IN_DOMAIN_NAME and text.strip("-") == text


def _digits(text: str) -> str:
    plain = _trimmed(text).translate(FULL_WIDTH)
    whole = plain.removesuffix(".0")
    if set(whole) <= set(DIGITS):
        return whole
    return "".join(one for one in plain if one in DIGITS)


def _trimmed(text: str) -> str:
    return text.replace("\N{ZERO WIDTH NO-BREAK SPACE}", " ").strip()


def _is_sale_of(level: Level, one: Sold) -> bool:
    return level in {NETWORK, ("store", one.store), ("salesperson", one.salesperson)}


def _this_year(as_of: date) -> Callable[[date], bool]:
    return lambda day: day >= date(as_of.year, 1, 1)


def _days(first_on: date, last_on: date) -> list[date]:
    return [first_on + n * DAY for n in range((last_on - first_on).days + 1)]


def _sum(numbers: Iterable[Fraction]) -> Fraction:
    return sum(numbers, Fraction(0))


def _mean(figures: Iterable[Number | None]) -> Parts:
    """Sum and number of those who have the figure."""
    known = [Fraction(one) for one in figures if one is not None]
    return _sum(known), len(known)


def _figure(code: str, numerator: Number, denominator: Number | None) -> Figure:
    n = Fraction(numerator)
    if denominator is None:
        return n, None, n
    d = Fraction(denominator)
    places = 4 if code.startswith(MONEY) else 6 if code.endswith("frequency") else 12
    return n, d, half_up(n / d, places) if d > 0 else None
