"""What was said of a registration, or drawn for it, holds for who stands for it since."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.activation.listing import judged_customers
from jobs.campaigns.campaign_settings import declared_in
from jobs.settings import load_settings
from jobs.tables import Tables
from tests.test_person_history import given, said

AS_OF = date(2026, 3, 31)
GONE, STANDS, OTHER = 1, 2, 3
"""Merged into the second; the third is nobody's double."""


class Held:
    """Tables of rows made up, read as those of a lakehouse."""

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
                {"as_of": AS_OF, "customer_id": each, "purchases": 1} for each in (STANDS, OTHER)
            ]

    def read(self, name: str) -> DataFrame:
        return given(self.spark, name, self._rows.get(name, []))

    def read_slices(self, name: str, dates: list[date]) -> DataFrame:
        assert dates == [AS_OF]
        return self.read(name)


def reasons(
    spark: SparkSession, held_out: tuple[int, ...] = (), **rows: list[dict[str, Any]]
) -> dict[int, list[str]]:
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
    }
    (declared,) = declared_in({"action": content}, "now.yaml")
    held = spark.createDataFrame([(each,) for each in held_out], "customer_id bigint")
    tables = cast("Tables", Held(spark, **rows))
    made = judged_customers(tables, load_settings(), declared.action, AS_OF, held)
    return {row.customer_id: row.reasons_against for row in made.collect()}


def earlier(state: str) -> dict[str, list[dict[str, Any]]]:
    """An action that addressed the registration that is gone."""
    action = {"action_code": "old", "state": state, "listed_as_of": AS_OF, "valid_from": AS_OF}
    member = {"action_code": "old", "customer_id": GONE, "list_group": "list"}
    return {"actions": [{**action, "channel": "email"}], "action_lists": [member]}


def test_without_anything_said_both_may_be_addressed(spark: SparkSession) -> None:
    assert reasons(spark) == {STANDS: [], OTHER: []}


def test_a_block_holds_for_who_stands_for_her(spark: SparkSession) -> None:
    blocked = [said("block", GONE, "campaign")]
    assert reasons(spark, person_history=blocked) == {STANDS: ["blocked"], OTHER: []}


def test_who_was_held_out_stays_so(spark: SparkSession) -> None:
    assert reasons(spark, held_out=(GONE,)) == {STANDS: ["held_out"], OTHER: []}


@pytest.mark.parametrize(
    ("state", "told"),
    [("closed", ["contacted_recently"]), ("running", ["contacted_recently", "in_other_action"])],
)
def test_a_contact_counts_for_who_stands_for_her(
    spark: SparkSession, state: str, told: list[str]
) -> None:
    assert reasons(spark, (), **earlier(state)) == {STANDS: told, OTHER: []}
