"""The tables ``indicators`` and ``indicator_dictionary``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame

from jobs.customer_history import tickets_of
from jobs.indicator_dictionary import computed, load_dictionary
from jobs.kept import keeping
from jobs.others import Others
from jobs.session import joined_by_customer, local_rows
from jobs.settings import Settings
from jobs.tables import Tables
from schemas import TABLES
from transforms.indicator_facts import Sources, all_facts, asked_for_days
from transforms.indicators import indicators
from transforms.life_cycle import life_cycle, purchase_days
from transforms.purchases import of_customers, of_nobody


def run(
    tables: Tables,
    settings: Settings,
    dates: Sequence[date],
    history: DataFrame,
    others: Others | None = None,
) -> None:
    """Replace the dictionary and the slices of the given dates.

    Accounts, allocations, the life cycle, ranks and portfolio sales of those dates must be there.

    Args:
        tables: The tables of the run.
        settings: All of them.
        dates: The dates.
        history: The tickets of the customers who are computed anew.
        others: The customers who are not computed anew.
    """
    tables.overwrite("indicator_dictionary", _dictionary_rows(tables))
    entries = computed(settings.indicators.limits)
    rules = settings.life_cycle.rules
    loyalty_ends = (rules.new_for, rules.loyalty_process_for)
    accounts = tables.read_slices("accounts", dates)
    with joined_by_customer(tables.spark), keeping() as keep:
        changes = tables.read("life_cycle_transitions")
        if others is None:
            # Made again, and not read, since here each customer's days lie together.
            tickets = history
            days = keep(history.transform(purchase_days))
            timeline = keep(life_cycle(days, rules))
        else:
            tickets = tables.read("purchases").transform(of_customers)
            timeline = keep(tables.read("life_cycle").repartition("customer_id"))
            asked = asked_for_days(accounts, changes, dates, loyalty_ends)
            days = keep(_days_of(tables, keep(asked.distinct())))
        sources = Sources(
            accounts=accounts,
            timeline=timeline,
            changes=changes,
            days=days,
            allocations=tables.read_slices("allocations", dates),
            ranked=tables.read_slices("rfv", dates),
            history=tickets,
            of_nobody=tables.read("purchases").transform(of_nobody),
            persons=tables.read("persons"),
            portfolio_sales=tables.read_slices("portfolio_sales", dates),
        )
        facts = all_facts(
            sources,
            dates,
            loyalty_ends,
            settings.indicators.sexes.words,
            opt_in_silence=settings.consent.opt_in_silence,
        )
        tables.replace_slices("indicators", indicators(facts, entries), dates)


def _days_of(tables: Tables, customers: DataFrame) -> DataFrame:
    customers.count()  # as tickets_of asks
    return tickets_of(tables, customers).transform(purchase_days)


def _dictionary_rows(tables: Tables) -> DataFrame:
    rows = [
        {
            "indicator": entry.code,
            "english": entry.names.en,
            "portuguese": entry.names.pt,
            "manual_names": list(entry.manual),
            "meaning": entry.meaning.en,
            "significado": entry.meaning.pt,
            "formula": entry.formula,
            "unit": entry.unit,
            "group_name": group,
            "periods": list(entry.all_periods) or None,
            "kind": entry.kind,
            "direction": entry.direction,
            "of_each_customer": entry.per_customer,
        }
        for group, entries in load_dictionary().items()
        for entry in entries
    ]
    return local_rows(tables.spark, rows, TABLES["indicator_dictionary"].ddl)
