"""Rows that are read more than once, kept by Spark for as long as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from pyspark import StorageLevel
from pyspark.sql import DataFrame


@contextmanager
def kept(rows: DataFrame) -> Iterator[DataFrame]:
    """The rows, kept while the block runs: in memory, and on disk where that is full."""
    held = rows.persist(StorageLevel.MEMORY_AND_DISK)
    try:
        yield held
    finally:
        held.unpersist()


@contextmanager
def keeping() -> Iterator[Callable[[DataFrame], DataFrame]]:
    """A function that keeps rows while the block runs, for transforms that say what to keep."""
    with ExitStack() as all_held:
        yield lambda rows: all_held.enter_context(kept(rows))
