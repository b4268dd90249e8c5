"""Which delivery of a ticket or registration stands. Each ticket below is a case of its own."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from transforms.deliveries import (
    KEPT,
    contested_units,
    settled,
    with_line_numbers,
    with_occurrence,
)

COLUMNS = (
    "sale string, line_number int, product string, amount int, delivered_at timestamp, "
    "file_id string"
)
UNIT, KEY, SAYS = ["sale"], ["sale", "line_number"], ["product", "amount"]
OLD, NEW, NEWEST = datetime(2024, 1, 1), datetime(2024, 1, 2), datetime(2024, 1, 3)
UNDATED = None

Line = tuple[Any, ...]


def scattered(spark: SparkSession, lines: list[Line], columns: str, partitions: int) -> DataFrame:
    """The lines in an order and in partitions that say nothing."""
    shuffled = lines.copy()
    random.Random(partitions).shuffle(shuffled)
    return spark.createDataFrame(shuffled, columns).repartition(partitions)


def judged(rows: DataFrame, *columns: str) -> tuple[Counter[Line], set[str]]:
    """The rows with whether each stands, but for the units in conflict, which are named."""
    found = rows.select(*columns, "stands", "in_conflict").collect()
    assert all(row.stands in (True, False) and row.in_conflict in (True, False) for row in found)
    in_conflict = {row[0] for row in found if row.in_conflict}
    return Counter(tuple(row)[:-1] for row in found if row[0] not in in_conflict), in_conflict


# sale, line, product, amount, delivered at, file, whether it stands
NUMBERED: list[Line] = [
    ("alone", 1, "tie", 5, UNDATED, "f1", True),
    ("alone", 2, None, None, UNDATED, "f1", True),
    # Two identical lines in one ticket stay two lines.
    ("twins", 1, "tie", 5, OLD, "f1", True),
    ("twins", 2, "tie", 5, OLD, "f1", True),
    # A newer delivery replaces the ticket whole: the second line is gone.
    ("newer", 1, "tie", 5, OLD, KEPT, False),
    ("newer", 2, "hat", 9, OLD, KEPT, False),
    ("newer", 1, "tie", 4, NEW, "f1", True),
    # Equal lines of a newer delivery replace too.
    ("newer and equal", 1, "tie", 5, OLD, KEPT, False),
    ("newer and equal", 1, "tie", 5, NEW, "f1", True),
    # An older one that comes late is superseded.
    ("late", 1, "tie", 5, NEW, KEPT, True),
    ("late", 1, "tie", 4, OLD, "f1", False),
    ("late", 2, "hat", 9, OLD, "f1", False),
    # The newest of three.
    ("three", 1, "tie", 1, OLD, "f1", False),
    ("three", 1, "tie", 2, NEWEST, "f2", True),
    ("three", 1, "tie", 3, NEW, "f3", False),
    # A delivery without time is older than any.
    ("dated after undated", 1, "tie", 5, UNDATED, KEPT, False),
    ("dated after undated", 1, "tie", 4, OLD, "f1", True),
    ("undated after dated", 1, "tie", 5, OLD, KEPT, True),
    ("undated after dated", 1, "tie", 4, UNDATED, "f1", False),
    # Equal deliveries stand once, the one that the table holds before the others.
    ("equal", 1, "tie", 5, OLD, "f2", False),
    ("equal", 1, "tie", 5, OLD, "f1", True),
    ("kept", 1, "tie", 5, OLD, "f1", False),
    ("kept", 1, "tie", 5, OLD, KEPT, True),
    ("kept undated", 1, "tie", 5, UNDATED, "f1", False),
    ("kept undated", 1, "tie", 5, UNDATED, KEPT, True),
    ("equal nulls", 1, None, None, OLD, "f1", True),
    ("equal nulls", 1, None, None, OLD, "f2", False),
    # A ticket with line numbers may come in parts, which may overlap.
    ("parts", 1, "tie", 5, OLD, "f1", True),
    ("parts", 2, "hat", 9, OLD, "f1", True),
    ("parts", 2, "hat", 9, OLD, "f2", False),
    ("parts", 3, "hat", 9, OLD, "f2", True),
    ("late part", 1, "tie", 5, UNDATED, KEPT, True),
    ("late part", 2, "hat", 9, UNDATED, "f1", True),
    # One line twice in one file is one line.
    ("recurring", 1, "tie", 5, OLD, "f1", True),
    ("recurring", 1, "tie", 5, OLD, "f1", False),
]
NUMBERED_CONFLICTS: list[Line] = [
    ("differs", 1, "tie", 5, OLD, "f1"),
    ("differs", 1, "tie", 4, OLD, "f2"),
    ("differs undated", 1, "tie", 5, UNDATED, KEPT),
    ("differs undated", 1, "tie", 4, UNDATED, "f1"),
    ("differs in one line", 1, "tie", 5, NEW, "f1"),
    ("differs in one line", 2, "hat", 9, NEW, "f1"),
    ("differs in one line", 2, "hat", 8, NEW, "f2"),
    ("differs in null", 1, None, 5, OLD, "f1"),
    ("differs in null", 1, "tie", 5, OLD, "f2"),
    ("null elsewhere", 1, None, 5, OLD, "f1"),
    ("null elsewhere", 1, "5", None, OLD, "f2"),
    ("differs in one file", 1, "tie", 5, OLD, "f1"),
    ("differs in one file", 1, "tie", 4, OLD, "f1"),
]
# What is older conflicts with nothing.
SETTLED_BY_AGE: list[Line] = [
    ("old quarrel", 1, "tie", 5, OLD, "f1", False),
    ("old quarrel", 1, "tie", 4, OLD, "f2", False),
    ("old quarrel", 1, "tie", 3, NEW, "f3", True),
]


@pytest.mark.parametrize("partitions", [1, 2, 7])
def test_tickets_with_line_numbers_settle_the_same_in_any_order(
    spark: SparkSession, partitions: int
) -> None:
    expected = [*NUMBERED, *SETTLED_BY_AGE]
    lines = [*(line[:6] for line in expected), *NUMBERED_CONFLICTS]
    rows = scattered(spark, lines, COLUMNS, partitions)
    made = settled(rows, UNIT, KEY, SAYS, whole=False, repeats=False)
    assert set(made.columns) == {*rows.columns, "stands", "in_conflict"}
    assert judged(made, *rows.columns) == (
        Counter(expected),
        {line[0] for line in NUMBERED_CONFLICTS},
    )


# sale, number to be given, product, amount, delivered at, file, whether it stands
WHOLE: list[Line] = [
    # Numbers follow what lines say: nulls first, then product, then amount.
    ("numbers", 1, None, 9, OLD, "f1", True),
    ("numbers", 2, "hat", None, OLD, "f1", True),
    ("numbers", 3, "hat", 2, OLD, "f1", True),
    ("numbers", 4, "hat", 10, OLD, "f1", True),
    ("numbers", 5, "tie", 1, OLD, "f1", True),
    ("twins", 1, "tie", 5, OLD, "f1", True),
    ("twins", 2, "tie", 5, OLD, "f1", True),
    ("equal twins", 1, "tie", 5, OLD, "f1", True),
    ("equal twins", 2, "tie", 5, OLD, "f1", True),
    ("equal twins", 1, "tie", 5, OLD, "f2", False),
    ("equal twins", 2, "tie", 5, OLD, "f2", False),
    ("newer and fewer", 1, "hat", 9, OLD, "f1", False),
    ("newer and fewer", 2, "tie", 5, OLD, "f1", False),
    ("newer and fewer", 1, "tie", 5, NEW, "f2", True),
    ("late and more", 1, "hat", 9, OLD, "f2", False),
    ("late and more", 2, "tie", 5, OLD, "f2", False),
    ("late and more", 1, "tie", 5, NEW, "f1", True),
    ("undated", 1, "tie", 5, UNDATED, "f1", True),
    ("undated", 1, "tie", 5, UNDATED, "f2", False),
]
# The same without the number, which is to be given.
WHOLE_CONFLICTS: list[Line] = [
    ("fewer", "hat", 9, OLD, "f1"),
    ("fewer", "tie", 5, OLD, "f1"),
    ("fewer", "hat", 9, OLD, "f2"),
    ("one twin", "tie", 5, UNDATED, "f1"),
    ("one twin", "tie", 5, UNDATED, "f1"),
    ("one twin", "tie", 5, UNDATED, "f2"),
    ("differs", "tie", 5, NEW, "f1"),
    ("differs", "tie", 4, NEW, "f2"),
]


def test_tickets_without_line_numbers_come_whole(spark: SparkSession) -> None:
    lines = [(line[0], *line[2:6]) for line in WHOLE] + WHOLE_CONFLICTS
    columns = COLUMNS.replace("line_number int, ", "")
    rows = scattered(spark, lines, columns, 7)
    numbered = with_line_numbers(rows, UNIT, SAYS)
    kept = spark.createDataFrame(
        [
            ("kept", 1, "hat", 9, OLD, KEPT),
            ("kept", 2, "tie", 5, OLD, KEPT),
            ("kept", 1, "hat", 9, OLD, "f1"),
            ("kept", 2, "tie", 5, OLD, "f1"),
            ("kept and fewer", 1, "hat", 9, OLD, KEPT),
            ("kept and fewer", 2, "tie", 5, OLD, KEPT),
            ("kept and fewer", 1, "hat", 9, OLD, "f1"),
        ],
        COLUMNS,
    )
    of_the_table = [
        ("kept", 1, "hat", 9, OLD, KEPT, True),
        ("kept", 2, "tie", 5, OLD, KEPT, True),
        ("kept", 1, "hat", 9, OLD, "f1", False),
        ("kept", 2, "tie", 5, OLD, "f1", False),
    ]
    made = settled(numbered.unionByName(kept), UNIT, KEY, SAYS, whole=True, repeats=False)
    names = [part.split()[0] for part in COLUMNS.split(", ")]
    assert judged(made, *names) == (
        Counter([*WHOLE, *of_the_table]),
        {"fewer", "one twin", "differs", "kept and fewer"},
    )


def test_two_versions_of_a_ticket_in_one_file_are_numbered_apart(spark: SparkSession) -> None:
    # A column says what is newer, and one file holds both versions; another has the newer again.
    lines = [
        ("corrected", "hat", 9, OLD, "f1"),
        ("corrected", "tie", 5, NEW, "f1"),
        ("corrected", "tie", 5, NEW, "f2"),
    ]
    columns = COLUMNS.replace("line_number int, ", "")
    numbered = with_line_numbers(scattered(spark, lines, columns, 2), UNIT, SAYS)
    made = settled(numbered, UNIT, KEY, SAYS, whole=True, repeats=False)
    standing, in_conflict = judged(
        made.where("stands"), "sale", "product", "amount", "delivered_at"
    )
    assert in_conflict == set()
    assert standing == Counter([("corrected", "tie", 5, NEW, True)])


# salesperson, store, name, delivered at, file, whether it stands
REGISTERED: list[Line] = [
    ("alone", "001", None, UNDATED, "f1", True),
    # One file that repeats a key: the first in order of content counts, nulls first.
    ("repeated", "001", "Bia", OLD, "f1", False),
    ("repeated", "001", "Ana", OLD, "f1", True),
    ("repeated", "001", "Caio", OLD, "f1", False),
    ("repeated null", "001", "Ana", OLD, "f1", False),
    ("repeated null", "001", None, OLD, "f1", True),
    # Two files that repeat it alike agree.
    ("repeated twice", "001", "Bia", OLD, "f1", False),
    ("repeated twice", "001", "Ana", OLD, "f1", True),
    ("repeated twice", "001", "Bia", OLD, "f2", False),
    ("repeated twice", "001", "Ana", OLD, "f2", False),
    ("equal", "001", "Ana", OLD, "f1", True),
    ("equal", "001", "Ana", OLD, "f2", False),
    # All stints of a salesperson come together: the newer delivery has one only.
    ("moved", "001", "Ana", OLD, KEPT, False),
    ("moved", "002", "Ana", OLD, KEPT, False),
    ("moved", "003", "Ana", NEW, "f1", True),
    ("stints", "001", "Ana", OLD, "f1", True),
    ("stints", "002", "Ana", OLD, "f1", True),
    # The same stints from other files are no conflict, though one of them repeats a row.
    ("stints again", "001", "Ana", UNDATED, KEPT, True),
    ("stints again", "002", None, UNDATED, KEPT, True),
    ("stints again", "001", "Ana", UNDATED, "f1", False),
    ("stints again", "002", None, UNDATED, "f1", False),
    ("stints again", "001", "Ana", UNDATED, "f2", False),
    ("stints again", "001", "Ana", UNDATED, "f2", False),
    ("stints again", "002", None, UNDATED, "f2", False),
    # What is older may have had other stints.
    ("other stints before", "001", "Ana", OLD, "f1", False),
    ("other stints before", "002", "Ana", OLD, "f2", False),
    ("other stints before", "003", "Ana", NEW, "f2", True),
    ("kept", "001", "Ana", UNDATED, KEPT, True),
    ("kept", "001", "Ana", UNDATED, "f1", False),
]
REGISTERED_CONFLICTS: list[Line] = [
    ("differs", "001", "Ana", OLD, "f1"),
    ("differs", "001", "Bia", OLD, "f2"),
    ("first ones differ", "001", "Ana", UNDATED, "f1"),
    ("first ones differ", "001", "Bia", UNDATED, "f1"),
    ("first ones differ", "001", "Bia", UNDATED, "f2"),
    # Stints come whole, so that files with others, or with more, differ.
    ("other stints", "001", "Ana", OLD, "f1"),
    ("other stints", "002", "Ana", OLD, "f2"),
    ("more stints", "001", "Ana", UNDATED, KEPT),
    ("more stints", "001", "Ana", UNDATED, "f1"),
    ("more stints", "002", "Ana", UNDATED, "f1"),
    ("as many rows", "001", "Ana", NEW, "f1"),
    ("as many rows", "001", "Ana", NEW, "f1"),
    ("as many rows", "001", "Ana", NEW, "f2"),
    ("as many rows", "002", "Ana", NEW, "f2"),
    ("as many stints", "001", "Ana", OLD, "f1"),
    ("as many stints", "002", "Ana", OLD, "f1"),
    ("as many stints", "002", "Ana", OLD, "f2"),
    ("as many stints", "003", "Ana", OLD, "f2"),
    ("a third file", "001", "Ana", OLD, "f1"),
    ("a third file", "001", "Ana", OLD, "f2"),
    ("a third file", "002", "Ana", OLD, "f3"),
]


@pytest.mark.parametrize("partitions", [1, 7])
def test_a_registry_that_repeats_a_key_counts_its_first_row(
    spark: SparkSession, partitions: int
) -> None:
    columns = "code string, store string, name string, delivered_at timestamp, file_id string"
    lines = [*(line[:5] for line in REGISTERED), *REGISTERED_CONFLICTS]
    rows = scattered(spark, lines, columns, partitions)
    made = settled(rows, ["code"], ["code", "store"], ["name"], whole=True, repeats=True)
    assert judged(made, *rows.columns) == (
        Counter(REGISTERED),
        {line[0] for line in REGISTERED_CONFLICTS},
    )


def test_contested_are_units_from_several_deliveries_or_with_a_key_that_recurs(
    spark: SparkSession,
) -> None:
    rows = scattered(
        spark,
        [
            ("one file", 1, "tie", 5, OLD, "f1"),
            ("one file", 2, "tie", 5, OLD, "f1"),
            ("undated", 1, None, None, UNDATED, "f1"),
            ("kept alone", 1, "tie", 5, OLD, KEPT),
            ("kept and new", 1, "tie", 5, OLD, KEPT),
            ("kept and new", 1, "tie", 5, OLD, "f1"),
            ("parts", 1, "tie", 5, OLD, "f1"),
            ("parts", 2, "tie", 5, OLD, "f2"),
            ("recurs", 1, "tie", 5, OLD, "f1"),
            ("recurs", 1, "tie", 5, OLD, "f1"),
        ],
        COLUMNS,
        2,
    )
    by_key = contested_units(rows, UNIT, KEY).withColumn("by", F.lit("key"))
    by_unit = contested_units(rows, UNIT, None).withColumn("by", F.lit("unit"))
    assert sorted(tuple(row) for row in by_key.unionByName(by_unit).collect()) == [
        ("kept and new", "key"),
        ("kept and new", "unit"),
        ("parts", "key"),
        ("parts", "unit"),
        ("recurs", "key"),
    ]


def test_equal_rows_of_a_file_are_counted(spark: SparkSession) -> None:
    given = [("f1", "a"), ("f1", "a"), ("f1", "b"), ("f2", "a"), ("f1", "a")]
    rows = spark.createDataFrame(given, "file_id string, row_id string").repartition(7)
    made = with_occurrence(rows)
    assert made.dtypes == [("file_id", "string"), ("row_id", "string"), ("occurrence", "int")]
    assert sorted(tuple(row) for row in made.collect()) == [
        ("f1", "a", 1),
        ("f1", "a", 2),
        ("f1", "a", 3),
        ("f1", "b", 1),
        ("f2", "a", 1),
    ]
