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


def by_size(
    rows: DataFrame, scope: Sequence[str], keep: Callable[[DataFrame], DataFrame]
) -> list[tuple[DataFrame, Way]]:
    """The rows of scopes that fit into one task, and those of larger ones, each with its way.

    Segments of all scopes would be a table that grows with the scopes and goes to every executor;
    of large scopes there are few, however many others there are.
    """
    sizes = rows.groupBy(*scope).count()
    large = keep(sizes.where(F.col("count") > LARGEST_IN_ONE_TASK).select(*scope))
    if large.isEmpty():
        return [(rows, WINDOW)]
    few = F.broadcast(large)
    return [
        (rows.join(few, on=list(scope), how="left_anti"), WINDOW),
        (
            rows.join(few, on=list(scope), how="left_semi"),
            Way(keep=keep, is_one_value_each=is_one_value_each),
        ),
    ]


def is_one_value_each(segments: DataFrame) -> bool:
    """What ``Way.is_one_value_each`` asks, answered by reading the kept table."""
    return segments.where("NOT _is_one_value").isEmpty()
