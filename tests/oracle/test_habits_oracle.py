"""The oracle of habits, frequency classes and products against cases worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from . import movement as oracle
from .movement_cases import Line, rows, run

CON = oracle.connect()
"""One for all: connecting takes longer than a small example."""
CON.execute("SET threads = 1")


def habits(lines: list[Line], columns: str, as_of: str = "2024-06-30", **given: Any) -> list[Any]:
    run(CON, lines, [as_of], **given)
    oracle.customer_habits(CON)
    return rows(CON, f"SELECT {columns} FROM customer_habits")


def bought(*days: str) -> list[Line]:
    return [Line(day, "ANA") for day in days]


# Pace


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2024-01-01"], (None, None)),
        (["2024-01-01", "2024-01-08", "2024-01-15"], (Decimal("7.000000"), "weekly")),
        (["2024-01-01", "2024-01-08", "2024-01-16"], (Decimal("7.500000"), "fortnightly")),
        (["2024-01-01", "2024-01-16"], (Decimal("15.000000"), "fortnightly")),
        (["2024-01-01", "2024-01-17"], (Decimal("16.000000"), "monthly")),
        (["2024-01-01", "2024-02-01"], (Decimal("31.000000"), "monthly")),
        # 63 days in two: half a day more than a month
        (["2024-01-01", "2024-02-01", "2024-03-04"], (Decimal("31.500000"), "other")),
        # 20 and 22 days in three
        (
            ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-21"],
            (Decimal("6.666667"), "weekly"),
        ),
        (
            ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-23"],
            (Decimal("7.333333"), "fortnightly"),
        ),
        # What is not in the last 12 months does not count; what has not happened neither.
        (["2023-06-30", "2024-01-01"], (None, None)),
        (["2023-07-01", "2023-07-31", "2024-07-01"], (Decimal("30.000000"), "monthly")),
    ],
)
def test_pace(days: list[str], expected: tuple[Decimal | None, str | None]) -> None:
    columns = "mean_interval_days_12m, frequency_class"
    assert habits(bought(*days), columns) == [expected]


def test_the_last_12_months_begin_after_29_february() -> None:
    # 29 February 2024 + 12 months is 28 February 2025.
    days = bought("2024-02-29", "2024-03-01", "2024-03-05")
    pace = "mean_interval_days_12m"
    assert habits(days, pace, "2025-02-28") == [(Decimal("4.000000"),)]
    assert habits(days, pace, "2025-02-27") == [(Decimal("2.500000"),)]


def test_pace_goes_by_days_with_a_purchase() -> None:
    lines = [
        *bought("2024-01-01", "2024-01-11"),
        Line("2024-01-11", "ANA", number="again"),
        Line("2024-01-31", "ANA", kind="return"),
    ]
    assert habits(lines, "mean_interval_days_12m") == [(Decimal("10.000000"),)]


def test_other_limits() -> None:
    oracle.set_parameters(CON, weekly_up_to_days=2, fortnightly_up_to_days=3, monthly_up_to_days=4)
    made = habits(bought("2024-01-01", "2024-01-04"), "frequency_class")
    oracle.set_parameters(CON)
    assert made == [("fortnightly",)]


# Where


def in_stores(*tickets: tuple[str, str, str]) -> list[Line]:
    """Of store, day and amount."""
    return [
        Line(day, "ANA", amount, store=store, number=str(number))
        for number, (store, day, amount) in enumerate(tickets)
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Most purchases
        (
            in_stores(
                ("S1", "2024-02-01", "1"),
                ("S1", "2024-02-01", "1"),
                ("S2", "2024-03-01", "99"),
            ),
            "S1",
        ),
        # Then value
        (in_stores(("S1", "2024-03-01", "1"), ("S2", "2024-02-01", "2")), "S2"),
        # of which returns take away, also those of a ticket of their own
        (
            [
                *in_stores(("S1", "2024-03-01", "1"), ("S2", "2024-02-01", "2")),
                Line("2024-02-03", "ANA", "1.5", store="S2", kind="return"),
            ],
            "S1",
        ),
        # Then the later day
        (in_stores(("S1", "2024-02-01", "1"), ("S2", "2024-02-02", "1")), "S2"),
        # of a purchase
        (
            [
                *in_stores(("S1", "2024-02-01", "1"), ("S2", "2024-02-02", "1")),
                Line("2024-02-03", "ANA", "0", store="S1", kind="return"),
            ],
            "S2",
        ),
        # Then the code
        (in_stores(("S2", "2024-02-01", "1"), ("S1", "2024-02-01", "1")), "S1"),
        # Nothing in the last 12 months but a return
        (
            [
                *in_stores(("S1", "2023-06-30", "5")),
                Line("2024-02-03", "ANA", "1", store="S1", kind="return"),
            ],
            None,
        ),
    ],
)
def test_preferred_store(lines: list[Line], expected: str | None) -> None:
    assert habits(lines, "preferred_store_code") == [(expected,)]


def test_value_may_be_gross() -> None:
    lines = [
        *in_stores(("S1", "2024-03-01", "1"), ("S2", "2024-02-01", "2")),
        Line("2024-02-03", "ANA", "1.5", store="S2", kind="return"),
    ]
    oracle.set_parameters(CON, value_basis="gross")
    made = habits(lines, "preferred_store_code")
    oracle.set_parameters(CON)
    assert made == [("S2",)]


def test_online_purchases_are_of_all_days() -> None:
    lines = [
        *in_stores(("W", "2020-02-01", "1"), ("W", "2024-02-01", "1"), ("S1", "2024-02-01", "1")),
        Line("2024-02-03", "ANA", "1", store="W", kind="return"),
        Line("2024-02-03", "BIA"),
    ]
    columns = "customer_code, online_purchases"
    assert habits(lines, columns, online=["W"]) == [("ANA", 2), ("BIA", 0)]


# What

CATEGORIES = {"dress": "clothes", "coat": "clothes", "shoe": "shoes", "bag": "bags", "card": None}


def of_products(*lines: tuple[str, str, str]) -> list[Line]:
    """Of product, kind and amount, on one day."""
    return [Line("2024-02-01", "ANA", amount, kind=kind, product=of) for of, kind, amount in lines]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Two products and one without a category: three products, two categories
        (
            of_products(("dress", "sold", "10"), ("shoe", "sold", "30"), ("card", "sold", "99")),
            (3, 2, "shoes", 0.75),
        ),
        # Equal value, then more items, then the first by name
        (
            of_products(("dress", "sold", "5"), ("coat", "sold", "5"), ("bag", "sold", "10")),
            (3, 2, "clothes", 0.5),
        ),
        (of_products(("shoe", "sold", "5"), ("bag", "sold", "5")), (2, 2, "bags", 0.5)),
        # A return and a price adjustment count in net; what she only returned, she did not buy
        (
            of_products(
                ("dress", "sold", "10"),
                ("dress", "price_adjustment", "4"),
                ("shoe", "sold", "9"),
                ("shoe", "return", "1"),
                ("bag", "return", "4"),
            ),
            (2, 2, "shoes", 0.8),
        ),
        # Without a positive total there is no share
        (of_products(("dress", "sold", "1"), ("bag", "return", "1")), (1, 1, "clothes", None)),
        # Nothing known of what she bought
        (of_products(("card", "sold", "9")), (1, 0, None, None)),
        ([Line("2024-02-01", "ANA")], (0, 0, None, None)),
        # Cancelled lines and stock adjustments count nowhere
        (
            of_products(
                ("dress", "sold", "1"), ("bag", "cancelled", "9"), ("shoe", "stock_adjustment", "9")
            ),
            (1, 1, "clothes", 1.0),
        ),
    ],
)
def test_products_and_main_category(lines: list[Line], expected: tuple[Any, ...]) -> None:
    columns = "products, categories, main_category, main_category_share"
    assert habits(lines, columns, categories=CATEGORIES) == [expected]


def test_what_was_returned_before_the_first_purchase_counts_once_there_is_one() -> None:
    lines = [
        Line("2024-01-01", "ANA", "8", kind="return", product="dress"),
        *of_products(("dress", "sold", "10"), ("shoe", "sold", "6")),
        Line("2024-01-01", "BIA", "8", kind="return", product="dress"),
    ]
    columns = "customer_code, main_category, main_category_share"
    assert habits(lines, columns, categories=CATEGORIES) == [("ANA", "shoes", 0.75)]


def test_of_equal_categories_the_later_is_the_main_one() -> None:
    lines = [
        Line("2024-02-02", "ANA", "5", product="shoe"),
        Line("2024-02-01", "ANA", "5", product="bag"),
        Line("2024-02-03", "ANA", "0", product="bag", kind="return"),
    ]
    assert habits(lines, "main_category", categories=CATEGORIES) == [("shoes",)]


# Classes and products


def test_a_level_has_all_classes_if_anybody_is_in_one() -> None:
    lines = [
        *(Line(day, "ANA", "10") for day in ("2024-01-01", "2024-01-05", "2024-01-09")),
        *(Line(day, "BIA", "1") for day in ("2024-01-01", "2024-01-31")),
        Line("2024-01-01", "EVA"),
        Line("2022-01-01", "BIA", "100"),
    ]
    habits(lines, "*", main_stores={"BIA": "S2", "EVA": "S3"})
    oracle.frequency_classes(CON)
    columns = "level_code, frequency_class, customers, share, purchases_12m, net_amount_12m"
    assert rows(CON, f"SELECT {columns} FROM frequency_classes") == [
        ("S1", "fortnightly", 0, 0.0, 0, 0),
        ("S1", "monthly", 0, 0.0, 0, 0),
        ("S1", "other", 0, 0.0, 0, 0),
        ("S1", "weekly", 1, 1.0, 3, 30),
        ("S2", "fortnightly", 0, 0.0, 0, 0),
        ("S2", "monthly", 1, 1.0, 2, 2),
        ("S2", "other", 0, 0.0, 0, 0),
        ("S2", "weekly", 0, 0.0, 0, 0),
        ("network", "fortnightly", 0, 0.0, 0, 0),
        ("network", "monthly", 1, 0.5, 2, 2),
        ("network", "other", 0, 0.0, 0, 0),
        ("network", "weekly", 1, 0.5, 3, 30),
    ]


def test_products_of_each_customer() -> None:
    lines = [
        Line("2024-02-01", "ANA", "10", product="bag", quantity=2),
        Line("2024-02-01", "ANA", "5", product="bag"),  # another line of the same ticket
        Line("2024-03-01", "ANA", "4", product="bag", kind="return"),
        Line("2024-02-09", "ANA", "6", product="bag"),
        Line("2024-01-01", "ANA", "3", product="shoe", kind="return"),
        Line("2024-02-01", "BIA", "1", product="shoe", number="of ANA"),  # ANA's ticket
        Line("2024-02-01", "BIA", "2", product="shoe", kind="return"),  # who never bought
        Line("2024-02-01", None, "9", product="shoe"),
        Line("2024-02-02", "ANA", "9", product="bag", kind="cancelled"),
    ]
    run(CON, lines, [])
    oracle.customer_products(CON)
    columns = (
        "customer_code, product_code, purchases, items, items_returned, net_amount, "
        "first_on::VARCHAR, last_on::VARCHAR"
    )
    assert rows(CON, f"SELECT {columns} FROM customer_products") == [
        ("ANA", "bag", 2, 4, 1, 17, "2024-02-01", "2024-02-09"),
        ("ANA", "shoe", 1, 1, 1, -2, "2024-02-01", "2024-02-01"),
        ("BIA", "shoe", 0, 0, 1, -2, None, None),
    ]
