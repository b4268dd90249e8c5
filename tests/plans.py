"""What Spark plans to move between tasks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame, SparkSession

_SETTINGS = {
    # Small as they are here, Spark would copy rows to every task instead of moving them.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.maxPlanStringLength": "10000000",
}


@contextmanager
def without_broadcasts(spark: SparkSession) -> Iterator[None]:
    """Lets the plans of a few rows be those of many."""
    before = {name: str(spark.conf.get(name)) for name in _SETTINGS}
    try:
        for name, value in _SETTINGS.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
        spark.catalog.clearCache()


def nodes(plan: Any) -> Iterator[Any]:
    """A plan's node and all below it, in the plans of kept rows too."""
    yield plan
    children = plan.children()
    below = [children.apply(place) for place in range(children.size())]
    if plan.nodeName() == "InMemoryTableScan":
        below.append(plan.relation().cachedPlan())
    for each in below:
        yield from nodes(each)


def shuffles(rows: DataFrame) -> list[tuple[str, bool]]:
    """Every shuffle of a plan, and whether it moves rows that came from the tickets' own."""
    executed: Any = rows._jdf.queryExecution().executedPlan()
    found = [each for each in nodes(executed) if each.nodeName() == "Exchange"]
    return [
        (str(each.shuffleOrigin()), any(_is_by_hand(below) for below in nodes(each.child())))
        for each in found
    ]


def _is_by_hand(node: Any) -> bool:
    return bool(node.nodeName() == "Exchange") and "REPARTITION" in str(node.shuffleOrigin())
