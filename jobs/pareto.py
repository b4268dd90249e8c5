"""The tables of Pareto, and the customers of network, stores and portfolios by value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.kept import keeping, kept
from jobs.others import Others
from jobs.scopes import way_for
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.pareto import (
    by_value,
    network_customers,
    pareto_curve,
    pareto_summary,
    portfolio_customers,
    store_customers,
    value_histogram,
)
from transforms.scope_values import carried_values, network_values, portfolio_values, store_values
from transforms.scopes import NETWORK, PORTFOLIO, SCOPE, STORE

_OF_SCOPE = {
    NETWORK: ("network_customers", network_customers),
    STORE: ("store_customers", store_customers),
    PORTFOLIO: ("portfolio_customers", portfolio_customers),
}


def run(
    tables: Tables,
    settings: Settings,
    dates: Sequence[date],
    history: DataFrame,
    others: Others | None = None,
) -> None:
    """Replace the slices of the given dates, whose accounts and allocations must be there."""
    shares = settings.pareto.shares
    values = _values(tables, settings, dates, history, others)
    with kept(values) as of_all, kept(value_histogram(of_all)) as places, keeping() as keep:
        tables.replace_slices("pareto_curve", pareto_curve(places), dates)
        tables.replace_slices("pareto_summary", pareto_summary(places, shares), dates)
        for scope, (name, published) in _OF_SCOPE.items():
            of_scope = of_all.where(F.col("scope") == scope)
            ranked = by_value(of_scope, shares, way_for(of_scope, SCOPE, keep))
            tables.replace_slices(name, published(ranked), dates)


def _values(
    tables: Tables,
    settings: Settings,
    dates: Sequence[date],
    history: DataFrame,
    others: Others | None,
) -> DataFrame:
    """The value of every customer in every scope that she is in."""
    basis = settings.network.value_basis
    network = network_values(tables.read_slices("accounts", dates), basis)
    stores = store_values(history, dates, basis)
    allocated = tables.read_slices("allocations", dates)
    if others is not None:
        allocated = others.those_computed_anew(allocated)
    anew = stores.unionByName(portfolio_values(history, allocated, dates, basis))
    if others is None:
        return network.unionByName(anew)
    on = [
        carried_values(others.slices(name), scope)
        for scope, (name, _) in _OF_SCOPE.items()
        if scope != NETWORK
    ]
    return reduce(DataFrame.unionByName, (network, anew, *on))
