"""The processing calendar. Expected dates are read off a calendar. Nothing here starts Spark."""

from __future__ import annotations

from datetime import date

import pytest

from jobs.processing_dates import Every, calendar_start, dates_between, view_of_pass
from transforms.periods import Period


def test_month_ends_are_the_last_days_of_months_in_leap_and_common_years() -> None:
    assert dates_between("month-end", date(2020, 1, 1), date(2020, 4, 30)) == [
        date(2020, 1, 31),
        date(2020, 2, 29),
        date(2020, 3, 31),
        date(2020, 4, 30),
    ]
    assert dates_between("month-end", date(2021, 2, 1), date(2021, 3, 30)) == [date(2021, 2, 28)]
    assert dates_between("month-end", date(2020, 12, 1), date(2021, 1, 1)) == [date(2020, 12, 31)]


def test_in_a_leap_year_28_february_is_no_month_end() -> None:
    assert dates_between("month-end", date(2020, 2, 1), date(2020, 2, 28)) == []
    assert dates_between("month-end", date(2000, 2, 1), date(2000, 3, 1)) == [date(2000, 2, 29)]
    assert dates_between("month-end", date(2100, 2, 1), date(2100, 3, 1)) == [date(2100, 2, 28)]


def test_weeks_end_on_sundays() -> None:
    # 29 December 2024 was a Sunday.
    assert dates_between("week", date(2024, 12, 23), date(2025, 1, 12)) == [
        date(2024, 12, 29),
        date(2025, 1, 5),
        date(2025, 1, 12),
    ]
    assert dates_between("week", date(2024, 12, 30), date(2025, 1, 4)) == []


def test_days_are_all_days_with_both_ends() -> None:
    assert dates_between("day", date(2020, 2, 28), date(2020, 3, 1)) == [
        date(2020, 2, 28),
        date(2020, 2, 29),
        date(2020, 3, 1),
    ]


def test_the_calendar_none_has_no_dates() -> None:
    assert dates_between("none", date(2020, 1, 1), date(2020, 12, 31)) == []


@pytest.mark.parametrize("every", ["month-end", "week", "day"])
def test_one_day_is_a_range_and_a_reversed_range_is_empty(every: Every) -> None:
    sunday_at_month_end = date(2020, 5, 31)
    assert dates_between(every, sunday_at_month_end, sunday_at_month_end) == [sunday_at_month_end]
    assert dates_between(every, sunday_at_month_end, date(2020, 5, 1)) == []


@pytest.mark.parametrize(
    ("earliest", "before", "start"),
    [
        (date(2026, 3, 31), Period(25, "months"), date(2024, 2, 29)),
        (date(2025, 3, 31), Period(25, "months"), date(2023, 2, 28)),
        (date(2026, 1, 15), Period(25, "months"), date(2023, 12, 15)),
        (date(2025, 12, 31), Period(12, "months"), date(2024, 12, 31)),
        (date(2024, 2, 29), Period(12, "months"), date(2023, 2, 28)),
        (date(2024, 1, 1), Period(1, "months"), date(2023, 12, 1)),
        (date(2024, 5, 31), Period(1, "months"), date(2024, 4, 30)),
        (date(2024, 3, 1), Period(1, "days"), date(2024, 2, 29)),
        (date(2024, 12, 31), Period(365, "days"), date(2024, 1, 1)),
    ],
)
def test_the_calendar_starts_a_period_before_the_first_date(
    earliest: date, before: Period, start: date
) -> None:
    assert calendar_start(earliest, before) == start


JANUARY, FEBRUARY, MARCH, APRIL = (
    date(2024, 1, 31),
    date(2024, 2, 29),
    date(2024, 3, 31),
    date(2024, 4, 30),
)
START = date(2024, 1, 1)


def test_a_pass_computes_what_the_calendar_lacks() -> None:
    view = view_of_pass("month-end", START, [date(2024, 3, 15)], {JANUARY}, {JANUARY})
    assert view.dates == (FEBRUARY, date(2024, 3, 15))
    assert view.previous == {FEBRUARY: JANUARY, date(2024, 3, 15): FEBRUARY}
    # What January knows comes from its slice; 15 March looks back on this pass.
    assert view.carried_from == {FEBRUARY: JANUARY, date(2024, 3, 15): JANUARY}
    assert view.read_elsewhere == (JANUARY,)


def test_a_date_in_the_middle_of_the_calendar_brings_the_later_ones() -> None:
    computed = {JANUARY, FEBRUARY, date(2024, 3, 15), MARCH, APRIL}
    view = view_of_pass("month-end", START, [FEBRUARY], computed, computed)
    assert view.dates == (FEBRUARY, date(2024, 3, 15), MARCH, APRIL)
    assert view.read_elsewhere == (JANUARY,)
    # Nobody looks back on a day outside the calendar.
    outside = view_of_pass("month-end", START, [date(2024, 3, 15)], computed, computed)
    assert outside.dates == (date(2024, 3, 15),)
    assert outside.previous == outside.carried_from == {date(2024, 3, 15): FEBRUARY}


def test_without_a_calendar_nothing_is_looked_back_on() -> None:
    view = view_of_pass("none", START, [FEBRUARY, MARCH], {JANUARY}, {JANUARY})
    assert view.dates == (FEBRUARY, MARCH)
    assert view.previous == view.carried_from == {}
    assert view.read_elsewhere == ()
