"""Registrations of one person: the pairs that are found, and who stands for a group, by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.registry.merging import contradictory, surviving
from tests.test_person_history import given as rows_of
from transforms.duplicates import (
    alike_exactly,
    alike_probably,
    bearers,
    comparable,
    linkable,
    pairs_found,
    with_survivors,
)
from transforms.persons_cleaned import checked_persons
from transforms.validity import birth_date_reason

PEOPLE = (
    "customer_id bigint, tax_id string, email string, birth_date date, mobile string, "
    "name string, registered_on date, typed_code string"
)
BORN = date(1980, 1, 31)


def people(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    names = [each.split()[0] for each in PEOPLE.split(", ")]
    return spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], PEOPLE)


def pairs(frame: DataFrame) -> list[tuple[Any, ...]]:
    assert not frame.where("is_ambiguous is null").count()
    columns = ("customer_id", "other_customer_id", "passes", "evidence")
    return sorted(map(tuple, frame.select(*columns).collect()))


def test_each_pass_wants_all_of_its_fields(spark: SparkSession) -> None:
    rows = people(
        spark,
        {"customer_id": 1, "tax_id": "52998224725", "email": "a@x.example", "birth_date": BORN},
        {"customer_id": 2, "tax_id": "52998224725"},
        {"customer_id": 3, "email": "a@x.example", "birth_date": BORN, "name": "ANA"},
        {"customer_id": 4, "email": "a@x.example"},  # a couple's address: no birth date
        {"customer_id": 5, "mobile": "11987654321", "name": "ANA"},
        {"customer_id": 6, "mobile": "11987654321", "name": "ANA", "birth_date": BORN},
        {"customer_id": 7, "mobile": "11987654321", "name": "RUI"},
        {"customer_id": 8},
        {"customer_id": 9},  # nulls agree with nothing
    )
    assert pairs(pairs_found(alike_exactly(rows, 5))) == [
        (1, 2, ["code"], ["tax_id"]),
        (1, 3, ["email_birth_date"], ["email", "birth_date"]),
        (5, 6, ["mobile_name"], ["mobile", "name"]),
    ]


def test_a_pair_bears_every_pass_that_found_it(spark: SparkSession) -> None:
    alike = {"email": "a@x.example", "birth_date": BORN, "mobile": "11987654321", "name": "ANA"}
    rows = people(spark, {"customer_id": 4, **alike}, {"customer_id": -4, **alike})
    assert pairs(pairs_found(alike_exactly(rows, 2))) == [
        (
            -4,
            4,
            ["email_birth_date", "mobile_name"],
            ["email", "birth_date", "mobile", "name"],
        )
    ]


def test_two_valid_cpfs_are_two_people(spark: SparkSession) -> None:
    alike = {"email": "casa@x.example", "birth_date": BORN}
    rows = people(
        spark,
        {"customer_id": 1, "tax_id": "52998224725", **alike},
        {"customer_id": 2, "tax_id": "11144477735", **alike},
        {"customer_id": 3, **alike},  # of no valid code: may be either, so both are found
    )
    found, without_first = (
        pairs_found(alike_exactly(each, 5)).select(
            "customer_id", "other_customer_id", "is_ambiguous"
        )
        for each in (rows, rows.where("customer_id > 1"))
    )
    assert sorted(map(tuple, found.collect())) == [(1, 3, True), (2, 3, True)]
    assert list(map(tuple, without_first.collect())) == [(2, 3, False)]


def test_pairs_of_the_model_join_those_of_the_exact_passes(spark: SparkSession) -> None:
    rows = people(
        spark,
        {"customer_id": 1, "tax_id": "52998224725", "email": "a@x.example", "birth_date": BORN},
        {"customer_id": 2, "email": "a@x.example", "birth_date": BORN},
        {"customer_id": 3, "name": "ANA", "birth_date": BORN},
        {"customer_id": 4, "tax_id": "11144477735", "name": "ANA"},
        {"customer_id": 5, "tax_id": "52998224725"},
    )
    scored = spark.createDataFrame(
        [(1, 2, 0.97), (3, 4, 0.9999994), (3, 5, 0.9), (1, 4, 0.99)],
        "customer_id bigint, other_customer_id bigint, score double",
    )
    alike = alike_exactly(rows, 5).unionByName(alike_probably(rows, scored))
    columns = ("customer_id", "other_customer_id", "passes", "evidence", "score", "is_ambiguous")
    found = sorted(map(tuple, pairs_found(alike).select(*columns).collect()))
    one, both = Decimal(1), ["email_birth_date", "probabilistic"]
    assert found == [
        (1, 2, both, ["email", "birth_date"], one, False),
        (1, 5, ["code"], ["tax_id"], one, False),
        # 3 may be either of two people, and 1 and 4 are two whatever the model says.
        (3, 4, ["probabilistic"], ["name"], Decimal("0.999999"), True),
        (3, 5, ["probabilistic"], [], Decimal("0.9"), True),
    ]


def test_the_model_compares_words_and_ends_of_codes(spark: SparkSession) -> None:
    rows = people(
        spark,
        {"customer_id": 1, "name": "ANA LIMA SA", "typed_code": "52998224724"},
        {"customer_id": 2, "name": "Ó"},
        {"customer_id": 3},
    )
    columns = ("given_name", "surname", "name_start", "code_head", "code_tail")
    found = linkable(rows, 5).orderBy("customer_id").select(*columns).collect()
    assert list(map(tuple, found)) == [
        ("ANA", "SA", "AN", "529982", "224724"),
        ("Ó", "Ó", "Ó", None, None),
        (None, None, None, None, None),
    ]


def test_the_model_compares_no_email_or_mobile_that_too_many_share(spark: SparkSession) -> None:
    store, two = "loja@x.example", "casa@x.example"
    rows = people(
        spark,
        {"customer_id": 1, "email": store, "mobile": "11999999998", "birth_date": BORN},
        {"customer_id": 2, "email": store, "mobile": "11987654321", "birth_date": BORN},
        {"customer_id": 3, "email": store, "mobile": "11987654321", "birth_date": BORN},
        {"customer_id": 4, "email": two, "mobile": "11999999998"},
        {"customer_id": 5, "email": two, "mobile": "11999999998"},
        {"customer_id": 6},
        {"customer_id": 7},
        {"customer_id": 8},  # nobody's null is a filler
    )
    columns = ("customer_id", "email", "mobile", "birth_date")
    found = linkable(rows, 2).orderBy("customer_id").select(*columns).collect()
    assert list(map(tuple, found)) == [
        (1, None, None, BORN),
        (2, None, "11987654321", BORN),
        (3, None, "11987654321", BORN),
        (4, two, None, None),
        (5, two, None, None),
        (6, None, None, None),
        (7, None, None, None),
        (8, None, None, None),
    ]


@pytest.mark.parametrize(("most", "expected"), [(2, 0), (3, 3)])
def test_what_too_many_share_says_nothing(spark: SparkSession, most: int, expected: int) -> None:
    alike = {"mobile": "11999999998", "name": "CLIENTE"}
    rows = people(spark, *({"customer_id": each, **alike} for each in (1, 2, 3)))
    assert len(pairs(pairs_found(alike_exactly(rows, most)))) == expected


def test_registrations_are_compared_by_what_is_valid(spark: SparkSession) -> None:
    registry = rows_of(
        spark,
        "persons_received",
        [
            {
                "customer_id": 1,
                "name": "  João  da\tSilva ",
                "email": " J@X.Example",
                "mobile": "+55 (11) 98765-4321",
                "birth_date": BORN,
            },
            {"customer_id": 2, "name": "...", "email": "none", "mobile": "1", "birth_date": None},
            {"customer_id": 3, "birth_date": date(1890, 1, 1)},
            {"customer_id": 4},
        ],
    )
    codes = spark.createDataFrame(
        [
            (1, "52998224725", "text", None),
            (2, "52998224724", "cpf", False),
            (4, "191", "text", None),  # of which zeros would make a CPF with right check digits
        ],
        "customer_id bigint, customer_code string, code_kind string, code_valid boolean",
    )
    reason = birth_date_reason(F.col("birth_date"), F.lit(date(2025, 1, 1)))
    checked = checked_persons(registry, codes).withColumn("birth_date_reason", reason)
    found = comparable(registry, checked, codes).orderBy("customer_id")
    assert [tuple(row)[1:7] for row in found.collect()] == [
        ("52998224725", "j@x.example", BORN, "11987654321", "JOAO DA SILVA", "52998224725"),
        (None, None, None, None, None, "52998224724"),  # typed, with wrong check digits
        (None, None, None, None, None, None),
        (None, None, None, None, None, None),
    ]


def test_rows_go_to_who_stands_for_them_and_the_others_stay(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [(1, "a"), (2, "b"), (None, "c"), (3, "d")], "customer_id bigint, what string"
    )
    merges = spark.createDataFrame([(2, 3)], "customer_id bigint, surviving_id bigint")
    found = with_survivors(rows, merges)
    assert found.columns == ["customer_id", "what"]
    assert sorted(map(tuple, found.collect()), key=repr) == [
        (1, "a"),
        (3, "b"),
        (3, "d"),
        (None, "c"),
    ]


def test_of_a_group_stands_who_was_registered_first() -> None:
    days = {1: date(2021, 1, 1), 2: date(2020, 1, 1), 3: date(2020, 1, 1), 4: None}
    assert surviving([(1, 2)], days) == {1: 2}
    assert surviving([(2, 3), (1, 3)], days) == {1: 2, 3: 2}  # a tie: the smaller id
    assert surviving([(1, 4), (4, 9)], days) == {4: 1, 9: 1}  # 9 is in no registry
    assert surviving([(4, 9)], days) == {9: 4}
    assert surviving([(8, 9)], days) == {9: 8}
    assert surviving([(2, 3)], days, before=[3]) == {2: 3}  # a tie: who stood before
    assert surviving([(1, 3)], days, before=[1]) == {1: 3}  # no tie
    assert surviving([], days) == {}


def test_a_chain_of_pairs_joins_no_two_people() -> None:
    nobody: dict[int, list[int]] = {}
    # 1 and 4 bear two CPFs, 2 and 3 none that is valid: no link is more wrong than another.
    chain, cpfs = [(1, 2), (2, 3), (3, 4)], {1: [1], 4: [4]}
    apart_from_it = [(7, 8)]
    assert contradictory([*chain, *apart_from_it], [], [], cpfs) == set(chain)
    assert contradictory(chain, [], [], nobody) == set()
    assert contradictory(chain, [], [], {1: [1], 4: [1]}) == set()  # one CPF under two ids
    assert contradictory(chain, [], [], {3: [1, 4]}) == set(chain)  # two CPFs under one id
    # What is merged already stays so, and is looked at all the same.
    assert contradictory([(3, 4)], [(1, 2), (2, 3)], [], cpfs) == {(3, 4)}
    assert contradictory([(3, 4)], [(1, 2)], [], cpfs) == set()
    # Two who are kept apart are not joined by a third.
    assert contradictory(chain, [], [(1, 3)], nobody) == set(chain)
    assert contradictory([(5, 6)], [(1, 2), (2, 3)], [(1, 3), (6, 9)], nobody) == set()
    assert contradictory([], [(1, 2)], [(1, 2)], cpfs) == set()


def test_who_stands_for_a_cpf(spark: SparkSession) -> None:
    codes = [
        (3, "529.982.247-25", "other"),
        (2, "52998224725", "cpf"),
        (4, "11144477735", "cpf"),
        (5, "52998224726", "cpf"),  # wrong check digits
        (6, "52998224725", "cnpj"),
        (7, None, "cpf"),
        (8, "A-17", "other"),
        (4, "52998224725", "other"),  # she bears two
        (9, "00000000191", "cpf"),
        (10, "000.000.001-91", "text"),
        (1, "191", "text"),  # a number of the chain's own
    ]
    columns = "customer_id bigint, customer_code string, code_kind string"
    frame = spark.createDataFrame(codes, columns)
    found = sorted(map(tuple, bearers(frame).collect()))
    assert found == [(2, 2), (3, 2), (4, 2), (4, 4), (9, 9), (10, 9)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda p: p[0] != p[1])),
    st.dictionaries(st.integers(0, 12), st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 3))),
    st.randoms(),
)
def test_groups_do_not_depend_on_the_order_of_pairs(
    given_pairs: list[tuple[int, int]], days: dict[int, date | None], rng: Any
) -> None:
    found = surviving(given_pairs, days)
    turned = [pair[::-1] if rng.random() < 0.5 else pair for pair in given_pairs]
    rng.shuffle(turned)
    assert surviving(turned, days) == found
    # Whoever stands for somebody stands for herself, and two of a pair are one.
    stands = {each: found.get(each, each) for pair in given_pairs for each in pair}
    assert not set(found.values()) & set(found)
    assert all(stands[one] == stands[other] for one, other in given_pairs)
