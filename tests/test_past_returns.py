"""Actions of another system beside similar customers, by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

from jobs.activation.past import NO_EXPERIMENT, Past, past_rows
from jobs.campaigns.comparison import Estimate
from jobs.campaigns.sums import Groups, Sums
from schemas import TABLES
from tests.test_campaign_returns import MERGES, ticket, tickets
from tests.test_person_history import given as rows_of
from transforms.past_returns import past_sums

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 11)
"""Ten days; the ten before begin on 20 February."""
DAY = date(2026, 3, 5)


def past(code: str, first: date | None, last: date | None) -> dict[str, Any]:
    return {"action_code": code, "valid_from": first, "valid_to": last}


def contact(code: str, customer: int) -> dict[str, Any]:
    return {"action_code": code, "customer_id": customer}


def test_addressed_and_others_are_told_by_what_they_bought_before(spark: SparkSession) -> None:
    actions = [past("a", FIRST, LAST), past("b", None, LAST), past("c", date(2026, 5, 1), LAST)]
    contacts = [contact("a", 1), contact("a", 2), contact("a", 4), contact("b", 3)]
    merges = spark.createDataFrame([(2, 1), (4, 5)], MERGES)
    sold = tickets(
        spark,
        ticket(1, date(2026, 2, 20), "0.0003"),
        ticket(1, date(2026, 2, 19), "90.0000"),  # before the ten days: only that she is known
        ticket(1, DAY, "5.0000"),
        ticket(3, date(2026, 3, 1), "0.0002"),
        ticket(3, LAST, "7.0000"),
        ticket(3, date(2026, 3, 12), "90.0000"),
        # Gave back more than she bought: as many digits as nothing has.
        ticket(5, date(2026, 2, 25), "1.0000"),
        ticket(5, date(2026, 2, 25), "-2.0000", items="0", returned="1"),
        ticket(6, FIRST, "90.0000"),  # a customer only since the first day
    )
    dates = [date(2026, 3, 1), DAY, date(2026, 3, 31)]
    made = past_sums(
        rows_of(spark, "past_actions", actions),
        rows_of(spark, "past_contacts", contacts),
        merges,
        sold,
        dates,
    )
    names = ("as_of", "action_code", "stratum", "list_group", "customers", "total_value")
    assert sorted(map(tuple, made.select(*names).collect())) == [
        (DAY, "a", "1|0", "list", 1, 0),
        (DAY, "a", "1|2", "control", 1, 0),
        (DAY, "a", "1|2", "list", 1, 50_000),
        (dates[2], "a", "1|0", "list", 1, 0),
        (dates[2], "a", "1|2", "control", 1, 70_000),
        (dates[2], "a", "1|2", "list", 1, 50_000),
    ]


def test_rows_say_that_it_is_no_experiment() -> None:
    groups = Groups(Sums.of(10, 100, 1000), Sums.of(20, 100, 1000))
    told = {"value": Past(groups, 12, Estimate(5.0, low=1.0, high=9.0))}
    (row,) = past_rows({(DAY, "a"): told})  # type: ignore[dict-item]  # "value" is a measure
    assert row.keys() <= set(TABLES["action_results"].column_names)
    assert (row["level"], row["verdict"], row["listed"]) == ("past", NO_EXPERIMENT, 10)
    ends = [row[name] for name in ("incremental", "incremental_low", "incremental_high")]
    assert ends == [Decimal("50.0000"), Decimal("10.0000"), Decimal("90.0000")]
