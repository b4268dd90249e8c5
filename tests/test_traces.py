"""What stands in a text of somebody, by hand."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from transforms.traces import DIGITS, WORDS, sought_forms, traces

CPF = "529.982.247-25"


@pytest.mark.parametrize(
    ("kind", "value", "text", "is_found"),
    [
        (DIGITS, CPF, '{"cpf":"52998224725"}', True),
        (DIGITS, "52998224725", "x 529.982.247-25;", True),
        (DIGITS, CPF, "5 2 9 9 8 2 2 4 7 2 5", True),
        (DIGITS, CPF, "529982 -  24725", False),  # more than two between
        (DIGITS, CPF, "152998224725", False),  # in a longer number
        (DIGITS, CPF, "529982247250", False),
        (DIGITS, CPF, "1 529982247250 529982247-25", True),  # once in one, once alone
        (DIGITS, CPF, "52998224724", False),
        (DIGITS, CPF, "", False),
        (DIGITS, CPF, None, False),
        (DIGITS, "001.234.567-97", '{"cpf":"123456797"}', True),  # a numeric column
        (DIGITS, "123456797", "001.234.567-97", True),
        (DIGITS, "001.234.567-97", "9123456797", False),  # in a longer number
        (DIGITS, "001.234.567-97", "12300123456797 1234567970", False),
        (DIGITS, "000.000.001-91", '{"qtd":"191"}', False),  # too few to tell whose they are
        (DIGITS, "000.000.001-91", "00000000191", True),
        (WORDS, "Ana Açucena", "… ANA ACUCENA de Lima", True),
        (WORDS, "ana@x.example", "ANA@X.EXAMPLE", True),
        (WORDS, "Ana Açucena", "Ana", False),
        (WORDS, "", "Ana", False),  # nothing is not sought
        (DIGITS, "no digits", "no digits", False),
    ],
)
def test_a_value_is_found_however_it_is_written(
    spark: SparkSession, kind: str, value: str, text: str | None, is_found: bool
) -> None:
    texts = spark.createDataFrame([("f", text), ("f", "else")], "file string, text string")
    sought = spark.createDataFrame([("it", kind, value)], "what string, kind string, value string")
    made = traces(texts, sought_forms(sought)).collect()
    assert [tuple(row) for row in made] == ([("f", "it", 1)] if is_found else [])
