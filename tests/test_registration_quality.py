"""The quality of a small registry, worked out by hand. Everybody is made up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from schemas import TABLES
from schemas.registration_quality import FIELDS, IDENTIFIED
from transforms.persons_cleaned import checked_persons, persons_cleaned
from transforms.ranking import SEGMENTS, WINDOW
from transforms.registration_quality import (
    accounts_to_register,
    accounts_without_registration,
    first_shared,
    registration_quality,
)
from transforms.segments import Way

MAY, JUNE = date(2025, 5, 31), date(2025, 6, 30)
ANA, BIA, EVA, IDA, LIA, ZOE = 1, 2, 3, 4, 5, 6
CUSTOMER = ["customer"]

CODES: dict[int, tuple[str, str, bool | None]] = {
    ANA: ("52998224725", "cpf", True),
    BIA: ("52998224724", "cpf", False),
    EVA: ("33000167000101", "cnpj", True),
    IDA: ("C-1", "text", None),
    LIA: ("11144477735", "cpf", True),
    ZOE: ("12345678909", "cpf", True),
}

PERSONS: list[dict[str, Any]] = [
    {
        "customer_id": ANA,
        "roles": CUSTOMER,
        "registered_on": date(2025, 4, 10),
        "store_code": "S1",
        "name": "Ana",
        "identity_document": "29.465.327-2 SSP/SP",
        "birth_date": date(1980, 1, 31),
        "email": " Ana@Example.com ",
        "mobile": "+55 (11) 98765-4321",
        "phone": "11 3456-7890",
        "address": "Rua A, 1",
        "cep": "01310-200",
        "state": "SP",
    },
    {  # as Ana's in e-mail and mobile, but two months later
        "customer_id": BIA,
        "roles": CUSTOMER,
        "registered_on": date(2025, 6, 1),
        "store_code": "S1",
        "name": "...",
        "identity_document": "29.465.327-3 SSP/SP",
        "birth_date": date(2025, 6, 15),
        "email": "ana@example.com",
        "mobile": "11987654321",
        "phone": "11 98765-4321",
        "address": "Rua B, 2",
        "cep": "01310-200",
        "state": "RJ",
    },
    {  # blanks, and a filler that others have as well, which makes nobody share
        "customer_id": EVA,
        "roles": CUSTOMER,
        "registered_on": date(2025, 4, 30),
        "store_code": "S2",
        "name": " \u00a0",
        "identity_document": "",
        "email": "não tem",
        "mobile": "99999999999",
        "cep": "20040-030",
    },
    {  # without store and day: always registered, in the network alone
        "customer_id": IDA,
        "roles": CUSTOMER,
        "name": "Ida",
        "birth_date": date(1900, 1, 1),
        "email": "não tem",
        "mobile": "99999999999",
        "phone": "1134567890",
        "address": "Rua D, 4",
        "cep": "00000-000",
    },
    {"customer_id": LIA, "roles": ["prospect"], "email": "ana@example.com", "store_code": "S1"},
    {"customer_id": ZOE, "roles": None, "email": "zoe@example.com", "store_code": "S1"},
]

# Per level and field: filled, valid, unique. Ana and Ida share the landline, Ida always had it.
MAY_OF_NETWORK = {  # Ana, Eva, Ida
    "cpf": (1, 1, 1),
    "cnpj": (1, 1, 1),
    "name": (2, 2, None),
    "identity_document": (1, 1, 1),
    "birth_date": (2, 1, None),
    "email": (3, 1, 1),
    "mobile": (3, 1, 1),
    "phone": (2, 2, 0),
    "address": (2, 2, None),
    "cep": (3, 2, None),
    "identified": (2, 1, None),
}
JUNE_OF_NETWORK = {  # and Bia
    "cpf": (2, 1, 1),
    "cnpj": (1, 1, 1),
    "name": (3, 2, None),
    "identity_document": (2, 1, 1),
    "birth_date": (3, 2, None),
    "email": (4, 2, 0),
    "mobile": (4, 2, 0),
    "phone": (3, 2, 0),
    "address": (3, 3, None),
    "cep": (4, 2, None),
    "identified": (3, 1, None),
}
JUNE_OF_S1 = {  # Ana and Bia
    "cpf": (2, 1, 1),
    "cnpj": (0, 0, 0),
    "name": (2, 1, None),
    "identity_document": (2, 1, 1),
    "birth_date": (2, 2, None),
    "email": (2, 2, 0),
    "mobile": (2, 2, 0),
    "phone": (2, 1, 0),
    "address": (2, 2, None),
    "cep": (2, 1, None),
    "identified": (2, 1, None),
}
ONLY_ANA: dict[str, tuple[int | None, ...]] = dict.fromkeys((*FIELDS, IDENTIFIED), (1, 1, None)) | {
    "cpf": (1, 1, 1),
    "cnpj": (0, 0, 0),
    "identity_document": (1, 1, 1),
    "email": (1, 1, 1),
    "mobile": (1, 1, 1),
    "phone": (1, 1, 0),
}
ANA_IN_JUNE = ONLY_ANA | {"email": (1, 1, 0), "mobile": (1, 1, 0)}
ONLY_EVA: dict[str, tuple[int | None, ...]] = dict.fromkeys((*FIELDS, IDENTIFIED), (0, 0, None)) | {
    "cpf": (0, 0, 0),
    "cnpj": (1, 1, 1),
    "identity_document": (0, 0, 0),
    "email": (1, 0, 0),
    "mobile": (1, 0, 0),
    "phone": (0, 0, 0),
    "cep": (1, 1, None),
}
ONLY_BIA = {
    "cpf": (1, 0, 0),
    "cnpj": (0, 0, 0),
    "name": (1, 0, None),
    "identity_document": (1, 0, 0),
    "birth_date": (1, 1, None),
    "email": (1, 1, 0),
    "mobile": (1, 1, 0),
    "phone": (1, 0, 0),
    "address": (1, 1, None),
    "cep": (1, 0, None),
    "identified": (1, 0, None),
}
APRIL = {  # Ana and Eva
    field: tuple(
        None if a is None or b is None else a + b
        for a, b in zip(ONLY_ANA[field], ONLY_EVA[field], strict=True)
    )
    for field in ONLY_ANA
}
EXPECTED: dict[tuple[date, str, str], tuple[int, dict[str, Any]]] = {
    (MAY, "network", "network"): (3, MAY_OF_NETWORK),
    (MAY, "store", "S1"): (1, ONLY_ANA),
    (MAY, "store", "S2"): (1, ONLY_EVA),
    (MAY, "salesperson", "P1"): (1, ONLY_ANA),
    (MAY, "registration_month", "2025-04"): (2, APRIL),
    (JUNE, "network", "network"): (4, JUNE_OF_NETWORK),
    (JUNE, "store", "S1"): (2, JUNE_OF_S1),
    (JUNE, "store", "S2"): (1, ONLY_EVA),
    (JUNE, "salesperson", "P2"): (1, ANA_IN_JUNE),
    (JUNE, "registration_month", "2025-04"): (
        2,
        APRIL | {"email": (2, 1, 0), "mobile": (2, 1, 0)},
    ),
    (JUNE, "registration_month", "2025-06"): (1, ONLY_BIA),
}

ALLOCATED = [
    (MAY, ANA, "S9", "P1", "salesperson"),
    (JUNE, ANA, "S9", "P2", "salesperson"),
    (JUNE, BIA, "S9", "P2", "transition"),
    (JUNE, EVA, "S9", None, "store"),
    (JUNE, IDA, None, None, None),
    (JUNE, LIA, "S9", "P2", "salesperson"),  # bought, and is registered as a prospect
]


@pytest.fixture(scope="module")
def codes(spark: SparkSession) -> DataFrame:
    rows = [(customer, *code) for customer, code in CODES.items()]
    return spark.createDataFrame(rows, TABLES["customer_codes"].ddl)


@pytest.fixture(scope="module")
def checked(spark: SparkSession, codes: DataFrame) -> DataFrame:
    table = TABLES["persons"]
    rows = [tuple(each.get(name) for name in table.column_names) for each in PERSONS]
    return checked_persons(spark.createDataFrame(rows, table.ddl), codes).cache()


@pytest.fixture(scope="module")
def allocated(spark: SparkSession) -> DataFrame:
    ddl = "as_of date, customer_id bigint, store_code string, salesperson_code string"
    return spark.createDataFrame(ALLOCATED, f"{ddl}, portfolio string")


def test_values_are_cleaned_beside_what_was_received(
    spark: SparkSession, checked: DataFrame
) -> None:
    table = TABLES["persons_cleaned"]
    ana = {
        "identity_document": "294653272",
        "email": "ana@example.com",
        "mobile": "11987654321",
        "phone": "1134567890",
        "cep": "01310200",
    }
    filler = {"email": "não tem", "email_reason": "not_one_at_sign", "mobile": "99999999999"}
    rows = {
        ANA: ana,
        BIA: {
            **ana,
            "cpf_reason": "wrong_check_digits",
            "name_reason": "nothing_usable",
            "identity_document": "294653273",
            "identity_document_reason": "wrong_check_digits",
            "birth_date_reason": "in_the_future",
            "phone": "11987654321",
            "phone_reason": "not_a_landline",
            "cep_reason": "another_state",
        },
        EVA: {**filler, "mobile_reason": "repeated_digits", "cep": "20040030"},
        IDA: {
            **filler,
            "mobile_reason": "repeated_digits",
            "birth_date_reason": "too_old",
            "phone": "1134567890",
            "cep": "00000000",
            "cep_reason": "repeated_digits",
        },
        LIA: {"email": "ana@example.com"},
        ZOE: {"email": "zoe@example.com"},
    }
    expected = spark.createDataFrame(
        [
            (customer, *(of_customer.get(name) for name in table.column_names[1:]))
            for customer, of_customer in rows.items()
        ],
        table.ddl,
    )
    actual = persons_cleaned(checked, MAY)
    assert_df_equality(actual, expected, ignore_nullable=True, ignore_row_order=True)
    assert not table.differences(actual.schema)


def test_every_level_counts_filled_valid_and_unique(
    spark: SparkSession, checked: DataFrame, allocated: DataFrame
) -> None:
    table = TABLES["registration_quality"]
    rows = []
    for place, (persons, fields) in EXPECTED.items():
        assert set(fields) == {*FIELDS, IDENTIFIED}
        for field, counts in fields.items():
            rates = [None if count is None else count / persons for count in counts]
            rows.append((*place, field, persons, *counts, *rates))
    expected = spark.createDataFrame(rows, table.ddl)
    actual = registration_quality(checked, allocated, [MAY, JUNE])
    assert_df_equality(actual, expected, ignore_nullable=True, ignore_row_order=True)
    assert not table.differences(actual.schema)


def test_one_date_is_as_among_several(checked: DataFrame, allocated: DataFrame) -> None:
    both = registration_quality(checked, allocated, [MAY, JUNE])
    alone = registration_quality(checked, allocated.where("as_of = '2025-05-31'"), [MAY])
    assert_df_equality(alone, both.where("as_of = '2025-05-31'"), ignore_row_order=True)


def test_three_who_share_a_value_share_it_from_the_first_other_one_on(
    spark: SparkSession,
) -> None:
    days = [date(2025, 1, 1), date(2025, 2, 1), date(2025, 2, 1), None, date(2025, 3, 1)]
    phones = ["1", "1", "1", "2", "2"]
    rows: list[tuple[Any, ...]] = [
        (number, registered_on, phone, None)
        for number, (registered_on, phone) in enumerate(zip(days, phones, strict=True), start=1)
    ]
    rows += [(6, date(2025, 1, 1), "3", None), (7, date(2025, 1, 1), "3", "wrong_length")]
    given = spark.createDataFrame(
        [(*row, None, None, None, None, None, None) for row in rows],
        "customer_id bigint, registered_on date, phone string, phone_reason string, "
        "email string, email_reason string, mobile string, mobile_reason string, "
        "identity_document string, identity_document_reason string",
    )
    found = first_shared(given).select("customer_id", "phone_shared_from").collect()
    assert sorted(map(tuple, found)) == [
        (1, date(2025, 2, 1)),
        (2, date(2025, 1, 1)),
        (3, date(2025, 1, 1)),
        (4, date(2025, 3, 1)),
        (5, date(1000, 1, 1)),  # the other one is registered without date
    ]


@pytest.mark.parametrize("way", [WINDOW, SEGMENTS, Way(whole=1, heavy=1)], ids=["w", "s", "cut"])
def test_accounts_to_register_are_ranked_by_value_in_their_store(
    spark: SparkSession, codes: DataFrame, way: Way
) -> None:
    given = [  # net, gross, registered
        (MAY, ANA, "10", "30", False),
        (MAY, BIA, "20", "20", False),
        (MAY, LIA, "20", "25", False),
        (MAY, EVA, "99", "99", True),
        (MAY, IDA, "0", "40", False),  # returned everything
        (MAY, ZOE, "-5", "5", False),
        (MAY, 7, "0.0001", "1", False),  # its code is not known here
        (JUNE, ANA, "10", "30", False),
        (JUNE, LIA, "30", "35", True),
    ]
    accounts = spark.createDataFrame(
        [
            (as_of, customer, Decimal(net), Decimal(gross), 2, as_of, registered)
            for as_of, customer, net, gross, registered in given
        ],
        "as_of date, customer_id bigint, net_amount decimal(18,4), gross_amount decimal(18,4), "
        "purchases bigint, last_purchase_on date, registered boolean",
    )
    allocated = spark.createDataFrame(
        [
            (MAY, ANA, "S1", "P1", "salesperson"),
            (MAY, BIA, "S1", "P1", "transition"),
            (MAY, LIA, "S1", None, "store"),
            (MAY, ZOE, "S2", "P2", "salesperson"),
            (MAY, IDA, "S2", "P2", "salesperson"),
            (JUNE, ANA, "S2", "P2", "salesperson"),
            (JUNE, LIA, "S2", "P2", "salesperson"),
        ],
        "as_of date, customer_id bigint, store_code string, salesperson_code string, "
        "portfolio string",
    )

    def listed(basis: Any) -> list[tuple[Any, ...]]:
        rows = accounts_without_registration(accounts, allocated, codes, basis)
        made = accounts_to_register(rows, way)
        assert not TABLES["accounts_to_register"].differences(made.schema)
        columns = ("as_of", "store_code", "rank", "customer_id", "salesperson_code", "code_valid")
        return [tuple(row) for row in made.orderBy(*columns[:3]).select(*columns).collect()]

    assert listed("net") == [
        (MAY, None, 1, 7, None, None),
        (MAY, "S1", 1, BIA, None, False),  # as much as Lia, and the lower id
        (MAY, "S1", 2, LIA, None, True),
        (MAY, "S1", 3, ANA, "P1", True),
        (JUNE, "S2", 1, ANA, "P2", True),
    ]
    assert listed("gross")[1:6] == [
        (MAY, "S1", 1, ANA, "P1", True),
        (MAY, "S1", 2, LIA, None, True),
        (MAY, "S1", 3, BIA, None, False),
        (MAY, "S2", 1, IDA, "P2", None),
        (MAY, "S2", 2, ZOE, "P2", True),
    ]
