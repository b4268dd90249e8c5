"""One shuffle of the tickets, by customer, serves every step of allocation."""

from __future__ import annotations

from pyspark.sql import SparkSession

from jobs.session import joined_by_customer
from jobs.settings import load_settings
from schemas import TABLES
from tests import allocation_checks as checks
from tests.plans import shuffles, without_broadcasts
from transforms.allocation import allocate
from transforms.allocation_history import allocations
from transforms.calendar_view import CalendarView
from transforms.purchases import by_customer


def test_allocation_moves_the_tickets_once(spark: SparkSession) -> None:
    world, rules = checks.some_network(seed=1, worlds=4), load_settings().allocation.rules
    view = CalendarView((world.calendar[-1],), ())
    known = checks.registries_of(spark, world, rules)
    assert known.stores is not None
    assert known.stints is not None
    nothing = spark.createDataFrame([], TABLES["allocations"].ddl)
    with without_broadcasts(spark):
        history = checks.tickets_of(spark, world).transform(by_customer)

        def moved_in_allocation() -> list[tuple[str, bool]]:
            _, whose = allocate(history, nothing, known, rules, "net", view)
            return shuffles(allocations(whose))

        with joined_by_customer(spark):
            moved = moved_in_allocation()
        spark.catalog.clearCache()
        moved_otherwise = moved_in_allocation()
    assert {origin for origin, _ in moved} == {"REPARTITION_BY_COL", "ENSURE_REQUIREMENTS"}
    assert not any(is_moved_again for _, is_moved_again in moved)
    assert any(is_moved_again for _, is_moved_again in moved_otherwise)
