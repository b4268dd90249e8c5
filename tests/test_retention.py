"""Which dates are pruned. Expected dates are read off a calendar. Nothing here starts Spark."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.errors import SettingsError
from jobs.processing_dates import Every, dates_between
from jobs.retention import dates_pruned
from jobs.settings import Retention, load_settings
from transforms.calendar_view import CalendarView
from transforms.indicator_evolution import compared_dates
from transforms.portfolios import days_of_sales

FOR_EVER = Retention(month_ends_kept_months=None, days_kept=10)


def on(text: str) -> list[date]:
    """Days of 2024, as ``"01-31 02-29"``; of another year with the year before them."""
    return [
        date.fromisoformat(each if len(each) > len("01-31") else f"2024-{each}")
        for each in text.split()
    ]


def pruned(
    dates: str, calendar: str = "", policy: Retention = FOR_EVER, newest: str = ""
) -> list[date]:
    last = max(on(newest) or on(dates))
    return dates_pruned(on(dates), last, on(calendar), policy)


def test_by_default_every_month_end_is_kept_and_two_months_of_days() -> None:
    policy = load_settings().retention
    assert policy == Retention(month_ends_kept_months=None, days_kept=62)
    every_day = dates_between("day", date(2014, 1, 1), date(2024, 5, 15))
    month_ends = dates_between("month-end", date(2014, 1, 1), date(2024, 5, 15))
    gone = set(dates_pruned(every_day, date(2024, 5, 15), month_ends, policy))
    # 62 days before 15 May lies 14 March.
    assert set(every_day) - gone == {
        *month_ends,
        *on("03-14"),
        *(d for d in every_day if d > max(on("03-14"))),
    }


def test_days_are_counted_back_from_the_newest_date_with_both_ends() -> None:
    assert pruned("05-04 05-05 05-06 05-14 05-15", "04-30") == on("05-04")
    assert pruned("02-18 02-19 02-29 03-10", "2023-12-31") == on("02-18 02-19")
    # In a leap year 29 February is one of the ten days.
    assert pruned("02-28 02-29 03-01 03-10", "01-31 03-31") == on("02-28")


def test_without_a_calendar_the_last_computed_date_of_a_month_is_its_end() -> None:
    assert pruned("01-10 01-20 02-05 02-06 04-01 05-20") == on("01-10 02-05")
    # 1 April is the last of its month that was computed; the newest one's month is not over.
    assert pruned("04-01 05-01 05-02 05-20") == on("05-01 05-02")


def test_a_date_of_the_calendar_is_a_months_end_before_a_later_one_that_is_not() -> None:
    # Sundays; of January the 28th is the last, though the 31st was computed.
    assert pruned("01-21 01-28 01-31 02-25 03-31", "01-21 01-28 02-25 03-24 03-31") == on(
        "01-21 01-31"
    )


def test_months_before_the_calendar_have_the_last_computed_date_as_end() -> None:
    assert pruned("2023-11-29 2023-11-30 01-30 01-31 03-15", "01-31 02-29") == on(
        "2023-11-29 01-30"
    )


def test_month_ends_are_kept_so_many_months_before_that_of_the_newest_date() -> None:
    policy = Retention(month_ends_kept_months=12, days_kept=1)
    ends = "2023-02-28 2023-03-31 2023-04-30 01-31 02-29 03-31"
    assert pruned(ends, ends, policy) == on("2023-02-28")
    assert pruned(f"{ends} 04-01", ends, policy) == on("2023-02-28 2023-03-31")
    across = Retention(month_ends_kept_months=25, days_kept=1)
    assert pruned(f"2021-12-31 2022-01-31 {ends} 2024-02-01", ends, across, "02-01") == on(
        "2021-12-31"
    )


def test_what_is_in_force_for_sales_of_the_month_is_kept_whatever_the_policy() -> None:
    policy = Retention(month_ends_kept_months=12, days_kept=1)
    sundays = "04-14 04-21 04-28 05-05 05-12 05-19"
    assert pruned(f"{sundays} 05-22", sundays, policy) == on("04-14 04-21")
    assert pruned("2022-12-31 05-01 05-20", "2022-12-31 05-01", policy) == []
    # On the first of a month the last Sunday before it counts, two months back if there is none.
    assert pruned("03-24 03-30 03-31 05-01", "03-24 03-31", policy) == on("03-24 03-30")


def test_a_month_that_has_a_calendar_date_only_before_it_began_keeps_all_of_its_calendar() -> None:
    days = "05-01 05-02 05-20"
    assert pruned(f"04-30 {days}", days) == []
    assert pruned("05-01 05-02 05-20", "05-02 05-20") == on("05-01")


def test_what_one_job_computed_of_later_dates_stays_and_moves_nothing() -> None:
    assert pruned("05-05 05-15 2030-01-31", newest="05-15") == []
    assert pruned("05-04 05-15 2030-01-31", newest="05-15") == on("05-04")


def test_a_calendar_with_dates_that_were_never_computed_prunes_none_of_them() -> None:
    assert pruned("01-15 03-20", "01-31 02-29") == on("01-15")
    assert pruned("03-20") == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("month_ends_kept_months", "11"), ("days_kept", "0"), ("days_kept", "null")],
)
def test_a_policy_that_the_next_runs_could_not_live_with_is_refused(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"retention.{key}"):
        load_settings((), [f"retention.{key}={value}"])


NEWEST = date(2024, 5, 15)
DAYS = st.integers(0, 900).map(lambda back: NEWEST - timedelta(days=back))
POLICIES = st.builds(
    Retention,
    month_ends_kept_months=st.none() | st.integers(12, 30),
    days_kept=st.integers(1, 800),
)
EVERY: tuple[Every, ...] = ("month-end", "week", "day", "none")


@given(st.sets(DAYS, min_size=1), st.sampled_from(EVERY), DAYS, POLICIES)
@example({NEWEST, date(2024, 4, 30)}, "month-end", NEWEST, FOR_EVER)
def test_pruning_again_prunes_nothing_and_later_runs_find_what_they_look_back_on(
    days: set[date], every: Every, start: date, policy: Retention
) -> None:
    newest = max(days)
    calendar = dates_between(every, start, newest)
    computed = {*days, *calendar}
    gone = dates_pruned(computed, newest, calendar, policy)
    left = computed - set(gone)
    assert gone == sorted(set(gone))
    assert dates_pruned(left, newest, calendar, policy) == []
    assert {newest, *calendar[-1:]} <= left
    # Whatever the policy, the newest date can be computed again, and so can the day after it.
    tomorrow = newest + timedelta(days=1)
    for day in {newest, tomorrow} if tomorrow.month == newest.month else {newest}:
        view = CalendarView((day,), tuple(each for each in calendar if each <= day))
        assert set(view.read_elsewhere) | set(days_of_sales(view)) <= left
        for earlier in compared_dates(view).values():
            assert set(earlier.values()) <= left
    # What one policy prunes, one that keeps less prunes too.
    longer = policy.model_copy(update={"days_kept": policy.days_kept + 30})
    assert set(dates_pruned(computed, newest, calendar, longer)) <= set(gone)
