"""The table ``life_cycle`` and those that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame

from jobs.kept import kept
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.life_cycle import due_to_change, life_cycle, purchase_days
from transforms.life_cycle_flows import (
    growth_accounting,
    matrix,
    on_levels,
    period_changes,
    transitions,
)


def run(tables: Tables, settings: Settings, dates: Sequence[date], history: DataFrame) -> None:
    """Rebuild the timeline from all accepted sales, and replace the slices of the given dates.

    Flows by store and salesperson go by the allocations of those dates, which must be there.
    """
    rules, within = settings.life_cycle.rules, settings.life_cycle.due_within
    days = history.transform(purchase_days)
    due = due_to_change(days, rules, dates, within)
    tables.replace_slices("due_to_change", due, dates)
    # Kept, and not read back from the table, since here each customer's intervals lie together.
    with kept(life_cycle(days, rules)) as timeline:
        tables.overwrite("life_cycle", timeline)
        tables.overwrite("life_cycle_transitions", transitions(timeline))
        allocated = tables.read_slices("allocations", dates)
        with kept(on_levels(period_changes(timeline, dates), allocated)) as changes:
            tables.replace_slices("life_cycle_matrix", matrix(changes), dates)
            tables.replace_slices("growth_accounting", growth_accounting(changes), dates)
