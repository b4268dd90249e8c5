"""The life cycle's oracle: against hand-worked timelines, and against a walk over every day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import accounts
from . import life_cycle as oracle
from .day_by_day import (
    DAY,
    Cause,
    Interval,
    Parameters,
    Period,
    Stage,
    add,
    add_months,
    segment_on,
    timeline,
)
from .life_cycle_cases import histories, is_valid, parameters

STAGES: dict[str, Stage] = {
    "new": "active",
    "in_loyalty_process": "active",
    "recovered": "active",
    "reactivated": "active",
    "inactivation_risk": "active",
    "normal_active": "active",
    "recently_inactivated": "inactive",
    "loss_risk": "inactive",
    "normal_inactive": "inactive",
    "recently_lost": "lost",
    "normal_lost": "lost",
}
Histories = Mapping[str, Sequence[date]]


def given_to(bought: Histories, p: Parameters) -> duckdb.DuckDBPyConnection:
    con = oracle.connect()
    con.execute("SET threads = 1")  # these tables are small
    oracle.set_parameters(con, **p.as_settings())
    rows = [(code, day) for code, days in bought.items() for day in days]
    marks = ", ".join("(?, ?)" for _ in rows)
    con.execute(f"INSERT INTO purchase_days VALUES {marks}", [cell for row in rows for cell in row])
    oracle.life_cycle(con)
    return con


def timelines(con: duckdb.DuckDBPyConnection) -> dict[str, list[Interval]]:
    found: dict[str, list[Interval]] = {}
    rows = con.execute(
        "SELECT customer_code, valid_from, valid_to, stage, segment, cause FROM life_cycle "
        "ORDER BY customer_code, valid_from"
    )
    for code, *cells in rows.fetchall():
        found.setdefault(code, []).append(Interval(*cells))
    return found


def days(text: str) -> list[date]:
    return [date.fromisoformat(day) for day in text.split()]


def settles_on(bought: Sequence[date], p: Parameters) -> date:
    """From this day on time brings no change."""
    return add(max(bought), p.lost_after, p.recently_lost_for)


def worked(text: str) -> list[Interval]:
    """Intervals from lines of day, segment and cause, each ended by the next."""
    lines = [line.split() for line in text.strip().splitlines()]
    starts = [date.fromisoformat(line[0]) for line in lines]
    causes: dict[str, Cause] = {"purchase": "purchase", "time": "time"}
    return [
        Interval(start, end, STAGES[segment], segment, causes[cause])
        for start, end, (_, segment, cause) in zip(starts, [*starts[1:], None], lines, strict=True)
    ]


def briefly(intervals: Sequence[Interval], since: str, before: str) -> list[str]:
    """The beginnings of those that begin between two days."""
    return [
        f"{one.valid_from} {one.segment} {one.cause}"
        for one in intervals
        if since <= str(one.valid_from) < before
    ]


def both(bought: str, p: Parameters | None = None) -> list[Interval]:
    """One customer's timeline, on which both ways agree."""
    p = p or Parameters()
    assert is_valid(p)
    (by_sql,) = timelines(given_to({"ANA": days(bought)}, p)).values()
    assert by_sql == timeline(days(bought), p, settles_on(days(bought), p) + 40 * DAY)
    return by_sql


def check(bought: str, expected: str, p: Parameters | None = None, since: str = "") -> None:
    """The whole timeline; ``since`` leaves out what began before it."""
    found = both(bought, p)
    assert [one for one in found if str(one.valid_from) >= since] == worked(expected)


# Months


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 2, "2023-03-31"),  # one step: not by way of 28 February
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2023-12-01", 1, "2024-01-01"),
        ("2023-11-30", 0, "2023-11-30"),
    ],
)
def test_months_are_added_in_one_step(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_periods_in_a_row_are_months_and_then_days() -> None:
    month, days_30 = Period(1, "months"), Period(30, "days")
    # 31 Jan + 1 month = 28 Feb, + 30 days = 30 March, in whichever order they follow one another
    assert add(date(2023, 1, 31), days_30, month) == date(2023, 3, 30)
    assert add(date(2023, 1, 31), month, days_30) == date(2023, 3, 30)
    assert add(date(2023, 1, 31), month, month) == date(2023, 3, 31)


# Time alone


def test_a_single_purchase_by_default() -> None:
    check(
        "2023-01-10",
        # 10 Jan + 30 d; + 210 d; 10 Jan 2024 - 90 d; + 12 months; that + 30 d;
        # 10 Jan 2026 - 90 d; + 36 months; that + 30 d
        """
        2023-01-10 new                  purchase
        2023-02-09 in_loyalty_process   time
        2023-08-08 normal_active        time
        2023-10-12 inactivation_risk    time
        2024-01-10 recently_inactivated time
        2024-02-09 normal_inactive      time
        2025-10-12 loss_risk            time
        2026-01-10 recently_lost        time
        2026-02-09 normal_lost          time
        """,
    )


def test_29_february() -> None:
    check(
        "2024-02-29",
        # 12 and 36 months later there is no 29 February, so both stages end on the 28th; the 30
        # and 90 days are counted from there
        """
        2024-02-29 new                  purchase
        2024-03-30 in_loyalty_process   time
        2024-09-26 normal_active        time
        2024-11-30 inactivation_risk    time
        2025-02-28 recently_inactivated time
        2025-03-30 normal_inactive      time
        2026-11-30 loss_risk            time
        2027-02-28 recently_lost        time
        2027-03-30 normal_lost          time
        """,
    )


@pytest.mark.parametrize(
    ("new_for", "loyalty_process_for", "new_until", "loyalty_until"),
    [
        (
            Period(1, "months"),
            Period(1, "months"),
            "2023-02-28",
            "2023-03-31",
        ),  # + 2 months, not 28 Feb + 1
        (Period(1, "months"), Period(30, "days"), "2023-02-28", "2023-03-30"),
        (
            Period(30, "days"),
            Period(1, "months"),
            "2023-03-02",
            "2023-03-30",
        ),  # + 1 month first, then 30 days
        (Period(28, "days"), Period(2, "months"), "2023-02-28", "2023-04-28"),  # 31 March + 28 days
    ],
)
def test_the_loyalty_process_ends_one_step_from_the_purchase(
    new_for: Period,
    loyalty_process_for: Period,
    new_until: str,
    loyalty_until: str,
) -> None:
    check(
        "2023-01-31",
        f"""
        2023-01-31  new                  purchase
        {new_until} in_loyalty_process   time
        {loyalty_until} normal_active    time
        2023-11-02 inactivation_risk     time
        2024-01-31 recently_inactivated  time
        2024-03-01 normal_inactive       time
        2025-11-02 loss_risk             time
        2026-01-31 recently_lost         time
        2026-03-02 normal_lost           time
        """,
        Parameters(new_for=new_for, loyalty_process_for=loyalty_process_for),
    )


@pytest.mark.parametrize(
    ("bought", "ends", "risk_from"),
    [
        # B = 31 March: 28 February + 1 month is 28 March, so the last month begins on 1 March
        ("2022-03-31", "2023-03-31", "2023-03-01"),
        ("2022-03-29", "2023-03-29", "2023-03-01"),
        ("2022-03-28", "2023-03-28", "2023-02-28"),
        ("2022-02-28", "2023-02-28", "2023-01-28"),
        # of a leap year: 29 January + 1 month is 29 February, 28 January + 1 month is not
        ("2023-03-01", "2024-03-01", "2024-02-01"),
    ],
)
def test_the_last_month_before_a_day_is_counted_forward(
    bought: str, ends: str, risk_from: str
) -> None:
    p = Parameters(inactivation_risk_for=Period(1, "months"))
    found = both(bought, p)
    (risk,) = [one for one in found if one.segment == "inactivation_risk"]
    assert (str(risk.valid_from), str(risk.valid_to)) == (risk_from, ends)


def test_later_periods_in_months_are_one_step_too() -> None:
    check(
        "2022-10-31",
        # inactive on 31 Oct 2023, recently until + 13 months in all: 30 Nov; lost on 31 Oct 2025,
        # at risk from 31 July (+ 3 months = 31 Oct), recently until + 40 months in all: 28 Feb
        """
        2023-10-31 recently_inactivated time
        2023-11-30 normal_inactive      time
        2025-07-31 loss_risk            time
        2025-10-31 recently_lost        time
        2026-02-28 normal_lost          time
        """,
        Parameters(
            recently_inactivated_for=Period(1, "months"),
            loss_risk_for=Period(3, "months"),
            recently_lost_for=Period(4, "months"),
        ),
        since="2023-10-31",
    )


# The second purchase


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        # inside the 30 days: new to their end, and never in the loyalty process
        ("2023-01-20", ["2023-02-09 normal_active time"]),
        ("2023-02-08", ["2023-02-09 normal_active time"]),
        # on the day on which they end: the boundary is there anyway, but she bought
        ("2023-02-09", ["2023-02-09 normal_active purchase"]),
        (
            "2023-02-10",
            ["2023-02-09 in_loyalty_process time", "2023-02-10 normal_active purchase"],
        ),
        # on the day on which the loyalty process ends by itself
        (
            "2023-08-08",
            ["2023-02-09 in_loyalty_process time", "2023-08-08 normal_active purchase"],
        ),
        # afterwards it changes no segment
        (
            "2023-08-09",
            ["2023-02-09 in_loyalty_process time", "2023-08-08 normal_active time"],
        ),
    ],
)
def test_a_second_purchase_by_default(second: str, expected: list[str]) -> None:
    found = both(f"2023-01-10 {second}")
    assert briefly(found, "2023-01-11", "2023-09-01") == expected


def test_new_ends_on_the_second_purchase_where_asked() -> None:
    p = Parameters(new_ends_on_second_purchase=True)
    check(
        "2023-01-10 2023-01-20",
        # 20 Jan 2024 - 90 d and so on: all counted from the second
        """
        2023-01-10 new                  purchase
        2023-01-20 normal_active        purchase
        2023-10-22 inactivation_risk    time
        2024-01-20 recently_inactivated time
        2024-02-19 normal_inactive      time
        2025-10-22 loss_risk            time
        2026-01-20 recently_lost        time
        2026-02-19 normal_lost          time
        """,
        p,
    )
    assert both("2023-01-10", p) == both("2023-01-10")


def test_a_purchase_that_changes_no_segment_starts_no_interval() -> None:
    check(
        # on the very day on which the risk would begin: it does not, and normal goes on
        "2023-01-10 2023-10-12",
        """
        2023-01-10 new                  purchase
        2023-02-09 in_loyalty_process   time
        2023-08-08 normal_active        time
        2024-07-14 inactivation_risk    time
        2024-10-12 recently_inactivated time
        2024-11-11 normal_inactive      time
        2026-07-14 loss_risk            time
        2026-10-12 recently_lost        time
        2026-11-11 normal_lost          time
        """,
    )


# Returns


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        # the last day active
        ("2024-01-09", ["2024-01-09 normal_active purchase"]),
        # Q + 12 months: active on the day before, never inactive, no return
        ("2024-01-10", ["2024-01-10 normal_active purchase"]),
        (
            "2024-01-11",
            [
                "2024-01-10 recently_inactivated time",
                "2024-01-11 reactivated purchase",
                "2024-02-10 normal_active time",
            ],
        ),
        # on the day on which recently inactivated would end
        (
            "2024-02-09",
            [
                "2024-01-10 recently_inactivated time",
                "2024-02-09 reactivated purchase",
                "2024-03-10 normal_active time",
            ],
        ),
    ],
)
def test_a_purchase_about_the_day_of_becoming_inactive(second: str, expected: list[str]) -> None:
    found = both(f"2023-01-10 {second}")
    assert briefly(found, "2024-01-01", "2024-09-01") == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        # the 12 months of a 29 February end on 28 February
        ("2025-02-28", ["2025-02-28 normal_active purchase"]),
        ("2025-03-01", ["2025-02-28 recently_inactivated time", "2025-03-01 reactivated purchase"]),
    ],
)
def test_a_purchase_about_the_end_of_clamped_months(second: str, expected: list[str]) -> None:
    found = both(f"2024-02-29 {second}")
    assert briefly(found, "2025-02-01", "2025-03-31") == expected


def test_a_purchase_on_the_day_of_becoming_lost_is_a_reactivation() -> None:
    check(
        "2020-01-10 2023-01-10",
        """
        2020-01-10 new                  purchase
        2020-02-09 in_loyalty_process   time
        2020-08-07 normal_active        time
        2020-10-12 inactivation_risk    time
        2021-01-10 recently_inactivated time
        2021-02-09 normal_inactive      time
        2022-10-12 loss_risk            time
        2023-01-10 reactivated          purchase
        2023-02-09 normal_active        time
        2023-10-12 inactivation_risk    time
        2024-01-10 recently_inactivated time
        2024-02-09 normal_inactive      time
        2025-10-12 loss_risk            time
        2026-01-10 recently_lost        time
        2026-02-09 normal_lost          time
        """,
    )


def test_a_purchase_on_the_day_after_becoming_lost_is_a_recovery() -> None:
    check(
        "2020-01-10 2023-01-11",
        """
        2022-10-12 loss_risk            time
        2023-01-10 recently_lost        time
        2023-01-11 recovered            purchase
        2023-02-10 normal_active        time
        2023-10-13 inactivation_risk    time
        2024-01-11 recently_inactivated time
        2024-02-10 normal_inactive      time
        2025-10-13 loss_risk            time
        2026-01-11 recently_lost        time
        2026-02-10 normal_lost          time
        """,
        since="2022-10-12",
    )


def test_returns_one_after_the_other() -> None:
    check(
        # 20 June 2021 falls in the 30 days of the first return: it neither ends nor restarts them,
        # but the next 12 months are counted from it
        "2020-01-10 2021-06-01 2021-06-20 2022-07-01 2025-08-15",
        """
        2020-01-10 new                  purchase
        2020-02-09 in_loyalty_process   time
        2020-08-07 normal_active        time
        2020-10-12 inactivation_risk    time
        2021-01-10 recently_inactivated time
        2021-02-09 normal_inactive      time
        2021-06-01 reactivated          purchase
        2021-07-01 normal_active        time
        2022-03-22 inactivation_risk    time
        2022-06-20 recently_inactivated time
        2022-07-01 reactivated          purchase
        2022-07-31 normal_active        time
        2023-04-02 inactivation_risk    time
        2023-07-01 recently_inactivated time
        2023-07-31 normal_inactive      time
        2025-04-02 loss_risk            time
        2025-07-01 recently_lost        time
        2025-07-31 normal_lost          time
        2025-08-15 recovered            purchase
        2025-09-14 normal_active        time
        2026-05-17 inactivation_risk    time
        2026-08-15 recently_inactivated time
        2026-09-14 normal_inactive      time
        2028-05-17 loss_risk            time
        2028-08-15 recently_lost        time
        2028-09-14 normal_lost          time
        """,
    )


def test_a_purchase_on_the_day_on_which_the_return_ends_gives_its_cause() -> None:
    found = both("2020-01-10 2021-06-01 2021-07-01")
    assert briefly(found, "2021-06-01", "2022-05-01") == [
        "2021-06-01 reactivated purchase",
        "2021-07-01 normal_active purchase",
        "2022-04-02 inactivation_risk time",  # 1 July 2022 - 90 d
    ]


AFTER_RETURN = {
    # P = 1 June 2021: returned to 1 July, new to 31 July, loyalty process to P + 240 d
    "": [
        "2021-06-01 reactivated purchase",
        "2021-07-01 new time",
        "2021-07-31 in_loyalty_process time",
        "2022-01-27 normal_active time",
    ],
    # bought in the first 30 days: that is after P, so new comes and the loyalty process does not
    "2021-06-10": [
        "2021-06-01 reactivated purchase",
        "2021-07-01 new time",
        "2021-07-31 normal_active time",
    ],
    "2021-07-01": [
        "2021-06-01 reactivated purchase",
        "2021-07-01 new purchase",
        "2021-07-31 normal_active time",
    ],
    "2021-07-15": [
        "2021-06-01 reactivated purchase",
        "2021-07-01 new time",
        "2021-07-31 normal_active time",
    ],
    "2021-07-31": [
        "2021-06-01 reactivated purchase",
        "2021-07-01 new time",
        "2021-07-31 normal_active purchase",
    ],
    "2021-09-01": [
        "2021-06-01 reactivated purchase",
        "2021-07-01 new time",
        "2021-07-31 in_loyalty_process time",
        "2021-09-01 normal_active purchase",
    ],
}


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize(("later", "expected"), AFTER_RETURN.items())
def test_after_a_return_new_is_new_whatever_she_buys(
    later: str, expected: list[str], ends: bool
) -> None:
    p = Parameters(after_return="new", new_ends_on_second_purchase=ends)
    found = both(f"2020-01-10 2021-06-01 {later}", p)
    assert briefly(found, "2021-06-01", "2022-02-01") == expected


@pytest.mark.parametrize(
    ("bought", "expected"),
    [
        # + 1, 2 and 3 months: 28 February + 1 month would be 28 March
        (
            "2019-01-31 2023-01-31",
            [
                "2023-01-31 recovered purchase",
                "2023-02-28 new time",
                "2023-03-31 in_loyalty_process time",
                "2023-04-30 normal_active time",
            ],
        ),
        (
            "2018-12-31 2022-12-31",
            [
                "2022-12-31 recovered purchase",
                "2023-01-31 new time",
                "2023-02-28 in_loyalty_process time",
                "2023-03-31 normal_active time",
            ],
        ),
    ],
)
def test_what_follows_a_recovery_is_one_step_from_it(bought: str, expected: list[str]) -> None:
    month = Period(1, "months")
    p = Parameters(
        recovered_for=month,
        reactivated_for=Period(3, "days"),  # hers is a recovery, so this is of no account
        new_for=month,
        loyalty_process_for=month,
        after_return="new",
    )
    assert briefly(both(bought, p), "2022-12-31", "2023-10-01") == expected


# Precedence


def test_the_loyalty_process_precedes_the_risk_and_the_stage_precedes_both() -> None:
    check(
        "2023-01-10",
        """
        2023-01-10 new                  purchase
        2023-02-09 in_loyalty_process   time
        2024-01-10 recently_inactivated time
        2024-02-09 normal_inactive      time
        2025-10-12 loss_risk            time
        2026-01-10 recently_lost        time
        2026-02-09 normal_lost          time
        """,
        Parameters(loyalty_process_for=Period(400, "days")),
    )


def test_new_precedes_the_risk() -> None:
    found = both("2023-01-10 2023-01-20", Parameters(new_for=Period(300, "days")))
    # 10 Jan + 300 d; the risk, from 22 Oct, shows only after that; + 12 months from 20 January
    assert found[:2] == [
        Interval(date(2023, 1, 10), date(2023, 11, 6), "active", "new", "purchase"),
        Interval(date(2023, 11, 6), date(2024, 1, 20), "active", "inactivation_risk", "time"),
    ]


def test_reactivated_precedes_the_risk() -> None:
    p = Parameters(reactivated_for=Period(300, "days"))
    found = both("2020-01-10 2021-06-01", p)
    # 1 June + 300 d; the risk would begin on 3 March
    assert found[6:8] == [
        Interval(date(2021, 6, 1), date(2022, 3, 28), "active", "reactivated", "purchase"),
        Interval(date(2022, 3, 28), date(2022, 6, 1), "active", "inactivation_risk", "time"),
    ]


def test_recently_inactivated_precedes_the_risk_of_loss() -> None:
    check(
        "2023-01-10",
        # + 32 months in all; the risk would begin 12 months before 10 Jan 2026
        """
        2024-01-10 recently_inactivated time
        2025-09-10 loss_risk            time
        2026-01-10 recently_lost        time
        2026-02-09 normal_lost          time
        """,
        Parameters(
            recently_inactivated_for=Period(20, "months"), loss_risk_for=Period(12, "months")
        ),
        since="2024-01-10",
    )


def test_a_loyalty_process_after_a_return_ends_with_the_stage() -> None:
    check(
        # 40 days active, 100 to lost. The return after 60 days is a reactivation for 5 days, then
        # she is new for 10, then in the loyalty process: not for 180 days but while she is active
        "2023-01-01 2023-03-02",
        """
        2023-01-01 new                  purchase
        2023-01-11 in_loyalty_process   time
        2023-02-10 recently_inactivated time
        2023-02-15 normal_inactive      time
        2023-03-02 reactivated          purchase
        2023-03-07 new                  time
        2023-03-17 in_loyalty_process   time
        2023-04-11 recently_inactivated time
        2023-04-16 normal_inactive      time
        2023-05-31 loss_risk            time
        2023-06-10 recently_lost        time
        2023-07-10 normal_lost          time
        """,
        Parameters(
            inactive_after=Period(40, "days"),
            lost_after=Period(100, "days"),
            new_for=Period(10, "days"),
            reactivated_for=Period(5, "days"),
            recovered_for=Period(5, "days"),
            inactivation_risk_for=Period(10, "days"),
            loss_risk_for=Period(10, "days"),
            recently_inactivated_for=Period(5, "days"),
            after_return="new",
        ),
    )


# From sales, and what the timeline answers


def test_purchase_days_are_the_distinct_days_of_coded_purchases() -> None:
    con = oracle.connect()
    line = (
        "INSERT INTO lines BY NAME SELECT 'S1' AS store_code, DATE '{day}' AS business_day, "
        "'{number}' AS sale_number, 1 AS line_number, {code} AS customer_code, "
        "'{kind}' AS code_class, 1 AS quantity, 10 AS amount, 1 AS price_sign, "
        "{is_return} AS is_return, false AS is_cancelled"
    )
    for day, number, code, kind, is_return in (
        ("2024-05-10", "1", "'ANA'", "coded", "false"),
        ("2024-05-10", "2", "'ANA'", "coded", "false"),
        ("2024-05-11", "3", "'ANA'", "coded", "true"),
        ("2024-05-12", "4", "NULL", "generic", "false"),
        ("2024-05-13", "5", "NULL", "none", "false"),
        ("2024-05-14", "6", "'BIA'", "coded", "false"),
    ):
        con.execute(line.format(day=day, number=number, code=code, kind=kind, is_return=is_return))
    accounts.purchases(con)
    oracle.purchase_days(con)
    assert sorted(con.execute("FROM purchase_days").fetchall()) == [
        ("ANA", date(2024, 5, 10)),
        ("BIA", date(2024, 5, 14)),
    ]


JANUARY_2024 = {
    "inactivated": days("2023-01-10"),
    "inactivated, reactivated": days("2023-01-10 2024-01-20"),
    "new on the last day": days("2024-01-31"),
    "new afterwards": days("2024-02-01"),
    "new the day before": days("2023-12-31"),
    "lost, recovered": days("2021-01-15 2024-01-16"),
    "lost": days("2021-01-15"),
}


def test_transitions() -> None:
    con = given_to({"ANA": days("2023-01-10")}, Parameters())
    found = con.execute("FROM life_cycle_transitions ORDER BY changed_on LIMIT 5").fetchall()
    assert found[0] == ("ANA", date(2023, 1, 10), None, None, "active", "new", "purchase")
    assert found[4] == (
        "ANA",
        date(2024, 1, 10),
        "active",
        "inactivation_risk",
        "inactive",
        "recently_inactivated",
        "time",
    )


def test_growth_accounting() -> None:
    con = given_to(JANUARY_2024, Parameters())
    con.execute("INSERT INTO growth_periods VALUES ('2024-01-01', '2024-01-31')")
    con.execute("INSERT INTO growth_periods VALUES ('2000-01-01', '2000-01-31')")
    oracle.growth_accounting(con)
    # two moves of one customer in the period both count
    found = con.execute("SELECT * EXCLUDE (first_on, last_on) FROM growth_accounting ORDER BY 1")
    assert found.fetchall() == [
        (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (3, 2, 0, 1, 1, 1, 2, 2, 4, 1, 1),
    ]


def test_matrix() -> None:
    con = given_to(JANUARY_2024, Parameters())
    con.execute("INSERT INTO matrix_dates VALUES ('2023-12-31', '2024-01-31')")
    oracle.life_cycle_matrix(con)
    found = con.execute("SELECT * EXCLUDE (start_on, end_on) FROM life_cycle_matrix").fetchall()
    assert set(found) == {
        ("inactivation_risk", "recently_inactivated", 1),
        ("inactivation_risk", "reactivated", 1),
        (None, "new", 1),
        ("new", "in_loyalty_process", 1),  # 31 Dec + 30 d = 30 Jan
        ("loss_risk", "recovered", 1),
        ("loss_risk", "recently_lost", 1),
    }
    assert len(found) == 6
    # a day on which a segment begins is in that one alone: 10 Jan 2024 + 30 d, and 31 Dec 2023 + 30
    con.execute("UPDATE matrix_dates SET start_on = '2024-01-30', end_on = '2024-02-09'")
    oracle.life_cycle_matrix(con)
    found = con.execute("SELECT * EXCLUDE (start_on, end_on) FROM life_cycle_matrix").fetchall()
    assert ("recently_inactivated", "normal_inactive", 1) in found
    assert ("in_loyalty_process", "in_loyalty_process", 1) in found
    assert sum(row[2] for row in found) == len(JANUARY_2024)


@pytest.mark.parametrize(
    ("as_of", "ahead", "expected"),
    [
        ("2024-01-01", 8, []),
        ("2024-01-01", 9, ["2024-01-10 inactivation_risk recently_inactivated"]),
        (
            "2024-01-01",
            39,
            [
                "2024-01-10 inactivation_risk recently_inactivated",
                "2024-02-09 recently_inactivated normal_inactive",
            ],
        ),
        # what happens on as_of has happened
        ("2024-01-10", 30, ["2024-02-09 recently_inactivated normal_inactive"]),
        ("2023-01-09", 30, []),
    ],
)
def test_due_to_change_knows_of_no_later_purchase(
    as_of: str, ahead: int, expected: list[str]
) -> None:
    con = given_to({"ANA": days("2023-01-10 2024-01-11")}, Parameters())
    con.execute("INSERT INTO due_horizons VALUES (?, ?)", [as_of, ahead])
    oracle.due_to_change(con)
    found = con.execute(
        "SELECT changes_on, from_segment, to_segment FROM due_to_change ORDER BY 1"
    ).fetchall()
    assert [" ".join(map(str, row)) for row in found] == expected


# Any history, any parameters


Network = tuple[Parameters, dict[str, list[date]]]


@st.composite
def networks(draw: st.DrawFn) -> Network:
    p = draw(parameters())
    customers = draw(st.lists(histories(p), min_size=8, max_size=12))
    return p, {f"C{number}": bought for number, bought in enumerate(customers)}


AT_RANDOM = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.slow
def test_the_timeline_is_what_the_days_say() -> None:
    reached: set[tuple[str, str]] = set()

    @AT_RANDOM
    @given(networks())
    def compare(network: Network) -> None:
        p, bought = network
        found = timelines(given_to(bought, p))
        assert found.keys() == bought.keys()
        for code, intervals in found.items():
            assert intervals == timeline(bought[code], p, settles_on(bought[code], p) + 2 * DAY)
            assert_whole(intervals, bought[code])
            reached.update((one.segment, one.cause) for one in intervals)

    compare()
    # the histories were varied enough to say so
    assert {segment for segment, _ in reached} == STAGES.keys()
    assert {segment for segment, cause in reached if cause == "purchase"} == {
        "new",
        "recovered",
        "reactivated",
        "normal_active",
    }


def assert_whole(intervals: Sequence[Interval], bought: Sequence[date]) -> None:
    """From the first purchase on without end, gap or overlap, and maximal."""
    assert intervals[0].valid_from == min(bought)
    assert intervals[-1].valid_to is None
    for one, after in pairwise(intervals):
        assert one.valid_to == after.valid_from > one.valid_from
        assert one.segment != after.segment
    assert all(one.stage == STAGES[one.segment] for one in intervals)


@pytest.mark.slow
@settings(AT_RANDOM, max_examples=25)
@given(networks(), st.tuples(*[st.tuples(st.integers(0), st.integers(-1, 1))] * 2), st.integers(0))
def test_what_it_answers_is_what_the_days_say(
    network: Network, ends: tuple[tuple[int, int], tuple[int, int]], reach: int
) -> None:
    p, bought = network
    con = given_to(bought, p)
    # periods whose ends are days of changes, or a day beside one
    changes = sorted({one.valid_from for found in timelines(con).values() for one in found})
    first_on, last_on = sorted(
        changes[number % len(changes)] + timedelta(days=beside) for number, beside in ends
    )
    due_on = changes[reach % len(changes)]
    ahead = (due_on - first_on).days if due_on > first_on else reach % 60
    con.execute("INSERT INTO growth_periods VALUES (?, ?)", [first_on, last_on])
    con.execute("INSERT INTO matrix_dates VALUES (?, ?)", [first_on - DAY, last_on])
    con.execute("INSERT INTO due_horizons VALUES (?, ?)", [first_on, ahead])
    oracle.growth_accounting(con)
    oracle.life_cycle_matrix(con)
    oracle.due_to_change(con)
    compare_growth(con, p, bought, first_on, last_on)
    compare_matrix(con, p, bought, first_on - DAY, last_on)
    compare_due(con, p, bought, first_on, ahead)


def compare_growth(
    con: duckdb.DuckDBPyConnection, p: Parameters, bought: Histories, first_on: date, last_on: date
) -> None:
    result = con.execute("FROM growth_accounting")
    names = [column[0] for column in result.description or []]
    (row,) = result.fetchall()
    got = dict(zip(names, row, strict=True))
    for side, day in (("start", first_on - DAY), ("end", last_on)):
        stages = Counter(found[0] for one in bought.values() if (found := segment_on(one, day, p)))
        for stage in ("active", "inactive", "lost"):
            assert got[f"{stage}_at_{side}"] == stages[stage]

    moves = Counter(
        (was and was[0], now[0])
        for one in bought.values()
        for was, now in day_after_day(one, p, first_on, last_on)
        if was is None or was[0] != now[0]
    )
    terms = {
        (None, "active"): got["new"],
        ("inactive", "active"): got["reactivated"],
        ("lost", "active"): got["recovered"],
        ("active", "inactive"): got["inactivated"],
        ("inactive", "lost"): got["lost"],
    }
    assert {move: count for move, count in terms.items() if count} == moves  # and there is no other

    returned = got["reactivated"] + got["recovered"]
    assert got["active_at_end"] == (
        got["active_at_start"] + got["new"] + returned - got["inactivated"]
    )
    assert got["inactive_at_end"] == (
        got["inactive_at_start"] + got["inactivated"] - got["reactivated"] - got["lost"]
    )
    assert got["lost_at_end"] == got["lost_at_start"] + got["lost"] - got["recovered"]


def compare_matrix(
    con: duckdb.DuckDBPyConnection, p: Parameters, bought: Histories, start_on: date, end_on: date
) -> None:
    pairs = [(segment_on(one, start_on, p), segment_on(one, end_on, p)) for one in bought.values()]
    rows = con.execute(
        "SELECT start_segment, end_segment, customers FROM life_cycle_matrix"
    ).fetchall()
    assert {row[:2]: row[2] for row in rows} == Counter(
        (start and start[1], end[1]) for start, end in pairs if end
    )
    for side in (0, 1):
        margin: Counter[str | None] = Counter()
        for row in rows:
            margin[row[side]] += row[2]
        on_the_day = Counter(found[1] for pair in pairs if (found := pair[side]) is not None)
        assert {segment: count for segment, count in margin.items() if segment} == on_the_day


def compare_due(
    con: duckdb.DuckDBPyConnection, p: Parameters, bought: Histories, as_of: date, ahead: int
) -> None:
    due = [
        (code, as_of + timedelta(days=number), was[1], now[1])
        for code, one in bought.items()
        for known in [[day for day in one if day <= as_of]]
        for number, (was, now) in enumerate(
            day_after_day(known, p, as_of + DAY, as_of + timedelta(days=ahead)), 1
        )
        if was is not None and was != now
    ]
    rows = con.execute(
        "SELECT customer_code, changes_on, from_segment, to_segment FROM due_to_change"
    )
    assert sorted(rows.fetchall()) == sorted(due)


def day_after_day(
    bought: Sequence[date], p: Parameters, first_on: date, last_on: date
) -> Iterator[tuple[tuple[str, str] | None, tuple[str, str]]]:
    """What a customer was on the day before and is on the day, each day that she is one."""
    for number in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=number)
        now = segment_on(bought, day, p)
        if now:
            yield segment_on(bought, day - DAY, p), now
