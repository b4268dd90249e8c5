"""What is read off a timeline: a small one written by hand, every count by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from schemas import TABLES
from transforms.life_cycle_flows import (
    growth_accounting,
    intervals_between_purchases,
    matrix,
    on_levels,
    period_changes,
    segments_on,
    transitions,
)

D = date.fromisoformat
INTERVAL = (
    "customer_id bigint, valid_from date, valid_to date, stage string, segment string, cause string"
)


def timeline(spark: SparkSession) -> DataFrame:
    """Three customers: one lost and recovered within a month, one reactivated, one just new."""
    rows = [
        (1, "2020-01-05", "2020-02-04", "active", "new", "purchase"),
        (1, "2020-02-04", "2020-03-05", "active", "inactivation_risk", "time"),
        (1, "2020-03-05", "2020-03-10", "inactive", "recently_inactivated", "time"),
        (1, "2020-03-10", "2020-03-20", "lost", "recently_lost", "time"),
        (1, "2020-03-20", "2020-04-19", "active", "recovered", "purchase"),
        (1, "2020-04-19", "2020-05-19", "inactive", "recently_inactivated", "time"),
        (1, "2020-05-19", None, "lost", "normal_lost", "time"),
        (2, "2020-01-31", "2020-03-01", "active", "new", "purchase"),
        (2, "2020-03-01", "2020-03-31", "inactive", "recently_inactivated", "time"),
        (2, "2020-03-31", "2020-06-30", "active", "reactivated", "purchase"),
        (2, "2020-06-30", None, "lost", "normal_lost", "time"),
        (3, "2020-03-31", "2020-04-30", "active", "new", "purchase"),
        (3, "2020-04-30", None, "lost", "normal_lost", "time"),
    ]
    given = [(who, D(first), D(last) if last else None, *rest) for who, first, last, *rest in rows]
    return spark.createDataFrame(given, INTERVAL).repartition(3)


def allocated(spark: SparkSession, *rows: tuple[str, int, str, str | None, str]) -> DataFrame:
    """Allocations: date, customer, store, salesperson, portfolio."""
    named = ("as_of", "customer_id", "store_code", "salesperson_code", "portfolio")
    given = [dict(zip(named, (D(day), *rest), strict=True)) for day, *rest in rows]
    full = spark.createDataFrame([], TABLES["allocations"].ddl)
    if not given:
        return full
    return full.select(*named).unionByName(spark.createDataFrame(given, full.select(*named).schema))


def flows(spark: SparkSession, dates: list[date], whose: DataFrame | None = None) -> DataFrame:
    nobody = allocated(spark)
    return on_levels(period_changes(timeline(spark), dates), nobody if whose is None else whose)


def collected(made: DataFrame, table: str) -> list[tuple[Any, ...]]:
    assert tuple(made.columns) == TABLES[table].column_names
    return sorted((tuple(row) for row in made.collect()), key=repr)


def test_everybody_has_one_segment_on_a_date(spark: SparkSession) -> None:
    dates = [D("2020-01-04"), D("2020-01-31"), D("2020-03-31"), D("2030-01-01")]
    found = sorted(tuple(map(str, row)) for row in segments_on(timeline(spark), dates).collect())
    assert found == [
        ("2020-01-31", "1", "active", "new", "2020-01-05"),
        ("2020-01-31", "2", "active", "new", "2020-01-31"),
        ("2020-03-31", "1", "active", "recovered", "2020-03-20"),
        ("2020-03-31", "2", "active", "reactivated", "2020-03-31"),
        ("2020-03-31", "3", "active", "new", "2020-03-31"),
        ("2030-01-01", "1", "lost", "normal_lost", "2020-05-19"),
        ("2030-01-01", "2", "lost", "normal_lost", "2020-06-30"),
        ("2030-01-01", "3", "lost", "normal_lost", "2020-04-30"),
    ]


def test_transitions_open_with_the_first_purchase(spark: SparkSession) -> None:
    found = [
        row
        for row in collected(transitions(timeline(spark)), "life_cycle_transitions")
        if row[0] == 3
    ]
    assert found == [
        (3, D("2020-03-31"), None, None, "active", "new", "purchase"),
        (3, D("2020-04-30"), "active", "new", "lost", "normal_lost", "time"),
    ]


def test_the_matrix_is_net(spark: SparkSession) -> None:
    found = collected(matrix(flows(spark, [D("2020-03-31")])), "life_cycle_matrix")
    head = (D("2020-03-31"),)
    network = ("network", "network")
    before_day = (*head, "day", D("2020-03-30"), *network)
    before_month = (*head, "month", D("2020-02-29"), *network)
    before_year = (*head, "year", D("2019-12-31"), *network)
    recovered, reactivated = ("active", "recovered"), ("active", "reactivated")
    new, nobody = ("active", "new"), ("none", "none")
    assert found == sorted(
        [
            (*before_day, *recovered, *recovered, 1),
            (*before_day, "inactive", "recently_inactivated", *reactivated, 1),
            (*before_day, *nobody, *new, 1),
            (*before_month, "active", "inactivation_risk", *recovered, 1),
            (*before_month, *new, *reactivated, 1),
            (*before_month, *nobody, *new, 1),
            (*before_year, *nobody, *recovered, 1),
            (*before_year, *nobody, *reactivated, 1),
            (*before_year, *nobody, *new, 1),
        ],
        key=repr,
    )


def test_growth_counts_every_move_and_adds_up(spark: SparkSession) -> None:
    dates = [D("2020-03-31"), D("2020-01-31"), D("2020-01-04")]
    found = collected(growth_accounting(flows(spark, dates)), "growth_accounting")
    january, march = D("2020-01-31"), D("2020-03-31")
    network = ("network", "network")
    # Stocks at the start; new, reactivated, recovered, inactivated, lost; stocks at the end.
    assert found == sorted(
        [
            (january, "day", D("2020-01-30"), *network, 1, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0),
            (january, "month", D("2019-12-31"), *network, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0),
            (january, "year", D("2019-12-31"), *network, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0),
            (march, "day", D("2020-03-30"), *network, 1, 1, 0, 1, 1, 0, 0, 0, 3, 0, 0),
            (march, "month", D("2020-02-29"), *network, 2, 0, 0, 1, 1, 1, 2, 1, 3, 0, 0),
            (march, "year", D("2019-12-31"), *network, 0, 0, 0, 3, 1, 1, 2, 1, 3, 0, 0),
        ],
        key=repr,
    )


def test_what_ended_before_a_year_says_nothing_of_its_periods(spark: SparkSession) -> None:
    dates = [D("2021-01-01"), D("2030-07-01")]
    found = collected(growth_accounting(flows(spark, dates)), "growth_accounting")
    nothing_happened = (0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3)
    assert [row[:3] for row in found] == [
        (D("2021-01-01"), "day", D("2020-12-31")),
        (D("2021-01-01"), "month", D("2020-12-31")),
        (D("2021-01-01"), "year", D("2020-12-31")),
        (D("2030-07-01"), "day", D("2030-06-30")),
        (D("2030-07-01"), "month", D("2030-06-30")),
        (D("2030-07-01"), "year", D("2029-12-31")),
    ]
    assert {row[5:] for row in found} == {nothing_happened}


def test_who_moves_on_the_first_day_of_all_periods_was_somewhere_before(
    spark: SparkSession,
) -> None:
    new_year = D("2021-01-01")
    rows = [
        (1, D("2020-02-01"), D("2020-06-01"), "active", "new", "purchase"),
        (1, D("2020-06-01"), new_year, "inactive", "recently_inactivated", "time"),
        (1, new_year, D("2021-02-01"), "active", "reactivated", "purchase"),
        (1, D("2021-02-01"), None, "lost", "normal_lost", "time"),
    ]
    found = period_changes(spark.createDataFrame(rows, INTERVAL), [new_year])
    told = found.select("period", "from_segment", "to_segment", "new", "reactivated").collect()
    assert sorted(map(tuple, told)) == [
        (period, "recently_inactivated", "reactivated", 0, 1) for period in ("day", "month", "year")
    ]


def test_stores_and_salespeople_go_by_the_allocation_at_the_end(spark: SparkSession) -> None:
    march = D("2020-03-31")
    whose = allocated(
        spark,
        ("2020-03-31", 1, "A", "v", "salesperson"),
        ("2020-03-31", 2, "A", "w", "transition"),
        ("2020-03-31", 3, "B", None, "store"),
        ("2020-02-29", 3, "A", "v", "salesperson"),
    )
    made = growth_accounting(flows(spark, [march], whose)).where("period = 'month'")
    head = (march, "month", D("2020-02-29"))
    # Customer 1 was lost and recovered, 2 inactivated and reactivated, 3 is new.
    assert collected(made, "growth_accounting") == sorted(
        [
            (*head, "network", "network", 2, 0, 0, 1, 1, 1, 2, 1, 3, 0, 0),
            (*head, "store", "A", 2, 0, 0, 0, 1, 1, 2, 1, 2, 0, 0),
            (*head, "store", "B", 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0),
            (*head, "salesperson", "v", 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0),
        ],
        key=repr,
    )
    moves = matrix(flows(spark, [march], whose)).where("period = 'month' AND level = 'store'")
    assert [row[4:] for row in collected(moves, "life_cycle_matrix")] == [
        ("A", "active", "inactivation_risk", "active", "recovered", 1),
        ("A", "active", "new", "active", "reactivated", 1),
        ("B", "none", "none", "active", "new", 1),
    ]


def test_intervals_are_counted_per_return(spark: SparkSession) -> None:
    # Intervals 1, 2, …, 20 days: of 20 returns, the 10th, 16th, 18th and 19th.
    days, day = [], D("2020-01-01").toordinal()
    for waited in range(21):
        day += waited
        days.append((1, date.fromordinal(day)))
    days.append((2, D("2020-01-01")))  # never came back
    schema = "customer_id bigint, purchased_on date"
    found = intervals_between_purchases(spark.createDataFrame(days, schema)).collect()
    assert [tuple(row) for row in found] == [(20, 10, 16, 18, 19)]
    nobody = intervals_between_purchases(spark.createDataFrame([], schema)).collect()
    assert [tuple(row) for row in nobody] == [(0, None, None, None, None)]
