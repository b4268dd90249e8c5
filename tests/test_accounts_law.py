"""Purchases and accounts equal the oracle's on random histories, and one pass equals many."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tests.oracle import accounts as oracle
from tests.oracle.compare import assert_same
from transforms.accounts import accounts
from transforms.periods import Period
from transforms.purchases import purchases
from transforms.sale_lines import line_kind

HISTORIES = 40
"""Customers per batch; five batches or more of them are drawn."""

LINE = (
    "store_code string, business_day date, sale_number string, line_number int, "
    "sold_at timestamp, customer_code string, code_class string, salesperson_code string, "
    "channel string, quantity decimal(18,3), amount decimal(18,4), price_sign int, "
    "is_return boolean, is_cancelled boolean"
)

# Days where calendars go wrong stand beside random ones.
_AWKWARD = [
    date(2019, 2, 28),
    date(2020, 1, 30),
    date(2020, 1, 31),
    date(2020, 2, 28),
    date(2020, 2, 29),
    date(2020, 3, 1),
    date(2020, 12, 31),
    date(2021, 1, 1),
    date(2021, 2, 28),
    date(2021, 3, 1),
    date(2024, 2, 29),
]
days = st.one_of(
    st.sampled_from(_AWKWARD),
    st.dates(date(2019, 1, 1), date(2024, 12, 31)),
    st.dates(date(2020, 1, 1), date(2020, 4, 30)),
)
windows = st.one_of(
    st.builds(Period, st.sampled_from([1, 2, 6, 12, 36]), st.just("months")),
    st.builds(Period, st.sampled_from([1, 30, 365, 366]), st.just("days")),
)


@st.composite
def ticket(draw: st.DrawFn, customer: str | None) -> list[dict[str, Any]]:
    day = draw(days)
    number = draw(st.sampled_from(["1", "2", "10"]))
    noon = datetime(day.year, day.month, day.day, 12)
    hour = draw(st.sampled_from([None, 0, 9]))
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        is_return = draw(st.sampled_from([False, False, False, True]))
        quantity = draw(st.sampled_from(["1", "2", "0.333", "0", "-1"]))
        price = draw(st.sampled_from(["0", "9.99", "-5", "0.0001", "33.3333"]))
        lines.append(
            {
                "store_code": draw(st.sampled_from(["A", "B", "ç"])) if customer else "A",
                "business_day": day,
                "sale_number": f"{customer or 'none'}-{number}",
                "sold_at": None if hour is None else noon + timedelta(hours=hour - 12),
                "customer_code": customer,
                "code_class": "coded" if customer else draw(st.sampled_from(["none", "generic"])),
                "salesperson_code": draw(st.sampled_from([None, "v1", "v2"])),
                "channel": draw(st.sampled_from([None, "shop", "online"])),
                "quantity": Decimal(quantity),
                "amount": (Decimal(price) * Decimal(quantity)).quantize(Decimal("0.0001")),
                "price_sign": (Decimal(price) > 0) - (Decimal(price) < 0),
                "is_return": is_return,
                "is_cancelled": draw(st.sampled_from([False, False, False, True])),
            }
        )
    return lines


@st.composite
def chain(draw: st.DrawFn) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for number in range(HISTORIES):
        for drawn in draw(st.lists(ticket(f"c{number}"), min_size=1, max_size=6)):
            lines += drawn
    for drawn in draw(st.lists(ticket(None), max_size=3)):
        lines += drawn
    counted: dict[tuple[Any, ...], int] = {}
    for line in lines:
        unit = (line["store_code"], line["business_day"], line["sale_number"])
        counted[unit] = line["line_number"] = counted.get(unit, 0) + 1
    return lines


def as_sales(lines: DataFrame) -> DataFrame:
    """Oracle lines as the table sales holds them; a customer's id is her number."""
    sign = F.when(F.col("quantity") > 0, F.col("price_sign")).otherwise(F.lit(1))
    return lines.select(
        "*",
        line_kind(F.col("is_cancelled"), F.col("is_return"), F.col("quantity"), sign).alias("kind"),
        F.xxhash64("customer_code").alias("hashed"),
        F.lit(None).cast("boolean").alias("by_queue"),
    ).withColumn("customer_id", F.when(F.col("code_class") == "coded", F.col("hashed")))


def with_codes(made: DataFrame, lines: DataFrame) -> DataFrame:
    codes = lines.where("customer_code IS NOT NULL").select("customer_code").distinct()
    codes = codes.withColumn("customer_id", F.xxhash64("customer_code"))
    return made.join(codes, on="customer_id", how="left").drop("customer_id")


@pytest.mark.slow
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    drawn=chain(),
    dates=st.lists(days, min_size=1, max_size=12, unique=True),
    recent=windows,
    registered=st.dictionaries(
        st.integers(0, HISTORIES - 1), st.one_of(st.none(), days), max_size=HISTORIES
    ),
)
def test_random_histories_equal_the_oracle(
    spark: SparkSession,
    drawn: list[dict[str, Any]],
    dates: list[date],
    recent: Period,
    registered: dict[int, date | None],
) -> None:
    lines = spark.createDataFrame(drawn, LINE).cache()
    persons = spark.createDataFrame(
        [(f"c{number}", day) for number, day in registered.items()],
        "customer_code string, registered_on date",
    )
    con = oracle.connect()
    names = ", ".join(part.split()[0] for part in LINE.split(", "))
    for table, frame in (("lines", lines), ("persons", persons)):
        con.register("given_rows", frame.toArrow())
        columns = names if table == "lines" else "customer_code, registered_on"
        con.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM given_rows")
    con.executemany("INSERT INTO dates VALUES (?)", [(day,) for day in dates])
    con.execute(
        "UPDATE parameters SET recent_window_count = ?, recent_window_unit = ?",
        [recent.count, recent.unit],
    )
    oracle.purchases(con)
    oracle.accounts(con)

    tickets = purchases(as_sales(lines)).cache()
    known = persons.select(F.xxhash64("customer_code").alias("customer_id"), "registered_on")
    made = accounts(tickets, known, dates, recent)

    ticket_key = ("store_code", "business_day", "sale_number")
    assert_same(con, with_codes(tickets, lines).drop("by_queue"), "purchases", ticket_key)
    assert_same(con, with_codes(made, lines), "accounts", ("as_of", "customer_code"))


@pytest.mark.slow
def test_one_pass_over_thirty_six_dates_equals_single_runs(spark: SparkSession) -> None:
    # Store, day and customer from a few primes: a fixed history of 200 customers over four years.
    rows = [
        (f"s{n % 5}", date(2018, 1, 1) + timedelta(days=n * n * 7 % 1461), str(n), 1, n % 200)
        for n in range(3000)
    ]
    columns = "store_code string, business_day date, sale_number string, line_number int, c int"
    sales = spark.createDataFrame(rows, columns).selectExpr(
        "*",
        "CASE WHEN c % 7 = 3 THEN 'return' ELSE 'sold' END AS kind",
        "'coded' AS code_class",
        "CAST(c AS bigint) AS customer_id",
        "CAST(NULL AS string) AS salesperson_code",
        "CAST(NULL AS string) AS channel",
        "CAST(NULL AS boolean) AS by_queue",
        "CAST(NULL AS timestamp) AS sold_at",
        "CAST(c % 3 + 1 AS decimal(18,3)) AS quantity",
        "CAST(c % 11 + 0.25 AS decimal(18,4)) AS amount",
    )
    tickets = purchases(sales).cache()
    persons = spark.createDataFrame([], "customer_id bigint, registered_on date")
    months = [(year, month) for year in (2019, 2020, 2021) for month in range(1, 13)]
    ends = [date(year, month, 1) - timedelta(days=1) for year, month in months]
    recent = Period(12, "months")

    def rows_of(partitions: int, dates: list[date]) -> set[tuple[Any, ...]]:
        scattered = tickets.repartition(partitions)
        return {tuple(row) for row in accounts(scattered, persons, dates, recent).collect()}

    together = rows_of(7, ends)
    assert len(ends) == 36
    assert len(together) > 4000
    assert together == rows_of(1, ends)
    assert together == set().union(*(rows_of(2, [each]) for each in ends))
