"""From export rows to sale lines: money, days, kinds, reasons. All shops and codes are made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from transforms.sale_lines import TEXT_COLUMNS, SaleConventions, line_kind, sale_lines
from transforms.texts import text

SAO_PAULO = SaleConventions(
    decimal_mark=",",
    patterns=("dd/MM/yyyy HH:mm:ss", "dd/MM/yyyy"),
    source_zone="America/Sao_Paulo",
    network_zone="America/Sao_Paulo",
    earliest=date(2000, 1, 1),
    latest=date(2030, 12, 31),
    code_kind="cpf",
    sentinels=("CONSUMIDOR", "PADRÃO", "00000000000"),
    numbers_lines=True,
)
SOUND = {
    "store_code": "001",
    "business_day": "02/01/2024",
    "sale_number": "5501",
    "line_number": "1",
    "quantity": "1",
    "amount": "10,00",
}
"""A line that nothing is wrong with; a test names what differs."""


def rows(spark: SparkSession, *given: dict[str, Any], base: dict[str, Any] = SOUND) -> DataFrame:
    """Text rows, numbered from 1, with the columns of the base where a row names no other."""
    filled = [{**base, **each, "id": place} for place, each in enumerate(given, start=1)]
    columns = f"id int, {', '.join(f'{name} string' for name in TEXT_COLUMNS)}"
    read = spark.createDataFrame(filled, columns)
    return read.withColumns({name: text(F.col(name)) for name in TEXT_COLUMNS})


def found(lines: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in lines.orderBy("id").select(*columns).collect()]


def test_money_follows_from_what_is_given(spark: SparkSession) -> None:
    cases: list[tuple[dict[str, Any], str | None, str | None, str | None, list[str]]] = [
        # The amount alone.
        ({"amount": "10,00"}, "10", "0", "10", []),
        ({"amount": "-10,00", "quantity": "-1"}, "-10", "0", "-10", []),
        # List amount and discount.
        (
            {"list_amount": "1.319,80", "discount_amount": "119,80", "amount": None},
            "1319.80",
            "119.80",
            "1200",
            [],
        ),
        ({"list_amount": "59,70", "amount": None}, "59.70", "0", "59.70", []),
        ({"list_amount": "100", "amount": "85"}, "100", "15", "85", []),
        # All three, and they disagree: the amount is not looked at.
        ({"list_amount": "100", "discount_amount": "20", "amount": "70"}, "100", "20", "80", []),
        # Amount and discount.
        ({"amount": "90,00", "discount_amount": "10,00"}, "100", "10", "90", []),
        # Price times quantity, rounded half-up to four decimals: 0.3333 x 0.5 = 0.16665.
        (
            {"unit_price": "0,3333", "quantity": "0,5", "amount": None},
            "0.1667",
            "0",
            "0.1667",
            [],
        ),
        (
            {"unit_price": "0,3333", "quantity": "-0,5", "amount": None},
            "-0.1667",
            "0",
            "-0.1667",
            [],
        ),
        # 0.0001 x 0.499 = 0.0000499
        ({"unit_price": "0,0001", "quantity": "0,499", "amount": None}, "0", "0", "0", []),
        ({"unit_price": "50", "quantity": "2", "amount": "80"}, "100", "20", "80", []),
        (
            {"unit_price": "50", "quantity": "2", "discount_amount": "5", "amount": None},
            "100",
            "5",
            "95",
            [],
        ),
        # The list amount goes before the price.
        (
            {"list_amount": "99", "unit_price": "50", "quantity": "2", "amount": None},
            "99",
            "0",
            "99",
            [],
        ),
        ({"amount": "0"}, "0", "0", "0", []),
        ({"amount": "99999999999999,9999"}, "99999999999999.9999", "0", "99999999999999.9999", []),
        # What does not fit is refused.
        (
            {"unit_price": "99.999.999.999.999", "quantity": "10", "amount": None},
            None,
            "0",
            None,
            ["unreadable_number"],
        ),
        (
            {
                "list_amount": "-99999999999999,9999",
                "discount_amount": "99999999999999,9999",
                "amount": None,
            },
            "-99999999999999.9999",
            "99999999999999.9999",
            None,
            ["unreadable_number"],
        ),
        ({"amount": None}, None, "0", None, ["missing_amount"]),
        ({"amount": None, "discount_amount": "1"}, None, "1", None, ["missing_amount"]),
    ]
    lines = sale_lines(rows(spark, *(case[0] for case in cases)), SAO_PAULO)

    def exact(value: str | None) -> Decimal | None:
        return None if value is None else Decimal(value)

    columns = ("list_amount", "discount_amount", "amount")
    assert [kind for name, kind in lines.dtypes if name in columns] == 3 * ["decimal(18,4)"]
    expected = [(*map(exact, case[1:4]), [*case[4]]) for case in cases]
    made = found(lines, *columns, "reasons")
    # Of an amount that cannot be known the reasons alone matter.
    for place, (case, row) in enumerate(zip(expected, made, strict=True)):
        shown = row if not case[3] else (*case[:3], row[3])
        assert (place, shown) == (place, case)
    assert all(row[2] is None for row in made if row[3])


def test_an_amount_with_too_many_decimals_is_too_precise_and_not_unreadable(
    spark: SparkSession,
) -> None:
    given = rows(
        spark,
        {"amount": "10,00001"},
        {"list_amount": "10,00001", "amount": None},
        {"unit_price": "10,00001", "amount": None},
        {"amount": None},
    )
    assert found(sale_lines(given, SAO_PAULO), "reasons") == [
        *(3 * [(["too_precise"],)]),
        (["missing_amount"],),
    ]


def test_what_a_line_is_the_first_rule_decides(spark: SparkSession) -> None:
    cases = [
        (False, False, "1", "10", "sold"),
        (False, False, "0.001", "0.0001", "sold"),
        (False, False, "1", "0", "sold"),  # a gift: a price of zero is a price
        (False, False, "1", "-0.0001", "price_adjustment"),
        (False, False, "0", "10", "stock_adjustment"),
        (False, False, "0", "0", "stock_adjustment"),
        (False, False, "-1", "-10", "stock_adjustment"),
        (False, False, "-1", "10", "stock_adjustment"),
        (False, True, "-1", "-10", "return"),
        (False, True, "1", "10", "return"),  # the mark counts, not the sign
        (False, True, "0", "0", "return"),
        (False, True, "1", "-10", "return"),
        (True, False, "1", "10", "cancelled"),
        (True, True, "-1", "-10", "cancelled"),
        (True, False, "0", "0", "cancelled"),
    ]
    given = spark.createDataFrame(
        [(c, r, Decimal(q), Decimal(a), kind) for c, r, q, a, kind in cases],
        "cancelled boolean, returned boolean, q decimal(18,3), a decimal(18,4), "
        "kind string NOT NULL",
    )
    made = line_kind(F.col("cancelled"), F.col("returned"), F.col("q"), F.col("a"))
    assert_df_equality(given.withColumn("kind", made), given)


def test_the_business_day_is_that_of_the_networks_zone(spark: SparkSession) -> None:
    utc = replace(SAO_PAULO, source_zone="UTC")
    # What the file says, the business day, the instant in UTC.
    in_utc = [
        # An evening sale: 22:30 of 1 January in Sao Paulo.
        (None, "02/01/2024 01:30:00", date(2024, 1, 1), "2024-01-02 01:30:00"),
        (None, "02/01/2024 02:59:59", date(2024, 1, 1), "2024-01-02 02:59:59"),
        (None, "02/01/2024 03:00:00", date(2024, 1, 2), "2024-01-02 03:00:00"),
        # Summer time began on 2017-10-15: midnight did not exist, the day began at 01:00 (-2).
        (None, "15/10/2017 02:59:59", date(2017, 10, 14), "2017-10-15 02:59:59"),
        (None, "15/10/2017 03:00:00", date(2017, 10, 15), "2017-10-15 03:00:00"),
        # It ended on 2018-02-18: the hour from 23:00 of the 17th came twice.
        (None, "18/02/2018 01:30:00", date(2018, 2, 17), "2018-02-18 01:30:00"),
        (None, "18/02/2018 02:30:00", date(2018, 2, 17), "2018-02-18 02:30:00"),
        (None, "18/02/2018 03:00:00", date(2018, 2, 18), "2018-02-18 03:00:00"),
        # A business day that is given stands, whatever the time.
        ("01/01/2024", "02/01/2024 04:00:00", date(2024, 1, 1), "2024-01-02 04:00:00"),
        ("05/01/2024", None, date(2024, 1, 5), None),
    ]
    at_home = [
        (None, "01/01/2024 22:30:00", date(2024, 1, 1), "2024-01-02 01:30:00"),
        (None, "31/12/2023 23:59:59", date(2023, 12, 31), "2024-01-01 02:59:59"),
        # Clock times that Sao Paulo skipped stay on their day.
        (None, "15/10/2017", date(2017, 10, 15), "2017-10-15 03:00:00"),
        (None, "15/10/2017 00:30:00", date(2017, 10, 15), "2017-10-15 03:30:00"),
        (None, None, None, None),
    ]
    # New York lay three hours behind Sao Paulo in January 2018 (-5 and -2).
    new_york = replace(SAO_PAULO, source_zone="America/New_York")
    abroad = [
        (None, "09/01/2018 20:59:59", date(2018, 1, 9), "2018-01-10 01:59:59"),
        (None, "09/01/2018 21:00:00", date(2018, 1, 10), "2018-01-10 02:00:00"),
    ]
    parts: list[DataFrame] = []
    instant = F.date_format("sold_at", "yyyy-MM-dd HH:mm:ss").alias("instant")
    for conventions, cases in ((utc, in_utc), (SAO_PAULO, at_home), (new_york, abroad)):
        given = [{"business_day": case[0], "sold_at": case[1]} for case in cases]
        lines = sale_lines(rows(spark, *given), conventions)
        place = (F.col("id") + 100 * len(parts)).alias("id")
        parts.append(lines.select(place, "business_day", instant))
    made = parts[0].unionByName(parts[1]).unionByName(parts[2])
    expected = [case[2:] for case in (*in_utc, *at_home, *abroad)]
    assert found(made, "business_day", "instant") == expected


def test_every_reason_of_a_row_is_named_once_in_order(spark: SparkSession) -> None:
    nothing = dict.fromkeys(TEXT_COLUMNS)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, []),
        (
            {
                **nothing,
                "store_code": "  ",
                "line_number": "x",
                "discount_amount": "0,00001",
                "is_return": "talvez",
                "is_cancelled": "talvez",
            },
            [
                "missing_key",
                "missing_day",
                "missing_quantity",
                "missing_amount",
                "unreadable_number",
                "too_precise",
                "unreadable_flag",
            ],
        ),
        (
            {"business_day": "31/12/1999", "sold_at": "meio-dia", "quantity": "um"},
            ["unreadable_day", "day_out_of_range", "unreadable_number"],
        ),
        (nothing, ["missing_key", "missing_day", "missing_quantity", "missing_amount"]),
        ({"store_code": None}, ["missing_key"]),
        ({"sale_number": " "}, ["missing_key"]),
        ({"line_number": None}, ["missing_key"]),
        ({"business_day": None}, ["missing_day"]),
        ({"business_day": "30/02/2024"}, ["unreadable_day"]),
        ({"business_day": None, "sold_at": "2024-01-02"}, ["unreadable_day"]),
        ({"business_day": "01/01/2000"}, []),
        ({"business_day": "31/12/2030"}, []),
        ({"business_day": "31/12/1999"}, ["day_out_of_range"]),
        ({"business_day": "01/01/2031"}, ["day_out_of_range"]),
        ({"quantity": "1,2345"}, ["too_precise"]),
        ({"quantity": "1.5"}, ["unreadable_number"]),
        ({"quantity": None}, ["missing_quantity"]),
        ({"amount": "dez"}, ["unreadable_number"]),
        ({"unit_price": "x"}, ["unreadable_number"]),  # though the amount can be read
        ({"is_return": "?"}, ["unreadable_flag"]),
        ({"is_cancelled": "?"}, ["unreadable_flag"]),
        ({"by_queue": "?"}, []),  # an optional value costs no sale
    ]
    lines = sale_lines(rows(spark, *(case[0] for case in cases)), SAO_PAULO)
    made = found(lines, "reasons", "values_unreadable", "by_queue")
    assert [row[0] for row in made] == [case[1] for case in cases]
    assert [row[1] for row in made] == [0] * (len(cases) - 1) + [1]
    assert made[-1] == ([], 1, None)
    assert lines.schema["values_unreadable"].dataType.simpleString() == "int"


def test_a_line_has_the_number_of_the_source_or_none(spark: SparkSession) -> None:
    given = rows(
        spark, {"line_number": "3.0"}, {"line_number": "007"}, {"line_number": None}, {}
    ).unionByName(rows(spark, {"line_number": "1,5"}).withColumn("id", F.lit(5)))
    unnumbered = replace(SAO_PAULO, numbers_lines=False)
    assert found(sale_lines(given, unnumbered), "line_number", "reasons") == [
        (3, []),
        (7, []),
        (None, []),
        (1, []),
        (None, ["unreadable_number"]),
    ]


def test_a_line_is_read_whole_and_other_columns_pass_through(spark: SparkSession) -> None:
    given = rows(
        spark,
        {
            "store_code": " 001 ",
            "sold_at": "02/01/2024 10:02:11",
            "customer_code": "529.982.247-25",
            "salesperson_code": " V07",
            "channel": "loja",
            "by_queue": "Sim",
            "product_code": "CALÇA",
            "quantity": "2",
            "list_amount": "1.319,80",
            "discount_amount": "119,80",
            "amount": None,
        },
        {"customer_code": " padrão ", "channel": " ", "is_return": "S", "quantity": "-1"},
        {"customer_code": "000.000.000-00", "is_return": "N", "is_cancelled": "1"},
        {"customer_code": "191", "by_queue": "não", "quantity": "-1"},
        {"customer_code": "  ", "salesperson_code": "", "amount": "-0,01"},
        {"customer_code": "111.111.111-11", "amount": "0"},
    ).withColumn("file_id", F.lit("f1"))
    lines = sale_lines(given, SAO_PAULO)
    assert lines.dtypes == [
        ("id", "int"),
        ("file_id", "string"),
        ("store_code", "string"),
        ("business_day", "date"),
        ("sale_number", "string"),
        ("line_number", "int"),
        ("sold_at", "timestamp"),
        ("kind", "string"),
        ("code_class", "string"),
        ("customer_code", "string"),
        ("salesperson_code", "string"),
        ("channel", "string"),
        ("by_queue", "boolean"),
        ("product_code", "string"),
        ("quantity", "decimal(18,3)"),
        ("list_amount", "decimal(18,4)"),
        ("discount_amount", "decimal(18,4)"),
        ("amount", "decimal(18,4)"),
        ("reasons", "array<string>"),
        ("values_unreadable", "int"),
    ]
    first = ("id", "file_id", "kind", "code_class", "customer_code", "salesperson_code")
    columns = (*first, "channel", "by_queue", "product_code", "quantity", "amount", "reasons")
    ten, one, cent = Decimal(10), Decimal(1), Decimal("-0.01")
    cpf, trousers = "52998224725", Decimal(1200)
    nobody = (None, None, None, None)
    assert found(lines, *columns) == [
        (1, "f1", "sold", "coded", cpf, "V07", "loja", True, "CALÇA", Decimal(2), trousers, []),
        (2, "f1", "return", "generic", None, *nobody, -one, ten, []),
        (3, "f1", "cancelled", "generic", None, *nobody, one, ten, []),
        (
            4,
            "f1",
            "stock_adjustment",
            "coded",
            "00000000191",
            None,
            None,
            False,
            None,
            -one,
            ten,
            [],
        ),
        (5, "f1", "price_adjustment", "none", None, *nobody, one, cent, []),
        (6, "f1", "sold", "coded", "11111111111", *nobody, one, Decimal(0), []),
    ]
    assert found(lines.where("id = 1"), "store_code", "business_day", "sale_number") == [
        ("001", date(2024, 1, 2), "5501")
    ]
