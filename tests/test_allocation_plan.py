"""One shuffle of the tickets, by customer, serves every step of allocation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.session import joined_by_customer
from jobs.settings import load_settings
from schemas import TABLES
from tests import allocation_checks as checks
from transforms.allocation import allocate
from transforms.allocation_history import allocations
from transforms.calendar_view import CalendarView
from transforms.purchases import by_customer

SETTINGS = {
    # Small as they are here, Spark would copy rows to every task instead of moving them.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.maxPlanStringLength": "10000000",
}


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


def test_allocation_moves_the_tickets_once(spark: SparkSession) -> None:
    world, rules = checks.some_network(seed=1, worlds=4), load_settings().allocation.rules
    view = CalendarView((world.calendar[-1],), ())
    known = checks.registries_of(spark, world, rules)
    assert known.stores is not None
    assert known.stints is not None
    nothing = spark.createDataFrame([], TABLES["allocations"].ddl)
    before = {name: str(spark.conf.get(name)) for name in SETTINGS}
    try:
        for name, value in SETTINGS.items():
            spark.conf.set(name, value)
        history = checks.tickets_of(spark, world).transform(by_customer)

        def moved_in_allocation() -> list[tuple[str, bool]]:
            _, whose = allocate(history, nothing, known, rules, "net", view)
            return shuffles(allocations(whose))

        with joined_by_customer(spark):
            moved = moved_in_allocation()
        spark.catalog.clearCache()
        moved_otherwise = moved_in_allocation()
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
        spark.catalog.clearCache()
    assert {origin for origin, _ in moved} == {"REPARTITION_BY_COL", "ENSURE_REQUIREMENTS"}
    assert not any(is_moved_again for _, is_moved_again in moved)
    assert any(is_moved_again for _, is_moved_again in moved_otherwise)
