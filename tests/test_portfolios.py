"""The sums that portfolios, their sales and loyalty to stores publish, each by hand (spec §6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pyspark.sql import SparkSession

from transforms.calendar_view import CalendarView
from transforms.portfolios import portfolio_sales, portfolios, store_loyalty

DECEMBER, JANUARY, FEBRUARY = date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29)
ALLOCATED = (
    "as_of date, customer_id bigint, store_code string, salesperson_code string, portfolio string"
)


def test_a_portfolio_is_worth_what_its_customers_are_to_the_network(spark: SparkSession) -> None:
    allocated = spark.createDataFrame(
        [
            (JANUARY, 1, "s1", "v1", "salesperson"),
            (JANUARY, 2, "s1", "v1", "salesperson"),
            (JANUARY, 3, "s1", "v1", "transition"),
            (JANUARY, 4, "s1", None, "store"),
            (JANUARY, 5, None, None, None),
            (JANUARY, 6, None, None, None),
            (FEBRUARY, 1, "s2", "v1", "salesperson"),
        ],
        ALLOCATED,
    )
    worth = [
        (JANUARY, 1, 3, "100.0001", 1, "10.0001"),
        (JANUARY, 2, 2, "50.5", 2, "50.5"),
        (JANUARY, 3, 1, "7", 0, "-2.5"),  # of the last 12 months only a return
        (JANUARY, 4, 1, "0.0001", 1, "0.0001"),
        (JANUARY, 5, 4, "30", 0, "0"),
        (JANUARY, 6, 1, "-5", 1, "-5"),
        (FEBRUARY, 1, 4, "120", 2, "29.9999"),
    ]
    accounts = spark.createDataFrame(
        [
            (as_of, who, purchases, Decimal(net), recently, Decimal(net_recently))
            for as_of, who, purchases, net, recently, net_recently in worth
        ],
        "as_of date, customer_id bigint, purchases bigint, net_amount decimal(18,4), "
        "purchases_12m bigint, net_amount_12m decimal(18,4)",
    )
    made = portfolios(allocated, accounts)
    assert made.columns == [
        *("as_of", "store_code", "portfolio", "salesperson_code", "customers"),
        *("purchases", "net_amount", "purchases_12m", "net_amount_12m"),
    ]
    assert sorted(map(tuple, made.collect())) == [
        # Whoever has no store is in one portfolio with all others who have none: 4 + 1, 30 - 5.
        (JANUARY, "", "none", "", 2, 5, Decimal(25), 1, Decimal(-5)),
        # Customers 1 and 2: 3 + 2 purchases, 100.0001 + 50.5; lately 1 + 2, 10.0001 + 50.5.
        (JANUARY, "s1", "salesperson", "v1", 2, 5, Decimal("150.5001"), 3, Decimal("60.5001")),
        (JANUARY, "s1", "store", "", 1, 1, Decimal("0.0001"), 1, Decimal("0.0001")),
        (JANUARY, "s1", "transition", "v1", 1, 1, Decimal(7), 0, Decimal("-2.5")),
        (FEBRUARY, "s2", "salesperson", "v1", 1, 4, Decimal(120), 2, Decimal("29.9999")),
    ]


def test_sales_by_the_queue_are_summed_apart_from_all_sales(spark: SparkSession) -> None:
    in_force = spark.createDataFrame(
        [
            (DECEMBER, 1, "s1", "v1", "salesperson"),
            (DECEMBER, 2, "s1", "v1", "transition"),
            (DECEMBER, 3, None, None, None),
        ],
        ALLOCATED,
    )
    first, last = date(2024, 1, 1), JANUARY
    sold = [
        # Day, customer, salesperson, is it a purchase, net, by the queue.
        (first, 1, "v1", True, "10.0001", True),
        (last, 1, "v1", True, "20", False),
        (last, 1, "v1", True, "30", None),  # a till that does not say
        (last, 1, "v1", False, "-4.0001", True),  # a return is no purchase, and money all the same
        (last, 1, "v2", True, "5", True),
        (last, 2, "v1", True, "8", None),
        (last, 3, None, True, "1.5", True),
        (last, 4, None, True, "1.5", True),  # in no allocation yet
        (DECEMBER, 1, "v1", True, "1000", True),  # of the month before
        (date(2024, 2, 1), 1, "v1", True, "1000", True),  # after the date
    ]
    tickets = spark.createDataFrame(
        [
            (day, who, "s1", salesperson, is_purchase, Decimal(net), by_queue)
            for day, who, salesperson, is_purchase, net, by_queue in sold
        ],
        "business_day date, customer_id bigint, store_code string, salesperson_code string, "
        "is_purchase boolean, net_amount decimal(18,4), by_queue boolean",
    )
    view = CalendarView((JANUARY,), (DECEMBER, JANUARY))
    made = portfolio_sales(tickets, in_force, view)
    assert made.columns == [
        *("as_of", "store_code", "salesperson_code", "relation", "purchases", "net_amount"),
        *("purchases_by_queue", "net_amount_by_queue"),
    ]
    assert sorted(map(tuple, made.collect())) == [
        (JANUARY, "s1", "", "unallocated", 2, Decimal(3), 2, Decimal(3)),
        # 10.0001 + 20 + 30 - 4.0001 = 56; of that by the queue 10.0001 - 4.0001 = 6.
        (JANUARY, "s1", "v1", "inside", 3, Decimal(56), 1, Decimal(6)),
        (JANUARY, "s1", "v1", "transition", 1, Decimal(8), 0, Decimal(0)),
        (JANUARY, "s1", "v2", "outside", 1, Decimal(5), 1, Decimal(5)),
    ]


def test_the_sums_beside_the_shares_of_loyalty_are_of_all_stores_and_of_the_main_one(
    spark: SparkSession,
) -> None:
    by_store = spark.createDataFrame(
        [
            # Purchases, value in ten-thousandths, switches into the store.
            (JANUARY, 1, "s1", 3, 300_000, 1),
            (JANUARY, 1, "s2", 1, 100_001, 1),
            (JANUARY, 2, "s1", 2, 5, 0),
            (JANUARY, 3, "s1", 1, -100, 0),
            (JANUARY, 4, "s1", 1, 500_000, 0),
            (JANUARY, 4, "s2", 0, -200_000, 0),  # brought back where she never bought
        ],
        "as_of date, customer_id bigint, store_code string, purchases_total bigint, "
        "value_total bigint, switches_total bigint",
    )
    allocated = spark.createDataFrame(
        [
            (JANUARY, 1, "s1", None, "store"),
            (JANUARY, 2, None, None, None),
            (JANUARY, 3, "s9", None, "store"),  # by her registration: she never bought there
            (JANUARY, 4, "s1", None, "store"),
        ],
        ALLOCATED,
    )
    made = store_loyalty(by_store, allocated)
    assert made.columns == [
        *("as_of", "customer_id", "main_store_code", "purchases", "main_purchases"),
        *("purchases_share", "value", "main_value", "value_share", "stores", "switches"),
    ]
    nothing = Decimal(0)
    assert sorted(map(tuple, made.collect()), key=lambda row: row[1]) == [
        # 3 of 4 purchases; 30 of 40.0001.
        (JANUARY, 1, "s1", 4, 3, 0.75, Decimal("40.0001"), Decimal(30), 300_000 / 400_001, 2, 2),
        # Without a main store nothing is in it, and there is no share.
        (JANUARY, 2, None, 2, 0, None, Decimal("0.0005"), nothing, None, 1, 0),
        # Without a positive value there is no share of it.
        (JANUARY, 3, "s9", 1, 0, 0.0, Decimal("-0.01"), nothing, None, 1, 0),
        # 50 of 50 - 20: returns elsewhere make a share of value pass 1.
        (JANUARY, 4, "s1", 1, 1, 1.0, Decimal(30), Decimal(50), 5 / 3, 1, 0),
    ]
