"""From export rows to registries. All persons, codes and contacts are made up."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.registry import content, registry_rows, text_columns, with_usable_codes
from transforms.texts import text

PATTERNS = ("dd/MM/yyyy",)


def rows(spark: SparkSession, table: str, *given: dict[str, Any]) -> DataFrame:
    """Text rows, numbered from 1; columns that a row does not name are null."""
    names = text_columns(TABLES[table])
    filled = [
        {**dict.fromkeys(names), **each, "id": place} for place, each in enumerate(given, start=1)
    ]
    columns = ", ".join(f"{name} string" for name in names)
    read = spark.createDataFrame(filled, f"id int, {columns}")
    return read.withColumns({name: text(F.col(name)) for name in names})


def found(read: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in read.orderBy("id").select(*columns).collect()]


def test_persons_are_read_and_a_wrong_birth_date_is_null_and_counted(spark: SparkSession) -> None:
    given = rows(
        spark,
        "persons_received",
        {
            "person_code": " 529.982.247-25 ",
            "roles": "customer; salesperson",
            "registered_on": "02/01/2024",
            "name": " Inês Conceição ",
            "birth_date": "29/02/1988",
            "email": "ines@example.com",
            "opted_out": "Não",
            "channels_opted_out": "email|sms,phone;;mail",
        },
        {"person_code": "191", "birth_date": "29/02/1989", "registered_on": "ontem"},
        {"person_code": "A1", "birth_date": "1988-02-29", "opted_out": "talvez", "roles": "x"},
        {"person_code": "A2", "roles": "  ", "channels_opted_out": "sms;fax", "name": "   "},
        {"person_code": "  ", "name": "João", "birth_date": "31/12/1999", "opted_out": "S"},
        {"person_code": None, "birth_date": "x"},
    )
    read = registry_rows(given, TABLES["persons_received"], PATTERNS)
    who = ("id", "person_code", "name", "birth_date", "registered_on", "opted_out")
    columns = (*who, "roles", "channels_opted_out", "reasons", "values_unreadable")
    types = dict(read.dtypes)
    assert [types[name] for name in columns] == [
        "int",
        "string",
        "string",
        "date",
        "date",
        "boolean",
        "array<string>",
        "array<string>",
        "array<string>",
        "int",
    ]
    assert "customer_id" not in types
    born, joined = date(1988, 2, 29), date(2024, 1, 2)
    channels = ["email", "sms", "phone", "mail"]
    first: tuple[Any, ...]
    first = ("Inês Conceição", born, joined, False, ["customer", "salesperson"], channels, [], 0)
    missing = ["missing_key"]
    assert found(read, *columns) == [
        (1, "529.982.247-25", *first),
        (2, "191", None, None, None, None, None, None, [], 2),
        (3, "A1", None, None, None, None, ["x"], None, [], 2),
        (4, "A2", None, None, None, None, None, ["sms", "fax"], [], 1),
        (5, None, "João", date(1999, 12, 31), None, True, None, None, missing, 0),
        (6, None, None, None, None, None, None, None, missing, 1),
    ]


def test_a_list_of_channels_with_an_unknown_one_is_counted_and_kept(spark: SparkSession) -> None:
    lists: list[tuple[str | None, list[str] | None, int]] = [
        ("SMS; E-mail", ["sms", "e-mail"], 1),
        (" SMS |WhatsApp,Mail", ["sms", "whatsapp", "mail"], 0),
        ("phone;phone", ["phone", "phone"], 0),
        ("Telefone", ["telefone"], 1),
        ("all", ["all"], 1),  # a general refusal has a column of its own
        (" ; ,|", [], 0),  # a list of none refuses none
        ("", None, 0),
        (None, None, 0),
    ]
    given = [{"person_code": "A1", "channels_opted_out": said} for said, _, _ in lists]
    read = registry_rows(
        rows(spark, "persons_received", *given), TABLES["persons_received"], PATTERNS
    )
    assert found(read, "channels_opted_out", "values_unreadable", "reasons") == [
        (channels, unreadable, []) for _, channels, unreadable in lists
    ]


def test_roles_are_read_in_any_case_and_unknown_ones_are_kept(spark: SparkSession) -> None:
    lists: list[tuple[str, list[str] | None]] = [
        ("Customer; SALESPERSON", ["customer", "salesperson"]),
        ("Sócia|customer", ["sócia", "customer"]),
        (";", []),
        ("  ", None),
    ]
    given = [{"person_code": "A1", "roles": said} for said, _ in lists]
    read = registry_rows(
        rows(spark, "persons_received", *given), TABLES["persons_received"], PATTERNS
    )
    assert found(read, "roles", "values_unreadable") == [(roles, 0) for _, roles in lists]


def test_a_store_that_closes_before_it_opens_is_refused(spark: SparkSession) -> None:
    given = rows(
        spark,
        "stores",
        {"store_code": "001", "opened_on": "01/01/2020", "closed_on": "02/01/2020"},
        {"store_code": "002", "opened_on": "02/01/2020", "closed_on": "01/01/2020"},
        {"store_code": "003", "opened_on": "01/01/2020", "closed_on": "01/01/2020"},
        {"store_code": "004", "opened_on": None, "closed_on": "01/01/2020", "is_online": "sim"},
        {"store_code": "005", "opened_on": "01/01/2020", "is_online": "online"},
        {"store_code": "006", "opened_on": "32/01/2020", "closed_on": "01/01/2020"},
        {"store_code": None, "opened_on": "02/01/2020", "closed_on": "01/01/2020"},
        {"store_code": "", "store_name": "Praça"},
    )
    read = registry_rows(given, TABLES["stores"], PATTERNS)
    columns = ("store_code", "opened_on", "closed_on", "is_online", "reasons", "values_unreadable")
    first, second = date(2020, 1, 1), date(2020, 1, 2)
    assert found(read, *columns) == [
        ("001", first, second, None, [], 0),
        ("002", second, first, None, ["reversed_period"], 0),
        ("003", first, first, None, ["reversed_period"], 0),  # open on no day at all
        ("004", None, first, True, [], 0),
        ("005", first, None, None, [], 1),
        ("006", None, first, None, [], 1),
        (None, second, first, None, ["missing_key", "reversed_period"], 0),
        (None, None, None, None, ["missing_key"], 0),
    ]


def test_a_stint_needs_salesperson_store_and_first_day(spark: SparkSession) -> None:
    given = rows(
        spark,
        "salespeople",
        {"salesperson_code": "V1", "store_code": "001", "works_from": "01/01/2020"},
        {"salesperson_code": "V1", "store_code": "001", "works_from": "ontem"},
        {"salesperson_code": "V1", "store_code": "001", "works_from": None, "name": "Bia"},
        {"salesperson_code": None, "store_code": None, "works_from": None},
        {
            "salesperson_code": "V2",
            "store_code": "001",
            "works_from": "02/01/2020",
            "works_to": "02/01/2020",
        },
        {
            "salesperson_code": " ",
            "store_code": "001",
            "works_from": "02/01/2020",
            "works_to": "01/01/2020",
        },
        {
            "salesperson_code": "V3",
            "store_code": "001",
            "works_from": "01/01/2020",
            "works_to": "amanhã",
        },
    )
    read = registry_rows(given, TABLES["salespeople"], PATTERNS)
    assert found(read, "salesperson_code", "works_from", "reasons", "values_unreadable") == [
        ("V1", date(2020, 1, 1), [], 0),
        ("V1", None, ["unreadable_day"], 0),
        ("V1", None, ["missing_key"], 0),
        (None, None, ["missing_key"], 0),
        ("V2", date(2020, 1, 2), ["reversed_period"], 0),
        (None, date(2020, 1, 2), ["missing_key", "reversed_period"], 0),
        ("V3", date(2020, 1, 1), [], 1),
    ]


def test_only_real_codes_make_a_person(spark: SparkSession) -> None:
    given = spark.createDataFrame(
        [
            (1, "529.982.247-25", []),
            (2, "191", []),
            (3, "Padrão", []),
            (4, "0", []),
            (5, "000.000.000-00", []),
            (6, None, ["missing_key"]),
            (7, "-", []),
            (8, "529.982.247-24", []),  # a wrong digit names somebody all the same
            (9, "191", ["unreadable_day"]),
            (10, "consumidor", ["unreadable_day"]),
        ],
        "id int, person_code string, reasons array<string>",
    )
    sentinels = ("CONSUMIDOR", "PADRAO", "00000000000")
    read = with_usable_codes(given, "cpf", sentinels)
    assert sorted(read.columns) == ["customer_code", "id", "reasons"]
    assert found(read, "id", "customer_code", "reasons") == [
        (1, "52998224725", []),
        (2, "00000000191", []),
        (3, None, ["missing_key"]),
        (4, None, ["missing_key"]),
        (5, None, ["missing_key"]),
        (6, None, ["missing_key"]),
        (7, None, ["missing_key"]),
        (8, "52998224724", []),
        (9, "00000000191", ["unreadable_day"]),
        (10, None, ["unreadable_day", "missing_key"]),
    ]


def test_what_a_row_says_beyond_its_key() -> None:
    assert content(TABLES["salespeople"]) == ("works_to", "name")
    assert content(TABLES["products"]) == (
        "product_name",
        "brand",
        "department",
        "category",
        "subcategory",
    )
    assert not {"customer_id", "delivered_at"} & set(content(TABLES["persons_received"]))
    assert text_columns(TABLES["persons_received"])[0] == "person_code"
    assert text_columns(TABLES["stores"])[0] == "store_code"
