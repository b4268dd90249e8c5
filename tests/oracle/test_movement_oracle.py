"""The oracle of customers' movement against cases worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from . import movement as oracle
from .movement_cases import Line, rows, run

CON = oracle.connect()
"""One for all: connecting takes longer than a small example."""
CON.execute("SET threads = 1")

NETWORK = "level = 'network'"
EFFECTS = (
    "effect_customers, effect_purchases_per_customer, effect_items_per_purchase, "
    "effect_price_per_item, effect_other"
)
MONTH = "compared_with = 'month_before'"


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(each) for each in amounts)


def tree(lines: list[Line], as_of: str, columns: str = EFFECTS) -> list[tuple[Any, ...]]:
    """Of the network, against the month before."""
    run(CON, lines, [as_of])
    oracle.revenue_tree(CON)
    adds_up = (
        "SELECT 1 FROM revenue_tree WHERE net_amount - net_amount_before <> effect_customers "
        "+ effect_purchases_per_customer + effect_items_per_purchase + effect_price_per_item "
        "+ effect_other"
    )
    assert not rows(CON, adds_up)
    return rows(CON, f"SELECT {columns} FROM revenue_tree WHERE {NETWORK} AND {MONTH}")


# The revenue tree


def test_one_factor_after_the_other() -> None:
    before = [
        Line("2024-01-01", "ANA", "200", quantity=2),
        Line("2024-01-02", "ANA", "200", quantity=2),
        Line("2024-01-09", "BIA", "200", quantity=2, store="S2"),
        Line("2024-01-10", "BIA", "250", quantity=2),
        Line("2024-01-10", "BIA", "50", kind="return"),
        Line("2024-01-11", "EVA", "999"),  # after as many days as February has had
        Line("2024-01-05", None, "100"),
    ]
    now = [
        *(Line("2024-02-10", who, "600", quantity=4) for who in ("ANA", "BIA", "EVA")),
        Line("2024-02-01", None, "50"),
        Line("2024-02-11", "ANA", "999"),  # has not happened
    ]
    # 2 customers, 4 purchases, 8 items, 800 became 3, 3, 12, 1,800:
    # 800 -> 800·3/2 = 1,200 -> 800·3/4 = 600 -> 800·12/8 = 1,200 -> 1,800
    columns = "customers, purchases, items, customers_before, purchases_before, items_before"
    assert tree([*before, *now], "2024-02-10", columns) == [(3, 3, 12, 2, 4, 8)]
    assert tree([*before, *now], "2024-02-10") == [money("400", "-600", "600", "600", "-50")]
    # Of S2, nobody came back.
    assert rows(CON, f"SELECT {EFFECTS} FROM revenue_tree WHERE level_code = 'S2' AND {MONTH}") == [
        money("-200", "0", "0", "0", "0")
    ]


def test_amounts_on_the_way_are_rounded_and_still_add_up() -> None:
    before = [Line("2024-01-01", who, "0.0001") for who in ("ANA", "BIA")]
    # 0.0002 -> 0.0001 -> 0.0001 -> 0.0002·3/2 = 0.0003 -> 5
    now = [Line("2024-02-01", "ANA", "5", quantity=3)]
    expected = money("-0.0001", "0", "0.0002", "4.9997", "0")
    assert tree([*before, *now], "2024-02-29") == [expected]
    # 10 in three -> 3.3333
    before = [
        Line("2024-01-01", "ANA", "10"),
        *(Line("2024-01-01", who, "0") for who in ("BIA", "EVA")),
    ]
    assert tree([*before, *now], "2024-02-29") == [
        money("-6.6667", "0", "6.6667", "-5", "0")  # 10·3/3 = 10
    ]


@pytest.mark.parametrize(
    ("returned", "with_customers"),
    [
        ("10.0001", "-0.0001"),  # -0.0001 / 2 = -0.00005, away from zero
        ("9.9999", "0.0001"),
        ("9.9997", "0.0002"),  # 0.00015
    ],
)
def test_a_half_goes_away_from_zero(returned: str, with_customers: str) -> None:
    lines = [
        Line("2024-01-01", "ANA", "5"),
        Line("2024-01-01", "BIA", "5"),
        Line("2024-01-01", "BIA", returned, kind="return"),
        Line("2024-02-01", "ANA", "5"),
    ]
    effect = Decimal(with_customers) - (10 - Decimal(returned))
    assert tree(lines, "2024-02-29", "effect_customers") == [(effect,)]


def test_without_customers_before_all_came_with_them() -> None:
    lines = [
        Line("2024-01-01", "ANA", "5", kind="return"),
        Line("2024-01-01", None, "7"),
        Line("2024-02-01", "ANA", "20"),
    ]
    assert tree(lines, "2024-02-29") == [money("25", "0", "0", "0", "-7")]


def test_without_customers_now_what_is_left_are_returns() -> None:
    lines = [
        Line("2024-01-01", "ANA", "20"),
        Line("2024-02-01", "ANA", "5", kind="return"),
    ]
    assert tree(lines, "2024-02-29") == [money("-20", "0", "0", "-5", "0")]


def test_a_level_without_a_ticket_in_either_month_has_no_row() -> None:
    run(CON, [Line("2023-02-03", "ANA")], ["2024-02-29", "2023-03-03", "2023-01-31"])
    oracle.revenue_tree(CON)
    found = "SELECT as_of, compared_with, level FROM revenue_tree"
    assert rows(CON, found) == [
        (date(2023, 3, 3), "month_before", "network"),
        (date(2023, 3, 3), "month_before", "store"),
        (date(2024, 2, 29), "year_before", "network"),
        (date(2024, 2, 29), "year_before", "store"),
    ]


def test_a_customer_of_two_stores_is_one_of_the_network() -> None:
    lines = [Line("2024-02-01", "ANA", store="S1"), Line("2024-02-01", "ANA", store="S2")]
    assert tree(lines, "2024-02-29", "customers, purchases") == [(1, 2)]


def test_a_return_of_a_code_that_never_bought_is_a_customers_ticket() -> None:
    lines = [Line("2024-02-01", "ANA", "5", kind="return")]
    columns = "customers, purchases, customers_net_amount, other_net_amount"
    assert tree(lines, "2024-02-29", columns) == [(0, 0, Decimal(-5), 0)]


@pytest.mark.parametrize(
    ("as_of", "month_before", "year_before"),
    [
        ("2024-03-15", ("2024-02-01", "2024-02-15"), ("2023-03-01", "2023-03-15")),
        ("2024-03-30", ("2024-02-01", "2024-02-29"), ("2023-03-01", "2023-03-30")),
        ("2023-03-31", ("2023-02-01", "2023-02-28"), ("2022-03-01", "2022-03-31")),
        ("2024-02-28", ("2024-01-01", "2024-01-28"), ("2023-02-01", "2023-02-28")),
        # The month is over
        ("2024-02-29", ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        ("2025-02-28", ("2025-01-01", "2025-01-31"), ("2024-02-01", "2024-02-29")),
        ("2024-04-30", ("2024-03-01", "2024-03-31"), ("2023-04-01", "2023-04-30")),
        ("2024-01-01", ("2023-12-01", "2023-12-01"), ("2023-01-01", "2023-01-01")),
    ],
)
def test_as_many_days_of_the_month_compared_with_or_all(
    as_of: str, month_before: tuple[str, str], year_before: tuple[str, str]
) -> None:
    run(CON, [], [as_of])
    oracle.revenue_tree(CON)
    found = rows(CON, "SELECT compared_with, before_first_on, before_last_on FROM revenue_months")
    assert [(name, str(first), str(last)) for name, first, last in found] == [
        ("month_before", *month_before),
        ("year_before", *year_before),
    ]


# Cohorts


def cohort(lines: list[Line], as_of: str, where: str = NETWORK, **given: Any) -> list[Any]:
    run(CON, lines, [as_of], **given)
    oracle.cohorts(CON)
    columns = "cohort, age, customers, buyers, purchases, net_amount, net_amount_so_far, retention"
    found = rows(CON, f"SELECT {columns} FROM cohorts WHERE {where}")
    return [(f"{each[0]:%Y-%m}", *each[1:]) for each in found]


def test_every_age_has_a_row() -> None:
    lines = [
        Line("2024-01-31", "ANA", "10"),
        Line("2024-01-31", "BIA", "20"),
        Line("2024-02-29", "BIA", "5", kind="return"),
        Line("2024-03-01", "BIA", "7", store="S2"),
        Line("2024-03-02", "BIA", "7"),
        Line("2024-02-29", "EVA", "1"),
        Line("2024-03-16", "EVA", "9"),  # has not happened
    ]
    assert cohort(lines, "2024-03-15") == [
        ("2024-01", 0, 2, 2, 2, 30, 30, 1.0),
        ("2024-01", 1, 2, 0, 0, -5, 25, 0.0),
        ("2024-01", 2, 2, 1, 2, 14, 39, 0.5),
        ("2024-02", 0, 1, 1, 1, 1, 1, 1.0),
        ("2024-02", 1, 1, 0, 0, 0, 1, 0.0),
    ]


def test_what_was_returned_first_counts_once_there_is_a_purchase() -> None:
    lines = [
        Line("2023-12-20", "ANA", "10", kind="return"),
        Line("2024-01-02", "ANA", "5", kind="return"),
        Line("2024-01-05", "ANA", "30"),
        Line("2024-01-05", "BIA", "3", kind="return"),  # who never bought is in no cohort
    ]
    assert cohort(lines, "2024-01-31") == [("2024-01", 0, 1, 1, 1, 15, 15, 1.0)]
    assert rows(CON, "SELECT net_amount FROM accounts") == [(15,)]
    assert cohort(lines, "2024-01-04") == []


def test_a_cohort_of_a_store_is_whose_main_store_it_is() -> None:
    lines = [Line("2024-01-05", "ANA", "30"), Line("2024-02-05", "ANA", "3", store="S3")]
    of_store = cohort(lines, "2024-02-29", "level = 'store'", main_stores={"ANA": "S2"})
    assert of_store == [
        ("2024-01", 0, 1, 1, 1, 30, 30, 1.0),
        ("2024-01", 1, 1, 1, 1, 3, 33, 1.0),
    ]
    assert rows(CON, "SELECT DISTINCT level_code FROM cohorts") == [("S2",), ("network",)]


# Coming back to a store


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([Line("2024-01-05", "ANA")], [("S1", 1, 0, 0)]),
        # A second ticket on the day, and a return later
        (
            [
                Line("2024-01-05", "ANA"),
                Line("2024-01-05", "ANA", number="2"),
                Line("2024-01-06", "ANA", kind="return"),
            ],
            [("S1", 1, 0, 0)],
        ),
        # In S2 first and in S1 afterwards: she came back to neither, and S2 saw her come back
        (
            [Line("2024-01-05", "ANA", store="S2"), Line("2024-01-06", "ANA")],
            [("S1", 1, 0, 0), ("S2", 1, 0, 1)],
        ),
        (
            [Line("2024-01-05", "ANA"), Line("2024-01-06", "ANA"), Line("2024-01-05", "BIA")],
            [("S1", 2, 1, 1)],
        ),
        # 29 February and 12 months is 28 February, which no longer sees it.
        (
            [Line("2023-02-28", "BIA"), Line("2023-03-01", "ANA"), Line("2024-02-28", "ANA")],
            [("S1", 1, 1, 1)],
        ),
    ],
)
def test_who_comes_back(lines: list[Line], expected: list[Any]) -> None:
    run(CON, lines, ["2024-02-28"])
    oracle.store_returns(CON)
    columns = "store_code, customers, returned_there, returned_anywhere"
    assert rows(CON, f"SELECT {columns} FROM store_returns") == expected
    shares = "SELECT share_there, share_anywhere FROM store_returns ORDER BY store_code"
    assert CON.execute(shares).fetchall() == [
        (there / customers, anywhere / customers) for _, customers, there, anywhere in expected
    ]


# Loyalty and evolution


def test_participation_counts_registered_customers() -> None:
    run(CON, [Line("2024-02-01", "ANA", "10"), Line("2023-01-01", "BIA", "5")], ["2024-02-29"])
    CON.execute("DELETE FROM registry")
    CON.execute("DELETE FROM profiles")
    CON.execute(
        "INSERT INTO registry BY NAME FROM (VALUES "
        "('ANA', NULL, ['customer']), ('BIA', DATE '2024-02-29', ['customer', 'salesperson']), "
        "('EVA', DATE '2024-03-01', ['customer']), ('IVO', NULL, ['prospect']), "
        "('LIA', NULL, ['customer'])) AS _(customer_code, registered_on, roles)"
    )
    CON.execute(
        "INSERT INTO profiles BY NAME SELECT * FROM (VALUES ('ANA', 'Clube', 'Ouro'), "
        "('BIA', ' ', NULL), ('EVA', 'Clube', 'Ouro'), ('LIA', 'Clube', NULL)) "
        "AS _(customer_code, loyalty_programme, loyalty_category)"
    )
    oracle.loyalty_participation(CON)
    assert rows(CON, "SELECT * EXCLUDE (as_of) FROM loyalty_participation") == [
        ("", "", 1, 1 / 3, 0, 0),
        ("Clube", "", 1, 1 / 3, 0, 0),
        ("Clube", "Ouro", 1, 1 / 3, 1, 10),
    ]


def test_evolution_looks_back_to_the_calendars_last_date_of_a_month() -> None:
    run(CON, [], ["2024-01-14", "2024-02-10"])  # which are not of the calendar
    CON.execute("DELETE FROM calendar")
    CON.execute("INSERT INTO calendar VALUES ('2024-01-15'), ('2024-01-28'), ('2023-02-28')")
    CON.execute(
        "CREATE OR REPLACE TABLE indicators AS "
        "SELECT as_of, 'all' AS period, 'network' AS level, 'network' AS level_code, indicator, "
        "value::DECIMAL(38, 12) AS value FROM (VALUES "
        "(DATE '2024-01-14', 'a', 9), (DATE '2024-01-28', 'a', 4), (DATE '2024-02-10', 'a', 5), "
        "(DATE '2023-02-28', 'a', -1), (DATE '2024-02-10', 'b', NULL), "
        "(DATE '2024-01-28', 'b', 2), (DATE '2024-02-10', 'c', 1)) AS _(as_of, indicator, value)"
    )
    oracle.indicator_evolution(CON)
    columns = (
        "indicator, month_before_on::VARCHAR, month_before, month_change, month_growth, "
        "year_before_on::VARCHAR, year_before, year_change, year_growth"
    )
    found = rows(CON, f"SELECT {columns} FROM indicator_evolution WHERE as_of = '2024-02-10'")
    assert found == [
        ("a", "2024-01-28", 4, 1, 0.25, "2023-02-28", -1, 6, None),
        ("b", "2024-01-28", 2, None, None, "2023-02-28", None, None, None),
        ("c", "2024-01-28", None, None, None, "2023-02-28", None, None, None),
    ]
