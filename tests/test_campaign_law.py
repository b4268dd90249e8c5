"""The law of lists: over random registries and filters, who may not be addressed is on none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tests.test_search import COLUMNS, NAMES
from transforms.campaign_lists import Addressing, drawn, lent, with_draw, with_reasons
from transforms.search import search
from transforms.search_filters import Filters

AS_OF = date(2024, 2, 29)
JANUARY = date(2024, 1, 1)
PEOPLE, ROUNDS = 150, 15
CHANNELS = ("email", "sms", "phone", "whatsapp", "mail")
MEDIA = ("conecta", "boomerang", "in_store")
SEGMENTS, STORES, SELLERS = ("new", "loss_risk", "normal_lost"), ("01", "02"), ("ana", "rui")
MORE = "opted_out boolean, channels_opted_out array<string>, phone string"
Person = dict[str, Any]


def person(rng: Random, number: int) -> Person:
    """Somebody who has bought, is registered, or both."""
    kind = rng.choice(["both", "both", "account", "registered"])
    made: Person = {"customer_id": number, "as_of": AS_OF}
    if kind != "account":
        made |= {
            "is_registered": True,
            "sex": rng.choice(["F", "M", None]),
            "loyalty_programme": rng.choice(["Clube", None]),
            "opted_out": rng.choice([None, False, False, True]),
            "channels_opted_out": rng.choice([None, [], rng.sample(CHANNELS, 2)]),
            "email": "a@x.example",
            "mobile": "11987654321",
            "address": "Rua A, 1",
        }
    if kind != "registered":
        made |= {
            "purchases": rng.randint(1, 4),
            "net_amount": Decimal(rng.randint(-5, 200)),
            "last_purchase_on": AS_OF - timedelta(days=rng.randint(0, 90)),
            "online_purchases": rng.randint(0, 1),
            "frequency_class": rng.choice(["weekly", "other", None]),
            "segment": rng.choice([*SEGMENTS, None]),
            "category": rng.choice(["best", "rare", None]),
            "store_code": rng.choice([*STORES, None]),
            "salesperson_code": rng.choice([*SELLERS, None]),
            "portfolio": rng.choice(["salesperson", "transition", None]),
        }
    return made


def between(name: str, low: Any, high: Any) -> Callable[[Person], bool]:
    return lambda each: each.get(name) is not None and low <= each[name] <= high


def among(name: str, values: tuple[str, ...]) -> Callable[[Person], bool]:
    return lambda each: each.get(name) in values


def filters(rng: Random, bought: set[int]) -> tuple[dict[str, Any], list[Callable[[Person], bool]]]:
    """Some filters drawn, and what each asks of a person, in Python."""
    segments, store = tuple(rng.sample(SEGMENTS, 2)), rng.choice(STORES)
    seller, many = rng.choice(SELLERS), rng.randint(1, 3)
    since = AS_OF - timedelta(days=rng.randint(5, 80))
    has_account = rng.choice([True, False])
    is_member = rng.choice([True, False])
    known: dict[str, tuple[Any, Callable[[Person], bool]]] = {
        "with_purchases": (
            has_account,
            lambda each: (each.get("purchases") is not None) is has_account,
        ),
        "online": (True, lambda each: (each.get("online_purchases") or 0) > 0),
        "in_loyalty": (is_member, lambda each: bool(each.get("loyalty_programme")) is is_member),
        "sex": ("f", lambda each: each.get("sex") == "F"),
        "frequency": ("weekly", among("frequency_class", ("weekly",))),
        "segment": (segments, among("segment", segments)),
        "rfv_category": (("best",), among("category", ("best",))),
        "main_store": ((store,), among("store_code", (store,))),
        "salesperson": (
            (seller,),
            lambda each: (
                each.get("portfolio") == "salesperson" and each.get("salesperson_code") == seller
            ),
        ),
        "total_purchases": ((many, 3), between("purchases", many, 3)),
        "total_value": (
            (Decimal(0), Decimal(100)),
            between("net_amount", Decimal(0), Decimal(100)),
        ),
        "last_purchase": ((since, AS_OF), between("last_purchase_on", since, AS_OF)),
        "bought_in": (JANUARY, lambda each: each["customer_id"] in bought),
        "not_bought_in": (JANUARY, lambda each: each["customer_id"] not in bought),
    }
    chosen = rng.sample(sorted(known), rng.randint(0, 3))
    return {name: known[name][0] for name in chosen}, [known[name][1] for name in chosen]


def frame(spark: SparkSession, people: list[Person]) -> DataFrame:
    names = [*NAMES, *(each.split(" ")[0] for each in MORE.split(", "))]
    rows = [tuple(each.get(name) for name in names) for each in people]
    return spark.createDataFrame(rows, f"{COLUMNS}, {MORE}")


SEEDS = [1, *(pytest.param(each, marks=pytest.mark.slow) for each in (2, 3))]


@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_may_not_be_addressed_is_on_no_list(
    spark: SparkSession, key: DataFrame, seed: int
) -> None:
    rng = Random(seed)
    everybody = [person(rng, number) for number in range(PEOPLE)]
    erased = set(rng.sample(range(PEOPLE), 10))
    people = [each for each in everybody if each["customer_id"] not in erased]
    bought = {each["customer_id"] for each in people if "purchases" in each and rng.random() < 0.4}
    tickets = spark.createDataFrame(
        [(each, JANUARY + timedelta(days=each % 31), True, Decimal(1)) for each in sorted(bought)],
        "customer_id bigint, business_day date, is_purchase boolean, net_amount decimal(18,4)",
    )
    features = ("campaign", "conecta", "boomerang", "loyalty")
    blocked = {each: rng.choice(features) for each in rng.sample(range(PEOPLE), 40)}
    held = set(rng.sample(range(PEOPLE), 20))
    customers = frame(spark, people).cache()
    ids = "customer_id bigint"
    blocks = spark.createDataFrame(list(blocked.items()), f"{ids}, feature string").cache()
    held_out = spark.createDataFrame([(each,) for each in sorted(held)], ids).cache()
    nobody = spark.createDataFrame([], ids)
    contacts = spark.createDataFrame([], f"{ids}, channel string, contacted_on date")
    team = spark.createDataFrame([("01", "ana")], "store_code string, salesperson_code string")
    addressed = 0
    for number in range(ROUNDS // 3):
        channel = rng.choice(CHANNELS + MEDIA)
        opt_out = channel if channel in CHANNELS else None
        barring = ("campaign", channel) if channel in features else ("campaign",)
        asked, conditions = filters(rng, bought)
        judged = with_reasons(
            search(customers, tickets, Filters(**asked)),
            Addressing(channel, opt_out, barring, ()),
            AS_OF,
            blocks=blocks,
            held_out=held_out,
            contacts=contacts,
            in_other_action=nobody,
        )
        made = (
            judged.where(F.size("reasons_against") == 0)
            .transform(with_draw, f"control|{number}", key)
            .transform(drawn, Decimal("0.2"), rng.choice([[], ["segment"]]))
            .transform(lent, team)
        )
        rows = made.select("customer_id", "list_group").collect()
        may_be = {
            each["customer_id"]
            for each in people
            if all(fulfils(each) for fulfils in conditions)
            and each.get("opted_out") is not True
            and opt_out not in (each.get("channels_opted_out") or [])
            and blocked.get(each["customer_id"]) not in barring
            and each["customer_id"] not in held
            and (channel in MEDIA or each.get("is_registered"))
        }
        assert sorted(row.customer_id for row in rows) == sorted(may_be), (channel, asked)
        assert {row.list_group for row in rows} <= {"list", "control"}
        addressed += len(rows)
    assert addressed > 0
