"""The tables of Pareto, and the customers of network and stores by value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.kept import keeping, kept
from jobs.scopes import way_for
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.pareto import (
    NETWORK,
    SCOPE,
    by_value,
    network_customers,
    network_values,
    pareto_curve,
    pareto_summary,
    store_customers,
    store_values,
    value_histogram,
)


def run(tables: Tables, settings: Settings, dates: Sequence[date], history: DataFrame) -> None:
    """Replace the slices of the given dates, whose accounts must be there."""
    basis, shares = settings.network.value_basis, settings.pareto.shares
    network = network_values(tables.read_slices("accounts", dates), basis)
    values = network.unionByName(store_values(history, dates, basis))
    with kept(values) as of_all, kept(value_histogram(of_all)) as places, keeping() as keep:
        tables.replace_slices("pareto_curve", pareto_curve(places), dates)
        tables.replace_slices("pareto_summary", pareto_summary(places, shares), dates)
        is_network = F.col("scope") == NETWORK
        of_network = of_all.where(is_network)
        in_network = by_value(of_network, shares, way_for(of_network, SCOPE, keep))
        tables.replace_slices("network_customers", network_customers(in_network), dates)
        of_stores = of_all.where(~is_network)
        in_stores = by_value(of_stores, shares, way_for(of_stores, SCOPE, keep))
        tables.replace_slices("store_customers", store_customers(in_stores), dates)
