"""The registries as allocation uses them, refused where they contradict themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pyspark.sql import DataFrame

from jobs.errors import LakehouseError, SettingsError
from jobs.settings import Allocation
from jobs.tables import Tables
from transforms.allocation_routines import Registries
from transforms.allocation_salespeople import stints
from transforms.allocation_stores import candidate_stores, successions


def registries(tables: Tables, allocation: Allocation) -> Registries:
    """Persons, stores and stints; None for what the network does not deliver.

    Raises:
        LakehouseError: If successors of stores go in a circle.
        SettingsError: If the default store is none that was delivered.
    """
    stores, salespeople = _delivered(tables, "stores"), _delivered(tables, "salespeople")
    candidates = succeeding = None
    if stores is not None:
        successors = _successors(stores)
        if allocation.default_store not in (None, *successors):
            message = (
                f"allocation.default_store {allocation.default_store} is not in table stores: "
                "correct the setting, or deliver the store"
            )
            raise SettingsError(message)
        candidates = candidate_stores(stores, online_candidates=allocation.online_candidates)
        succeeding = successions(stores, candidates, longest_succession(successors))
    return Registries(
        tables.read("persons"),
        candidates,
        succeeding,
        None if salespeople is None else stints(salespeople),
    )


def longest_succession(successors: Mapping[str, str | None]) -> int:
    """The most successors that any store has one after the other.

    Args:
        successors: The successor of every store, None for none.

    Raises:
        LakehouseError: If they go in a circle, naming its stores.
    """
    longest = 0
    for store in sorted(successors):
        followed = [store]
        while (following := successors.get(followed[-1])) is not None:
            if following in followed:
                circle = [*followed[followed.index(following) :], following]
                message = (
                    f"table stores: successor_store_code goes in a circle, {' → '.join(circle)}: "
                    "deliver the stores again without it"
                )
                raise LakehouseError(message)
            followed.append(following)
        longest = max(longest, len(followed) - 1)
    return longest


def all_succeeded_by(stores: DataFrame, codes: Collection[str]) -> set[str]:
    """The stores whose successor, or that one's and so on, is one of the codes."""
    found: set[str] = set()
    successors = _successors(stores)
    wanted = set(codes)
    while (
        followed := {store for store, following in successors.items() if following in wanted}
        - wanted
    ):
        wanted |= followed
        found |= followed
    return found


def _delivered(tables: Tables, name: str) -> DataFrame | None:
    rows = tables.read(name)
    return None if rows.isEmpty() else rows


def _successors(stores: DataFrame) -> dict[str, str | None]:
    rows = stores.select("store_code", "successor_store_code").collect()
    return {row.store_code: row.successor_store_code for row in rows}
