"""In which forms a code is known, and where that of somebody erased is found. All are made up."""

from __future__ import annotations

from collections import defaultdict

from pyspark.sql import DataFrame, SparkSession

from transforms.suppression import code_digests, codes_of_every_kind, mentions_suppressed


def test_a_code_is_known_in_every_kind_and_spelling(spark: SparkSession) -> None:
    given = [
        ("a CPF", "529.982.247-25"),
        ("without zeros", "123456797"),
        ("too short without zeros", "000.000.001-91"),
        ("mistyped", "12345678900"),
        ("a CNPJ", "11.222.333/0001-81"),
        ("the chain's own", " C12345 "),
        ("nothing", " "),
    ]
    codes = spark.createDataFrame(given, "what string, code string")
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in codes_of_every_kind(codes).select("what", "code_kind", "customer_code").collect():
        found[row.what].add((row.code_kind, row.customer_code))
    assert found == {
        "a CPF": {
            ("cpf", "52998224725"),
            ("cnpj", "00052998224725"),
            ("text", "52998224725"),
            ("text", "529.982.247-25"),
        },
        "without zeros": {
            ("cpf", "00123456797"),
            ("cnpj", "00000123456797"),
            ("text", "123456797"),
            ("text", "00123456797"),
            ("text", "001.234.567-97"),
            # The same digits are right as a CNPJ's too.
            ("text", "00000123456797"),
            ("text", "00.000.123/4567-97"),
        },
        "too short without zeros": {
            ("cpf", "00000000191"),
            ("cnpj", "00000000000191"),
            ("text", "00000000191"),
            ("text", "000.000.001-91"),
            ("text", "00000000000191"),
            ("text", "00.000.000/0001-91"),
        },
        "mistyped": {
            ("cpf", "12345678900"),
            ("cnpj", "00012345678900"),
            ("text", "12345678900"),
        },
        "a CNPJ": {
            ("cpf", "11222333000181"),
            ("cnpj", "11222333000181"),
            ("text", "11222333000181"),
            ("text", "11.222.333/0001-81"),
        },
        "the chain's own": {("cpf", "C12345"), ("cnpj", "C12345"), ("text", "C12345")},
    }


def test_an_erased_code_is_found_in_a_row_that_lost_its_zeros(
    spark: SparkSession, key: DataFrame
) -> None:
    erased = spark.createDataFrame([("00123456797",), ("52998224725",)], "code string")
    rows = [
        ("lost", '{"cpf":"123456797","qtd":"x"}'),
        ("punctuated", "01;001.234.567-97;x"),
        ("whole", "01;52998224725"),
        ("another's", "01;123456798"),
        ("in a longer number", "5299822472500;9123456797"),
    ]
    received = spark.createDataFrame(rows, "row_id string, raw_row string")
    suppressions = code_digests(codes_of_every_kind(erased), key)
    found = mentions_suppressed(received, suppressions, key).collect()
    assert {row.row_id for row in found} == {"lost", "punctuated", "whole"}
