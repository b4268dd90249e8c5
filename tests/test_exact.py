"""Exact arithmetic, against sums worked by hand and against Python's Decimal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.errors import ArithmeticException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from transforms.exact import from_minor, rounded_quotient, rounded_ratio, to_minor

PAIRS = 300
INT_64 = 2**63 - 1


def test_quotients_are_rounded_half_up_once_away_from_zero(spark: SparkSession) -> None:
    rows = [
        (1, 1, 2, 1),
        (2, -1, 2, -1),
        (3, 3, 2, 2),
        (4, -3, 2, -2),
        (5, 5, 2, 3),  # half-even would say 2
        (6, 1, 3, 0),
        (7, -1, 3, 0),
        (8, 2, 3, 1),
        (9, -2, 3, -1),
        (10, 0, 7, 0),
        (11, 7, 1, 7),
        (12, 49, 100, 0),
        (13, 50, 100, 1),
        (14, -50, 100, -1),
        (15, -49, 100, 0),
        (16, 999_999_999_999_999_999, 1, 999_999_999_999_999_999),
        (17, 999_999_999_999_999_999, 2, 500_000_000_000_000_000),
        (18, -999_999_999_999_999_999, 2, -500_000_000_000_000_000),
        (19, 1, 999_999_999_999_999_999, 0),
        (20, 500_000_000_000_000_000, 999_999_999_999_999_999, 1),
        (21, 499_999_999_999_999_999, 999_999_999_999_999_999, 0),
        (22, INT_64, INT_64, 1),
        (23, None, 2, None),
        (24, 2, None, None),
        (25, None, None, None),
    ]
    given_rows = spark.createDataFrame(rows, "id int, n bigint, d bigint, quotient bigint")
    divided = given_rows.withColumn("quotient", rounded_quotient(F.col("n"), F.col("d")))
    assert divided.schema["quotient"].dataType.simpleString() == "bigint"
    assert [tuple(row) for row in divided.orderBy("id").collect()] == rows


def rounded_by_python(numerator: int, denominator: int) -> int:
    with localcontext() as context:
        context.prec = 80
        return int((Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, int]:
    """Any pair, or one on or beside a half, whose quotient fits 64 bits."""
    denominator = draw(st.one_of(st.integers(1, 12), st.integers(1, 10**18 - 1)))
    largest = min(10**37 - 1, denominator * (INT_64 - 1))
    if draw(st.booleans()):
        numerator = draw(st.integers(-largest, largest))
    else:
        whole = draw(st.integers(-largest // denominator, largest // denominator - 1))
        numerator = (2 * whole + 1) * denominator // 2 + draw(st.integers(-1, 1))
    return max(-largest, min(largest, numerator)), denominator


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(pairs(), min_size=PAIRS, max_size=PAIRS))
def test_quotients_equal_those_of_pythons_decimal(
    spark: SparkSession, drawn: list[tuple[int, int]]
) -> None:
    rows = [(number, Decimal(n), d) for number, (n, d) in enumerate(drawn)]
    divided = spark.createDataFrame(rows, "id int, n decimal(37,0), d bigint").withColumn(
        "quotient", rounded_quotient(F.col("n"), F.col("d"))
    )
    found = [row.quotient for row in divided.orderBy("id").collect()]
    assert found == [rounded_by_python(n, d) for n, d in drawn]


def test_a_mean_of_very_many_fits_with_all_its_decimals(spark: SparkSession) -> None:
    customers, days = 50_000_000, 900
    numerator = Decimal(customers * days * 10**18)  # six decimals of its own and twelve of the mean
    row = spark.createDataFrame([(numerator, customers * 10**6)], "n decimal(38,0), d bigint")
    mean = rounded_quotient(F.col("n"), F.col("d"))
    assert [each.mean for each in row.select(mean.alias("mean")).collect()] == [days * 10**12]


RATIOS: list[tuple[int | None, int | None, str | None]] = [
    # In units of the last decimal these pass 64 bits, from 9,223,372.036854775808 on.
    (7_891_234_567_890, 100, "78912345678.9"),
    (7_891_234_567_890, 700, "11273192239.842857142857"),
    (-7_891_234_567_890, 700, "-11273192239.842857142857"),
    (INT_64, 10**12, "9223372.036854775807"),
    (INT_64 + 1, 10**12, "9223372.036854775808"),
    (-(INT_64 + 2), 10**12, "-9223372.036854775809"),
    (INT_64 + 1, 1, "9223372036854775808"),
    (10**24 - 1, 1, "999999999999999999999999"),
    (10**27, 3000, "333333333333333333333333.333333333333"),
    # Halves go away from zero.
    (1, 2 * 10**12, "0.000000000001"),
    (-1, 2 * 10**12, "-0.000000000001"),
    (1, 3, "0.333333333333"),
    (-2, 3, "-0.666666666667"),
    (4, 10**13, "0"),
    # What is left rounds up to one whole.
    (2 * 10**12 - 1, 2 * 10**12, "1"),
    (1 - 2 * 10**12, 2 * 10**12, "-1"),
    (2 * 10**19 - 3, 10**19 - 1, "2"),
    (0, 7, "0"),
    (7, 0, None),
    (7, -2, None),
    (7, None, None),
    (None, 7, None),
    (None, None, None),
]


def test_a_ratio_is_exact_whatever_its_whole_part(spark: SparkSession) -> None:
    rows = [
        (
            number,
            None if n is None else Decimal(n),
            None if d is None else Decimal(d),
            None if ratio is None else Decimal(ratio),
        )
        for number, (n, d, ratio) in enumerate(RATIOS)
    ]
    columns = "id int, n decimal(28,0), d decimal(28,0), ratio decimal(37,12)"
    given_rows = spark.createDataFrame(rows, columns)
    positive = F.when(F.col("d") > 0, F.col("d"))
    divided = given_rows.withColumn("ratio", rounded_ratio(F.col("n"), positive, 12))
    assert divided.dtypes == given_rows.dtypes
    assert [tuple(row) for row in divided.orderBy("id").collect()] == rows


def test_a_ratio_keeps_as_many_decimals_as_are_asked_for(spark: SparkSession) -> None:
    rows = [
        (1, 1, 20_000, Decimal("0.0001")),
        (2, -1, 20_000, Decimal("-0.0001")),
        (3, 1, 20_001, Decimal(0)),
        (4, 199_995, 100_000, Decimal(2)),
        (5, -199_995, 100_000, Decimal(-2)),
        (6, 199_994, 100_000, Decimal("1.9999")),
    ]
    given_rows = spark.createDataFrame(rows, "id int, n bigint, d bigint, ratio decimal(29,4)")
    divided = given_rows.withColumn("ratio", rounded_ratio(F.col("n"), F.col("d"), 4))
    assert divided.dtypes == given_rows.dtypes
    assert [tuple(row) for row in divided.orderBy("id").collect()] == rows


def test_a_ratio_too_large_for_its_type_is_an_error_and_not_another_number(
    spark: SparkSession,
) -> None:
    row = spark.createDataFrame([(Decimal(10**24), 1)], "n decimal(28,0), d bigint")
    with pytest.raises(ArithmeticException):
        row.select(rounded_ratio(F.col("n"), F.col("d"), 12)).collect()


def test_amounts_become_minor_units_and_back_without_loss(spark: SparkSession) -> None:
    rows = [
        (1, Decimal("12.3456"), 123_456, Decimal("1.500"), 1_500),
        (2, Decimal("-0.0001"), -1, Decimal("-0.001"), -1),
        (3, Decimal(0), 0, Decimal(0), 0),
        (4, Decimal("99999999999999.9999"), 10**18 - 1, Decimal("999999999999999.999"), 10**18 - 1),
        (5, Decimal("-99999999999999.9999"), 1 - 10**18, Decimal(7), 7_000),
        (6, None, None, None, None),
    ]
    columns = "id int, money decimal(18,4), cents bigint, amount decimal(18,3), grams bigint"
    given_rows = spark.createDataFrame(rows, columns)
    there = given_rows.select(
        "id",
        to_minor(F.col("money"), 4).alias("cents"),
        to_minor(F.col("amount"), 3).alias("grams"),
    )
    back = there.select(
        "id",
        from_minor(F.col("cents"), 4).alias("money"),
        "cents",
        from_minor(F.col("grams"), 3).alias("amount"),
        "grams",
    )
    assert back.dtypes == given_rows.dtypes
    assert [tuple(row) for row in back.orderBy("id").collect()] == rows


def test_a_sum_beyond_eighteen_digits_is_an_error_and_not_null(spark: SparkSession) -> None:
    too_large = spark.createDataFrame([(10**18,)], "cents bigint")
    with pytest.raises(ArithmeticException):
        too_large.select(from_minor(F.col("cents"), 4)).collect()
