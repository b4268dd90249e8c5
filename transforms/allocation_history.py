"""Since when an allocation holds, what it was before, and who moved why (spec §6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.allocation_stores import with_store
from transforms.calendar_view import CalendarView, by_date

ALLOCATED = ("store_code", "salesperson_code", "portfolio")
"""What makes two allocations the same."""

_ORIGIN = ("allocated_since", *(f"previous_{name}" for name in ALLOCATED))


def carried_allocations(earlier: DataFrame, stores: DataFrame | None) -> DataFrame:
    """The allocations of earlier passes that this one looks back on, one row per customer.

    Args:
        earlier: Slices of the table ``allocations``.
        stores: What ``candidate_stores`` returns, or None.

    Returns:
        Key (customer_id): ``carried``, a map from date to allocation, whose ``store`` is null if
        it is no candidate any more.
    """
    by_day = F.struct("as_of", F.struct("store", *ALLOCATED, *_ORIGIN))
    return (
        earlier.transform(with_store, stores=stores, code="store_code", into="store")
        .groupBy("customer_id")
        .agg(F.map_from_entries(F.collect_list(by_day)).alias("carried"))
    )


def with_history(allocated: DataFrame, view: CalendarView) -> DataFrame:
    """Adds since when each allocation holds, what it was before, and that of the previous date.

    Args:
        allocated: What ``with_portfolio`` returns.
        view: The dates of the pass.

    Returns:
        The rows with ``allocated_since``, the first of the unbroken dates of the calendar with the
        same store, salesperson and portfolio; ``previous_<…>``, the allocation that held before;
        and ``earlier``, the allocation on the previous date of the calendar, null if there was
        none. A date outside the calendar looks back like any, and no other looks back on it.

    Source: spec §6, last paragraph; §5 "Processing calendar".
    """
    so_far = (
        Window.partitionBy("customer_id")
        .orderBy("as_of")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow - 1)
    )
    in_calendar = F.col("as_of").isin(list(view.in_calendar))
    here = F.struct(*ALLOCATED)
    in_pass = F.last(F.when(in_calendar, here), ignorenulls=True).over(so_far)
    carried = F.when(
        F.col("carried").isNotNull(), F.struct(*(F.col(f"carried.{name}") for name in ALLOCATED))
    )
    begins = F.struct(
        F.col("as_of").alias("allocated_since"),
        *(F.col(f"earlier.{name}").alias(f"previous_{name}") for name in ALLOCATED),
    )
    goes_on = F.struct(*(F.col(f"carried.{name}") for name in _ORIGIN))
    is_same = here.eqNullSafe(F.col("earlier"))
    origin = F.when(~is_same, begins).when(F.col("in_pass").isNull(), goes_on)
    last_origin = F.last(F.when(in_calendar, F.col("origin")), ignorenulls=True).over(so_far)
    return (
        allocated.withColumn("in_pass", in_pass)
        .withColumn("earlier", F.coalesce("in_pass", carried))
        .withColumn("origin", origin)
        .withColumn("origin", F.coalesce("origin", last_origin))
        .withColumns({name: F.col(f"origin.{name}") for name in _ORIGIN})
        .drop("in_pass", "origin", "carried")
    )


def allocations(with_all: DataFrame) -> DataFrame:
    """The table ``allocations``: key (as_of, customer_id).

    Args:
        with_all: What ``with_history`` returns.
    """
    return with_all.select(*TABLES["allocations"].column_names)


def allocations_carried_on(earlier: DataFrame, begun: Mapping[date, date]) -> DataFrame:
    """Allocations of an earlier date on a later one until which nothing happened to the customers.

    Args:
        earlier: Slices of the table ``allocations`` whose ``as_of`` is the later date already, and
            whose ``carried_from`` is that of their own slice.
        begun: What ``CalendarView.begins_anew`` says of the dates.

    Returns:
        The rows, key (as_of, customer_id). One that began on a date outside of the calendar begins
        when ``begun`` says.

    Source: spec §6, last paragraph; §5 "Processing calendar".
    """
    if not begun:
        return earlier
    began_there = F.col("allocated_since") == F.col("carried_from")
    since = F.when(began_there, by_date(begun)[F.col("as_of")])
    return earlier.withColumn("allocated_since", F.coalesce(since, "allocated_since"))
