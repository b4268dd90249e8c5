"""The table ``life_cycle`` and those that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame

from jobs.kept import kept
from jobs.others import Others, with_others
from jobs.session import joined_by_customer
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.life_cycle import due, due_on_timeline, life_cycle, purchase_days
from transforms.life_cycle_flows import (
    growth_accounting,
    matrix,
    on_levels,
    period_changes,
    transitions,
)


def run(
    tables: Tables,
    settings: Settings,
    dates: Sequence[date],
    history: DataFrame,
    others: Others | None = None,
) -> None:
    """Rebuild the timeline from the history, and replace the slices of the given dates.

    The others' intervals stay. Flows by store and salesperson go by the allocations of those dates,
    which must be there.
    """
    rules = settings.life_cycle.rules
    days = history.transform(purchase_days)
    # Kept, and not read back from the table, since here each customer's intervals lie together.
    with kept(life_cycle(days, rules)) as anew:
        changes_anew = transitions(anew)
        changes_of_others = others.rows("life_cycle_transitions") if others else None
        timeline = with_others(anew, others.rows("life_cycle") if others else None)
        tables.overwrite("life_cycle", timeline)
        tables.overwrite("life_cycle_transitions", with_others(changes_anew, changes_of_others))
        allocated = tables.read_slices("allocations", dates)
        with (
            joined_by_customer(tables.spark),
            kept(on_levels(period_changes(timeline, dates), allocated)) as flows,
        ):
            tables.replace_slices("life_cycle_matrix", matrix(flows), dates)
            tables.replace_slices("growth_accounting", growth_accounting(flows), dates)
    _write_due(tables, settings, dates, days, others)


def _write_due(
    tables: Tables,
    settings: Settings,
    dates: Sequence[date],
    days: DataFrame,
    others: Others | None,
) -> None:
    rules, within = settings.life_cycle.rules, settings.life_cycle.due_within
    changes = tables.read("life_cycle_transitions")
    anew = others.those_computed_anew(changes) if others else changes
    found = due(days, anew, rules, dates, within)
    if others is not None:
        on = others.slices("due_to_change", others.rebuilt).drop("carried_from")
        ahead = due_on_timeline(others.of(changes), others.new_dates, within)
        found = found.unionByName(on).unionByName(ahead)
    tables.replace_slices("due_to_change", found, dates)
