"""From which day actions and holdouts may differ, told by what their tables held and hold.

Each function takes the tables then and now, and returns a day, or None if nothing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.tables import Tables
from schemas import TABLES
from transforms.changes import rows_changed

_DRAWN = {"action_lists": "actions", "past_contacts": "past_actions"}
"""The tables of whom actions addressed, or held back, and those of the actions."""


def then_and_now(
    before: Tables, now: Tables, name: str, columns: Sequence[str]
) -> tuple[DataFrame, DataFrame]:
    """What a table says in some columns: then, and now."""
    then, since = (each.read(name).select(*columns) for each in (before, now))
    return then, since


def drawn_from(tables: Tables, customers: DataFrame) -> date | None:
    """The first day on which customers counted in a group of an action or a holdout.

    They may not have bought until much later, if ever.
    """
    drawn = tables.read("holdout").join(customers, on="customer_id", how="left_semi")
    days = [drawn.select(F.date_add("drawn_on", 1).alias("day"))]
    for groups, actions in _DRAWN.items():
        theirs = tables.read(groups).join(customers, on="customer_id", how="left_semi")
        days.append(_begun(tables.read(actions), theirs))
    return _first(reduce(DataFrame.union, days))


def _of_past_actions(before: Tables, now: Tables) -> date | None:
    changed = rows_changed(
        *then_and_now(before, now, "past_actions", ("action_code", "valid_from", "valid_to"))
    )
    return _first(changed.select("valid_from"))


def _of_past_contacts(before: Tables, now: Tables) -> date | None:
    changed = rows_changed(
        *then_and_now(before, now, "past_contacts", ("action_code", "customer_id"))
    )
    return _first(_begun(now.read("past_actions"), changed))


def _of_lists(before: Tables, now: Tables) -> date | None:
    """Only who was erased leaves a list; a new one has no figures yet, on whatever date."""
    key = TABLES["action_lists"].key
    then, since = then_and_now(before, now, "action_lists", key)
    gone = then.join(since, on=list(key), how="left_anti")
    return _first(_begun(now.read("actions"), gone))


def _of_holdout(before: Tables, now: Tables) -> date | None:
    """Whoever is drawn counts on the dates after the draw's."""
    changed = rows_changed(*then_and_now(before, now, "holdout", TABLES["holdout"].column_names))
    first = _first(changed.select("drawn_on"))
    return None if first is None else first + timedelta(days=1)


def _begun(actions: DataFrame, groups: DataFrame) -> DataFrame:
    """The first days of the actions of which some rows of groups are."""
    return actions.join(groups, on="action_code", how="left_semi").select("valid_from")


def _first(days: DataFrame) -> date | None:
    """The first of some days; those that are not known do not count."""
    first: date | None = days.agg(F.min(days.columns[0])).collect()[0][0]
    return first


FIRST_DAYS: Mapping[str, Callable[[Tables, Tables], date | None]] = {
    "past_actions": _of_past_actions,
    "past_contacts": _of_past_contacts,
    "action_lists": _of_lists,
    "holdout": _of_holdout,
}
"""By table."""
