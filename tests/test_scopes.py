"""Small scopes are ranked by a window, large ones by segments, with the same ranks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs import scopes
from jobs.rfv import ranked_in_scopes
from jobs.settings import load_settings
from tests import lakehouses
from transforms.ranking import WINDOW

AS_OF = date(2024, 1, 31)
COLUMNS = (
    "as_of date, scope string, scope_code string, customer_id bigint, recency_days int, "
    "frequency decimal(18,6), value decimal(18,4)"
)


def members(spark: SparkSession) -> DataFrame:
    """Stores of one, two and seven customers, some of whom are equal."""
    rows = [
        (AS_OF, "store", store, number, number % 3, Decimal(number % 2), Decimal(number // 2))
        for store, size in (("alone", 1), ("two", 2), ("seven", 7))
        for number in range(size)
    ]
    return lakehouses.small_session(spark).createDataFrame(rows, COLUMNS)


def test_scopes_are_parted_by_their_size(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = members(spark)
    assert scopes.by_size(rows, ["scope_code"], lakehouses.as_a_leaf) == [(rows, WINDOW)]
    monkeypatch.setattr(scopes, "LARGEST_IN_ONE_TASK", 2)
    (small, by_window), (large, by_segments) = scopes.by_size(
        rows, ["scope_code"], lakehouses.as_a_leaf
    )
    assert (by_window, by_segments.method) == (WINDOW, "segments")
    assert sorted(row.scope_code for row in small.collect()) == ["alone", "two", "two"]
    assert [row.scope_code for row in large.collect()] == ["seven"] * 7


@pytest.mark.slow
def test_large_and_small_scopes_are_ranked_as_by_windows_alone(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring = load_settings().rfv.scoring_rules
    rows = lakehouses.as_a_leaf(members(spark))

    def ranked() -> list[tuple[object, ...]]:
        made = ranked_in_scopes(rows, scoring, lakehouses.as_a_leaf)
        columns = sorted(made.columns)
        return sorted(map(tuple, made.select("scope_code", "customer_id", *columns).collect()))

    by_windows = ranked()
    assert len(by_windows) == 10
    monkeypatch.setattr(scopes, "LARGEST_IN_ONE_TASK", 2)
    assert ranked() == by_windows
