"""Which rows, kept as received, hold the codes of people of whom nothing else is held."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from schemas import TABLES
from transforms.erasure import rows_that_name


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("001.234.567-97", {'{"cpf":"123456797"}', "01;001.234.567-97;x"}),
        ("c12345", {'{"cliente":"C12345"}', '{"cliente":"\\tC12345"}'}),
        ("agua-77", {"x;ÁGUA 77;1"}),
        ("17850", {'{"cliente":"17850.0"}'}),
        ("12", set()),  # stands in anybody's row
        ("000.000.000-00", set()),
    ],
)
def test_a_code_alone_tells_whose_a_row_is(spark: SparkSession, code: str, named: set[str]) -> None:
    raw_rows = [
        '{"cpf":"123456797"}',
        "01;001.234.567-97;x",
        '{"cliente":"C12345"}',
        '{"cliente":"\\tC12345"}',
        '{"cliente":"C123456"}',
        "x;ÁGUA 77;1",
        '{"cliente":"17850.0"}',
        '{"cliente":"178501"}',
        "12/01/2024;12;0,00;0,00;0,00;0,00;0,00;000.000.000-00",
    ]
    rows = spark.createDataFrame([(each,) for each in raw_rows], "raw_row string")
    codes = spark.createDataFrame([(code,)], "code string")
    registered = spark.createDataFrame([], TABLES["persons_received"].ddl)
    found = rows_that_name(rows, codes, registered).collect()
    assert {row.raw_row for row in found} == named
