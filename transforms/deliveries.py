"""Which delivery of the same thing stands when several exist (spec §2; README, "Deliveries").

A *unit* is what is delivered whole: a ticket, a person, a store, all stints of one salesperson. The
newest delivery of a unit stands and supersedes the others. Of equally new deliveries, equal ones
stand once, and different ones are a conflict that nobody but the sender can decide.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

KEPT = ""
"""The ``file_id`` of rows that the table already holds; it sorts before any file's."""


def content_digest(columns: Sequence[str]) -> Column:
    """A 64-bit digest of a row's values in which null differs from every value."""
    return F.xxhash64(*(part for name in columns for part in (F.col(name), F.isnull(name))))


def with_line_numbers(lines: DataFrame, unit: Sequence[str], content: Sequence[str]) -> DataFrame:
    """Numbers the lines of each unit in each delivery from 1, ordered by what they say.

    The order, and so every number, is the same whatever order the file has. Equal lines are as
    many lines as there are.

    Args:
        lines: Lines without ``line_number``, with ``file_id`` and ``delivered_at``, which tell
            deliveries apart.
        unit: The columns that tell units apart.
        content: The columns whose values order the lines.
    """
    within_delivery = Window.partitionBy(*unit, "file_id", "delivered_at").orderBy(*content)
    return lines.withColumn("line_number", F.row_number().over(within_delivery))


def contested_units(rows: DataFrame, unit: Sequence[str], key: Sequence[str] | None) -> DataFrame:
    """The units of which more than one delivery exists, or whose key recurs: few, as a rule.

    Only these need ``settled``; every row of the others stands.

    Args:
        rows: The rows of all deliveries, with ``file_id``.
        unit: The columns that tell units apart.
        key: The columns that tell rows of a unit apart; None where rows were numbered within
            each file, so that no key can recur in one.
    """
    # One number tells deliveries apart; a missing age is one too.
    delivery = F.xxhash64("file_id", "delivered_at")
    first, last = F.min(delivery).alias("first_delivery"), F.max(delivery).alias("last_delivery")
    if key is None:
        by_unit = rows.groupBy(*unit).agg(first, last)
        recurs = F.lit(False)
    else:
        by_unit = (
            rows.groupBy(*key)
            .agg(first, last, F.count(F.lit(1)).alias("rows"))
            .groupBy(*unit)
            .agg(
                F.min("first_delivery").alias("first_delivery"),
                F.max("last_delivery").alias("last_delivery"),
                F.max("rows").alias("rows"),
            )
        )
        recurs = F.col("rows") > 1
    return by_unit.where((F.col("first_delivery") != F.col("last_delivery")) | recurs).select(*unit)


def settled(
    rows: DataFrame,
    unit: Sequence[str],
    key: Sequence[str],
    content: Sequence[str],
    *,
    whole: bool,
    repeats: bool,
) -> DataFrame:
    """Says of every row whether it stands, and whether its unit is in conflict.

    Args:
        rows: The rows of all deliveries, with ``file_id`` (``KEPT`` for those that the table
            already holds) and ``delivered_at`` (null: older than any).
        unit: The columns that tell units apart.
        key: The columns that tell rows of a unit apart, ``unit`` included.
        content: The columns in which equal rows agree.
        whole: Whether a unit comes whole, so that a delivery that lacks a key of another differs
            from it. A ticket whose lines bear numbers of their own may come in parts.
        repeats: Whether one file may give a key more than once. If so, the first in order of
            content counts and the others are superseded; if not, differing ones are a conflict.

    Returns:
        The rows with ``stands`` and ``in_conflict`` (booleans, never null). Rows that the table
        holds stand before equal new ones.
    """
    of_unit = Window.partitionBy(*unit).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    of_key = Window.partitionBy(*key, "is_newest")
    in_delivery = Window.partitionBy(*key, "is_newest", "file_id").orderBy(*content)
    newest = F.max("delivered_at").over(of_unit)
    differs = _differs(unit, key, whole=whole, repeats=repeats)
    return (
        rows.withColumn("is_newest", F.col("delivered_at").eqNullSafe(newest))
        .withColumn("digest", content_digest(content))
        .withColumn("repeat", F.row_number().over(in_delivery))
        .withColumn("in_conflict", F.col("is_newest") & differs)
        .withColumn("copy", F.row_number().over(of_key.orderBy("repeat", "file_id")))
        .withColumn("stands", F.col("is_newest") & (F.col("copy") == 1))
        .drop("is_newest", "digest", "repeat", "copy")
    )


def _differs(unit: Sequence[str], key: Sequence[str], *, whole: bool, repeats: bool) -> Column:
    """Whether equally new deliveries say different things of a key, or not all of them have it."""
    of_key = Window.partitionBy(*key, "is_newest").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    is_first = F.col("repeat") == 1
    said = F.when(is_first, F.col("digest")) if repeats else F.col("digest")
    differs = F.min(said).over(of_key) != F.max(said).over(of_key)
    if not whole:
        return differs
    of_unit = Window.partitionBy(*unit, "is_newest").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    # Each delivery has one first row of every key that it has.
    with_key = F.sum(is_first.cast("int")).over(of_key)
    return differs | (with_key < F.size(F.collect_set("file_id").over(of_unit)))


def with_occurrence(rows: DataFrame) -> DataFrame:
    """Adds ``occurrence``: 1 for the first row of a file with its ``row_id``, 2 for its equal."""
    within_equals = Window.partitionBy("file_id", "row_id").orderBy("row_id")
    return rows.withColumn("occurrence", F.row_number().over(within_equals))
