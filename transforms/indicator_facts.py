"""All facts that the dictionary's indicators are sums of, by group (spec §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame

from transforms.indicators_of_customers import customer_facts
from transforms.indicators_of_moves import move_facts
from transforms.indicators_of_portfolios import portfolio_facts
from transforms.indicators_of_registrations import registration_facts
from transforms.indicators_of_sales import sale_facts
from transforms.life_cycle_flows import period_changes
from transforms.periods import Period


@dataclass(frozen=True)
class Sources:
    """The tables that indicators rest on, as published.

    Attributes:
        accounts: On the processing dates, as allocations, ranked and portfolio_sales are.
        timeline: The table ``life_cycle``.
        days: Purchase days (``transforms.life_cycle.purchase_days``).
        allocations: Whose customer everyone is.
        ranked: The table ``rfv``.
        tickets: The table ``purchases``, of nobody's tickets too.
        persons: The newest registry, one row per person.
        portfolio_sales: Sales inside and outside of portfolios.
    """

    accounts: DataFrame
    timeline: DataFrame
    days: DataFrame
    allocations: DataFrame
    ranked: DataFrame
    tickets: DataFrame
    persons: DataFrame
    portfolio_sales: DataFrame


def all_facts(
    sources: Sources,
    dates: Sequence[date],
    loyalty_ends: Sequence[Period],
    *,
    opt_in_silence: bool,
) -> Mapping[str, DataFrame]:
    """The facts of each group of the dictionary.

    Args:
        sources: What is known.
        dates: The processing dates.
        loyalty_ends: The periods after whose sum the loyalty process of a new customer ends.
        opt_in_silence: Whether who said nothing counts as opted in.
    """
    allocated, timeline, days = sources.allocations, sources.timeline, sources.days
    changes = period_changes(timeline, dates)
    return {
        "customers": customer_facts(
            sources.accounts, timeline, days, allocated, sources.ranked, dates
        ),
        "sales": sale_facts(sources.tickets, sources.persons, dates),
        "moves": move_facts(changes, days, allocated, loyalty_ends, dates),
        "registrations": registration_facts(
            sources.persons, allocated, dates, opt_in_silence=opt_in_silence
        ),
        "portfolios": portfolio_facts(sources.portfolio_sales),
    }
