"""Rows that are read more than once, kept by Spark for as long as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame


@contextmanager
def kept(rows: DataFrame) -> Iterator[DataFrame]:
    """The rows, kept while the block runs: in memory, and on disk where that is full."""
    held = rows.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        yield _planned_from_here(held)
    finally:
        held.unpersist()


@contextmanager
def keeping() -> Iterator[Callable[[DataFrame], DataFrame]]:
    """A function that keeps rows while the block runs, for transforms that say what to keep."""
    with ExitStack() as all_held:
        yield lambda rows: all_held.enter_context(kept(rows))


def _planned_from_here(held: DataFrame) -> DataFrame:
    """The rows with what keeps them as their plan: it is what Spark reads them from anyway.

    By itself Spark puts it in only before it runs something, so that each step on kept rows is
    planned with everything that made them, and each join of them with themselves twice.
    """
    spark = held.sparkSession
    jvm: Any = spark._jvm  # noqa: SLF001 - Spark offers no public way to what keeps rows
    manager = spark._jsparkSession.sharedState().cacheManager()  # noqa: SLF001 - likewise
    found = manager.lookupCachedData(held._jdf)  # noqa: SLF001 - likewise
    if found.isEmpty():
        return held
    datasets = jvm.org.apache.spark.sql.classic.Dataset
    relation = found.get().cachedRepresentation()
    return DataFrame(datasets.ofRows(spark._jsparkSession, relation), spark)  # noqa: SLF001 - likewise
