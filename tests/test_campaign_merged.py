"""What was said of a registration, or drawn for it, holds for who stands for it since."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.activation.exporting import listed_rows
from jobs.activation.listing import judged_customers
from jobs.activation.past import redeemed_until
from jobs.campaigns.campaign_settings import Action, declared_in
from jobs.settings import load_settings
from jobs.tables import Tables
from tests.test_person_history import given, said

AS_OF = date(2026, 3, 31)
GONE, STANDS, OTHER = 1, 2, 3
"""Merged into the second; the third is nobody's double."""


class Held:
    """Tables of rows made up, read as those of a lakehouse.

    The date was computed before the merge: its slices hold the registration that is gone too.
    """

    def __init__(self, spark: SparkSession, **rows: list[dict[str, Any]]) -> None:
        self.spark = spark
        self._rows = {
            "merges": [{"customer_id": GONE, "surviving_id": STANDS}],
            "persons": [
                {"customer_id": each, "roles": ["customer"], "email": "a@x.example"}
                for each in (STANDS, OTHER)
            ],
            **rows,
        }
        for name in ("accounts", "customer_habits", "allocations"):
            self._rows[name] = [
                {"as_of": AS_OF, "customer_id": each, "purchases": 1}
                for each in (GONE, STANDS, OTHER)
            ]

    def read(self, name: str) -> DataFrame:
        return given(self.spark, name, self._rows.get(name, []))

    def read_slices(self, name: str, dates: list[date]) -> DataFrame:
        assert dates == [AS_OF]
        return self.read(name)


def now(**more: Any) -> Action:
    content = {
        "code": "now",
        "title": "Now",
        "objective": "sales",
        "channel": "email",
        "message": "m",
        "valid_from": AS_OF,
        "valid_to": AS_OF,
        "filters": {},
        "not_in_running_actions": True,
        "contacted_within": "30 days",
        **more,
    }
    (declared,) = declared_in({"action": content}, "now.yaml")
    return declared.action


def reasons(
    spark: SparkSession,
    held_out: tuple[int, ...] = (),
    channel: str = "email",
    **rows: list[dict[str, Any]],
) -> dict[int, list[str]]:
    held = spark.createDataFrame([(each,) for each in held_out], "customer_id bigint")
    tables = cast("Tables", Held(spark, **rows))
    made = judged_customers(tables, load_settings(), now(channel=channel), AS_OF, held)
    return {row.customer_id: row.reasons_against for row in made.collect()}


def earlier(state: str) -> dict[str, list[dict[str, Any]]]:
    """An action that addressed the registration that is gone."""
    action = {"action_code": "old", "state": state, "listed_as_of": AS_OF, "valid_from": AS_OF}
    member = {"action_code": "old", "customer_id": GONE, "list_group": "list"}
    return {"actions": [{**action, "channel": "email"}], "action_lists": [member]}


def test_without_anything_said_both_may_be_addressed(spark: SparkSession) -> None:
    assert reasons(spark) == {STANDS: [], OTHER: []}


def test_who_is_gone_is_not_found_though_the_date_still_has_her(spark: SparkSession) -> None:
    """Without a registration of hers a list for the store would address her, though she refused."""
    refused = [said("opt_out", GONE, "all")]
    told = reasons(spark, channel="in_store", person_history=refused)
    assert told == {STANDS: ["opted_out"], OTHER: []}


def test_a_block_holds_for_who_stands_for_her(spark: SparkSession) -> None:
    blocked = [said("block", GONE, "campaign")]
    assert reasons(spark, person_history=blocked) == {STANDS: ["blocked"], OTHER: []}


def test_who_was_held_out_stays_so(spark: SparkSession) -> None:
    assert reasons(spark, held_out=(GONE,)) == {STANDS: ["held_out"], OTHER: []}


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("closed", ["contacted_recently"]),
        ("running", ["contacted_recently", "in_other_action"]),
        ("given_up", []),
    ],
)
def test_a_contact_counts_for_who_stands_for_her(
    spark: SparkSession, state: str, told: list[str]
) -> None:
    assert reasons(spark, (), "email", **earlier(state)) == {STANDS: told, OTHER: []}


def entry(customer: int, group: str, **more: Any) -> dict[str, Any]:
    row = {"action_code": "now", "customer_id": customer, "list_group": group, "stratum": ""}
    return {**row, "is_lent": False, "reasons": ["everybody"], **more}


@pytest.mark.parametrize(
    ("drawn", "of_her"),
    [
        # By the store and salesperson of the id that was drawn, and by the code and e-mail of now.
        (
            [entry(GONE, "list", store_code="01", salesperson_code="ana", is_lent=True)],
            [("01", "ana", STANDS, True, "002", "a@x.example")],
        ),
        (
            [entry(GONE, "list", store_code="01"), entry(STANDS, "list", salesperson_code="rui")],
            [("01", "none", STANDS, False, "002", "a@x.example")],
        ),
        ([entry(GONE, "list"), entry(STANDS, "control")], []),
        ([entry(GONE, "control"), entry(STANDS, "control")], []),
    ],
)
def test_a_list_is_exported_as_it_stands_for_people_now(
    spark: SparkSession, drawn: list[dict[str, Any]], of_her: list[tuple[Any, ...]]
) -> None:
    others = [
        entry(OTHER, "list", store_code="02", salesperson_code="eva"),
        entry(9, "list"),  # nothing is known of her any more
        entry(OTHER, "list", action_code="other"),
        entry(10, "list", action_code="other"),
    ]
    codes = [(GONE, "001"), (STANDS, "002"), (OTHER, "003")]
    held = Held(
        spark,
        action_lists=[*drawn, *others],
        customer_codes=[{"customer_id": each, "customer_code": code} for each, code in codes],
    )
    action = now(columns=["customer_code", "store_code", "email"])
    made = listed_rows(cast("Tables", held), action, AS_OF)
    names = ["store", "salesperson", "customer_id", "is_lent", "customer_code", "email"]
    assert made.columns == names
    assert sorted(map(tuple, made.collect()), key=repr) == sorted(
        [
            *of_her,
            ("02", "eva", OTHER, False, "003", "a@x.example"),
            ("none", "none", 9, False, None, None),
        ],
        key=repr,
    )


def test_redemptions_are_those_of_who_stands_for_her(spark: SparkSession) -> None:
    def redeemed(code: str, customer: int, on: date = AS_OF) -> dict[str, Any]:
        row = {"action_code": code, "customer_id": customer, "redeemed_on": on}
        return {**row, "coupon_code": "c"}

    late = date(2026, 4, 1)
    rows = [
        redeemed("a", GONE),
        redeemed("a", STANDS),
        redeemed("a", OTHER),
        redeemed("a", OTHER, late),
        redeemed("b", GONE, date(2026, 3, 1)),
        redeemed("b", GONE),
        redeemed("c", OTHER, late),
    ]
    made = redeemed_until(cast("Tables", Held(spark, past_redemptions=rows)), AS_OF)
    told = sorted(map(tuple, made.select("action_code", "times", "customers").collect()))
    assert told == [("a", 3, 2), ("b", 2, 1)]
