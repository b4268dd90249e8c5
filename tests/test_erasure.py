"""Which rows, kept as received, name people, and what they are sought by. All are made up."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.registry.verifying import COLUMNS, sought_of
from tests.test_person_history import corrected, given, said
from transforms.erasure import (
    EMAIL,
    NAME,
    PHONE,
    RG,
    is_written_in_full,
    rows_that_name,
    values_corrected,
    values_of,
    values_of_few,
)
from transforms.traces import sought_forms, traces

VALUES = "kind string, value string"


def rows_of(spark: SparkSession, *raw_rows: str) -> DataFrame:
    return spark.createDataFrame([(each,) for each in raw_rows], "raw_row string")


def named(rows: DataFrame, codes: DataFrame, values: DataFrame) -> list[str]:
    return sorted(row.raw_row for row in rows_that_name(rows, codes, values).collect())


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("001.234.567-97", {'{"cpf":"123456797"}', "01;001.234.567-97;x"}),
        ("c12345", {'{"cliente":"C12345"}', '{"cliente":"\\tC12345"}'}),
        ("agua-77", {"x;ÁGUA 77;1"}),
        ("17850", {'{"cliente":"17850.0"}'}),
        ("12", set()),  # stands in anybody's row
        ("000.000.000-00", set()),
    ],
)
def test_a_code_alone_tells_whose_a_row_is(spark: SparkSession, code: str, found: set[str]) -> None:
    rows = rows_of(
        spark,
        '{"cpf":"123456797"}',
        "01;001.234.567-97;x",
        '{"cliente":"C12345"}',
        '{"cliente":"\\tC12345"}',
        '{"cliente":"C123456"}',
        "x;ÁGUA 77;1",
        '{"cliente":"17850.0"}',
        '{"cliente":"178501"}',
        "12/01/2024;12;0,00;0,00;0,00;0,00;0,00;000.000.000-00",
    )
    codes = spark.createDataFrame([(code,)], "code string")
    values = spark.createDataFrame([], VALUES)
    assert named(rows, codes, values) == sorted(found)


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        # Whole words: neither JuliANA LIMA, nor ANA LIMAo.
        (NAME, "ANA LIMA", ['{"nome":"Ana  Lima"}', "01;ana.lima;x"]),
        # Whole addresses, whatever stands around them.
        (EMAIL, "ana@x.example", ['"1";ANA@X.example.;"2"', '{"e":"<ana@x.example>"}']),
        (EMAIL, "x", []),  # what is typed of none
        (EMAIL, "@", []),
        # However it is written, and in a longer number too: rather a row too many.
        (PHONE, "11987654321", ["(11) 98765-4321", "5511987654321"]),
        (PHONE, "1", []),
        # An RG as a code: eight digits wherever they stand, fewer as words of their own.
        (RG, "MG-12.345.678", ["RG 12345678-X", "x;12.345.678;y"]),
        (RG, "1.234.567", ["1.234.567", "1234567"]),
        (RG, "isento", []),
        (RG, "00000000", []),
        (RG, "12", []),
    ],
)
def test_a_row_that_holds_a_value_names_whom_it_is_of(
    spark: SparkSession, kind: str, value: str, found: list[str]
) -> None:
    rows = rows_of(
        spark,
        '{"nome":"Ana  Lima"}',
        "01;ana.lima;x",
        '{"nome":"Juliana Lima"}',
        '{"nome":"Ana Limao"}',
        '"1";ANA@X.example.;"2"',
        '{"e":"<ana@x.example>"}',
        '{"e":"juliana@x.example"}',
        '{"e":"ju.ana@x.example"}',
        '{"e":"ana@x.example.org"}',
        "(11) 98765-4321",
        "5511987654321",
        "RG 12345678-X",
        "x;12.345.678;y",
        "1.234.567",
        "1234567",
        "91234567",
        "isento;00000000;12",
    )
    codes = spark.createDataFrame([], "code string")
    values = spark.createDataFrame([(kind, value)], VALUES)
    assert named(rows, codes, values) == sorted(found)


def test_people_are_sought_by_what_they_are_registered_with_and_by_what_was_corrected(
    spark: SparkSession,
) -> None:
    registered: list[dict[str, Any]] = [
        {
            "customer_id": 1,
            "name": " Ana  d'Ávila ",
            "email": " Ana@X.Example",
            "mobile": "+55 (11) 98765-4321",
            "phone": "11 3456-7890",
            "identity_document": " MG-12.345.678 ",
        },
        {"customer_id": 2, "name": "Ana", "email": " "},  # a name of one word is anybody's
        {"customer_id": 3},
    ]
    found = values_of(given(spark, "persons_received", registered))
    assert sorted(map(tuple, found.collect())) == [
        (1, "email", "ana@x.example"),
        (1, "name", "ANA D AVILA"),
        (1, "phone", "1134567890"),
        (1, "phone", "11987654321"),
        (1, "rg", "MG-12.345.678"),
    ]
    told = [
        corrected(1, "email", "Ana@X.Example", "ana@y.example"),
        corrected(1, "mobile", None, "11912345678"),
        corrected(1, "birth_date", "1980-01-31", "1980-01-30"),
        said("opt_out", 1, "email"),
    ]
    found = values_corrected(given(spark, "person_history", told))
    assert sorted(map(tuple, found.collect())) == [
        (1, "email", "ana@x.example"),
        (1, "email", "ana@y.example"),
        (1, "phone", "11912345678"),
    ]


def test_what_many_have_shows_nobodys_rows(spark: SparkSession) -> None:
    of_store = [(each, EMAIL, "loja@x.example") for each in (1, 2, 3)]
    twice = [(1, PHONE, "1134567890"), (1, PHONE, "1134567890"), (2, PHONE, "1134567890")]
    other = [(4, NAME, "loja@x.example"), (5, EMAIL, "eva@x.example")]
    everybodys = spark.createDataFrame([*of_store, *twice, *other], f"customer_id bigint, {VALUES}")
    sought = [
        (EMAIL, "loja@x.example"),
        (EMAIL, "ana@x.example"),
        (NAME, "loja@x.example"),
        (PHONE, "1134567890"),
        (PHONE, "987654321"),  # without area code it is anybody's
        (RG, "12345678"),
    ]
    values = spark.createDataFrame(sought, VALUES)
    found = values_of_few(values, everybodys, 2)
    assert sorted(map(tuple, found.collect())) == [
        (EMAIL, "ana@x.example"),
        (NAME, "loja@x.example"),
        (PHONE, "1134567890"),
    ]


def test_a_number_that_lacks_zeros_leads_to_no_other_code(spark: SparkSession) -> None:
    codes = {
        "529.982.247-25": True,
        "00000000191": True,
        "12.345.678/0001-95": True,
        "C12345": True,
        "191": False,
        "123456797": False,
        "1234567890123": False,  # thirteen digits lack one as a CNPJ
        "17850.0": False,
    }
    rows = spark.createDataFrame([(each,) for each in codes], "code string")
    found = rows.select("code", is_written_in_full(F.col("code")).alias("is_whole")).collect()
    assert {row.code: row.is_whole for row in found} == codes


@pytest.mark.parametrize(
    ("what", "value", "text", "is_found"),
    [
        ("mobile", "+55 11 98765-4321", '{"celular":"(11) 98765-4321"}', True),
        ("mobile", "+55 11 98765-4321", '{"celular":"5511987654321"}', True),
        ("mobile", "(11) 98765-4321", '{"celular":"5511987654321"}', True),
        ("mobile", "(11) 98765-4321", '{"celular":"21987654321"}', False),
        ("mobile", "none", "none", False),
        ("cpf", "C12345", '{"cliente":"c12345"}', True),
        ("cpf", "C12345", '{"valor":"123,45"}', False),
        ("cpf", "529.982.247-25", '{"cpf":"52998224725"}', True),
        ("cpf", "CPF 529.982.247-25", '{"cpf":"52998224725"}', True),
    ],
)
def test_who_should_be_gone_is_sought_in_every_form(
    spark: SparkSession, what: str, value: str, text: str, is_found: bool
) -> None:
    person = dict.fromkeys(COLUMNS, "") | {what: value}
    sought = sought_forms(sought_of(spark, bytes(range(32)), [person]))
    texts = spark.createDataFrame([("f", text)], "file string, text string")
    found = {row.what for row in traces(texts, sought).collect()}
    assert found == ({what} if is_found else set())
