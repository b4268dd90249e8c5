"""Accounts of a few made-up customers on a few dates, every figure worked out by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from math import sqrt
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from schemas import TABLES
from transforms.accounts import accounts, registrations_without_account
from transforms.periods import Period

LEAP, NEW_YEAR = date(2020, 2, 29), date(2021, 1, 1)
FEB_27, FEB_28 = date(2021, 2, 27), date(2021, 2, 28)
BEFORE_ALL = date(2019, 12, 31)
DATES = [FEB_28, LEAP, BEFORE_ALL, NEW_YEAR, FEB_27, LEAP]  # in no order, one of them twice
YEAR = Period(12, "months")

Account = tuple[date, int]


def ticket(customer: int | None, day: date, number: str = "1", **given: Any) -> dict[str, Any]:
    """A ticket of one piece for 10.00; a test names what differs."""
    row = {
        "items": "1",
        "items_returned": "0",
        "gross_amount": "10",
        "returned_amount": "0",
        **given,
    }
    exact = {name: Decimal(row[name]) for name in ("items", "items_returned")}
    exact |= {name: Decimal(row[name]) for name in ("gross_amount", "returned_amount")}
    return {
        "store_code": "A",
        "code_class": "none" if customer is None else "coded",
        **row,
        **exact,
        "business_day": day,
        "sale_number": f"{customer}-{number}",
        "customer_id": customer,
        "is_purchase": exact["items"] > 0,
        "net_amount": exact["gross_amount"] - exact["returned_amount"],
    }


TICKETS = [
    # 1: one purchase on 29 February.
    ticket(1, LEAP, items="2", gross_amount="30", salesperson_code="v1"),
    # 2: 31 January, and twice on 29 February, without and with a time of sale.
    ticket(2, date(2020, 1, 31), salesperson_code="v1", channel="shop"),
    ticket(2, LEAP, "3", store_code="C", sold_at=datetime(2020, 2, 29, 10), gross_amount="0.0001"),
    ticket(
        2, LEAP, "7", store_code="B", gross_amount="0.0001", channel="online", salesperson_code="v2"
    ),
    # 3: a return in another store comes first.
    ticket(
        3,
        date(2020, 2, 20),
        store_code="X",
        salesperson_code="v9",
        channel="mail",
        items="0",
        items_returned="1",
        gross_amount="0",
        returned_amount="5",
    ),
    ticket(3, NEW_YEAR, gross_amount="5"),
    # 4: intervals of 10 and 20 days.
    ticket(4, date(2020, 1, 1), gross_amount="1", store_code="B"),
    ticket(4, date(2020, 1, 11), gross_amount="0.0001"),
    ticket(
        4,
        date(2020, 1, 31),
        items="0.5",
        items_returned="0.5",
        gross_amount="0.5",
        returned_amount="0.5",
        store_code="B",
    ),
    # 5: gives back a little more than she paid.
    ticket(5, date(2020, 2, 1), items="2", gross_amount="0"),
    ticket(5, date(2020, 2, 3), items_returned="1", gross_amount="1", returned_amount="1.0001"),
    # 6: returns alone.
    ticket(6, date(2020, 2, 1), items="0", items_returned="1", gross_amount="0"),
    # 7: buys after every date.
    ticket(7, date(2021, 3, 1)),
    # Nobody.
    ticket(None, LEAP),
    ticket(None, LEAP, "2", code_class="generic"),
]
PERSONS = [
    (1, None, "A"),
    (2, NEW_YEAR, None),
    (3, date(2020, 2, 28), "B"),
    (6, LEAP, None),
    (7, FEB_28, "C"),
    (8, None, "A"),
    (9, FEB_28, None),
    (10, date(2021, 3, 1), "A"),
]


@pytest.fixture(scope="module")
def tickets(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(TICKETS, TABLES["purchases"].ddl)


@pytest.fixture(scope="module")
def persons(spark: SparkSession) -> DataFrame:
    columns = "customer_id bigint, registered_on date, store_code string"
    return spark.createDataFrame(PERSONS, columns)


@pytest.fixture(scope="module")
def made(tickets: DataFrame, persons: DataFrame) -> dict[Account, Row]:
    """All accounts on all dates, by date and customer."""
    frame = accounts(tickets, persons, DATES, YEAR)
    assert frame.dtypes == [(each.name, each.type) for each in TABLES["accounts"].columns]
    rows = frame.collect()
    by_key = {(row.as_of, row.customer_id): row for row in rows}
    assert len(by_key) == len(rows)
    return by_key


def of(made: dict[Account, Row], customer: int, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a customer's accounts, in order of date."""
    return [
        (as_of, *(made[as_of, each][column] for column in columns))
        for as_of, each in sorted(made)
        if each == customer
    ]


def in_window(made: dict[Account, Row], customer: int, suffix: str) -> list[tuple[Any, ...]]:
    counts = ("purchases", "purchase_days", "items", "items_returned")
    amounts = ("gross_amount", "returned_amount", "net_amount")
    return of(made, customer, *(f"{name}{suffix}" for name in (*counts, *amounts)))


def exact(as_of: date, purchases: int, days: int, *amounts: str) -> tuple[Any, ...]:
    return (as_of, purchases, days, *map(Decimal, amounts))


def test_an_account_exists_from_the_first_purchase_on(made: dict[Account, Row]) -> None:
    first = {1: LEAP, 2: LEAP, 3: NEW_YEAR, 4: LEAP, 5: LEAP}
    assert set(made) == {
        (as_of, customer)
        for customer, since in first.items()
        for as_of in (LEAP, NEW_YEAR, FEB_27, FEB_28)
        if as_of >= since
    }


def test_29_february_has_its_month_day_on_the_last_of_shorter_months(
    made: dict[Account, Row],
) -> None:
    frequencies = ("months_as_customer", "frequency", "annualised_frequency", "recency_days")
    assert of(made, 1, *frequencies) == [
        (LEAP, 1, Decimal(1), Decimal(12), 0),
        # 29 February + 10 months = 29 December; the eleventh would be 29 January.
        (NEW_YEAR, 11, Decimal("0.090909"), Decimal("1.090909"), 307),
        (FEB_27, 12, Decimal("0.083333"), Decimal(1), 364),
        # + 12 months = 28 February.
        (FEB_28, 13, Decimal("0.076923"), Decimal("0.923077"), 365),
    ]


def test_a_purchase_leaves_the_last_12_months_on_the_day_a_year_later(
    made: dict[Account, Row],
) -> None:
    everything = ("2", "0", "30", "0", "30")
    nothing = ("0", "0", "0", "0", "0")
    assert in_window(made, 1, "_12m") == [
        exact(LEAP, 1, 1, *everything),
        exact(NEW_YEAR, 1, 1, *everything),
        exact(FEB_27, 1, 1, *everything),
        exact(FEB_28, 0, 0, *nothing),
    ]
    # 31 January leaves on 31 January, 29 February on 28 February.
    assert in_window(made, 2, "_12m") == [
        exact(LEAP, 3, 2, "3", "0", "10.0002", "0", "10.0002"),
        exact(NEW_YEAR, 3, 2, "3", "0", "10.0002", "0", "10.0002"),
        exact(FEB_27, 2, 1, "2", "0", "0.0002", "0", "0.0002"),
        exact(FEB_28, 0, 0, *nothing),
    ]


def test_this_year_begins_on_1_january(made: dict[Account, Row]) -> None:
    assert in_window(made, 1, "_this_year") == [
        exact(LEAP, 1, 1, "2", "0", "30", "0", "30"),
        *(exact(day, 0, 0, "0", "0", "0", "0", "0") for day in (NEW_YEAR, FEB_27, FEB_28)),
    ]
    assert in_window(made, 3, "_this_year") == [
        exact(day, 1, 1, "1", "0", "5", "0", "5") for day in (NEW_YEAR, FEB_27, FEB_28)
    ]


def test_all_purchases_count_for_ever(made: dict[Account, Row]) -> None:
    assert in_window(made, 2, "") == [
        exact(day, 3, 2, "3", "0", "10.0002", "0", "10.0002")
        for day in (LEAP, NEW_YEAR, FEB_27, FEB_28)
    ]
    assert in_window(made, 4, "")[-1] == exact(
        FEB_28, 3, 3, "2.5", "0.5", "1.5001", "0.5", "1.0001"
    )


def test_two_tickets_a_day_are_two_purchases_and_one_purchase_day(
    made: dict[Account, Row],
) -> None:
    frequencies = ("months_as_customer", "frequency", "annualised_frequency", "recency_days")
    velocities = ("last_interval_days", "mean_interval_days", "projected_interval_days")
    mean = Decimal(29)  # 31 January to 29 February
    assert of(made, 2, *frequencies, *velocities) == [
        (LEAP, 2, Decimal("1.5"), Decimal(18), 0, 29, mean, mean),
        (NEW_YEAR, 12, Decimal("0.25"), Decimal(3), 307, 29, mean, Decimal(168)),  # 336 / 2
        # 31 January + 12 months = 31 January; + 13 = 28 February
        (FEB_27, 13, Decimal("0.230769"), Decimal("2.769231"), 364, 29, mean, Decimal("196.5")),
        (FEB_28, 14, Decimal("0.214286"), Decimal("2.571429"), 365, 29, mean, Decimal(197)),
    ]
    assert [row[1:] for row in of(made, 2, "average_ticket", "items_per_purchase")] == [
        (Decimal("3.3334"), 1.0)
    ] * 4


def test_stores_salespeople_and_channels_are_those_of_purchases_and_null_is_none(
    made: dict[Account, Row],
) -> None:
    columns = ("stores", "salespeople", "channels", "first_store_code", "last_store_code")
    # On 29 February the ticket without a time comes before the one with.
    assert of(made, 2, *columns)[0] == (LEAP, 3, 2, 2, "A", "C")
    assert of(made, 3, *columns)[0] == (NEW_YEAR, 1, 0, 0, "A", "A")  # the return's do not count
    assert of(made, 4, *columns)[0] == (LEAP, 2, 0, 0, "B", "B")


def test_returns_before_the_first_purchase_count_once_the_account_exists(
    made: dict[Account, Row],
) -> None:
    columns = ("first_purchase_on", "last_purchase_on", "recency_days", "months_as_customer")
    assert of(made, 3, *columns) == [
        (NEW_YEAR, NEW_YEAR, NEW_YEAR, 0, 1),
        (FEB_27, NEW_YEAR, NEW_YEAR, 57, 2),
        (FEB_28, NEW_YEAR, NEW_YEAR, 58, 2),
    ]
    assert in_window(made, 3, "") == [
        exact(day, 1, 1, "1", "1", "5", "5", "0") for day in (NEW_YEAR, FEB_27, FEB_28)
    ]
    # The return of 20 February 2020 left the last 12 months on 20 February 2021.
    assert in_window(made, 3, "_12m") == [
        exact(NEW_YEAR, 1, 1, "1", "1", "5", "5", "0"),
        exact(FEB_27, 1, 1, "1", "0", "5", "0", "5"),
        exact(FEB_28, 1, 1, "1", "0", "5", "0", "5"),
    ]


def test_an_average_price_needs_items_that_were_kept(made: dict[Account, Row]) -> None:
    columns = ("average_ticket", "average_price", "items_per_purchase")
    assert of(made, 3, *columns)[0] == (NEW_YEAR, Decimal(0), None, 1.0)  # 1 bought, 1 returned
    # 1.0001 / 3 = 0.33336..; 1.0001 / (2.5 - 0.5) = 0.50005, half up; 2.5 / 3
    assert of(made, 4, *columns)[0] == (LEAP, Decimal("0.3334"), Decimal("0.5001"), 5 / 6)


def test_a_half_of_a_negative_value_is_rounded_away_from_zero(made: dict[Account, Row]) -> None:
    columns = ("net_amount", "average_ticket", "average_price", "items_per_purchase")
    least = Decimal("-0.0001")
    # -0.0001 / 2 purchases = -0.0001 / (3 - 1) items = -0.00005
    assert of(made, 5, *columns)[0] == (LEAP, least, least, least, 1.5)


def test_velocities_of_one_two_and_three_purchase_days(made: dict[Account, Row]) -> None:
    columns = (
        "purchase_days",
        "last_interval_days",
        "mean_interval_days",
        "interval_stddev_days",
        "projected_interval_days",
    )
    # One day: nothing to measure on the day itself, then the days since.
    assert of(made, 1, *columns)[:2] == [
        (LEAP, 1, None, None, None, None),
        (NEW_YEAR, 1, None, None, None, Decimal(307)),
    ]
    # Two days: one interval has a mean, and no deviation. 1 to 29 February are 28 days.
    assert of(made, 5, *columns)[0] == (LEAP, 2, 2, Decimal(2), None, Decimal(14))
    # Three: (25 + 25) / 1 = 50. 1 January to 29 February are 59 days.
    deviation = sqrt(50)
    assert of(made, 4, *columns)[0] == (
        *(LEAP, 3, 20, Decimal(15)),
        pytest.approx(deviation, rel=1e-12),
        Decimal("19.666667"),
    )


def test_registered_is_judged_on_each_date(made: dict[Account, Row]) -> None:
    registered = {
        each: [row[1] for row in of(made, each, "registered")] for each in (1, 2, 3, 4, 5)
    }
    assert registered == {
        1: [True, True, True, True],  # no day of registration: always
        2: [False, True, True, True],  # on the day itself too
        3: [True, True, True],
        4: [False, False, False, False],
        5: [False, False, False, False],
    }


def test_registrations_without_account_are_those_who_have_not_bought_yet(
    tickets: DataFrame, persons: DataFrame
) -> None:
    then = accounts(tickets, persons, DATES, YEAR)
    listed = registrations_without_account(persons, then, DATES)
    table = TABLES["registrations_without_account"]
    assert listed.dtypes == [(each.name, each.type) for each in table.columns]
    early = date(2020, 2, 28)
    assert sorted((tuple(row) for row in listed.collect()), key=lambda row: row[:2]) == [
        (BEFORE_ALL, 1, None, "A"),  # buys on 29 February
        (BEFORE_ALL, 8, None, "A"),
        (LEAP, 3, early, "B"),  # buys on 1 January 2021
        (LEAP, 6, LEAP, None),  # returns alone
        (LEAP, 8, None, "A"),
        (NEW_YEAR, 6, LEAP, None),
        (NEW_YEAR, 8, None, "A"),
        (FEB_27, 6, LEAP, None),
        (FEB_27, 8, None, "A"),
        (FEB_28, 6, LEAP, None),
        (FEB_28, 7, FEB_28, "C"),  # buys on 1 March
        (FEB_28, 8, None, "A"),
        (FEB_28, 9, FEB_28, None),
    ]


def test_a_window_of_days_and_a_single_date(
    tickets: DataFrame, persons: DataFrame, made: dict[Account, Row]
) -> None:
    # 30 January + 30 days would be 29 February, 31 January + 30 days is 1 March.
    rows = accounts(tickets.repartition(7), persons, [LEAP], Period(30, "days")).collect()
    found = {row.customer_id: (row.purchases, row.purchases_12m) for row in rows}
    assert found == {1: (1, 1), 2: (3, 3), 4: (3, 1), 5: (2, 2)}
    # But for the window, one date is a part of many.
    windows = {name for name in TABLES["accounts"].column_names if name.endswith("_12m")}
    for row in rows:
        whole = made[LEAP, row.customer_id].asDict()
        assert {k: v for k, v in row.asDict().items() if k not in windows} == {
            k: v for k, v in whole.items() if k not in windows
        }


def test_without_dates_or_purchases_there_are_no_accounts(
    spark: SparkSession, tickets: DataFrame, persons: DataFrame
) -> None:
    no_tickets = spark.createDataFrame([], TABLES["purchases"].ddl)
    none = accounts(tickets, persons, [], YEAR)
    assert none.dtypes == [(each.name, each.type) for each in TABLES["accounts"].columns]
    assert none.collect() == []
    assert accounts(no_tickets, persons, [LEAP], YEAR).collect() == []
    assert registrations_without_account(persons, none, []).collect() == []
    nobody = accounts(no_tickets, persons, [LEAP], YEAR)
    listed = registrations_without_account(persons, nobody, [LEAP]).collect()
    assert {row.customer_id for row in listed} == {1, 3, 6, 8}
