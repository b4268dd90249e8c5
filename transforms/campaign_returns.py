"""What lists and their controls bought in the validity, as exact sums (spec §9; Linx manual §9).

The sums are all that the statistics need, and they add up: of strata to the action, and of people
who were erased since, of whom nothing else is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.duplicates import with_survivors
from transforms.exact import MONEY_SCALE, QUANTITY_SCALE, to_minor
from transforms.periods import on_dates

MEASURES = ("customers", "purchases", "quantity", "value")
_FACTOR, _SUM = "decimal(18,0)", "decimal(38,0)"
SUMS = TABLES["action_erased"].column_names[5:]
"""The columns of sums, ``customers`` first."""

LEVELS = {"store": "store_code", "salesperson": "salesperson_code", "segment": "segment"}
"""What an action's return is told by beside the whole, and the column of its list."""

_COMPARED_BY = ("stratum", *LEVELS.values())


def members(lists: DataFrame, merges: DataFrame, kept: Sequence[str] = _COMPARED_BY) -> DataFrame:
    """Whoever was drawn for an action, each once, as the customer she counts as now.

    Who was drawn twice, before she was merged, counts once if in one group; if in both, the action
    reached her and held her back, and she counts in neither.

    Args:
        lists: The table ``action_lists``.
        merges: The table ``merges``.
        kept: The columns of the lists that are kept beside, by default strata and levels.

    Returns:
        Key action_code, customer_id: ``list_group`` and the columns that are kept, of the id that
        sorts first.

    Source: spec §9.
    """
    first = F.min_by(F.struct(*kept), F.col("drawn_id")).alias("first")
    return (
        lists.withColumn("drawn_id", F.col("customer_id"))
        .transform(with_survivors, merges)
        .groupBy("action_code", "customer_id")
        .agg(F.collect_set("list_group").alias("groups"), first)
        .where(F.size("groups") == 1)
        .select(
            "action_code", "customer_id", F.get("groups", F.lit(0)).alias("list_group"), "first.*"
        )
    )


def dated(actions: DataFrame, dates: Sequence[date]) -> DataFrame:
    """Actions on each processing date from the first day of their validity on.

    Args:
        actions: Rows with ``valid_from``.
        dates: The processing dates.

    Returns:
        The rows for each ``as_of``.
    """
    return on_dates(actions, F.col("valid_from"), None, dates)


def bought(drawn: DataFrame, actions: DataFrame, purchases: DataFrame) -> DataFrame:
    """What each member of a list or control bought until each date, nothing included.

    Late sales, cancellations and returns count as the table ``purchases`` has them now.

    Args:
        drawn: What ``members`` returns.
        actions: Key action_code, as_of: ``valid_from``, ``valid_to`` and ``listed_as_of``.
        purchases: The table ``purchases``.

    Returns:
        The rows of ``drawn`` for each ``as_of``: the ``MEASURES``, whole numbers in their smallest
        units (``customers`` 1 or 0); ``before`` and ``purchases_before``, net value and purchases
        in as many days as the validity has, up to the date of the list; what lies after ``as_of``
        is not counted, where a list was drawn after its action began.

    Source: spec §9.
    """
    of_each = drawn.join(F.broadcast(actions), on="action_code", how="inner")
    length = F.datediff("valid_to", "valid_from") + 1
    day, last = F.col("business_day"), F.least("valid_to", "as_of")
    is_in = day.between(F.col("valid_from"), last)
    listed = F.col("listed_as_of")
    is_before = day.between(F.date_sub(listed, length - 1), F.least(listed, "as_of"))
    value = to_minor(F.col("net_amount"), MONEY_SCALE)
    quantity = to_minor(F.col("items") - F.col("items_returned"), QUANTITY_SCALE)
    measured = {
        "purchases": F.count_if(is_in & F.col("is_purchase")),
        "quantity": F.sum(F.when(is_in, quantity)),
        "value": F.sum(F.when(is_in, value)),
        "before": F.sum(F.when(is_before, value)),
        "purchases_before": F.count_if(is_before & F.col("is_purchase")),
    }
    keys = (*drawn.columns, "as_of")
    tickets = purchases.select(
        F.col("customer_id").alias("buyer_id"),
        *("business_day", "is_purchase", "items", "items_returned", "net_amount"),
    )
    is_hers = F.col("customer_id") == F.col("buyer_id")
    summed = (
        of_each.join(tickets, on=is_hers & (is_in | is_before), how="left")
        .groupBy(*keys)
        .agg(
            *(
                F.coalesce(each, F.lit(0)).cast(_FACTOR).alias(name)
                for name, each in measured.items()
            )
        )
    )
    return summed.withColumn("customers", (F.col("purchases") > 0).cast("int").cast(_FACTOR))


def sums(rows: DataFrame, by: Sequence[str]) -> DataFrame:
    """Customers and sums of each group.

    Args:
        rows: What ``bought`` returns.
        by: The columns of a group.

    Returns:
        Key ``by``: the columns ``SUMS``.
    """
    products: dict[str, Column] = {
        "before": F.col("before"),
        "before_squares": F.col("before") * F.col("before"),
    }
    for measure in MEASURES:
        amount = F.col(measure)
        products[f"total_{measure}"] = amount
        products[f"squares_{measure}"] = amount * amount
        products[f"cross_{measure}"] = amount * F.col("before")
    return rows.groupBy(*by).agg(
        F.count(F.lit(1)).alias("customers"),
        *(F.sum(each.cast(_SUM)).cast(_SUM).alias(name) for name, each in products.items()),
    )


def action_sums(rows: DataFrame, erased: DataFrame, actions: DataFrame) -> DataFrame:
    """The table ``action_sums``: of each action by stratum, and of its parts without strata.

    An action of which everybody was erased has the sums that are left of them, and no parts.

    Args:
        rows: What ``bought`` returns.
        erased: The table ``action_erased``; its sums are in the whole of an action, and in no part.
        actions: The actions that ``bought`` was given: key action_code, as_of.

    Source: spec §9.
    """
    key, nothing = TABLES["action_sums"].key, F.lit("")
    by = ("as_of", "action_code", "stratum", "list_group")
    dates = actions.select("as_of", "action_code")
    whole = (
        sums(rows, by)
        .unionByName(_counted_until(dates, erased).select(*by, *SUMS))
        .groupBy(*by)
        .agg(
            F.sum("customers").alias("customers"),
            *(F.sum(name).cast(_SUM).alias(name) for name in SUMS[1:]),
        )
        .withColumns({"level": F.lit("action"), "code": nothing})
    )
    told = whole.select(*key, *SUMS)
    for level, column in LEVELS.items():
        coded = rows.withColumn("code", F.coalesce(F.col(column), nothing))
        part = sums(coded, ["as_of", "action_code", "code", "list_group"])
        named = part.withColumns({"level": F.lit(level), "stratum": nothing})
        told = told.unionByName(named.select(*key, *SUMS))
    return told


def erased_sums(rows: DataFrame) -> DataFrame:
    """What is left of people who are erased: the columns of ``action_erased`` but ``sequence``.

    Args:
        rows: What ``bought`` returns of them, on every date that is kept.

    Source: spec §9.
    """
    by = ("action_code", "stratum", "list_group", "as_of")
    return sums(rows, by).withColumnRenamed("as_of", "counted_on")


def _counted_until(dates: DataFrame, erased: DataFrame) -> DataFrame:
    """Of each erasure the sums of the last date counted that is not after a date."""
    latest = Window.partitionBy("as_of", "action_code", "sequence").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    return (
        erased.join(F.broadcast(dates), on="action_code", how="inner")
        .where(F.col("counted_on") <= F.col("as_of"))
        .withColumn("_last", F.max("counted_on").over(latest))
        .where(F.col("counted_on") == F.col("_last"))
    )
