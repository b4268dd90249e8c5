"""From sale lines to tickets: whose, by whom, how much. All codes are made up."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from schemas import TABLES
from transforms.purchases import purchases

DAY = date(2024, 3, 1)


def line(sale: str, number: int, kind: str = "sold", **given: Any) -> dict[str, Any]:
    """A line of one piece for 10.00 without customer; a test names what differs."""
    row = {
        "store_code": "A",
        "business_day": DAY,
        "sale_number": sale,
        "line_number": number,
        "kind": kind,
        "code_class": "coded" if "customer_id" in given else "none",
        "quantity": 1,
        "amount": 10,
        **given,
    }
    row["quantity"], row["amount"] = Decimal(row["quantity"]), Decimal(row["amount"])
    return {**row, "list_amount": row["amount"], "discount_amount": Decimal(0)}


def tickets(spark: SparkSession, *lines: dict[str, Any], partitions: int = 2) -> DataFrame:
    sales = spark.createDataFrame(list(lines), TABLES["sales"].ddl)
    return purchases(sales.repartition(partitions))


def found(made: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    ordered = made.orderBy("store_code", "business_day", "sale_number")
    return [tuple(row) for row in ordered.select(*columns).collect()]


@pytest.mark.parametrize("partitions", [1, 7])
def test_the_salesperson_has_most_net_value_then_the_lowest_line(
    spark: SparkSession, partitions: int
) -> None:
    made = tickets(
        spark,
        # v1 sold 10 + 6 = 16, more than v2's 15: the sum counts, not the dearest line.
        line("01 sum", 1, salesperson_code="v1", amount=10),
        line("01 sum", 2, salesperson_code="v2", amount=15),
        line("01 sum", 3, salesperson_code="v1", amount=6),
        line("02 tie", 1, salesperson_code="v2", amount=10),
        line("02 tie", 2, salesperson_code="v1", amount=10),
        # Line 9 is lower than line 10, though not as text.
        line("03 tie of ten", 10, salesperson_code="v1", amount=10),
        line("03 tie of ten", 9, salesperson_code="v2", amount=10),
        line("04 null never", 1, salesperson_code=None, amount=100),
        line("04 null never", 2, salesperson_code="v1", amount=1),
        line("05 not even for less", 1, salesperson_code=None, amount=100),
        line("05 not even for less", 2, "return", salesperson_code="v1", amount=5),
        line("06 nobody", 1, salesperson_code=None),
        # 50 - 45 = 5 is less than 10.
        line("07 net", 1, salesperson_code="v1", amount=50),
        line("07 net", 2, "return", salesperson_code="v1", amount=-45, quantity=-1),
        line("07 net", 3, salesperson_code="v2", amount=10),
        # -5 is more than -7.
        line("08 losses", 1, "return", salesperson_code="v1", amount=7),
        line("08 losses", 2, "return", salesperson_code="v2", amount=5),
        line("09 price adjustment", 1, salesperson_code="v1", amount=10),
        line("09 price adjustment", 2, "price_adjustment", salesperson_code="v1", amount=-3),
        line("09 price adjustment", 3, salesperson_code="v2", amount=8),
        # Lines that leave no trace give no claim either.
        line("10 cancelled", 1, "cancelled", salesperson_code="v1", amount=99),
        line("10 cancelled", 2, "stock_adjustment", salesperson_code="v1", amount=99),
        line("10 cancelled", 3, salesperson_code="v2", amount=1),
        # One salesperson in two channels is one salesperson: 6 + 6 against 11.
        line("11 channels", 1, salesperson_code="v2", amount=11, channel="a"),
        line("11 channels", 2, salesperson_code="v1", amount=6, channel="b"),
        line("11 channels", 3, salesperson_code="v1", amount=6, channel=None),
        line("12 gifts", 2, salesperson_code="v1", amount=0),
        line("12 gifts", 1, salesperson_code="v2", amount=0),
        partitions=partitions,
    )
    assert found(made, "sale_number", "salesperson_code") == [
        ("01 sum", "v1"),
        ("02 tie", "v2"),
        ("03 tie of ten", "v2"),
        ("04 null never", "v1"),
        ("05 not even for less", "v1"),
        ("06 nobody", None),
        ("07 net", "v2"),
        ("08 losses", "v2"),
        ("09 price adjustment", "v2"),
        ("10 cancelled", "v2"),
        ("11 channels", "v1"),
        ("12 gifts", "v2"),
    ]


def test_what_counts_in_which_sum(spark: SparkSession) -> None:
    made = tickets(
        spark,
        line("01 sold", 1, quantity="2", amount="20.0001"),
        line("01 sold", 2, quantity="0.333", amount="0"),
        line("02 returns only", 1, "return", quantity=-2, amount=-20),
        line("02 returns only", 2, "return", quantity="1.5", amount="10"),  # by absolute value
        line("03 sold and returned", 1, quantity=3, amount=30),
        line("03 sold and returned", 2, "return", quantity=-3, amount=-30),
        line("04 price adjustment", 1, amount=100),
        line("04 price adjustment", 2, "price_adjustment", quantity=5, amount=-30),
        line("05 price adjustment only", 1, "price_adjustment", amount="-11062.06"),
        line("06 stock outside", 1, amount=10),
        line("06 stock outside", 2, "stock_adjustment", quantity=-5, amount=-50),
        line("07 cancelled line", 1, amount=10),
        line("07 cancelled line", 2, "cancelled", amount=99),
        line("08 cancelled only", 1, "cancelled", customer_id=1),
        line("09 stock only", 1, "stock_adjustment", quantity=0),
        line("09 stock only", 2, "cancelled"),
        # Two equal lines are two lines.
        line("10 twins", 1, amount="0.0001"),
        line("10 twins", 2, amount="0.0001"),
    )
    sums = ("is_purchase", "items", "items_returned", "gross_amount", "returned_amount")
    expected: list[tuple[Any, ...]] = [
        ("01 sold", True, "2.333", "0", "20.0001", "0", "20.0001"),
        ("02 returns only", False, "0", "3.5", "0", "30", "-30"),
        ("03 sold and returned", True, "3", "3", "30", "30", "0"),
        ("04 price adjustment", True, "1", "0", "100", "0", "70"),
        ("05 price adjustment only", False, "0", "0", "0", "0", "-11062.06"),
        ("06 stock outside", True, "1", "0", "10", "0", "10"),
        ("07 cancelled line", True, "1", "0", "10", "0", "10"),
        ("10 twins", True, "2", "0", "0.0002", "0", "0.0002"),
    ]
    assert found(made, "sale_number", *sums, "net_amount") == [
        (sale, bought, *map(Decimal, amounts)) for sale, bought, *amounts in expected
    ]
    assert made.dtypes == [(each.name, each.type) for each in TABLES["purchases"].columns]


def test_a_ticket_has_the_customer_of_its_lowest_line_with_a_real_code(
    spark: SparkSession,
) -> None:
    made = tickets(
        spark,
        line("01 lowest", 3, customer_id=8),
        line("01 lowest", 2, customer_id=9),
        line("01 lowest", 1),
        # Line 9 is lower than line 10.
        line("02 ten", 10, customer_id=1),
        line("02 ten", 9, customer_id=2),
        line("03 real before generic", 1, code_class="generic"),
        line("03 real before generic", 2, customer_id=7),
        line("04 generic before none", 1),
        line("04 generic before none", 2, code_class="generic"),
        line("05 none", 1),
        # Cancelled lines and stock adjustments have no say.
        line("06 no say", 1, "cancelled", customer_id=1),
        line("06 no say", 2, "stock_adjustment", customer_id=2, quantity=0),
        line("06 no say", 3, customer_id=3),
        line("07 no say", 1, "cancelled", code_class="generic"),
        line("07 no say", 2),
        # The lowest line counts, whoever attended it and in whatever channel.
        line("08 across", 1, customer_id=5, salesperson_code="v2", channel="b", amount=1),
        line("08 across", 2, customer_id=4, salesperson_code="v1", channel="a", amount=99),
        line("09 return", 1, "return", customer_id=-6),
        line("09 return", 2, customer_id=6),
    )
    assert found(made, "sale_number", "code_class", "customer_id") == [
        ("01 lowest", "coded", 9),
        ("02 ten", "coded", 2),
        ("03 real before generic", "coded", 7),
        ("04 generic before none", "generic", None),
        ("05 none", "none", None),
        ("06 no say", "coded", 3),
        ("07 no say", "none", None),
        ("08 across", "coded", 5),
        ("09 return", "coded", -6),
    ]


def test_instant_channel_and_queue_of_a_ticket_and_what_tells_tickets_apart(
    spark: SparkSession,
) -> None:
    early, late = datetime(2024, 3, 1, 10), datetime(2024, 3, 1, 10, 0, 1)
    made = tickets(
        spark,
        line("1", 1, sold_at=late, channel="shop", by_queue=False),
        line("1", 2, sold_at=early, channel="online", by_queue=True),
        line("1", 3, sold_at=None, channel=None, by_queue=None),
        # The same number in another store or on another day is another ticket.
        line("1", 1, store_code="B", sold_at=late, channel="b"),
        line("1", 2, store_code="B", channel="B"),  # capitals come first in binary order
        line("1", 1, business_day=date(2024, 3, 2), by_queue=False),
        # A cancelled line gives no instant.
        line("2", 1, "cancelled", sold_at=early, channel="a", by_queue=True),
        line("2", 2, sold_at=late, channel="b"),
    )
    key = ("store_code", "business_day", "sale_number")
    assert found(made, *key, "sold_at", "channel", "by_queue") == [
        ("A", DAY, "1", early, "online", True),
        ("A", DAY, "2", late, "b", None),
        ("A", date(2024, 3, 2), "1", None, None, False),
        ("B", DAY, "1", late, "B", None),
    ]
