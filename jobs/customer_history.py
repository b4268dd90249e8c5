"""The tickets of each customer, read and moved together once for all that is computed from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark import StorageLevel
from pyspark.sql import DataFrame

from jobs.tables import Tables
from transforms.purchases import by_customer


@contextmanager
def customer_history(tables: Tables) -> Iterator[DataFrame]:
    """The tickets of real customers, by customer, kept while the block runs."""
    tickets = tables.read("purchases").transform(by_customer).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        yield tickets
    finally:
        tickets.unpersist()
