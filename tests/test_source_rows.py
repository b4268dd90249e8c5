"""From text to typed values: what is read, and what is said of what cannot be read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from chispa import assert_df_equality
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas.rejected_rows import Reason
from transforms.source_rows import (
    Reading,
    count_true,
    day,
    exact_number,
    flag,
    is_damaged,
    number,
    plain_number,
    reasons,
    wall_time,
    whole_number,
)
from transforms.texts import text

UNREADABLE = "unreadable_number"
TOO_PRECISE = "too_precise"


def problem(reading: Reading) -> Column:
    """The one reason for which a value was not read, or null."""
    found = [
        F.when(condition, F.lit(reason.value)) for reason, condition in reading.problems.items()
    ]
    return F.array_join(F.array(*found), "+")


def read(given: DataFrame, reading: Reading) -> list[tuple[object, ...]]:
    """(id, raw, value, reason) of each row in order of id."""
    rows = given.select("id", "raw", reading.value, problem(reading)).orderBy("id").collect()
    return [(row[0], row[1], row[2], row[3] or None) for row in rows]


def written() -> Column:
    return text(F.col("raw"))


def read_number(decimal_mark: str, scale: int) -> Reading:
    return number(written(), exact_number(written(), decimal_mark, scale), decimal_mark, scale)


def numbered(spark: SparkSession, cases: list[tuple[object, ...]]) -> DataFrame:
    rows = [(place, case[0]) for place, case in enumerate(cases)]
    return spark.createDataFrame(rows, "id int, raw string")


def with_places(cases: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [(place, *case) for place, case in enumerate(cases)]


def test_numbers_with_a_decimal_point(spark: SparkSession) -> None:
    cases: list[tuple[object, ...]] = [
        ("1234.56", Decimal("1234.5600"), None),
        ("1,234.56", Decimal("1234.56"), None),
        ("-1,234,567.8", Decimal("-1234567.8"), None),
        ("1 234.56", Decimal("1234.56"), None),
        ("1\u00a0234\u00a0567.5", Decimal("1234567.5"), None),  # no-break spaces
        ("\t12.5 ", Decimal("12.5"), None),
        ("+7", Decimal(7), None),
        ("-0.0001", Decimal("-0.0001"), None),
        ("1,000", Decimal(1000), None),
        (".5", Decimal("0.5"), None),
        ("1.2300000", Decimal("1.23"), None),
        ("0.30000000000000004", Decimal("0.3"), None),  # 0.1 + 0.2 in floating point
        ("2.0999999999999996", Decimal("2.1"), None),
        ("99999999999999.9999", Decimal("99999999999999.9999"), None),
        ("-99,999,999,999,999.9999", Decimal("-99999999999999.9999"), None),
        ("0", Decimal(0), None),
        ("0.0000000", Decimal(0), None),
        ("-1,234.5000000", Decimal("-1234.5"), None),
        ("1,234.", Decimal(1234), None),
        ("1.5\u2028", None, UNREADABLE),  # a line separator, before which an expression may end
        ("1\u0085", None, UNREADABLE),
        ("1,5", None, UNREADABLE),
        ("1234,567", None, UNREADABLE),
        ("1,234,567,8", None, UNREADABLE),
        ("12,34.5", None, UNREADABLE),
        ("1,2345", None, UNREADABLE),
        ("1,234,56", None, UNREADABLE),
        ("1.234.567", None, UNREADABLE),
        ("1.234,56", None, UNREADABLE),
        ("100000000000000", None, UNREADABLE),  # fifteen digits before the mark
        ("1e30", None, UNREADABLE),
        ("abc", None, UNREADABLE),
        ("-", None, UNREADABLE),
        ("--1", None, UNREADABLE),
        ("1-", None, UNREADABLE),
        ("(1.00)", None, UNREADABLE),
        ("R$ 10", None, UNREADABLE),
        ("NaN", None, UNREADABLE),
        ("1.23456", None, TOO_PRECISE),
        ("0.00005", None, TOO_PRECISE),
        ("-1,234.00001", None, TOO_PRECISE),
        ("", None, None),
        ("   ", None, None),
        (None, None, None),
    ]
    reading = read_number(".", 4)
    given = numbered(spark, cases)
    assert given.select(reading.value.alias("v")).dtypes == [("v", "decimal(18,4)")]
    assert read(given, reading) == with_places(cases)


def test_numbers_with_a_decimal_comma_and_three_decimals(spark: SparkSession) -> None:
    cases: list[tuple[object, ...]] = [
        ("1234,5", Decimal("1234.5"), None),
        ("1.234,56", Decimal("1234.56"), None),
        ("1.234.567,891", Decimal("1234567.891"), None),
        ("1.234", Decimal(1234), None),
        ("-1.000", Decimal(-1000), None),
        ("1 234,5", Decimal("1234.5"), None),
        ("1\u00a0234,5", Decimal("1234.5"), None),
        ("1,5", Decimal("1.5"), None),
        ("+0,250", Decimal("0.25"), None),
        (",5", Decimal("0.5"), None),
        ("0,30000000000000004", Decimal("0.3"), None),
        ("999999999999999,999", Decimal("999999999999999.999"), None),
        ("7", Decimal(7), None),
        ("12.34", None, UNREADABLE),
        ("1.2345", None, UNREADABLE),
        ("1,234.56", None, UNREADABLE),
        ("1,2,3", None, UNREADABLE),
        ("1000000000000000", None, UNREADABLE),
        ("1,2345", None, TOO_PRECISE),
        ("0,0005", None, TOO_PRECISE),
        ("", None, None),
        (None, None, None),
    ]
    reading = read_number(",", 3)
    given = numbered(spark, cases)
    assert given.select(reading.value.alias("v")).dtypes == [("v", "decimal(18,3)")]
    assert read(given, reading) == with_places(cases)


def test_a_space_inside_a_number_is_read_only_between_groups_of_three(spark: SparkSession) -> None:
    cases: list[tuple[object, ...]] = [
        ("10 000", Decimal(10000), None),
        ("1 5", None, UNREADABLE),
        ("10 00", None, UNREADABLE),
        ("1 2.5", None, UNREADABLE),
        (None, None, None),
    ]
    reading = read_number(".", 4)
    assert read(numbered(spark, cases), reading) == with_places(cases)


def test_whole_numbers(spark: SparkSession) -> None:
    cases: list[tuple[object, ...]] = [
        ("3", 3, None),
        (" 3 ", 3, None),
        ("3.0", 3, None),
        ("3.000", 3, None),
        ("003", 3, None),
        ("-1", -1, None),
        ("0", 0, None),
        ("2147483647", 2147483647, None),
        ("2147483648", None, UNREADABLE),
        ("3\u2028", None, UNREADABLE),
        ("3.5", None, UNREADABLE),
        ("x", None, UNREADABLE),
        ("1 2", None, UNREADABLE),
        ("", None, None),
        ("  ", None, None),
        (None, None, None),
    ]
    assert read(numbered(spark, cases), whole_number(written())) == with_places(cases)


def test_whole_numbers_of_floating_point_are_written_as_digits(spark: SparkSession) -> None:
    cases = [
        (12345678810.0, "12345678810"),  # Java writes 1.234567881E10
        (1e7, "10000000"),
        (-3.0, "-3"),
        (12.5, "12.5"),
        (1e300, "1.0E300"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (None, None),
    ]
    rows = [(place, case[0]) for place, case in enumerate(cases)]
    given = spark.createDataFrame(rows, "id int, raw double")
    made = given.select("id", plain_number(F.col("raw")).alias("made")).orderBy("id").collect()
    assert [row.made for row in made] == [case[1] for case in cases]


def test_yes_and_no_in_two_languages(spark: SparkSession) -> None:
    yes = ["1", "S", "s", "Sim", "SIM", "Y", "yes", "T", "true", "V", "Verdadeiro", " sim "]
    no = ["0", "N", "n", "Não", "NÃO", "nao", "No", "F", "false", "Falso", " não "]
    wrong = ["2", "talvez", "sn", "-", "null"]
    cases: list[tuple[object, ...]] = [
        *((word, True, None) for word in yes),
        *((word, False, None) for word in no),
        *((word, None, "unreadable_flag") for word in wrong),
        ("", None, None),
        ("  ", None, None),
        (None, None, None),
    ]
    assert read(numbered(spark, cases), flag(written())) == with_places(cases)


def test_days_and_times_follow_the_first_pattern_that_fits(spark: SparkSession) -> None:
    patterns = ("dd/MM/yyyy HH:mm:ss", "dd/MM/yyyy", "MM/dd/yyyy")
    rows = [
        (1, "31/12/2020 23:59:58", datetime(2020, 12, 31, 23, 59, 58), date(2020, 12, 31), ""),
        (2, "31/12/2020", datetime(2020, 12, 31), date(2020, 12, 31), ""),
        (3, " 29/02/2020 ", datetime(2020, 2, 29), date(2020, 2, 29), ""),
        (4, "02/03/2020", datetime(2020, 3, 2), date(2020, 3, 2), ""),  # both fit: the first does
        (5, "12/31/2020", datetime(2020, 12, 31), date(2020, 12, 31), ""),
        (6, "29/02/2019", None, None, "unreadable_day"),
        (7, "31/04/2020", None, None, "unreadable_day"),
        (8, "31/12/2020 24:00:00", None, None, "unreadable_day"),
        (9, "31/12/20", None, None, "unreadable_day"),
        (10, "2020-12-31", None, None, "unreadable_day"),
        (11, "31/12/2020x", None, None, "unreadable_day"),
        (12, "ontem", None, None, "unreadable_day"),
        (13, "", None, None, ""),
        (14, "   ", None, None, ""),
        (15, None, None, None, ""),
        # A day that Sao Paulo's clocks began at one o'clock: clock time has no zone here.
        (16, "15/10/2017 00:30:00", datetime(2017, 10, 15, 0, 30), date(2017, 10, 15), ""),
    ]
    given = spark.createDataFrame([row[:2] for row in rows], "id int, raw string")
    time, only_day = wall_time(written(), patterns), day(written(), patterns)
    found = given.select(
        "id",
        "raw",
        # Written by the session's clock, which shows UTC: so tuples do not hang on the machine's.
        F.date_format(time.value, "yyyy-MM-dd HH:mm:ss").alias("time"),
        only_day.value.alias("day"),
        problem(time).alias("problem"),
        problem(only_day).alias("problem_of_day"),
        time.value.alias("typed"),
    )
    assert found.schema["typed"].dataType.simpleString() == "timestamp"
    assert found.schema["day"].dataType.simpleString() == "date"
    assert [tuple(row)[:6] for row in found.orderBy("id").collect()] == [
        (number_, raw, at.strftime("%Y-%m-%d %H:%M:%S") if at else None, on, why, why)
        for number_, raw, at, on, why in rows
    ]


def test_a_pattern_reads_text_of_its_own_length_whatever_characters_it_has(
    spark: SparkSession,
) -> None:
    given = spark.createDataFrame(
        # A year after a sign may have more digits, for whoever does not look at the length.
        [(1, "29·02·2020"), (2, "29.02.2020"), (3, "29·02·+12020"), (4, "29·02·20")],
        "id int, raw string",
    )
    read = day(written(), ["dd·MM·yyyy"])
    found = given.select("id", read.value.alias("day"), problem(read).alias("problem"))
    assert [tuple(row) for row in found.orderBy("id").collect()] == [
        (1, date(2020, 2, 29), ""),
        (2, None, "unreadable_day"),
        (3, None, "unreadable_day"),
        (4, None, "unreadable_day"),
    ]


def test_text_is_trimmed_and_nothing_is_null(spark: SparkSession) -> None:
    rows = [("  a b ", "a b"), ("á", "á"), ("", None), ("   ", None), (None, None), ("0", "0")]
    expected = spark.createDataFrame(rows, "raw string, text string")
    assert_df_equality(expected.select("raw", text(F.col("raw")).alias("text")), expected)


def test_text_of_white_space_alone_is_null(spark: SparkSession) -> None:
    rows = [("\t", None), ("\u00a0", None), ("\u00a0a\u00a0", "a"), ("\ta\r", "a")]
    expected = spark.createDataFrame(rows, "raw string, text string")
    assert_df_equality(expected.select("raw", text(F.col("raw")).alias("text")), expected)


def test_text_decoded_wrongly_is_told_from_portuguese(spark: SparkSession) -> None:
    rows = [
        ("JoÃ£o", True),
        ("CORAÃ\u0087Ã\u0083O", True),
        ("MaÃ§Ã£", True),
        ("SÃ£o JosÃ©", True),
        ("nÂº 5", True),
        ("Jo\ufffdo", True),
        ("\ufffd", True),
        ("João", False),
        ("CORAÇÃO", False),
        ("MAÇÃ", False),
        ("AMANHÃ", False),
        ("AMANHÃ\u00a0CEDO", False),  # a no-break space
        ("CÂMARA", False),
        ("PÃO DE AÇÚCAR", False),
        ("Inês Conceição", False),
        ("nº 5", False),
        ("", False),
        (None, False),
    ]
    expected = spark.createDataFrame(rows, "raw string, damaged boolean NOT NULL")
    assert_df_equality(expected.select("raw", is_damaged(F.col("raw")).alias("damaged")), expected)


def test_reasons_stand_once_each_in_the_order_of_the_enum(spark: SparkSession) -> None:
    columns = "id int, flag boolean, first boolean, second boolean, key boolean"
    rows = [
        (1, True, True, True, True),
        (2, False, False, False, False),
        (3, None, None, None, None),
        (4, False, False, True, False),
        (5, False, None, True, None),  # null or true is true
        (6, True, None, False, True),
        (7, False, True, None, False),
    ]
    found = spark.createDataFrame(rows, columns).select(
        "id",
        reasons(
            [
                (Reason.UNREADABLE_FLAG, F.col("flag")),
                (Reason.UNREADABLE_NUMBER, F.col("first")),
                (Reason.MISSING_KEY, F.col("key")),
                (Reason.UNREADABLE_NUMBER, F.col("second")),
            ]
        ).alias("reasons"),
        reasons([]).alias("none"),
        count_true([F.coalesce(F.col(name), F.lit(False)) for name in ("flag", "first")]).alias(
            "n"
        ),
    )
    types = [("id", "int"), ("reasons", "array<string>"), ("none", "array<string>"), ("n", "int")]
    assert found.dtypes == types
    assert [tuple(row) for row in found.orderBy("id").collect()] == [
        (1, ["missing_key", "unreadable_number", "unreadable_flag"], [], 2),
        (2, [], [], 0),
        (3, [], [], 0),
        (4, ["unreadable_number"], [], 0),
        (5, ["unreadable_number"], [], 0),
        (6, ["missing_key", "unreadable_flag"], [], 1),
        (7, ["unreadable_number"], [], 1),
    ]
