"""The oracle against figures worked out by hand from the specification."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from math import sqrt
from typing import Any

import duckdb
import pytest

from . import accounts as oracle

Row = dict[str, Any]


def line(day: str, number: str = "1", line_number: int = 1, **fields: Any) -> Row:
    """One sold item of customer ANA at store S1, for 10.00, unless told otherwise."""
    row: Row = {
        "store_code": "S1",
        "business_day": day,
        "sale_number": number,
        "line_number": line_number,
        "sold_at": None,
        "customer_code": "ANA",
        "code_class": "coded",
        "salesperson_code": None,
        "channel": None,
        "quantity": "1",
        "amount": "10",
        "price_sign": 1,
        "is_return": False,
        "is_cancelled": False,
    }
    assert fields.keys() <= row.keys()
    return row | fields


def returned(day: str, number: str, amount: str, line_number: int = 1, **fields: Any) -> Row:
    """One return line, quantity and amount negative as most tills write them."""
    return line(
        day, number, line_number, is_return=True, quantity="-1", amount="-" + amount, **fields
    )


def run(
    lines: Iterable[Row],
    dates: Iterable[str] = (),
    persons: Iterable[tuple[str, str | None]] = (),
    window: tuple[int, str] = (12, "months"),
) -> duckdb.DuckDBPyConnection:
    con = oracle.connect()
    for row in lines:
        marks = ", ".join("?" for _ in row)
        con.execute(f"INSERT INTO lines ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    for as_of in dates:
        con.execute("INSERT INTO dates VALUES (?)", [as_of])
    for person in persons:
        con.execute("INSERT INTO persons VALUES (?, ?)", person)
    con.execute("UPDATE parameters SET recent_window_count = ?, recent_window_unit = ?", window)
    oracle.purchases(con)
    oracle.accounts(con)
    return con


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    result = con.execute(query)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def sale(*lines: Row) -> Row:
    (row,) = rows(run(lines), "FROM purchases")
    return row


def account(lines: Iterable[Row], as_of: str, **inputs: Any) -> Row:
    (row,) = rows(run(lines, [as_of], **inputs), "FROM accounts")
    return row


# Sales


def test_each_kind_of_line_adds_to_its_own_measures() -> None:
    row = sale(
        line("2024-05-10", line_number=1, quantity="2", amount="100.5"),
        line("2024-05-10", line_number=2, quantity="0.350", amount="9.5"),
        returned("2024-05-10", "1", "30", line_number=3),
        line("2024-05-10", line_number=4, amount="-5", price_sign=-1),
        line("2024-05-10", line_number=5, amount="999", is_cancelled=True),
        line("2024-05-10", line_number=6, quantity="-3", amount="-77"),
        line("2024-05-10", line_number=7, quantity="0", amount="88"),
    )
    assert row["is_purchase"]
    assert row["items"] == Decimal("2.350")
    assert row["items_returned"] == Decimal("1.000")
    assert row["gross_amount"] == Decimal(110)
    assert row["returned_amount"] == Decimal(30)
    assert row["net_amount"] == Decimal(75)  # 110 - 30 - 5


def test_a_return_counts_by_absolute_value_whatever_its_sign_and_price() -> None:
    row = sale(
        line("2024-05-10", line_number=1, is_return=True, quantity="2", amount="8"),
        line("2024-05-10", line_number=2, is_return=True, quantity="-1", amount="4", price_sign=-1),
    )
    assert (row["items_returned"], row["returned_amount"]) == (Decimal(3), Decimal(12))
    assert row["net_amount"] == Decimal(-12)


def test_a_sale_with_nothing_that_counts_is_no_row() -> None:
    con = run(
        [
            line("2024-05-10", "cancelled", is_cancelled=True),
            line("2024-05-10", "stock", quantity="-4"),
            line("2024-05-10", "both", 1, is_cancelled=True),
            line("2024-05-10", "both", 2, quantity="0"),
        ],
        ["2024-12-31"],
    )
    assert rows(con, "FROM purchases") == []
    assert rows(con, "FROM accounts") == []


def test_the_customer_is_on_the_lowest_line_with_a_real_code() -> None:
    row = sale(
        line("2024-05-10", line_number=0, customer_code="ZOE", is_cancelled=True),
        line("2024-05-10", line_number=1, customer_code=None, code_class="none"),
        line("2024-05-10", line_number=2, customer_code=None, code_class="generic"),
        line("2024-05-10", line_number=4, customer_code="ANA"),
        line("2024-05-10", line_number=3, customer_code="BIA"),
    )
    assert (row["code_class"], row["customer_code"]) == ("coded", "BIA")


def test_generic_before_none_and_neither_has_a_customer() -> None:
    nobody = line("2024-05-10", line_number=1, customer_code=None, code_class="none")
    anybody = line("2024-05-10", line_number=2, customer_code="CONSUMIDOR", code_class="generic")
    row = sale(nobody, anybody)
    assert (row["code_class"], row["customer_code"]) == ("generic", None)
    assert sale(nobody)["code_class"] == "none"


def test_the_salesperson_has_most_net_value_then_the_lowest_line() -> None:
    eva_loses_by_her_return = [
        line("2024-05-10", line_number=1, salesperson_code="EVA", amount="50"),
        returned("2024-05-10", "1", "20", line_number=2, salesperson_code="EVA"),
        line("2024-05-10", line_number=3, salesperson_code="LIA", amount="31"),
        line("2024-05-10", line_number=4, salesperson_code=None, amount="500"),
        line("2024-05-10", line_number=5, salesperson_code="GIL", amount="90", is_cancelled=True),
    ]
    assert sale(*eva_loses_by_her_return)["salesperson_code"] == "LIA"
    tie = [
        line("2024-05-10", line_number=2, salesperson_code="EVA"),
        line("2024-05-10", line_number=1, salesperson_code="LIA"),
    ]
    assert sale(*tie)["salesperson_code"] == "LIA"


def test_channel_is_the_smallest_and_time_the_earliest() -> None:
    row = sale(
        line("2024-05-10", line_number=1, channel="loja", sold_at="2024-05-10 10:05:00"),
        line("2024-05-10", line_number=2, channel="Web", sold_at="2024-05-10 10:04:00"),
        line("2024-05-10", line_number=3),
        line("2024-05-10", line_number=4, channel="APP", is_cancelled=True),
    )
    assert row["channel"] == "Web"  # upper case before lower: binary order
    assert row["sold_at"] == datetime(2024, 5, 10, 10, 4)


def test_a_till_that_reuses_a_number_makes_another_sale() -> None:
    con = run([line("2024-05-10"), line("2024-05-11"), line("2024-05-11", store_code="S2")])
    assert len(rows(con, "FROM purchases")) == 3


# Accounts: what opens and moves them


def test_returns_only_open_no_account() -> None:
    con = run([returned("2024-05-10", "1", "30")], ["2024-12-31"])
    assert [row["is_purchase"] for row in rows(con, "FROM purchases")] == [False]
    assert rows(con, "FROM accounts") == []


def test_returns_before_and_after_the_purchase_count_and_move_nothing_else() -> None:
    lines = [
        returned("2024-05-01", "1", "30", store_code="S0", salesperson_code="EVA"),
        line("2024-05-10", "2", amount="100", salesperson_code="LIA"),
        returned("2024-05-20", "3", "5", store_code="S9", salesperson_code="GIL"),
    ]
    assert rows(run(lines, ["2024-05-09"]), "FROM accounts") == []
    row = account(lines, "2024-05-31")
    assert row["first_purchase_on"] == row["last_purchase_on"] == date(2024, 5, 10)
    assert (row["purchases"], row["purchase_days"], row["recency_days"]) == (1, 1, 21)
    assert (row["items"], row["items_returned"]) == (Decimal(1), Decimal(2))
    assert (row["gross_amount"], row["returned_amount"]) == (Decimal(100), Decimal(35))
    assert row["net_amount"] == row["average_ticket"] == Decimal(65)
    assert row["items_per_purchase"] == 1.0
    assert row["average_price"] is None  # 1 item - 2 returned <= 0
    assert (row["first_store_code"], row["last_store_code"]) == ("S1", "S1")
    assert (row["stores"], row["salespeople"], row["channels"]) == (1, 1, 0)


def test_a_price_adjustment_alone_is_no_purchase_and_counts_in_net_only() -> None:
    lines = [
        line("2024-05-10", "1", amount="100"),
        line("2024-06-10", "2", amount="-15", price_sign=-1),
    ]
    row = account(lines, "2024-06-30")
    assert (row["purchases"], row["gross_amount"]) == (1, Decimal(100))
    assert (row["returned_amount"], row["net_amount"]) == (Decimal(0), Decimal(85))


def test_two_tickets_on_one_day() -> None:
    lines = [line("2024-05-10", "1"), line("2024-05-10", "2", quantity="3")]
    row = account(lines, "2024-05-10")
    assert (row["purchases"], row["purchase_days"]) == (2, 1)
    assert row["items_per_purchase"] == 2.0
    assert row["last_interval_days"] is None
    assert row["mean_interval_days"] is None
    assert row["interval_stddev_days"] is None
    assert row["projected_interval_days"] is None  # as_of = L, and no mean
    later = account(lines, "2024-05-17")
    assert later["projected_interval_days"] == Decimal(7)


def test_each_date_sees_only_what_existed_then() -> None:
    lines = [line("2023-12-31", "1"), line("2024-01-01", "2"), line("2024-02-01", "3")]
    con = run(lines, ["2023-12-30", "2023-12-31", "2024-01-31", "2024-02-01"])
    seen = rows(con, "SELECT as_of, purchases, purchases_this_year FROM accounts ORDER BY as_of")
    assert [tuple(row.values()) for row in seen] == [
        (date(2023, 12, 31), 1, 1),
        (date(2024, 1, 31), 2, 1),
        (date(2024, 2, 1), 3, 2),
    ]


# Accounts: calendar


@pytest.mark.parametrize(
    ("day", "as_of", "window", "inside"),
    [
        ("2023-05-10", "2024-05-09", (12, "months"), True),
        ("2023-05-10", "2024-05-10", (12, "months"), False),
        ("2020-02-29", "2021-02-27", (12, "months"), True),
        ("2020-02-29", "2021-02-28", (12, "months"), False),
        ("2023-02-28", "2024-02-28", (12, "months"), False),
        ("2021-01-31", "2021-02-27", (1, "months"), True),
        ("2021-01-31", "2021-02-28", (1, "months"), False),
        ("2021-01-28", "2021-02-28", (1, "months"), False),
        ("2023-03-01", "2024-02-28", (365, "days"), True),
        ("2023-03-01", "2024-02-29", (365, "days"), False),
    ],
)
def test_recent_window(day: str, as_of: str, window: tuple[int, str], inside: bool) -> None:
    row = account([line(day)], as_of, window=window)
    assert row["purchases_12m"] == row["purchase_days_12m"] == int(inside)
    assert row["gross_amount_12m"] == row["net_amount_12m"] == Decimal(10 * inside)
    assert row["items_12m"] == Decimal(int(inside))


def test_a_return_is_in_the_windows_by_its_own_date() -> None:
    lines = [line("2022-05-10", "1", amount="100"), returned("2024-05-10", "2", "40")]
    row = account(lines, "2024-05-31")
    assert (row["purchases_12m"], row["items_returned_12m"]) == (0, Decimal(1))
    assert (row["returned_amount_12m"], row["net_amount_12m"]) == (Decimal(40), Decimal(-40))
    assert (row["returned_amount_this_year"], row["net_amount_this_year"]) == (40, -40)
    assert row["net_amount"] == Decimal(60)


@pytest.mark.parametrize(
    ("first", "as_of", "months"),
    [
        ("2024-05-10", "2024-05-10", 1),
        ("2024-05-10", "2024-06-09", 1),
        ("2024-05-10", "2024-06-10", 2),
        ("2021-01-31", "2021-02-27", 1),
        ("2021-01-31", "2021-02-28", 2),
        ("2021-01-31", "2021-03-30", 2),  # 31 Jan + 2 months = 31 March: not chained
        ("2021-01-31", "2021-03-31", 3),
        ("2020-02-29", "2021-02-27", 12),
        ("2020-02-29", "2021-02-28", 13),
        ("2020-02-29", "2024-02-28", 48),
        ("2020-02-29", "2024-02-29", 49),
    ],
)
def test_months_as_customer(first: str, as_of: str, months: int) -> None:
    assert account([line(first)], as_of)["months_as_customer"] == months


# Accounts: quotients


def test_money_quotients_round_half_away_from_zero() -> None:
    lines = [line("2024-05-10", "1", amount="0.0001"), line("2024-05-10", "2", amount="0")]
    row = account(lines, "2024-05-10")
    assert row["average_ticket"] == row["average_price"] == Decimal("0.0001")  # 0.00005
    negative = [
        line("2024-05-10", "1", quantity="2", amount="10"),
        line("2024-05-10", "2", amount="10"),
        returned("2024-05-10", "3", "20.0001"),
    ]
    row = account(negative, "2024-05-10")
    assert row["net_amount"] == Decimal("-0.0001")
    assert row["average_ticket"] == row["average_price"] == Decimal("-0.0001")  # -0.00005


def test_quotients_are_exact_where_a_double_is_not() -> None:
    lines = [
        line("2024-05-10", "1", amount="99999999999999.9998"),
        line("2024-05-10", "2", amount="0.0001"),
    ]
    # 99999999999999.9999 / 2 = 49999999999999.99995
    assert account(lines, "2024-05-10")["average_ticket"] == Decimal("50000000000000.0000")


def test_average_price_divides_by_the_items_kept() -> None:
    lines = [
        line("2024-05-10", "1", quantity="2.5", amount="10"),
        returned("2024-05-11", "2", "3"),
    ]
    row = account(lines, "2024-05-31")
    assert row["average_price"] == Decimal("4.6667")  # 7 / 1.5
    assert row["items_per_purchase"] == 2.5


def test_annualised_frequency_is_rounded_once() -> None:
    lines = [line("2024-01-10", str(n)) for n in range(5)]
    row = account(lines, "2024-07-31")
    assert row["months_as_customer"] == 7
    assert row["frequency"] == Decimal("0.714286")
    assert row["annualised_frequency"] == Decimal("8.571429")  # not 12 x 0.714286 = 8.571432


def test_intervals() -> None:
    days = ["2024-05-01", "2024-05-11", "2024-05-11", "2024-05-14"]  # intervals 10 and 3
    lines = [line(day, str(n)) for n, day in enumerate(days)]
    row = account(lines, "2024-05-14")
    assert (row["purchases"], row["purchase_days"], row["last_interval_days"]) == (4, 3, 3)
    assert row["mean_interval_days"] == row["projected_interval_days"] == Decimal("6.5")
    assert row["interval_stddev_days"] == pytest.approx(sqrt(24.5), rel=1e-15)
    later = account(lines, "2024-05-21")
    assert later["projected_interval_days"] == Decimal("6.666667")  # 20 / 3
    assert later["mean_interval_days"] == Decimal("6.5")
    before = account(lines, "2024-05-13")
    assert (before["last_interval_days"], before["interval_stddev_days"]) == (10, None)
    assert before["projected_interval_days"] == Decimal(6)  # 12 / 2


# Accounts: stores and registration


def test_first_and_last_store_of_one_day() -> None:
    def at(store: str, number: str, time: str | None) -> Row:
        sold_at = time and f"2024-05-10 {time}"
        return line("2024-05-10", number, store_code=store, sold_at=sold_at)

    row = account([at("S1", "1", "09:00"), at("S2", "2", None)], "2024-05-10")
    assert (row["first_store_code"], row["last_store_code"]) == ("S2", "S1")
    row = account([at("S1", "2", "09:00"), at("S2", "10", "09:00")], "2024-05-10")
    assert (row["first_store_code"], row["last_store_code"]) == ("S2", "S1")  # '10' < '2'
    row = account([at("S2", "1", None), at("S1", "1", None)], "2024-05-10")
    assert (row["first_store_code"], row["last_store_code"], row["stores"]) == ("S1", "S2", 2)


@pytest.mark.parametrize(
    ("persons", "registered"),
    [
        ([], False),
        ([("BIA", None)], False),
        ([("ANA", None)], True),
        ([("ANA", "2024-05-10")], True),
        ([("ANA", "2024-05-11")], False),
    ],
)
def test_registered(persons: list[tuple[str, str | None]], registered: bool) -> None:
    assert account([line("2024-05-10")], "2024-05-10", persons=persons)["registered"] is registered
