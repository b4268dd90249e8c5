"""The tickets of each customer, read and moved together once for all that is computed from them."""

from __future__ import annotations

from contextlib import AbstractContextManager

from pyspark.sql import DataFrame

from jobs.kept import kept
from jobs.tables import Tables
from transforms.purchases import by_customer


def customer_history(tables: Tables) -> AbstractContextManager[DataFrame]:
    """The tickets of real customers, by customer, kept while the block runs."""
    return kept(tickets_by_customer(tables))


def tickets_by_customer(tables: Tables) -> DataFrame:
    """The tickets of real customers, those of each moved together."""
    return tables.read("purchases").transform(by_customer)


def tickets_of(tables: Tables, customers: DataFrame) -> DataFrame:
    """The tickets of some customers, those of each moved together; the others' stay where they are.

    Args:
        tables: The tables.
        customers: ``customer_id``, distinct, kept and counted: so Spark knows how few they are.
    """
    tickets = tables.read("purchases").join(customers, on="customer_id", how="left_semi")
    return tickets.transform(by_customer)
