"""The table ``merges``: the groups that merged pairs make, and who stands for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from pyspark.sql import functions as F

from jobs.session import local_rows
from jobs.tables import Tables
from schemas import TABLES
from schemas.duplicates import State


def settle_merges(tables: Tables) -> None:
    """Make ``merges`` of the pairs that are merged now, if that changes it.

    Of a group stands who was registered first; of equals who stood for others before, then the
    smallest id. Whoever bears no day of registration comes after those, and who is not registered
    last.
    """
    merged = tables.read("duplicates").where(F.col("state") == State.MERGED.value)
    pairs = [tuple(row) for row in merged.select("customer_id", "other_customer_id").collect()]
    registered = tables.read("persons_received").select("customer_id", "registered_on")
    members = merged.select(F.explode(F.array("customer_id", "other_customer_id")).alias("member"))
    wanted = registered.join(
        members.distinct(), on=F.col("customer_id") == F.col("member"), how="left_semi"
    )
    before = {row[0]: row[1] for row in tables.read("merges").collect()}
    days = {row[0]: row[1] for row in wanted.collect()}
    survivors = surviving(pairs, days, set(before.values()))
    if survivors != before:
        rows = [
            {"customer_id": each, "surviving_id": survivor}
            for each, survivor in sorted(survivors.items())
        ]
        tables.overwrite("merges", local_rows(tables.spark, rows, TABLES["merges"].ddl))


def surviving(
    pairs: Iterable[tuple[int, ...]],
    registered_on: Mapping[int, date | None],
    before: Collection[int] = (),
) -> dict[int, int]:
    """Whom each member of a group counts as; who stands for herself is left out.

    Args:
        pairs: Two ids that are one person.
        registered_on: By id; whoever is in no registry is missing.
        before: Who stood for others so far; of two registered on one day they stand on.
    """
    groups = groups_of(pairs)

    def rank(each: int) -> tuple[bool, date, bool, int]:
        day = registered_on.get(each) or date.max
        return (each not in registered_on, day, each not in before, each)

    found = {}
    for each, group in groups.items():
        survivor = min(group, key=rank)
        if each != survivor:
            found[each] = survivor
    return found


def groups_of(pairs: Iterable[tuple[int, ...]]) -> dict[int, set[int]]:
    """Whom each id is one with, herself included, by whatever chain of pairs."""
    groups: dict[int, set[int]] = {}
    for one, other in pairs:
        together = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(together, together))
    return groups


def contradictory(
    found: Collection[tuple[int, ...]],
    merged: Collection[tuple[int, ...]],
    apart: Iterable[tuple[int, ...]],
    bearers: Mapping[int, Collection[int]],
) -> set[tuple[int, ...]]:
    """The pairs found that, with what is merged, would make one person of two.

    Each pair by itself may be sound. But where a chain of them joins people of different valid
    CPFs, or people who are kept apart, nobody but a person can tell which link is wrong.

    Args:
        found: The pairs that a search would merge.
        merged: Those merged already.
        apart: Those kept apart.
        bearers: Of each id with a valid CPF, who stands for that CPF.
    """
    groups = groups_of([*found, *merged])
    wrong = {id(groups[one]) for one, other in apart if other in groups.get(one, ())}
    for number, group in {id(each): each for each in groups.values()}.items():
        if len({bearer for each in group for bearer in bearers.get(each, ())}) > 1:
            wrong.add(number)
    return {pair for pair in found if id(groups[pair[0]]) in wrong}
