"""Allocation in the words of the specification (section 6), customer by customer, date by date.

Slow on purpose: every customer is judged afresh on every date from her own tickets, stores and
stints are followed by hand, and a criterion is a function from candidates to candidates. It checks
the SQL of the oracle, which shares nothing with it. A row holds a fraction where the table holds a
decimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any

from .day_by_day import Period, add

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Judged = tuple[str, str]
"""Who was chosen, and the criterion that decided."""
YEAR = Period(365, "days")


@dataclass(frozen=True)
class Settings:
    """The settings, with the specification's defaults."""

    routines: tuple[str, ...] = ("sales", "accounts", "registry", "store", "network")
    criteria: tuple[str, ...] = (
        "last_purchases",
        "purchases_recent",
        "purchases_total",
        "value_recent",
        "value_total",
        "last_store",
    )
    last_purchases: int = 3
    recent: Period = YEAR
    on_tie: str = "narrow"
    online_candidates: bool = True
    default_store: str | None = None
    value_basis: str = "net"

    def as_settings(self) -> dict[str, Any]:
        """Every setting as the oracle's ``set_parameters`` takes it."""
        return vars(self) | {"recent": str(self.recent)}


@dataclass(frozen=True)
class Ticket:
    """One sale; without a customer where nobody is named."""

    customer: str | None
    store: str
    day: date
    number: str
    sold_at: datetime | None
    salesperson: str | None
    is_purchase: bool
    gross: Fraction
    net: Fraction


@dataclass(frozen=True)
class Store:
    """What the network says of a store."""

    opened_on: date | None = None
    closed_on: date | None = None
    is_online: bool = False
    successor: str | None = None


@dataclass(frozen=True)
class Stint:
    """Half-open; without an end that is known where ``works_to`` is null."""

    salesperson: str
    store: str
    works_from: date
    works_to: date | None = None


@dataclass(frozen=True)
class World:
    """All there is to know; empty stores or stints are files that nobody delivers."""

    tickets: Sequence[Ticket]
    registrations: Mapping[str, tuple[date | None, str | None]]
    stores: Mapping[str, Store]
    stints: Sequence[Stint]
    dates: Sequence[date]
    calendar: Sequence[date]


@dataclass(frozen=True)
class Allocation:
    """Where a customer belongs, and (second) what decided it, which makes it no other one."""

    store: str | None
    salesperson: str | None
    portfolio: str | None
    routine: str = field(compare=False)
    criterion: str | None = field(compare=False)
    salesperson_criterion: str | None = field(compare=False)


def in_time(tickets: Iterable[Ticket]) -> list[Ticket]:
    """By day, instant (unknown first) and number; of equals the lowest store is the last."""
    found = sorted(tickets, key=lambda one: one.store, reverse=True)
    found.sort(key=lambda one: one.number)
    found.sort(key=lambda one: (one.sold_at is not None, one.sold_at or one.day))
    found.sort(key=lambda one: one.day)
    return found


def in_the_last(day: date, as_of: date, period: Period) -> bool:
    """Whether the day is in the last so many days or months of ``as_of``."""
    return day <= as_of < add(day, period)


class Judge:
    """The criteria over some tickets, each of which may speak for a candidate."""

    def __init__(
        self,
        tickets: Iterable[Ticket],
        candidate_of: Callable[[Ticket], str | None],
        as_of: date,
        settings: Settings,
    ) -> None:
        self.tickets = in_time(tickets)
        self.purchases = [one for one in self.tickets if one.is_purchase]
        self.candidate_of = candidate_of
        self.as_of = as_of
        self.settings = settings

    def judge(self) -> Judged | None:
        """Criterion by criterion; nothing where nobody is a candidate."""
        names = {self.candidate_of(one) for one in self.purchases}
        everybody = sorted(name for name in names if name is not None)
        if not everybody:
            return None
        left = everybody
        for criterion in self.settings.criteria:
            if self.settings.on_tie == "restart":
                left = everybody
            kept = getattr(self, criterion)(left)
            if kept is None:  # it decides nothing
                continue
            if len(kept) == 1:
                return kept[0], criterion
            left = kept
        return left[0], "final_tie"

    def last_purchases(self, left: list[str]) -> list[str] | None:
        x = self.settings.last_purchases
        last = self.purchases[-x:]
        if len(last) < x or not all(self.recent(one) for one in last):
            return None
        (one, *others) = {self.candidate_of(one) for one in last}
        return None if others or one not in left else [one]

    def purchases_recent(self, left: list[str]) -> list[str]:
        return self.most(left, lambda one: int(one.is_purchase and self.recent(one)))

    def purchases_total(self, left: list[str]) -> list[str]:
        return self.most(left, lambda one: int(one.is_purchase))

    def value_recent(self, left: list[str]) -> list[str]:
        return self.most(left, lambda one: self.value(one) * self.recent(one))

    def value_total(self, left: list[str]) -> list[str]:
        return self.most(left, self.value)

    def last_store(self, left: list[str]) -> list[str]:
        for one in reversed(self.purchases):
            name = self.candidate_of(one)
            if name in left:
                return [str(name)]
        raise AssertionError("every candidate has a purchase")

    def most(self, left: list[str], adds: Callable[[Ticket], Fraction | int]) -> list[str]:
        figures = {
            name: sum(adds(one) for one in self.tickets if self.candidate_of(one) == name)
            for name in left
        }
        return [name for name in left if figures[name] == max(figures.values())]

    def recent(self, one: Ticket) -> bool:
        return in_the_last(one.day, self.as_of, self.settings.recent)

    def value(self, one: Ticket) -> Fraction:
        return one.net if self.settings.value_basis == "net" else one.gross


class Allocator:
    """Allocations of one world, remembered."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.world = world
        self.settings = settings
        self.calendar = sorted(world.calendar)
        self.known: dict[tuple[str, date], Allocation | None] = {}
        for store in world.stores:
            self.lineage(store)

    def lineage(self, store: str) -> list[str]:
        """The store and its successors."""
        found = [store]
        while (at := self.world.stores.get(found[-1])) and at.successor is not None:
            if at.successor in found:
                raise ValueError("a circle of successors")
            found.append(at.successor)
        return found

    def before(self, day: date) -> date | None:
        """The previous date of the calendar."""
        return max((one for one in self.calendar if one < day), default=None)

    def sales(self, customer: str, as_of: date) -> list[Ticket]:
        every = self.world.tickets
        return in_time(one for one in every if one.customer == customer and one.day <= as_of)

    def is_active(self, code: str | None, as_of: date) -> bool:
        if code is None:
            return False
        if not self.world.stores:
            return True
        store = self.world.stores.get(code)
        if store is None or (store.is_online and not self.settings.online_candidates):
            return False
        has_opened = store.opened_on is None or store.opened_on <= as_of
        return has_opened and (store.closed_on is None or as_of < store.closed_on)

    def has_worked(self, name: str | None, store: str, as_of: date) -> bool:
        if name is None or not self.world.stints:
            return name is not None
        return bool(self.begun(name, store, as_of))

    def begun(self, name: str, store: str, as_of: date) -> list[Stint]:
        return [
            one
            for one in self.world.stints
            if (one.salesperson, one.store) == (name, store) and one.works_from <= as_of
        ]

    def left_on(self, name: str, store: str, as_of: date) -> date | None:
        """The end of the latest stint, for who is absent; else nothing."""
        if not self.world.stints:
            return None
        latest = date.min
        for one in self.begun(name, store, as_of):
            if one.works_to is None or as_of < one.works_to:
                return None
            latest = max(latest, one.works_to)
        return latest

    def allocation(self, customer: str, as_of: date | None) -> Allocation | None:
        """On a date; nothing before her first purchase."""
        if as_of is None or not any(one.is_purchase for one in self.sales(customer, as_of)):
            return None
        if (customer, as_of) not in self.known:
            self.known[customer, as_of] = self.made(customer, as_of)
        return self.known[customer, as_of]

    def made(self, customer: str, as_of: date) -> Allocation:
        for routine in self.settings.routines:
            store, criterion = getattr(self, f"by_{routine}")(customer, as_of)
            if self.is_active(store, as_of):
                return self.in_store(customer, as_of, (store, routine, criterion))
        return Allocation(None, None, None, "none", None, None)

    def by_sales(self, customer: str, as_of: date) -> tuple[str | None, str | None]:
        sales = [one for one in self.sales(customer, as_of) if self.is_active(one.store, as_of)]
        return Judge(sales, lambda one: one.store, as_of, self.settings).judge() or (None, None)

    def by_accounts(self, customer: str, as_of: date) -> tuple[str | None, None]:
        earlier = self.allocation(customer, self.before(as_of))
        return (earlier.store if earlier else None), None

    def by_registry(self, customer: str, as_of: date) -> tuple[str | None, None]:
        on, store = self.world.registrations.get(customer, (None, None))
        return (store if on is None or on <= as_of else None), None

    def by_store(self, customer: str, as_of: date) -> tuple[str | None, None]:
        last = [one for one in self.sales(customer, as_of) if one.is_purchase][-1]
        return next(
            (at for at in self.lineage(last.store) if self.is_active(at, as_of)), None
        ), None

    def by_network(self, customer: str, as_of: date) -> tuple[str | None, None]:
        del customer, as_of
        return self.settings.default_store, None

    def in_store(
        self, customer: str, as_of: date, found: tuple[str, str, str | None]
    ) -> Allocation:
        """The salesperson in her store, the one in whose hands she is after all that left."""
        store, routine, by = found
        here = [one for one in self.sales(customer, as_of) if one.store == store]

        def who(one: Ticket) -> str | None:
            return one.salesperson if self.has_worked(one.salesperson, store, as_of) else None

        judged = Judge(here, who, as_of, self.settings).judge()
        if judged is None:
            return Allocation(store, None, "store", routine, by, None)
        name, criterion = judged
        to_come = [one for one in here if one.is_purchase]
        while left_on := self.left_on(name, store, as_of):
            while to_come and (to_come[0].day < left_on or who(to_come[0]) in {None, name}):
                del to_come[0]
            if not to_come:
                break
            name = str(who(to_come.pop(0)))
        portfolio = "transition" if left_on else "salesperson"
        return Allocation(store, name, portfolio, routine, by, criterion)

    def row(self, customer: str, as_of: date) -> Row | None:
        """With since when it holds, and what held before."""
        now = self.allocation(customer, as_of)
        if now is None:
            return None
        since, earlier = as_of, self.before(as_of)
        while earlier is not None and self.allocation(customer, earlier) == now:
            since, earlier = earlier, self.before(earlier)
        previous = self.allocation(customer, earlier)
        return {
            "as_of": as_of,
            "customer_code": customer,
            "store_code": now.store,
            "salesperson_code": now.salesperson,
            "portfolio": now.portfolio,
            "routine": now.routine,
            "criterion": now.criterion,
            "salesperson_criterion": now.salesperson_criterion,
            "allocated_since": since,
            "previous_store_code": previous.store if previous else None,
            "previous_salesperson_code": previous.salesperson if previous else None,
            "previous_portfolio": previous.portfolio if previous else None,
        }

    def relation(self, one: Ticket) -> str:
        """Of a sale to the portfolio of who made it."""
        now = self.allocation(str(one.customer), self.before(one.day))
        if now is None or now.store is None:
            return "unallocated"
        if now.portfolio == "transition":
            return "transition"
        own = now.portfolio == "salesperson"
        same = (now.store, now.salesperson) == (one.store, one.salesperson)
        return "inside" if own and same else "outside"


def tables(world: World, settings: Settings) -> Tables:
    """All that the SQL makes."""
    allocator = Allocator(world, settings)
    customers = sorted({one.customer for one in world.tickets if one.customer is not None})
    made = (allocator.row(customer, as_of) for customer in customers for as_of in world.dates)
    rows = [row for row in made if row is not None]
    return {
        "allocations": rows,
        "portfolio_sales": _portfolio_sales(allocator),
        "store_loyalty": [_loyalty(allocator, row) for row in rows],
        "store_overlap": _overlap(allocator, customers),
    }


def _portfolio_sales(allocator: Allocator) -> list[Row]:
    found: dict[tuple[Any, ...], tuple[int, Fraction]] = {}
    for as_of in allocator.world.dates:
        for one in allocator.world.tickets:
            in_month = as_of.replace(day=1) <= one.day <= as_of
            if one.customer is not None and in_month:
                key = (as_of, one.store, one.salesperson, allocator.relation(one))
                purchases, net = found.get(key, (0, Fraction(0)))
                found[key] = (purchases + one.is_purchase, net + one.net)
    names = ("as_of", "store_code", "salesperson_code", "relation", "purchases", "net_amount")
    return [dict(zip(names, (*key, *sums), strict=True)) for key, sums in found.items()]


def _loyalty(allocator: Allocator, row: Row) -> Row:
    main = row["store_code"]
    sales = allocator.sales(row["customer_code"], row["as_of"])
    bought = [one.store for one in sales if one.is_purchase]
    of = "net" if allocator.settings.value_basis == "net" else "gross"
    value = sum((getattr(one, of) for one in sales), Fraction(0))
    there = sum((getattr(one, of) for one in sales if one.store == main), Fraction(0))
    return {
        "as_of": row["as_of"],
        "customer_code": row["customer_code"],
        "main_store_code": main,
        "purchases_share": Fraction(bought.count(main), len(bought)) if main else None,
        "value_share": there / value if main and value > 0 else None,
        "stores": len(set(bought)),
        "switches": sum(one != other for one, other in pairwise(bought)),
    }


def _overlap(allocator: Allocator, customers: list[str]) -> list[Row]:
    found = []
    for as_of in allocator.world.dates:
        bought_in: dict[str, set[str]] = {}
        for customer in customers:
            for one in allocator.sales(customer, as_of):
                if one.is_purchase:
                    bought_in.setdefault(one.store, set()).add(customer)
        found += [
            {
                "as_of": as_of,
                "store_code": one,
                "other_store_code": other,
                "customers": len(bought_in[one] & bought_in[other]),
                "store_customers": len(bought_in[one]),
                "other_store_customers": len(bought_in[other]),
            }
            for one in bought_in
            for other in bought_in
            if one < other and bought_in[one] & bought_in[other]
        ]
    return found
