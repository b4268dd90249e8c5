"""Who buys: customers by habit, when they come and go, and which of them a ticket is of.

Customers are numbers. Those of one habit follow each other by the day on which they come, so that
a ticket finds a customer by arithmetic alone: it draws how long ago she came, which gives the day,
and the day gives her number. A habit's ages say when its customers buy after they came: all their
life, only at first, or again after years away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.chain.calendar import Chain
from jobs.chain.randomness import Draws, divided, parts, table, weighted


class Habit(NamedTuple):
    """How some customers buy.

    Attributes:
        name: What they are called here.
        customers: Their share of all customers, in thousandths.
        category: The loyalty category they reach, from 0.
        ages: When they buy, in days since they came: from, until before, and the thousandths of
            all customers' tickets that fall there.
    """

    name: str
    customers: int
    category: int
    ages: tuple[tuple[int, int, int], ...]


HABITS = (
    Habit("devoted", 6, 3, ((0, 2600, 105),)),
    Habit("frequent", 44, 2, ((0, 2200, 235),)),
    Habit("regular", 190, 1, ((0, 1800, 330),)),
    Habit("occasional", 270, 0, ((0, 1700, 150),)),
    Habit("visitor", 320, 0, ((0, 20, 40), (20, 400, 20))),
    Habit("leaver", 80, 1, ((0, 300, 55),)),
    Habit("reactivated", 60, 1, ((0, 150, 22), (620, 760, 22))),
    Habit("recovered", 30, 0, ((0, 120, 11), (1330, 1500, 10))),
)
"""Of 1,000 customers and 1,000 tickets: a long tail, and every segment of the life cycle."""

PROSPECTS = 30
"""Registered people who never buy, per 1,000 customers."""

_PARTS_OF_A_DAY = 1 << 16  # ages are drawn as finely as this, for chains with many customers a day


class _Row(NamedTuple):
    """An interval of ages of a habit, with what turns an age into a customer's number."""

    first: int
    length: int
    before: int
    span: int
    offset: int
    size: int


@dataclass(frozen=True)
class Population:
    """The people of a chain, by number: customers from 0, then prospects, then salespeople."""

    chain: Chain
    draws: Draws

    @property
    def prospects(self) -> int:
        """Registered people who never buy."""
        return self.chain.customers * PROSPECTS // 1000

    @property
    def first_employee(self) -> int:
        """The number of the first salesperson as a person: they follow the prospects."""
        return self.chain.customers + self.prospects

    @cached_property
    def sizes(self) -> list[int]:
        """The customers of each habit."""
        return parts(self.chain.customers, [each.customers for each in HABITS])

    def customer_of(self, day: Column, ticket: Column) -> Column:
        """The customer of a ticket, who came on its day or before."""
        rows, shares = self._rows()
        row = F.get(table(weighted(shares)), self.draws.below(sum(shares), "habit", ticket))

        def of_row(field: str) -> Column:
            return F.get(table([getattr(each, field) for each in rows]), row)

        fine = self.draws.below(of_row("length") * _PARTS_OF_A_DAY, "age", ticket)
        since = (day + of_row("before") - of_row("first") + 1) * _PARTS_OF_A_DAY - 1 - fine
        place = divided(since * of_row("size"), of_row("span") * _PARTS_OF_A_DAY)
        return of_row("offset") + place

    def habit_of(self, person: Column) -> Column:
        """The index of a customer's habit; of a prospect or salesperson, one past the last."""
        found = F.lit(0)
        for offset in self._offsets()[1:]:
            found = found + (person >= offset).cast("int")
        return found

    def came_on(self, person: Column) -> Column:
        """The day on which a person came, which may lie before the first day of sales."""
        befores = [_longest(each) for each in HABITS]
        sizes, offsets, spans = self.sizes, self._offsets(), [b + self.chain.days for b in befores]
        habit = self.habit_of(person)

        def of_habit(values: list[int], of_prospects: int) -> Column:
            return F.get(table([*values, of_prospects]), habit)

        span = of_habit(spans, self.chain.days)
        size = of_habit(sizes, max(1, self.prospects))
        # Salespeople follow the prospects, and come on the days on which those come.
        place = (person - of_habit(offsets[:-1], offsets[-1])) % size
        return divided(place * span, size) - of_habit(befores, 0)

    def _offsets(self) -> list[int]:
        return [sum(self.sizes[:index]) for index in range(len(HABITS) + 1)]

    def _rows(self) -> tuple[list[_Row], list[int]]:
        rows, shares = [], []
        for habit, size, offset in zip(HABITS, self.sizes, self._offsets(), strict=False):
            before = _longest(habit)
            for first, end, share in habit.ages:
                span = before + self.chain.days
                rows.append(_Row(first, end - first, before, span, offset, size))
                shares.append(share)
        return rows, shares


def _longest(habit: Habit) -> int:
    """How many days before the first day of sales the first customers of a habit came."""
    return max(end for _, end, _ in habit.ages)
