"""What changed since the last run that computed everything, told by the versions of the tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.changes_of_actions import FIRST_DAYS, drawn_from, then_and_now
from jobs.faults import is_gone
from jobs.tables import Tables
from schemas import TABLES
from transforms.changes import rows_changed
from transforms.periods import ALWAYS, NEVER
from transforms.purchases import TICKET
from transforms.registered import registered_since

Keep = Callable[[DataFrame], DataFrame]
Look = Callable[["Changes", Tables, Keep], None]

_NO_NEWS = ("delivered_at", "filled_from")
"""What of a registration no result hangs on."""

_READ_AS_THEN = {"purchases", "stores"}
"""Of which earlier states tell whose results may be others now."""

_STORE_COLUMNS = ("store_code", "opened_on", "closed_on", "is_online", "successor_store_code")


@dataclass
class Changes:
    """What was delivered, corrected or cancelled.

    Attributes:
        before: The tables as that run left them.
        between: As later runs left them that computed a part of what is carried on, with other
            purchases or stores.
        tickets: The key of every ticket of which a line came or went; None if none did.
        persons: ``customer_id`` of everyone whose registration changed; None likewise.
        stores: The codes of the stores that changed in what allocation or habits ask of them.
        stints: The stints that came or went, or ended on another day; None if none did.
        products: ``product_code`` of those whose category changed; None if none did.
        everyone_because: Why anybody may be another one's now; None if what is told above is all.
        first_days: By cause, the first day of which figures may differ.
    """

    before: Tables
    between: list[Tables] = field(default_factory=list)
    tickets: DataFrame | None = None
    persons: DataFrame | None = None
    stores: frozenset[str] = frozenset()
    stints: DataFrame | None = None
    products: DataFrame | None = None
    everyone_because: str | None = None
    first_days: dict[str, date] = field(default_factory=dict)

    @property
    def first_day(self) -> date | None:
        """The first day of which any figure may differ; None if nothing changed."""
        return min(self.first_days.values(), default=None)

    @property
    def states(self) -> list[Tables]:
        """The tables as they were when what is carried on was computed."""
        return [self.before, *self.between]

    def count_from(self, cause: str, first: date | None) -> None:
        """The earliest of a cause's days counts; none, if it changed nothing."""
        if first is not None:
            self.first_days[cause] = min(first, self.first_days.get(cause, NEVER))

    def add(self, other: Changes) -> None:
        """Take in what changed since a later run."""
        self.tickets = _both(self.tickets, other.tickets)
        self.persons = _both(self.persons, other.persons)
        self.stints = _both(self.stints, other.stints)
        self.products = _both(self.products, other.products)
        self.stores |= other.stores
        self.everyone_because = self.everyone_because or other.everyone_because
        for cause, first in other.first_days.items():
            self.count_from(cause, first)


def _both(some: DataFrame | None, more: DataFrame | None) -> DataFrame | None:
    if some is None or more is None:
        return more if some is None else some
    return some.unionByName(more).distinct()


def changes_since(tables: Tables, runs: Sequence[Mapping[str, int]], keep: Keep) -> Changes:
    """Compares the tables that everything is computed from with what they were.

    A run that computed a part, such as an erasure or an allocation by hand, may have read a
    registry or merges that are no more, though they are now as they were before it. So each is
    compared with. Sales need it not: they tell every line that came or went since the first.

    Args:
        tables: The tables now.
        runs: The versions of the last run that computed everything, and of each later one that
            computed any.
        keep: Keeps rows that are read more than once.
    """
    first, *later = runs
    changes = _compared(tables, first, set(_LOOKS), keep)
    compared = {(name, first.get(name, 0)) for name in TABLES}
    for versions in later:
        others = {name for name, version in versions.items() if (name, version) not in compared}
        since = _compared(tables, versions, others - {"sales"}, keep)
        changes.add(since)
        if others & _READ_AS_THEN:
            changes.between.append(since.before)
        compared.update(versions.items())
    return changes


def _compared(
    tables: Tables, versions: Mapping[str, int], names: Collection[str], keep: Keep
) -> Changes:
    changes = Changes(Tables(tables.spark, tables.place, versions))
    for name, look in _LOOKS.items():
        if name in names and tables.versions.get(name, 0) != versions.get(name, 0):
            _look(name, look, changes, tables, keep)
    return changes


def _look(name: str, look: Look, changes: Changes, tables: Tables, keep: Keep) -> None:
    try:
        look(changes, tables, keep)
    except (PySparkException, Py4JJavaError) as error:
        # Versions that were vacuumed, or from before the table kept its changes.
        if not is_gone(error):
            raise
        _tell_everyone(changes, name, f"what {name} held then is not kept any more")


def _look_at_sales(changes: Changes, tables: Tables, keep: Keep) -> None:
    lines = tables.changes("sales", changes.before.versions.get("sales", 0))
    tickets = keep(lines.select(*TICKET).distinct())
    _add_tickets(changes, "sales", tickets)


def _look_at_merges(changes: Changes, tables: Tables, keep: Keep) -> None:
    """Whoever was merged, or no longer is, bought and was drawn as another than before."""
    names = TABLES["merges"].column_names
    rows = rows_changed(*then_and_now(changes.before, tables, "merges", names))
    moved = keep(rows.select("customer_id").distinct())
    lines = tables.read("sales").join(F.broadcast(moved), on="customer_id", how="left_semi")
    tickets = lines.select(*TICKET)
    if changes.tickets is not None:
        tickets = tickets.unionByName(changes.tickets)
    _add_tickets(changes, "merges", keep(tickets.distinct()))
    changes.count_from("merges", drawn_from(tables, moved))


def _add_tickets(changes: Changes, cause: str, tickets: DataFrame) -> None:
    first = tickets.agg(F.min("business_day")).collect()[0][0]
    if first is not None:
        changes.tickets = tickets
    changes.count_from(cause, first)


def _look_at_persons(changes: Changes, tables: Tables, keep: Keep) -> None:
    # A registration is of no date before its day, and one without a day is of all.
    day = registered_since()
    said = [name for name in TABLES["persons"].column_names if name not in _NO_NEWS]
    rows = rows_changed(*then_and_now(changes.before, tables, "persons", said))
    dated = rows.select("customer_id", day.alias("day"))
    changed = keep(dated.groupBy("customer_id").agg(F.min("day").alias("day")))
    first = changed.agg(F.min("day")).collect()[0][0]
    if first is not None:
        changes.persons = changed.select("customer_id")
        changes.first_days["persons"] = first


def _look_at_stores(changes: Changes, tables: Tables, keep: Keep) -> None:
    del keep
    both = then_and_now(changes.before, tables, "stores", _STORE_COLUMNS)
    _compare_presence(changes, "stores", both)
    by_code: dict[str, list[Row]] = {}
    for row in rows_changed(*both).collect():
        by_code.setdefault(row.store_code, []).append(row)
    if by_code:
        changes.stores = frozenset(by_code)
        changes.first_days["stores"] = min(map(_first_day_of_store, by_code.values()))


def _first_day_of_store(states: list[Row]) -> date:
    """A store that closes on another day is another from then on, a new one from its opening."""
    kinds = [row.asDict() | {"closed_on": None, "is_new": None} for row in states]
    if len(states) > 1 and kinds[0] == kinds[1]:
        return min(row.closed_on or NEVER for row in states)
    first = states[0]
    # One that is succeeded hands on customers of stores that closed before it opened.
    is_plain_new = len(states) == 1 and first.is_new and first.successor_store_code is None
    if is_plain_new and not first.is_online:
        return first.opened_on or ALWAYS
    return ALWAYS


def _look_at_salespeople(changes: Changes, tables: Tables, keep: Keep) -> None:
    columns = ("store_code", "salesperson_code", "works_from", "works_to")
    both = then_and_now(changes.before, tables, "salespeople", columns)
    _compare_presence(changes, "salespeople", both)
    rows = keep(rows_changed(*both))
    ends = F.coalesce("works_to", F.lit(NEVER))
    is_moved_end = F.count(F.lit(1)) > 1
    first_days = rows.groupBy(*columns[:3]).agg(
        F.when(is_moved_end, F.min(ends)).otherwise(F.min("works_from")).alias("day")
    )
    found = first_days.agg(F.count(F.lit(1)), F.min("day")).collect()[0]
    if found[0]:
        changes.stints = rows
        changes.first_days["salespeople"] = found[1] or ALWAYS


def _look_at_products(changes: Changes, tables: Tables, keep: Keep) -> None:
    rows = rows_changed(
        *then_and_now(changes.before, tables, "products", ("product_code", "category"))
    )
    changed = keep(rows.select("product_code").distinct())
    sold = tables.read("sales").join(F.broadcast(changed), on="product_code", how="left_semi")
    first = sold.agg(F.min("business_day")).collect()[0][0]
    if first is not None:
        changes.products = changed
        changes.first_days["products"] = first


def _compare_presence(changes: Changes, name: str, states: Sequence[DataFrame]) -> None:
    """Without a registry every store is active and everybody present, so its coming is news."""
    were_there, are_there = (not each.isEmpty() for each in states)
    if were_there != are_there:
        said = "came for the first time" if are_there else "is empty now"
        _tell_everyone(changes, name, f"the registry of {name} {said}")


def _tell_everyone(changes: Changes, cause: str, reason: str) -> None:
    changes.everyone_because = reason
    changes.first_days[cause] = ALWAYS


def _look_at(name: str, first_day: Callable[[Tables, Tables], date | None]) -> Look:
    def look(changes: Changes, tables: Tables, keep: Keep) -> None:
        del keep
        changes.count_from(name, first_day(changes.before, tables))

    return look


_LOOKS: Mapping[str, Look] = {
    "sales": _look_at_sales,
    "merges": _look_at_merges,
    "persons": _look_at_persons,
    "stores": _look_at_stores,
    "salespeople": _look_at_salespeople,
    "products": _look_at_products,
    **{name: _look_at(name, first_day) for name, first_day in FIRST_DAYS.items()},
}
