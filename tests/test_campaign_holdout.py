"""Activation as a whole, by the customers whom no action addresses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

from tests.test_campaign_returns import MERGES, ticket, tickets
from tests.test_person_history import given as rows_of
from transforms.campaign_holdout import holdout_sums

FIRST, SECOND = date(2025, 1, 31), date(2025, 6, 30)
AS_OF = date(2025, 12, 31)


def draw(
    customer: int, *, held_out: bool, on: date = FIRST, name: str = "h1", share: str = "0.1"
) -> dict[str, Any]:
    found = {"customer_id": customer, "is_held_out": held_out, "drawn_on": on}
    return {"holdout": name, "share": Decimal(share).quantize(Decimal("0.000001")), **found}


def test_the_year_begins_after_the_draw_and_the_value_before_ends_with_it(
    spark: SparkSession,
) -> None:
    drawn = rows_of(
        spark,
        "holdout",
        [
            draw(1, held_out=False),
            draw(2, held_out=True),
            draw(3, held_out=False, on=SECOND),
            draw(1, held_out=True, name="h2"),
            # Merged into 6, who was drawn into the other group: nobody can tell.
            draw(5, held_out=True),
            draw(6, held_out=False),
            # Merged into 8: she counts once, as the lower id was drawn.
            draw(7, held_out=False, on=SECOND),
            draw(8, held_out=False),
        ],
    )
    merges = spark.createDataFrame([(5, 6), (7, 8)], MERGES)
    sold = tickets(
        spark,
        ticket(1, FIRST, "1.0000"),  # on the day of the draw: before
        ticket(1, date(2025, 2, 1), "2.0000"),
        ticket(1, AS_OF, "4.0000"),
        ticket(1, date(2026, 1, 31), "8.0000"),
        ticket(1, date(2026, 2, 1), "16.0000"),
        ticket(3, date(2025, 6, 30), "32.0000"),
        ticket(3, date(2025, 7, 1), "64.0000"),
        ticket(3, date(2024, 12, 28), "128.0000"),  # a day more than 184 before
        ticket(3, date(2024, 12, 29), "256.0000"),
    )
    dates = [FIRST, AS_OF, date(2026, 1, 31)]
    made = holdout_sums(drawn, merges, sold, dates).select(
        "as_of", "holdout", "stratum", "list_group", "customers", "total_value", "before"
    )
    units = 10_000
    assert sorted(map(tuple, made.collect())) == [
        (AS_OF, "h1", "2025-01-31", "control", 1, 0, 0),
        (AS_OF, "h1", "2025-01-31", "list", 1, 6 * units, 1 * units),
        (AS_OF, "h1", "2025-06-30", "list", 2, 64 * units, (32 + 256) * units),
        (AS_OF, "h2", "2025-01-31", "control", 1, 6 * units, 1 * units),
        # A whole year: from 1 February 2025 to 31 January 2026.
        (dates[2], "h1", "2025-01-31", "control", 1, 0, 0),
        (dates[2], "h1", "2025-01-31", "list", 1, 14 * units, 1 * units),
        (dates[2], "h1", "2025-06-30", "list", 2, 64 * units, (32 + 128 + 256) * units),
        (dates[2], "h2", "2025-01-31", "control", 1, 14 * units, 1 * units),
    ]


def test_a_date_knows_of_the_draws_before_it_alone(spark: SparkSession) -> None:
    drawn = rows_of(
        spark,
        "holdout",
        [
            # Each was merged into one who had been drawn already.
            draw(7, held_out=False, on=SECOND),
            draw(8, held_out=False),
            draw(9, held_out=True, on=SECOND),
            draw(10, held_out=False),
        ],
    )
    merges = spark.createDataFrame([(7, 8), (9, 10)], MERGES)
    dates = [SECOND, date(2025, 7, 1)]
    made = holdout_sums(drawn, merges, tickets(spark, ticket(8, FIRST, "1.0000")), dates)
    assert sorted(
        map(tuple, made.select("as_of", "stratum", "list_group", "customers", "before").collect())
    ) == [
        (SECOND, "2025-01-31", "list", 2, 10_000),
        (dates[1], "2025-06-30", "list", 1, 0),
    ]


def test_a_later_date_looks_back_on_a_year_and_no_more(spark: SparkSession) -> None:
    drawn = rows_of(spark, "holdout", [draw(1, held_out=False, on=date(2023, 1, 31))])
    days = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2026, 2, 28)]
    days.append(date(2026, 3, 1))
    sold = tickets(spark, *(ticket(1, day, f"{2**n}.0000") for n, day in enumerate(days)))
    nobody = spark.createDataFrame([], MERGES)
    # 29 February 2024 and 12 months make 28 February 2025, so it is no longer in the year then.
    dates = [date(2025, 2, 28), date(2027, 2, 28)]
    made = holdout_sums(drawn, nobody, sold, dates).orderBy("as_of").collect()
    assert [(row.customers, row.total_value) for row in made] == [(1, 40_000), (1, 160_000)]


def test_a_date_compares_draws_of_the_share_last_drawn_before_it(spark: SparkSession) -> None:
    last = date(2025, 9, 30)
    drawn = rows_of(
        spark,
        "holdout",
        [
            draw(1, held_out=False),
            draw(2, held_out=True),
            draw(3, held_out=False, on=SECOND, share="0.2"),
            draw(4, held_out=True, on=SECOND, share="0.2"),
            draw(5, held_out=True, on=SECOND, share="0.1"),  # on the same day: the lesser share
            draw(6, held_out=True, on=last, share="0.1"),
        ],
    )
    merges = spark.createDataFrame([(1, 3)], MERGES)  # drawn twice, with two shares
    sold = tickets(spark, ticket(3, date(2025, 2, 1), "1.0000"), ticket(3, AS_OF, "2.0000"))
    dates = [SECOND, date(2025, 7, 31), AS_OF]
    made = holdout_sums(drawn, merges, sold, dates).select(
        "as_of", "share", "stratum", "list_group", "customers", "total_value"
    )
    little, more = Decimal("0.100000"), Decimal("0.200000")
    assert sorted(map(tuple, made.collect())) == [
        (SECOND, little, "2025-01-31", "control", 1, 0),
        (SECOND, little, "2025-01-31", "list", 1, 10_000),
        (dates[1], more, "2025-06-30", "control", 1, 0),
        (dates[1], more, "2025-06-30", "list", 1, 0),
        (AS_OF, little, "2025-01-31", "control", 1, 0),
        (AS_OF, little, "2025-01-31", "list", 1, 30_000),
        (AS_OF, little, "2025-06-30", "control", 1, 0),
        (AS_OF, little, "2025-09-30", "control", 1, 0),
    ]
