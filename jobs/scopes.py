"""How the rows of a scope are ranked: by a plain window as long as that fits into one task."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.ranking import Method

LARGEST_IN_ONE_TASK = 500_000
"""The rows that a plain window may sort in one task; beyond that segments cost less."""


def method_for(rows: DataFrame, scope: Sequence[str]) -> Method:
    """The method for the largest of the scopes among the rows, which are read for it."""
    sizes = rows.groupBy(*scope).count()
    largest = sizes.agg(F.max("count")).collect()[0][0] or 0
    return "window" if largest <= LARGEST_IN_ONE_TASK else "segments"
