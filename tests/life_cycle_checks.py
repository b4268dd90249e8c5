"""Comparing what the jobs made of the life cycle with the oracle's SQL and its day-by-day rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import duckdb
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.settings import Settings
from tests import lakehouses
from tests.oracle import day_by_day
from tests.oracle import life_cycle as oracle
from tests.oracle.compare import assert_same
from transforms.life_cycle import LifeCycleRules
from transforms.periods import Period


def parameters_of(rules: LifeCycleRules) -> day_by_day.Parameters:
    """The rules as the oracle knows them."""
    given: dict[str, Any] = {each.name: getattr(rules, each.name) for each in fields(rules)}
    turned: dict[str, Any] = {
        name: day_by_day.Period(value.count, value.unit) if isinstance(value, Period) else value
        for name, value in given.items()
    }
    return day_by_day.Parameters(**turned)


def rules_of(parameters: day_by_day.Parameters) -> LifeCycleRules:
    """The oracle's parameters as the transforms take them."""
    given: dict[str, Any] = {
        each.name: getattr(parameters, each.name) for each in fields(parameters)
    }
    turned: dict[str, Any] = {
        name: Period(value.count, value.unit) if isinstance(value, day_by_day.Period) else value
        for name, value in given.items()
    }
    return LifeCycleRules(**turned)


def assert_timeline_same(con: duckdb.DuckDBPyConnection, made: DataFrame) -> int:
    """The timeline, customers by code, equals the oracle's; returns how many intervals."""
    return assert_same(con, made, "life_cycle", ("customer_code", "valid_from"))


def assert_follows_same(
    con: duckdb.DuckDBPyConnection,
    dates: Sequence[date],
    due_days: int,
    *,
    matrix: DataFrame,
    growth: DataFrame,
    due: DataFrame,
) -> None:
    """What follows from the timeline equals the oracle's on the given processing dates."""
    periods = [(each, name, first) for each in dates for name, first in _periods_of(each)]
    starts = {(first, each) for each, _, first in periods}
    con.executemany("INSERT INTO growth_periods VALUES (?, ?)", sorted(starts))
    con.executemany(
        "INSERT INTO matrix_dates VALUES (?, ?)",
        sorted((first - timedelta(days=1), each) for first, each in starts),
    )
    # The oracle works out the whole network anew for each date, so some must do.
    judged = dates[:: max(1, len(dates) // 3)]
    con.executemany("INSERT INTO due_horizons VALUES (?, ?)", [(each, due_days) for each in judged])
    oracle.growth_accounting(con)
    oracle.life_cycle_matrix(con)
    oracle.due_to_change(con)
    con.execute("CREATE OR REPLACE TABLE periods (as_of DATE, period VARCHAR, first_on DATE)")
    con.executemany("INSERT INTO periods VALUES (?, ?, ?)", periods)
    con.execute(
        "CREATE OR REPLACE TABLE growth_expected AS SELECT as_of, period, "
        "active_at_start AS active_start, inactive_at_start AS inactive_start, "
        "lost_at_start AS lost_start, new, reactivated, recovered, inactivated, lost, "
        "active_at_end AS active_end, inactive_at_end AS inactive_end, lost_at_end AS lost_end "
        "FROM periods p JOIN growth_accounting g ON g.first_on = p.first_on AND last_on = as_of "
        "WHERE active_at_end + inactive_at_end + lost_at_end > 0"
    )
    con.execute(
        "CREATE OR REPLACE TABLE matrix_expected AS SELECT as_of, period, "
        "coalesce(start_segment, 'none') AS from_segment, end_segment AS to_segment, customers "
        "FROM periods JOIN life_cycle_matrix ON start_on = first_on - 1 AND end_on = as_of"
    )
    con.execute(
        "CREATE OR REPLACE TABLE due_expected AS "
        "SELECT as_of, customer_code, changes_on, from_segment, to_segment FROM due_to_change"
    )
    columns = ("start_on", "level", "level_code")
    of_network = F.col("level") == "network"
    growth_of_network = growth.where(of_network).drop(*columns)
    assert_same(con, growth_of_network, "growth_expected", ("as_of", "period"))
    assert_same(
        con,
        matrix.where(of_network).drop(*columns, "from_stage", "to_stage"),
        "matrix_expected",
        ("as_of", "period", "from_segment", "to_segment"),
    )
    assert_same(
        con,
        due.where(F.col("as_of").isin(list(judged))).drop("days_left", "to_stage"),
        "due_expected",
        ("as_of", "customer_code", "changes_on"),
    )


def assert_published_same(
    spark: SparkSession, settings: Settings, con: duckdb.DuckDBPyConnection, dates: Sequence[date]
) -> None:
    """What a lakehouse published of the life cycle equals what the oracle makes of its purchases.

    Leaves the published timeline in the table ``made``.
    """
    rules, within = settings.life_cycle.rules, settings.life_cycle.due_within
    oracle.set_parameters(con, **parameters_of(rules).as_settings())
    oracle.purchase_days(con)
    oracle.life_cycle(con)

    def read(name: str) -> DataFrame:
        return lakehouses.read(spark, settings, name)

    codes = read("customer_codes")
    assert_follows_same(
        con,
        dates,
        within.count,
        matrix=read("life_cycle_matrix"),
        growth=read("growth_accounting"),
        due=with_codes(read("due_to_change"), codes),
    )
    changed = with_codes(read("life_cycle_transitions"), codes)
    assert_same(con, changed, "life_cycle_transitions", ("customer_code", "changed_on"))
    assert assert_timeline_same(con, with_codes(read("life_cycle"), codes)) > 0


def assert_as_day_by_day(
    con: duckdb.DuckDBPyConnection, rules: LifeCycleRules, every: int, days: Iterable[date]
) -> int:
    """The table ``made`` of the comparison before agrees with the rules, evaluated on each day.

    Every customer is evaluated on the given days, and one of ``every`` on each day from her first
    purchase until all periods have run out. Returns how many days of customers were evaluated.
    """
    parameters = parameters_of(rules)
    bought: dict[str, list[date]] = {}
    for code, day in con.execute("FROM purchase_days ORDER BY ALL").fetchall():
        bought.setdefault(code, []).append(day)
    intervals: dict[str, list[day_by_day.Interval]] = {}
    columns = "customer_code, valid_from, valid_to, stage, segment, cause"
    for code, *rest in con.execute(f"SELECT {columns} FROM made ORDER BY 1, 2").fetchall():
        intervals.setdefault(code, []).append(day_by_day.Interval(*rest))
    assert bought.keys() == intervals.keys()
    evaluated = 0
    for number, (code, purchases) in enumerate(sorted(bought.items())):
        for day in days:
            held = [
                (each.stage, each.segment)
                for each in intervals[code]
                if each.valid_from <= day and (each.valid_to is None or day < each.valid_to)
            ]
            expected = day_by_day.segment_on(purchases, day, parameters)
            assert held == ([expected] if expected else []), day
            evaluated += 1
        if number % every == 0:
            until = intervals[code][-1].valid_from + timedelta(days=2)
            assert intervals[code] == day_by_day.timeline(purchases, parameters, until)
            evaluated += (until - purchases[0]).days
    return evaluated


def with_codes(made: DataFrame, codes: DataFrame) -> DataFrame:
    """Rows by customer code instead of customer id."""
    known = codes.select("customer_id", F.col("customer_code"))
    return made.join(known, on="customer_id", how="left").drop("customer_id")


def _periods_of(as_of: date) -> list[tuple[str, date]]:
    return [
        ("day", as_of),
        ("month", as_of.replace(day=1)),
        ("year", as_of.replace(month=1, day=1)),
    ]
