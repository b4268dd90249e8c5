"""Periods of months and days. Expected days are read off a calendar."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from transforms.periods import (
    Period,
    after,
    ends_month,
    first_of_month,
    last_of_month,
    months_later,
    on_dates,
    start_of_last_12m,
    whole_months_between,
)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("12 months", Period(12, "months")),
        ("1 month", Period(1, "months")),
        ("1 months", Period(1, "months")),
        ("30 days", Period(30, "days")),
        ("1 day", Period(1, "days")),
        ("  365   days ", Period(365, "days")),
    ],
)
def test_a_period_is_read_from_text_and_read_back_from_its_own(text: str, period: Period) -> None:
    assert Period.parse(text) == period
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12",
        "months",
        "months 12",
        "12months",
        "0 days",
        "-3 days",
        "1.5 months",
        "2 weeks",
        "12 months 3 days",
        "a month",
    ],
)
def test_what_is_no_period_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a period: write e\.g\. '12 months' or '30 days'"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("period", "shortest", "longest"),
    [
        (Period(1, "months"), 28, 31),  # 1 February to 1 March; 1 January to 1 February
        (Period(2, "months"), 59, 62),  # 1 January to 1 March; 1 July to 1 September
        (Period(3, "months"), 89, 92),  # 1 February to 1 May; 1 June to 1 September
        (Period(12, "months"), 365, 366),
        (Period(36, "months"), 1095, 1096),
        (Period(48, "months"), 1461, 1461),
        (Period(1, "days"), 1, 1),
        (Period(400, "days"), 400, 400),
    ],
)
def test_the_shortest_and_longest_that_a_period_lasts(
    period: Period, shortest: int, longest: int
) -> None:
    assert (period.shortest_days(), period.longest_days()) == (shortest, longest)


def test_months_are_added_in_one_step_and_end_on_the_last_day_of_a_shorter_month(
    spark: SparkSession,
) -> None:
    # day, + 1 month, + 2 months, + 12 months, + 1 day, + 30 days
    rows = [
        (1, "2019-01-31", "2019-02-28", "2019-03-31", "2020-01-31", "2019-02-01", "2019-03-02"),
        (2, "2020-01-31", "2020-02-29", "2020-03-31", "2021-01-31", "2020-02-01", "2020-03-01"),
        (3, "2020-01-30", "2020-02-29", "2020-03-30", "2021-01-30", "2020-01-31", "2020-02-29"),
        (4, "2020-02-29", "2020-03-29", "2020-04-29", "2021-02-28", "2020-03-01", "2020-03-30"),
        (5, "2019-02-28", "2019-03-28", "2019-04-28", "2020-02-28", "2019-03-01", "2019-03-30"),
        (6, "2020-03-31", "2020-04-30", "2020-05-31", "2021-03-31", "2020-04-01", "2020-04-30"),
        (7, "2019-12-31", "2020-01-31", "2020-02-29", "2020-12-31", "2020-01-01", "2020-01-30"),
        (8, None, None, None, None, None, None),
    ]
    names = ("month", "two_months", "year", "next_day", "days")
    given = spark.createDataFrame(rows, f"id int, day string, {' string, '.join(names)} string")
    day = F.to_date("day")
    added = given.select(
        "id",
        "day",
        after(day, Period(1, "months")).cast("string").alias("month"),
        after(day, Period(2, "months")).cast("string").alias("two_months"),
        after(day, Period(12, "months")).cast("string").alias("year"),
        after(day, Period(1, "days")).cast("string").alias("next_day"),
        after(day, Period(30, "days")).cast("string").alias("days"),
        after(day, Period(1, "months")).alias("typed"),
    )
    assert added.schema["typed"].dataType.simpleString() == "date"
    assert [tuple(row)[:-1] for row in added.orderBy("id").collect()] == rows


def test_whole_months_between_are_the_most_that_can_be_added_without_passing_the_end(
    spark: SparkSession,
) -> None:
    rows = [
        (1, date(2020, 5, 10), date(2020, 5, 10), 0),
        (2, date(2020, 5, 10), date(2020, 6, 9), 0),
        (3, date(2020, 5, 10), date(2020, 6, 10), 1),
        (4, date(2020, 5, 10), date(2021, 5, 9), 11),
        (5, date(2020, 1, 31), date(2020, 2, 28), 0),  # a month later is 29 February
        (6, date(2020, 1, 31), date(2020, 2, 29), 1),
        (7, date(2020, 1, 31), date(2020, 3, 30), 1),  # two months later is 31 March
        (8, date(2020, 1, 31), date(2020, 3, 31), 2),
        (9, date(2020, 1, 31), date(2020, 4, 29), 2),
        (10, date(2020, 1, 31), date(2020, 4, 30), 3),
        (11, date(2020, 2, 29), date(2021, 2, 27), 11),
        (12, date(2020, 2, 29), date(2021, 2, 28), 12),
        (13, date(2020, 2, 29), date(2024, 2, 28), 47),
        (14, date(2020, 2, 29), date(2024, 2, 29), 48),
        (15, date(2019, 12, 31), date(2020, 1, 30), 0),
        (16, date(2019, 12, 31), date(2020, 1, 31), 1),
        (17, date(2019, 2, 28), date(2020, 2, 28), 12),
        (18, None, date(2020, 1, 31), None),
        (19, date(2020, 1, 31), None, None),
    ]
    given = spark.createDataFrame(rows, "id int, start date, end date, months int")
    counted = given.withColumn("months", whole_months_between(F.col("start"), F.col("end")))
    assert counted.schema["months"].dataType.simpleString() == "int"
    assert [tuple(row) for row in counted.orderBy("id").collect()] == rows


@pytest.mark.parametrize(
    ("months", "first"),
    [
        (0, date(2024, 2, 1)),
        (1, date(2024, 3, 1)),
        (11, date(2025, 1, 1)),
        (-2, date(2023, 12, 1)),
        (-14, date(2022, 12, 1)),
    ],
)
def test_the_first_day_of_a_month_near_or_far(months: int, first: date) -> None:
    assert first_of_month(date(2024, 2, 29), months) == first


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 1, 31), -2, date(2023, 11, 30)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), -11, date(2023, 3, 29)),
        (date(2023, 12, 15), 0, date(2023, 12, 15)),
    ],
)
def test_a_day_months_later_is_the_same_or_the_last_of_its_month(
    day: date, months: int, later: date
) -> None:
    assert months_later(day, months) == later


def test_the_last_day_of_a_month() -> None:
    assert last_of_month(date(2024, 1, 31)) == date(2024, 1, 31)
    assert last_of_month(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert last_of_month(date(2024, 1, 1), -1) == date(2023, 12, 31)
    days = [date(2024, 2, 28), date(2024, 2, 29), date(2023, 2, 28), date(2023, 12, 31)]
    assert [ends_month(day) for day in days] == [False, True, True, True]


@pytest.mark.parametrize(
    ("as_of", "first"),
    [
        (date(2024, 12, 31), date(2024, 1, 1)),
        (date(2025, 2, 28), date(2024, 3, 1)),
        (date(2024, 2, 28), date(2023, 3, 1)),  # of 28 February the 12 months end here
        (date(2024, 2, 29), date(2023, 3, 1)),
        (date(2023, 2, 28), date(2022, 3, 1)),
    ],
)
def test_the_last_12_months_begin_on_the_first_day_that_reaches_past_their_end(
    as_of: date, first: date
) -> None:
    assert start_of_last_12m(as_of) == first


def test_rows_stand_on_the_dates_from_their_first_day_to_the_day_before_their_end(
    spark: SparkSession,
) -> None:
    first, middle, last = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)
    given = [
        ("for ever", date(2023, 1, 1), None),
        ("from a date", middle, None),
        ("until a date", date(2023, 1, 1), middle),
        ("after a date until behind another", date(2024, 2, 1), date(2024, 3, 1)),
        ("between dates", date(2024, 2, 1), date(2024, 2, 29)),
        ("one date", last, date(2024, 4, 1)),
        ("no day", middle, middle),
        ("before all", date(2023, 1, 1), first),
        ("after all", date(2024, 4, 1), None),
    ]
    rows = spark.createDataFrame(given, "name string, first date, end date")
    # In whatever order, and twice.
    dates = [last, first, middle, first]
    found = on_dates(rows, F.col("first"), F.col("end"), dates)
    assert sorted(map(tuple, found.select("name", "as_of").collect())) == sorted(
        [
            *(("for ever", each) for each in (first, middle, last)),
            *(("from a date", each) for each in (middle, last)),
            ("until a date", first),
            ("after a date until behind another", middle),
            ("one date", last),
        ]
    )
    without_end = on_dates(rows.where("end IS NULL"), F.col("first"), None, dates)
    assert sorted(map(tuple, without_end.select("name", "as_of").collect())) == sorted(
        [
            *(("for ever", each) for each in (first, middle, last)),
            *(("from a date", each) for each in (middle, last)),
        ]
    )
    assert on_dates(rows, F.col("first"), F.col("end"), []).isEmpty()
