"""Why a customer moved: the first cause that fits, each by hand (docs/tables.md, spec §6)."""

from __future__ import annotations

from datetime import date

from pyspark.sql import SparkSession

from schemas.allocation_moves import CAUSES
from transforms.allocation_moves import allocation_moves
from transforms.allocation_salespeople import stints
from transforms.allocation_stores import candidate_stores
from transforms.calendar_view import CalendarView

SINCE, AS_OF = date(2024, 1, 31), date(2024, 2, 29)
NEXT_DAY = date(2024, 2, 1)
VIEW = CalendarView((SINCE, AS_OF), (SINCE, AS_OF))
STORES = [
    ("s1", None, None),
    ("s2", NEXT_DAY, None),  # opened since the previous date
    ("s3", None, AS_OF),  # closed
    ("s4", SINCE, None),  # was open on the previous date already
]
STINTS = [
    ("v1", "s1", date(2020, 1, 1), date(2024, 2, 10)),  # left
    ("v2", "s1", NEXT_DAY, None),  # came
    ("v3", "s1", date(2020, 1, 1), None),
    ("v4", "s1", SINCE, None),  # was there on the previous date already
    ("v5", "s2", NEXT_DAY, None),
    ("v6", "s3", date(2020, 1, 1), AS_OF),
    ("v7", "s1", date(2020, 1, 1), date(2024, 2, 10)),  # was there all the time, in two stints
    ("v7", "s1", date(2024, 2, 10), None),
    ("v8", "s1", date(2020, 1, 1), SINCE),  # was away on the previous date
    ("v8", "s1", NEXT_DAY, None),
]
Allocation = tuple[str | None, str | None, str | None]


def hers(store: str, salesperson: str) -> Allocation:
    return store, salesperson, "salesperson"


NOWHERE: Allocation = (None, None, None)
OWN: Allocation = ("s1", None, "store")
V1, V3 = hers("s1", "v1"), hers("s1", "v3")

MOVES: list[tuple[Allocation | None, Allocation, date | None, date | None, str]] = [
    # Before, now, last sale, last exit from the last D days; cause.
    (None, V3, None, None, "first_purchase"),
    (hers("s3", "v6"), V3, SINCE, SINCE, "store_closed"),
    (V1, V3, SINCE, None, "salesperson_left"),
    (V3, hers("s1", "v2"), SINCE, None, "salesperson_came"),
    (V3, OWN, NEXT_DAY, None, "sale"),
    (V3, OWN, SINCE, NEXT_DAY, "window"),
    (V3, ("s2", None, "store"), SINCE, SINCE, "store_opened"),
    # Nothing that happened on the previous date itself is new on this one.
    (V3, hers("s1", "v4"), SINCE, SINCE, "registry"),
    (V3, ("s4", None, "store"), None, None, "registry"),
    (NOWHERE, OWN, None, None, "registry"),
    # Only who was not there before comes.
    (V3, hers("s1", "v7"), AS_OF, None, "sale"),
    (V3, hers("s1", "v8"), AS_OF, None, "salesperson_came"),
    # Where two fit, or more, the first counts.
    (None, hers("s2", "v5"), AS_OF, None, "first_purchase"),  # and a sale, and the store opened
    (hers("s3", "v6"), hers("s2", "v5"), AS_OF, None, "store_closed"),  # and she bought there
    (V1, hers("s1", "v2"), AS_OF, AS_OF, "salesperson_left"),  # one left, one came, she bought
    (V3, hers("s1", "v2"), AS_OF, None, "salesperson_came"),  # and she bought from him
    (V3, hers("s2", "v5"), AS_OF, AS_OF, "sale"),  # and another left the days, and it opened
    (V3, hers("s2", "v5"), None, AS_OF, "window"),  # and the store opened
    # Salespeople explain a move within a store only: he left s1, but she is in another.
    (V1, ("s4", None, "store"), SINCE, AS_OF, "window"),
    # One who has her in transition is not left once more.
    (("s1", "v1", "transition"), V3, AS_OF, None, "sale"),
]


def test_a_move_has_the_first_cause_that_fits(spark: SparkSession) -> None:
    stores = spark.createDataFrame(
        [(*each, False) for each in STORES],
        "store_code string, opened_on date, closed_on date, is_online boolean",
    )
    worked = spark.createDataFrame(
        STINTS, "salesperson_code string, store_code string, works_from date, works_to date"
    )
    moved = [
        (AS_OF, number, *now, before, sale, left)
        for number, (before, now, sale, left, _) in enumerate(MOVES)
    ]
    allocated = "store_code: string, salesperson_code: string, portfolio: string"
    with_all = spark.createDataFrame(
        [
            *moved,
            (AS_OF, 100, *V3, V3, AS_OF, AS_OF),  # she stayed whatever happened
            (AS_OF, 101, *NOWHERE, NOWHERE, AS_OF, AS_OF),
            (SINCE, 102, *V3, None, SINCE, None),  # before the first date nobody was anywhere
        ],
        f"as_of: date, customer_id: bigint, {allocated}, earlier: struct<{allocated}>, "
        "last_sale_on: date, last_exit_on: date",
    )
    found = allocation_moves(
        with_all, candidate_stores(stores, online_candidates=True), stints(worked), VIEW
    ).collect()
    causes = {row.customer_id: row.cause for row in found}
    assert causes == {number: move[-1] for number, move in enumerate(MOVES)}
    assert set(causes.values()) == set(CAUSES)
    assert len(found) == len(MOVES)
    for row in found:
        before, now = MOVES[row.customer_id][:2]
        assert row.previous_as_of == SINCE
        assert (row.from_store_code, row.from_salesperson_code, row.from_portfolio) == (
            before or NOWHERE
        )
        assert (row.to_store_code, row.to_salesperson_code, row.to_portfolio) == now
