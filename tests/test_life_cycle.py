"""The timeline of a few made-up customers, every day worked out by hand from the spec."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.settings import load_settings
from schemas import TABLES
from schemas.life_cycle import SEGMENTS
from transforms.life_cycle import LifeCycleRules, due, due_to_change, life_cycle, purchase_days
from transforms.life_cycle_flows import transitions
from transforms.periods import Period

RULES = load_settings().life_cycle.rules
JAN_10 = "2020-01-10"

Interval = tuple[str, str, str]
"""Segment, first day, cause."""


def days_of(spark: SparkSession, histories: dict[int, list[str]]) -> DataFrame:
    rows = [(who, date.fromisoformat(day)) for who, days in histories.items() for day in days]
    return spark.createDataFrame(rows, "customer_id bigint, purchased_on date")


def timelines(
    spark: SparkSession, histories: dict[int, list[str]], rules: LifeCycleRules = RULES
) -> dict[int, list[Interval]]:
    """Segments, first days and causes by customer, after checking stages and last days."""
    made = life_cycle(days_of(spark, histories), rules)
    assert tuple(made.columns) == TABLES["life_cycle"].column_names
    found: dict[int, list[Interval]] = {who: [] for who in histories}
    ends: dict[int, date | None] = {}
    for row in sorted(made.collect(), key=lambda row: (row.customer_id, row.valid_from)):
        intervals = found[row.customer_id]
        assert not intervals or ends[row.customer_id] == row.valid_from, "a gap or an overlap"
        assert row.stage == SEGMENTS[row.segment]
        intervals.append((row.segment, str(row.valid_from), row.cause))
        ends[row.customer_id] = row.valid_to
    assert set(ends.values()) == {None}, "the last interval must be open"
    return found


ONE_PURCHASE: list[Interval] = [
    ("new", JAN_10, "purchase"),
    ("in_loyalty_process", "2020-02-09", "time"),  # 30 days later
    ("normal_active", "2020-08-07", "time"),  # 210 days later
    ("inactivation_risk", "2020-10-12", "time"),  # 90 days before the next
    ("recently_inactivated", "2021-01-10", "time"),  # 12 months later
    ("normal_inactive", "2021-02-09", "time"),
    ("loss_risk", "2022-10-12", "time"),
    ("recently_lost", "2023-01-10", "time"),  # 36 months later
    ("normal_lost", "2023-02-09", "time"),
]


def test_defaults_on_the_day_and_one_beside_it(spark: SparkSession) -> None:
    until_risk = ONE_PURCHASE[:4]
    until_inactive = ONE_PURCHASE[:5]
    until_loss_risk = ONE_PURCHASE[:7]
    histories = {
        1: [JAN_10],
        2: [JAN_10, "2020-02-08"],  # the last day as new
        3: [JAN_10, "2020-02-09"],  # the first day after it: never in the loyalty process
        4: [JAN_10, "2020-08-06"],  # the last day of the loyalty process
        5: [JAN_10, "2021-01-10"],  # active until the day before: no return
        6: [JAN_10, "2021-01-11"],  # inactive for one day
        7: [JAN_10, "2023-01-10"],  # inactive until the day before: not lost
        8: [JAN_10, "2023-01-11"],  # lost for one day
    }
    expected: dict[int, list[Interval]] = {
        1: ONE_PURCHASE,
        2: [
            ONE_PURCHASE[0],
            ("normal_active", "2020-02-09", "time"),
            ("inactivation_risk", "2020-11-10", "time"),
            ("recently_inactivated", "2021-02-08", "time"),
        ],
        3: [
            ONE_PURCHASE[0],
            ("normal_active", "2020-02-09", "purchase"),
            ("inactivation_risk", "2020-11-11", "time"),
            ("recently_inactivated", "2021-02-09", "time"),
        ],
        4: [
            *ONE_PURCHASE[:2],
            ("normal_active", "2020-08-06", "purchase"),
            ("inactivation_risk", "2021-05-08", "time"),
            ("recently_inactivated", "2021-08-06", "time"),
        ],
        5: [
            *until_risk,
            ("normal_active", "2021-01-10", "purchase"),
            ("inactivation_risk", "2021-10-12", "time"),
            ("recently_inactivated", "2022-01-10", "time"),
        ],
        6: [
            *until_inactive,
            ("reactivated", "2021-01-11", "purchase"),
            ("normal_active", "2021-02-10", "time"),
            ("inactivation_risk", "2021-10-13", "time"),
            ("recently_inactivated", "2022-01-11", "time"),
        ],
        7: [
            *until_loss_risk,
            ("reactivated", "2023-01-10", "purchase"),
            ("normal_active", "2023-02-09", "time"),
            ("inactivation_risk", "2023-10-12", "time"),
            ("recently_inactivated", "2024-01-10", "time"),
        ],
        8: [
            *until_loss_risk,
            ("recently_lost", "2023-01-10", "time"),
            ("recovered", "2023-01-11", "purchase"),
            ("normal_active", "2023-02-10", "time"),
            ("inactivation_risk", "2023-10-13", "time"),
            ("recently_inactivated", "2024-01-11", "time"),
        ],
    }
    found = timelines(spark, histories)
    tail = [segment for segment, *_ in ONE_PURCHASE[5:]]
    assert found[1] == expected[1]
    for who in range(2, 9):
        assert found[who][:-4] == expected[who], who
        assert [segment for segment, *_ in found[who][-4:]] == tail, who


def test_days_that_a_month_lacks(spark: SparkSession) -> None:
    rules = replace(RULES, inactive_after=Period(1, "months"), lost_after=Period(3, "months"))
    rules = replace(
        rules,
        new_for=Period(5, "days"),
        loyalty_process_for=Period(5, "days"),
        inactivation_risk_for=Period(10, "days"),
        recently_inactivated_for=Period(1, "months"),
        loss_risk_for=Period(1, "months"),
        recently_lost_for=Period(1, "months"),
    )
    assert timelines(spark, {1: ["2021-01-31"], 2: ["2020-12-31"]}, rules) == {
        1: [
            ("new", "2021-01-31", "purchase"),
            ("in_loyalty_process", "2021-02-05", "time"),
            ("normal_active", "2021-02-10", "time"),
            ("inactivation_risk", "2021-02-18", "time"),
            ("recently_inactivated", "2021-02-28", "time"),  # 31 January + 1 month
            # 31 January + 2 months in one step, not 28 February + 1 month, is 31 March; a month
            # before being lost (30 April) starts on 30 March, which comes later in precedence.
            ("loss_risk", "2021-03-31", "time"),
            ("recently_lost", "2021-04-30", "time"),
            ("normal_lost", "2021-05-31", "time"),
        ],
        2: [
            ("new", "2020-12-31", "purchase"),
            ("in_loyalty_process", "2021-01-05", "time"),
            ("normal_active", "2021-01-10", "time"),
            ("inactivation_risk", "2021-01-21", "time"),
            ("recently_inactivated", "2021-01-31", "time"),
            # The last month before 31 March: no day of February reaches it, so it is March.
            ("normal_inactive", "2021-02-28", "time"),
            ("loss_risk", "2021-03-01", "time"),
            ("recently_lost", "2021-03-31", "time"),
            ("normal_lost", "2021-04-30", "time"),
        ],
    }


def test_29_february(spark: SparkSession) -> None:
    found = timelines(spark, {1: ["2020-02-29"], 2: ["2020-02-29", "2021-02-28"]})
    assert ("recently_inactivated", "2021-02-28", "time") in found[1]
    assert ("recently_lost", "2023-02-28", "time") in found[1]
    assert ("normal_active", "2021-02-28", "purchase") in found[2]


def test_returns_in_chains_and_purchases_that_change_nothing(spark: SparkSession) -> None:
    days = [JAN_10, "2021-03-01", "2021-03-15", "2021-03-31", "2021-05-01", "2024-05-02"]
    assert timelines(spark, {1: days})[1] == [
        *ONE_PURCHASE[:6],
        ("reactivated", "2021-03-01", "purchase"),
        ("normal_active", "2021-03-31", "purchase"),  # the day on which the 30 days end
        ("inactivation_risk", "2022-01-31", "time"),
        ("recently_inactivated", "2022-05-01", "time"),
        ("normal_inactive", "2022-05-31", "time"),
        ("loss_risk", "2024-02-01", "time"),  # 30 + 31 + 29 days before 1 May
        ("recently_lost", "2024-05-01", "time"),
        ("recovered", "2024-05-02", "purchase"),
        ("normal_active", "2024-06-01", "time"),
        ("inactivation_risk", "2025-02-01", "time"),
        ("recently_inactivated", "2025-05-02", "time"),
        ("normal_inactive", "2025-06-01", "time"),
        ("loss_risk", "2027-02-01", "time"),
        ("recently_lost", "2027-05-02", "time"),
        ("normal_lost", "2027-06-01", "time"),
    ]


def test_new_again_after_a_return(spark: SparkSession) -> None:
    rules = replace(RULES, after_return="new")
    histories = {1: [JAN_10, "2021-01-11"], 2: [JAN_10, "2021-01-11", "2021-02-15"]}
    found = timelines(spark, histories, rules)
    assert found[1][5:9] == [
        ("reactivated", "2021-01-11", "purchase"),
        ("new", "2021-02-10", "time"),
        ("in_loyalty_process", "2021-03-12", "time"),  # 60 days after the return
        ("normal_active", "2021-09-08", "time"),  # 240 days after it
    ]
    assert found[2][5:8] == [
        ("reactivated", "2021-01-11", "purchase"),
        ("new", "2021-02-10", "time"),
        ("normal_active", "2021-03-12", "time"),  # she bought: no loyalty process
    ]
    both = replace(rules, new_ends_on_second_purchase=True)
    assert timelines(spark, {2: histories[2]}, both)[2][5:8] == found[2][5:8]


def test_a_second_purchase_may_end_new(spark: SparkSession) -> None:
    rules = replace(RULES, new_ends_on_second_purchase=True)
    found = timelines(spark, {1: [JAN_10, "2020-01-20", "2020-01-25"]}, rules)
    assert found[1][:2] == [
        ("new", JAN_10, "purchase"),
        ("normal_active", "2020-01-20", "purchase"),
    ]


def test_no_segment_outlasts_its_stage(spark: SparkSession) -> None:
    rules = replace(
        RULES,
        inactive_after=Period(60, "days"),
        lost_after=Period(100, "days"),
        loyalty_process_for=Period(300, "days"),
        inactivation_risk_for=Period(50, "days"),
        loss_risk_for=Period(39, "days"),
    )
    assert timelines(spark, {1: [JAN_10]}, rules)[1] == [
        ("new", JAN_10, "purchase"),
        ("in_loyalty_process", "2020-02-09", "time"),
        ("recently_inactivated", "2020-03-10", "time"),
        ("loss_risk", "2020-04-09", "time"),  # after the 30 days that come first
        ("recently_lost", "2020-04-19", "time"),
        ("normal_lost", "2020-05-19", "time"),
    ]


def test_only_purchases_of_real_customers_leave_a_day(spark: SparkSession) -> None:
    day, later = date(2020, 1, 10), date(2020, 1, 11)
    tickets = spark.createDataFrame(
        [
            (1, "coded", day, True),
            (1, "coded", day, True),
            (1, "coded", later, False),
            (2, "coded", later, True),
            (None, "generic", day, True),
            (None, "none", day, True),
        ],
        "customer_id bigint, code_class string, business_day date, is_purchase boolean",
    )
    found = {tuple(row) for row in purchase_days(tickets).collect()}
    assert found == {(1, day), (2, later)}
    assert purchase_days(tickets).count() == 2


@pytest.mark.parametrize("partitions", [1, 5])
@pytest.mark.parametrize("is_read_off", [False, True])
def test_due_to_change_knows_no_later_purchase(
    spark: SparkSession, partitions: int, *, is_read_off: bool
) -> None:
    histories = {
        1: [JAN_10],
        2: [JAN_10, "2020-03-01"],  # who buys before 7 August is due for another change
        3: ["2020-08-01"],
    }
    dates = [date(2020, 2, 8), date(2020, 7, 8), date(2020, 8, 7)]
    days = days_of(spark, histories).repartition(partitions)
    within = Period(30, "days")
    if is_read_off:
        made = due(days, transitions(life_cycle(days, RULES)), RULES, dates, within)
    else:
        made = due_to_change(days, RULES, dates, within)
    assert tuple(made.columns) == TABLES["due_to_change"].column_names
    found = sorted(tuple(map(str, row)) for row in made.collect())
    assert found == [
        ("2020-02-08", "1", "2020-02-09", "1", "new", "active", "in_loyalty_process"),
        ("2020-02-08", "2", "2020-02-09", "1", "new", "active", "in_loyalty_process"),
        ("2020-07-08", "1", "2020-08-07", "30", "in_loyalty_process", "active", "normal_active"),
        ("2020-08-07", "3", "2020-08-31", "24", "new", "active", "in_loyalty_process"),
    ]


def test_no_purchases_no_rows(spark: SparkSession) -> None:
    nobody = days_of(spark, {})
    nothing: list[Any] = []
    assert life_cycle(nobody, RULES).collect() == nothing
    dates, within = [date(2020, 1, 1)], Period(30, "days")
    assert due_to_change(nobody, RULES, dates, within).collect() == nothing
    changes = transitions(life_cycle(nobody, RULES))
    assert due(nobody, changes, RULES, dates, within).collect() == nothing
