"""The chain's stores, and who works where from when until when.

Made in this process, since even a large chain has only thousands of them. Days are numbers: 0 is
the first of the five years, and a store or stint may have begun before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from pyspark.sql import Column, DataFrame, SparkSession

from jobs.chain.calendar import Chain
from jobs.chain.randomness import Draws
from jobs.chain.words import CITIES, City
from jobs.session import local_rows

ONLINE = 0
"""The index of the online store, which is open on every day."""

MOST_PLACES = 64
"""More than any store has: tells the places of different stores apart."""

_LIVES = "PPPPOPCPPPPOPCPPPBPP"
"""How stores live, over and over: permanent, opens late, closes, both."""
_CLOSES_WITHOUT_HEIR, _CLOSES_INTO_CLOSING = 20, 30  # of 100
_LONGEST_PAUSE = 200  # days after which somebody who left does not come back
_COMES_BACK = 35  # of 100 vacancies


@dataclass(frozen=True)
class Store:
    """A store.

    Attributes:
        index: Its place in the network; 0 is the online store.
        code: What the tills call it.
        city: Where it is.
        opened: Its first day.
        closed: The first day closed; None: still open on the last day.
        heir: A store open all the time, where its customers buy before and after; its own index
            for a store that is open all the time itself.
        successor: The store that the registry says takes over its customers, if any.
        places: How many salespeople work there at a time.
        weight: How many customers live near, compared with other stores.
    """

    index: int
    code: str
    city: City
    opened: int
    closed: int | None
    heir: int
    successor: int | None
    places: int
    weight: int


@dataclass(frozen=True)
class Stint:
    """One salesperson in one place of one store, from ``start`` until before ``end``."""

    salesperson: int
    store: int
    place: int
    start: int
    end: int | None


def stores(chain: Chain, draws: Draws) -> list[Store]:
    """The stores by index: the online one, then the physical ones.

    About three quarters are open all five years. Others open late, close, or both. Most closed
    stores name a successor; some name none, and some one that closes later, which names the next.
    """
    found = [_online(), *(_physical(chain, draws, index) for index in range(1, chain.stores))]
    permanent = [each.index for each in found[1:] if _is_permanent(each)]
    with_heirs = [
        each
        if _is_permanent(each)
        else replace(each, heir=permanent[draws.number(len(permanent), "heir", each.index)])
        for each in found
    ]
    return [replace(each, successor=_successor(draws, each, with_heirs)) for each in with_heirs]


def stints(chain: Chain, draws: Draws, network: Sequence[Store]) -> list[Stint]:
    """Who works where: people come, leave, move to another store, and some come back.

    A person works in one place at a time, and a place is held by one person or vacant.
    """
    vacancies = sorted(
        (
            vacancy
            for store in network[1:]
            for place in range(store.places)
            for vacancy in _vacancies(chain, draws, store, place)
        ),
        key=lambda each: (each.start, each.store, each.place),
    )
    at_work: list[tuple[int, int]] = []  # (end, salesperson), the next to leave first
    left: deque[tuple[int, int]] = deque()  # likewise, the first who left first
    people, filled = 0, []
    for number, vacancy in enumerate(vacancies):
        while at_work and at_work[0][0] <= vacancy.start:
            left.append(heappop(at_work))
        while left and left[0][0] < vacancy.start - _LONGEST_PAUSE:
            left.popleft()
        if left and draws.number(100, "comes back", number) < _COMES_BACK:
            person = left.popleft()[1]
        else:
            person, people = people, people + 1
        filled.append(replace(vacancy, salesperson=person))
        if vacancy.end is not None:
            heappush(at_work, (vacancy.end, person))
    return filled


def stint_rows(spark: SparkSession, chain: Chain, found: Sequence[Stint]) -> DataFrame:
    """The stints: ``at`` (see ``place_at``), ``start``, ``end`` (never null), ``salesperson``."""
    rows = [
        {
            "at": each.store * MOST_PLACES + each.place,
            "start": each.start,
            "end": chain.days if each.end is None else each.end,
            "salesperson": salesperson_code(each.salesperson),
        }
        for each in found
    ]
    columns = "at bigint, start bigint, end bigint, salesperson string"
    return local_rows(spark, rows, columns)


def place_at(store: Column, place: Column) -> Column:
    """A place of a store as one number, by which Spark joins faster than by two."""
    return store * MOST_PLACES + place


def salesperson_code(number: int) -> str:
    """What the tills call a salesperson."""
    return f"V{number + 1:05}"


def _online() -> Store:
    return Store(ONLINE, "WEB", CITIES[0], -3650, None, ONLINE, None, 0, 0)


def _physical(chain: Chain, draws: Draws, index: int) -> Store:
    life = _LIVES[(index - 1) % len(_LIVES)]
    # Thirds of the five years, so that there is something before, between and after.
    third = chain.days // 3
    opened = -1 - draws.number(3000, "opened", index)
    if life in "OB":
        opened = 30 + draws.number(third, "opened", index)
    closed = None
    if life in "CB":
        closed = third + 60 + draws.number(2 * third - 120, "closed", index)
    city = CITIES[draws.number(len(CITIES), "city", (index - 1) // 4)]
    width = max(3, len(str(chain.stores)))
    places = 5 + draws.number(8, "places", index)
    weight = 1 + draws.number(5, "weight", index) + 3 * (index % 10 == 1)
    return Store(index, f"{index:0{width}}", city, opened, closed, index, None, places, weight)


def _is_permanent(store: Store) -> bool:
    return store.opened < 0 and store.closed is None


def _successor(draws: Draws, store: Store, network: Sequence[Store]) -> int | None:
    if store.closed is None:
        return None
    kind = draws.number(100, "successor", store.index)
    if kind < _CLOSES_WITHOUT_HEIR:
        return None
    closes_later = [
        each.index
        for each in network
        if each.closed is not None and each.closed > store.closed > each.opened
    ]
    if kind < _CLOSES_WITHOUT_HEIR + _CLOSES_INTO_CLOSING and closes_later:
        return closes_later[draws.number(len(closes_later), "closes later", store.index)]
    return store.heir


def _vacancies(chain: Chain, draws: Draws, store: Store, place: int) -> Iterator[Stint]:
    """The times for which one place of a store is held, by nobody known yet."""
    last = chain.days if store.closed is None else store.closed
    start, turn = store.opened, 0
    if store.opened < 0:
        # Those present on the first day came before it, but not before their store.
        start = max(store.opened, -1 - draws.number(700, "came", store.index, place))
    while start < last:
        short, long = (draws.number(n, "stays", store.index, place, turn) for n in (180, 1100))
        end = (
            start
            + 20
            + (short if draws.number(4, "leaves", store.index, place, turn) == 0 else long)
        )
        leaves = end < last or store.closed is not None
        yield Stint(-1, store.index, place, start, min(end, last) if leaves else None)
        start = end + draws.number(40, "vacant", store.index, place, turn)
        turn += 1
