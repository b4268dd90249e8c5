"""All facts that the dictionary's indicators are sums of, by group (spec §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame

from transforms.indicators_of_customers import customer_facts, recent_returns, with_sex
from transforms.indicators_of_moves import loyalty_ended, with_moves
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
        changes: The table ``life_cycle_transitions``.
        days: Purchase days (``transforms.life_cycle.purchase_days``), all of whom
            ``asked_for_days`` tells at least.
        allocations: Whose customer everyone is.
        ranked: The table ``rfv``.
        history: The tickets of real customers.
        of_nobody: The other tickets.
        persons: The newest registry, one row per person.
        portfolio_sales: Sales inside and outside of portfolios.
    """

    accounts: DataFrame
    timeline: DataFrame
    changes: DataFrame
    days: DataFrame
    allocations: DataFrame
    ranked: DataFrame
    history: DataFrame
    of_nobody: DataFrame
    persons: DataFrame
    portfolio_sales: DataFrame


def all_facts(
    sources: Sources,
    dates: Sequence[date],
    loyalty_ends: Sequence[Period],
    sexes: Mapping[str, Sequence[str]],
    *,
    opt_in_silence: bool,
) -> Mapping[tuple[str, ...], DataFrame]:
    """The facts of each group of the dictionary; some groups are of the same.

    Args:
        sources: What is known.
        dates: The processing dates.
        loyalty_ends: The periods after whose sum the loyalty process of a new customer ends.
        sexes: As ``customer_facts`` takes them.
        opt_in_silence: Whether who said nothing counts as opted in.
    """
    allocated, timeline, days = sources.allocations, sources.timeline, sources.days
    of_customers = customer_facts(
        sources.accounts, timeline, sources.changes, days, allocated, sources.ranked, dates
    ).transform(with_sex, sources.persons, sexes)
    in_periods = period_changes(timeline, dates)
    return {
        ("customers", "moves"): with_moves(of_customers, in_periods, days, loyalty_ends),
        ("sales",): sale_facts(sources.history, sources.of_nobody, sources.persons, dates),
        ("registrations",): registration_facts(
            sources.persons, allocated, dates, opt_in_silence=opt_in_silence
        ),
        ("portfolios",): portfolio_facts(sources.portfolio_sales),
    }


def asked_for_days(
    accounts: DataFrame,
    changes: DataFrame,
    dates: Sequence[date],
    loyalty_ends: Sequence[Period],
) -> DataFrame:
    """Whose purchase days the facts ask for, beside what accounts and timeline tell.

    Args:
        accounts: The table ``accounts`` on the dates.
        changes: The table ``life_cycle_transitions``.
        dates: The processing dates.
        loyalty_ends: As in ``all_facts``.

    Returns:
        ``customer_id``, not distinct: who came back in the last 12 months, and whose loyalty
        process ends in the month.
    """
    ends = accounts.where(loyalty_ended(loyalty_ends)).select("customer_id")
    return recent_returns(changes, dates).select("customer_id").unionByName(ends)
