"""Whom an action addresses: by hand, and as laws over random people."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from tests.test_person_history import given as rows_of
from transforms.campaign_lists import (
    Addressing,
    Limit,
    drawn,
    exclusions,
    lent,
    new_draws,
    over_limits,
    with_draw,
    with_reasons,
)
from transforms.periods import Period

AS_OF = date(2026, 3, 31)
IDS = "customer_id bigint"
CONTACTS = f"{IDS}, channel string, contacted_on date"
MONTH = Period.parse("30 days")


def found(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    return rows_of(spark, "persons", list(rows))


def ids(spark: SparkSession, *numbers: int) -> DataFrame:
    return spark.createDataFrame([(each,) for each in numbers], IDS)


def by_email(*limits: Limit) -> Addressing:
    return Addressing("email", "email", ("campaign",), limits)


def judged(
    spark: SparkSession,
    people: DataFrame,
    addressing: Addressing,
    *,
    blocks: list[tuple[int, str]] | None = None,
    held_out: tuple[int, ...] = (),
    contacts: list[tuple[int, str, date]] | None = None,
    elsewhere: tuple[int, ...] = (),
) -> DataFrame:
    return with_reasons(
        people,
        addressing,
        AS_OF,
        blocks=spark.createDataFrame(blocks or [], f"{IDS}, feature string"),
        held_out=ids(spark, *held_out),
        contacts=spark.createDataFrame(contacts or [], CONTACTS),
        in_other_action=ids(spark, *elsewhere),
    )


def reasons(frame: DataFrame) -> dict[int, list[str]]:
    return {
        row.customer_id: row.reasons_against
        for row in frame.select("customer_id", "reasons_against").collect()
    }


def test_each_reason_keeps_off_a_list_and_all_are_told_in_order(spark: SparkSession) -> None:
    mail = {"email": "a@x.example"}
    people = found(
        spark,
        {"customer_id": 1, **mail},
        {"customer_id": 2, **mail, "opted_out": True, "channels_opted_out": ["sms", "email"]},
        {"customer_id": 3, **mail, "opted_out": False, "channels_opted_out": ["sms"]},
        {"customer_id": 4, **mail},
        {"customer_id": 5, **mail},
        {"customer_id": 6, **mail},
        {"customer_id": 7, **mail},
        {"customer_id": 8, "email": "no address"},
        {"customer_id": 9},  # never registered: nothing is known of her
        {"customer_id": 10, **mail},
    )
    made = judged(
        spark,
        people,
        by_email(Limit(1, MONTH)),
        blocks=[(4, "campaign"), (10, "loyalty"), (2, "campaign")],
        held_out=(5, 99),
        contacts=[(6, "sms", AS_OF)],
        elsewhere=(7, 7),
    )
    assert reasons(made) == {
        1: [],
        2: ["opted_out", "channel_opted_out", "blocked"],
        3: [],
        4: ["blocked"],
        5: ["held_out"],
        6: ["contacted_recently"],
        7: ["in_other_action"],
        8: ["unreachable"],
        9: ["unreachable"],
        10: [],
    }
    told = exclusions(made).select("reason", "customers", "customers_in_all").collect()
    assert sorted(map(tuple, told)) == [
        ("blocked", 1, 2),
        ("channel_opted_out", 0, 1),
        ("contacted_recently", 1, 1),
        ("held_out", 1, 1),
        ("in_other_action", 1, 1),
        ("none", 3, 3),
        ("opted_out", 1, 1),
        ("unreachable", 2, 2),
    ]


@pytest.mark.parametrize(("silence", "expected"), [(True, {1, 3}), (False, {3})])
def test_who_never_said_anything_is_asked_for_by_the_setting(
    spark: SparkSession, silence: bool, expected: set[int]
) -> None:
    people = found(
        spark,
        {"customer_id": 1, "opted_out": None},
        {"customer_id": 2, "opted_out": True},
        {"customer_id": 3, "opted_out": False},
    )
    addressing = Addressing("in_store", None, ("campaign",), (), silence)
    told = reasons(judged(spark, people, addressing))
    assert {each for each, against in told.items() if not against} == expected


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("email", {1}),
        ("sms", {2}),
        ("whatsapp", {2}),
        ("phone", {2, 3}),
        ("mail", {4}),
        ("conecta", {1, 2, 3, 4, 5}),
        ("in_store", {1, 2, 3, 4, 5}),
    ],
)
def test_whom_a_channel_reaches(spark: SparkSession, channel: str, expected: set[int]) -> None:
    people = found(
        spark,
        {"customer_id": 1, "email": "a@x.example", "mobile": "1"},
        {"customer_id": 2, "mobile": "11 98765-4321"},
        {"customer_id": 3, "phone": "11 3456-7890"},
        {"customer_id": 4, "address": "Rua A, 1"},
        {"customer_id": 5, "email": " "},
    )
    made = judged(spark, people, Addressing(channel, None, ("campaign",), ()))
    assert {each for each, told in reasons(made).items() if not told} == expected


def test_limits_count_contacts_of_their_channel_and_period(spark: SparkSession) -> None:
    def ago(days: int) -> date:
        return AS_OF - timedelta(days=days)

    contacts = spark.createDataFrame(
        [
            (1, "email", ago(29)),
            (2, "email", ago(30)),  # the period has passed
            (3, "email", ago(1)),
            (3, "sms", ago(1)),
            (4, "sms", ago(2)),
            (5, "email", ago(-10)),  # lies ahead, and will be
        ],
        CONTACTS,
    )

    def over(*limits: Limit) -> list[int]:
        return sorted(row[0] for row in over_limits(contacts, limits, AS_OF).collect())

    assert over() == []
    assert over(Limit(1, MONTH)) == [1, 3, 4, 5]
    assert over(Limit(2, MONTH)) == [3]
    assert over(Limit(1, MONTH, "sms")) == [3, 4]
    assert over(Limit(2, MONTH), Limit(1, MONTH, "sms")) == [3, 4]


def test_nobody_who_may_not_be_addressed_is_on_a_list(spark: SparkSession) -> None:
    """The law, over random registries: whoever has any reason is not drawn, everybody else is."""
    rng = Random(26)
    channels = ("email", "sms", "phone", "whatsapp", "mail", "conecta", "boomerang", "in_store")
    for channel in channels:
        people, blocks, held, expected = [], [], [], {}
        opt_out = channel if channel in channels[:5] else None
        barring = ("campaign", channel) if channel in ("conecta", "boomerang") else ("campaign",)
        for each in range(60):
            out = rng.choice([None, False, True])
            refused = rng.choice([None, [], rng.sample(channels[:5], 2)])
            feature = rng.choice([None, None, "campaign", "conecta", "boomerang", "loyalty"])
            is_held = rng.random() < 0.2
            blocks += [(each, feature)] if feature else []
            held += [each] if is_held else []
            people.append(
                {
                    "customer_id": each,
                    "opted_out": out,
                    "channels_opted_out": refused,
                    "email": "a@x.example",
                    "mobile": "11987654321",
                    "address": "Rua A, 1",
                }
            )
            is_barred = out is True or (opt_out in (refused or [])) or feature in barring
            expected[each] = not (is_barred or is_held)
        made = judged(
            spark,
            found(spark, *people),
            Addressing(channel, opt_out, barring, ()),
            blocks=blocks,
            held_out=tuple(held),
        )
        assert {each: not told for each, told in reasons(made).items()} == expected, channel


def test_a_control_is_drawn_alike_in_whatever_company(spark: SparkSession, key: DataFrame) -> None:
    share = Decimal("0.05")

    def groups(count: int, partitions: int, action: str = "a") -> dict[int, str]:
        base = spark.range(count).withColumnRenamed("id", "customer_id").repartition(partitions)
        rows = drawn(base.transform(with_draw, f"control|{action}", key), share, [])
        assert rows.where("stratum <> ''").isEmpty()
        return dict(map(tuple, rows.select("customer_id", "list_group").collect()))

    few, many = groups(2000, 1), groups(4000, 7)
    assert few.items() <= many.items()
    control = sum(each == "control" for each in many.values())
    assert abs(control - 200) < 4 * (4000 * 0.05 * 0.95) ** 0.5
    other = groups(4000, 2, "b")
    both = sum(many[each] == other[each] == "control" for each in many)
    assert both < 30  # drawn independently: 10 are expected


def test_strata_have_the_same_share_of_the_control(spark: SparkSession, key: DataFrame) -> None:
    share = Decimal("0.10")
    rows = spark.createDataFrame(
        [(each, "x" if each < 100 else "y" if each < 130 else None) for each in range(137)],
        f"{IDS}, segment string",
    ).transform(with_draw, "control|a", key)
    expected = in_control(rows, share)
    few = sum(each >= 130 for each in expected)  # 0.7 of seven, rounded by lot
    assert few in {0, 1}
    made = drawn(rows, share, ["segment"]).select("stratum", "list_group").collect()
    counted = Counter(map(tuple, made))
    assert counted == Counter(
        {
            ("x", "control"): 10,
            ("x", "list"): 90,
            ("y", "control"): 3,
            ("y", "list"): 27,
            ("", "control"): few,
            ("", "list"): 7 - few,
        }
    )
    again = drawn(rows.repartition(5), share, ["segment"])
    assert Counter(map(tuple, again.select("stratum", "list_group").collect())) == counted
    # The lowest draws are the control's.
    control = again.where("list_group = 'control'").select("customer_id").collect()
    assert {row.customer_id for row in control} == expected


@pytest.mark.parametrize("size", [9, 10])
def test_small_strata_are_rounded_by_lot(spark: SparkSession, key: DataFrame, size: int) -> None:
    """Half-up a share of 0.05 would be nobody of nine, and of ten one in every stratum."""
    share = Decimal("0.05")
    rows = spark.range(1000 * size).selectExpr(
        "id AS customer_id", f"CAST(id DIV {size} AS string) AS segment"
    )
    draws = rows.transform(with_draw, "control|a", key)
    made = drawn(draws, share, ["segment"]).where("list_group = 'control'")
    control = [row.customer_id for row in made.select("customer_id").collect()]
    assert set(control) == in_control(draws, share)
    assert set(Counter(each // size for each in control).values()) == {1}
    chance = size * 0.05
    assert abs(len(control) - 1000 * chance) < 4 * (1000 * chance * (1 - chance)) ** 0.5


@pytest.mark.parametrize(
    ("draws", "many"),
    [
        # Of three the share comes to 0.75: the lowest draw's last six digits are the lot.
        ([(1, 250_000), (2, 2_999_999), (3, 3_999_999)], 1),
        ([(1, 249_999), (2, 2_999_999), (3, 3_999_999)], 0),
        ([(1, 7_000_000), (2, 8_999_999), (3, 9_999_999)], 0),
        # Of four it is whole, whatever the lot.
        ([(1, 999_999), (2, 2_000_000), (3, 3_000_000), (4, 4_000_000)], 1),
        ([(1, 1_000_000), (2, 2_999_999), (3, 3_999_999), (4, 4_999_999)], 1),
        # Equal draws go by the id; the first are the greatest that there are.
        ([(3, 2**60 - 1), (1, 2**60 - 1)], 1),
        ([(2, 500_000), (1, 500_000)], 1),
        ([(2, 499_999), (1, 499_999)], 0),
    ],
)
def test_the_lot_is_exact(spark: SparkSession, draws: list[tuple[int, int]], many: int) -> None:
    rows = spark.createDataFrame(
        [(each, draw, None) for each, draw in draws], f"{IDS}, _draw bigint, segment string"
    )
    made = drawn(rows, Decimal("0.25"), ["segment"]).where("list_group = 'control'")
    assert [row.customer_id for row in made.select("customer_id").collect()] == [1][:many]


def in_control(rows: DataFrame, share: Decimal) -> set[int]:
    """The lowest draws of each stratum, as many as its lot rounds to."""
    by_stratum: dict[str | None, list[tuple[int, int]]] = {}
    for row in rows.collect():
        by_stratum.setdefault(row.segment, []).append((row._draw, row.customer_id))
    found: set[int] = set()
    for members in by_stratum.values():
        members.sort()
        lot = Fraction(members[0][0] % 1_000_000, 1_000_000)
        many = floor(len(members) * Fraction(share) + lot)
        found |= {customer for _, customer in members[:many]}
    return found


def test_who_was_drawn_into_the_holdout_or_not_stays_so(
    spark: SparkSession, key: DataFrame
) -> None:
    base = spark.range(1000).withColumnRenamed("id", "customer_id")
    draws = base.transform(with_draw, "holdout|one", key)
    first = new_draws(draws.where("customer_id < 500"), ids(spark), Decimal("0.1"))
    assert abs(first.where("is_held_out").count() - 50) < 4 * (500 * 0.1 * 0.9) ** 0.5
    # A larger share holds out more of those who came since, and nobody of the others.
    later = new_draws(draws, first, Decimal("0.5"))
    assert later.where("customer_id < 500").isEmpty()
    assert later.count() == 500
    assert abs(later.where("is_held_out").count() - 250) < 4 * (500 * 0.25) ** 0.5
    assert new_draws(draws, ids(spark), Decimal(0)).where("is_held_out").isEmpty()


def test_customers_in_transition_are_lent_evenly(spark: SparkSession) -> None:
    columns = (
        f"{IDS}, _draw bigint, list_group string, store_code string, salesperson_code string, "
        "portfolio string"
    )
    rows: list[tuple[Any, ...]] = [
        (each, each, "list", "01", "gone", "transition") for each in range(7)
    ]
    rows += [(each, each, "control", "01", "gone", "transition") for each in range(7, 9)]
    rows += [
        (10, 1, "list", "01", "ana", "salesperson"),
        (11, 1, "list", "01", None, "store"),
        (12, 1, "list", "02", "gone", "transition"),  # a store without anybody
        (13, 1, "list", None, None, None),
    ]
    present = spark.createDataFrame(
        [("01", "rui"), ("01", "ana"), ("01", "eva"), ("03", "tom")],
        "store_code string, salesperson_code string",
    )
    made = lent(spark.createDataFrame(rows, columns).repartition(3), present)
    told: dict[int, tuple[str | None, bool]] = {
        row.customer_id: (row.salesperson_code, row.is_lent) for row in made.collect()
    }
    turn = ("ana", "eva", "rui")
    expected: dict[int, tuple[str | None, bool]] = {
        each: (turn[each % 3], True) for each in range(7)
    }
    expected |= {7: ("ana", True), 8: ("eva", True)}
    expected |= {10: ("ana", False), 11: (None, False), 12: (None, False), 13: (None, False)}
    assert told == expected
