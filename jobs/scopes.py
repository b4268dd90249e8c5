"""How the rows of a scope are ranked: by a plain window as long as that fits into one task."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.ranking import WINDOW
from transforms.segments import Way

LARGEST_IN_ONE_TASK = 500_000
"""The rows that a plain window may sort in one task; more are not to be one task's burden."""


def way_for(rows: DataFrame, scope: Sequence[str], keep: Callable[[DataFrame], DataFrame]) -> Way:
    """The way for the largest of the scopes among the rows, which are read for it."""
    sizes = rows.groupBy(*scope).count()
    largest = sizes.agg(F.max("count")).collect()[0][0] or 0
    if largest <= LARGEST_IN_ONE_TASK:
        return WINDOW
    return Way(keep=keep, is_one_value_each=is_one_value_each)


def is_one_value_each(segments: DataFrame) -> bool:
    """What ``Way.is_one_value_each`` asks, answered by reading the kept table."""
    return segments.where("NOT _is_one_value").isEmpty()
