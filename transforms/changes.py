"""What happened since something was computed, and to whom (spec §5 "Processing calendar").

A result of an earlier processing date is carried on for everyone whom nothing happened to. So these
say whom something happened to: rather one customer too many, who is computed in vain, than one too
few.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.allocation_figures import BY_SALESPERSON
from transforms.calendar_view import on_followers
from transforms.periods import Period, after
from transforms.purchases import TICKET


@dataclass(frozen=True)
class Span:
    """The days from which nothing is known yet: after one processing date, up to another."""

    after: date
    until: date

    def has(self, day: Column) -> Column:
        """Whether a day lies in the span; null does not."""
        return F.coalesce((day > self.after) & (day <= self.until), F.lit(False))


def in_any(spans: Collection[Span], day: Column) -> Column:
    """Whether a day lies in one of the spans."""
    return reduce(Column.__or__, (each.has(day) for each in spans), F.lit(False))


def tickets_between(
    tickets: DataFrame, spans: Collection[Span], windows: Collection[Period]
) -> DataFrame:
    """Whose tickets enter a total, or leave a window, in one of the spans.

    Args:
        tickets: Tickets as ``schemas.purchases`` describes them.
        spans: The days in question.
        windows: Periods that a ticket counts for after its day.

    Returns:
        ``customer_id``, not distinct.
    """
    day = F.col("business_day")
    happens = [in_any(spans, each) for each in (day, *(after(day, each) for each in windows))]
    return _of_customers(tickets.where(reduce(Column.__or__, happens)))


def bought_ahead(tickets: DataFrame, dates: Collection[date], within: Period) -> DataFrame:
    """Who has a ticket in the period after one of the dates: ``customer_id``, not distinct."""
    day = F.col("business_day")
    ahead = ((day > each) & (day <= after(F.lit(each), within)) for each in dates)
    return _of_customers(tickets.where(reduce(Column.__or__, ahead, F.lit(False))))


def buyers_of(sales: DataFrame, tickets: DataFrame, products: DataFrame) -> DataFrame:
    """Who has one of the products on a ticket: ``customer_id``, not distinct.

    Args:
        sales: The table ``sales``.
        tickets: Tickets as ``schemas.purchases`` describes them; a line is hers whose ticket it is.
        products: ``product_code``.
    """
    lines = sales.join(F.broadcast(products), on="product_code", how="left_semi")
    return _of_customers(tickets.join(lines.select(*TICKET), on=list(TICKET), how="left_semi"))


def tickets_in_stores(tickets: DataFrame, stores: Collection[str]) -> DataFrame:
    """Who has a ticket in one of the stores: ``customer_id``, not distinct."""
    return _of_customers(tickets.where(F.col("store_code").isin(sorted(stores))))


def tickets_with(tickets: DataFrame, salespeople: DataFrame) -> DataFrame:
    """Whom one of the salespeople attended in the store in question: ``customer_id``."""
    served = tickets.join(
        F.broadcast(salespeople.select(*BY_SALESPERSON).distinct()),
        on=list(BY_SALESPERSON),
        how="left_semi",
    )
    return _of_customers(served)


def registered_between(persons: DataFrame, spans: Collection[Span]) -> DataFrame:
    """Who was registered in one of the spans: ``customer_id``."""
    return persons.where(in_any(spans, F.col("registered_on"))).select("customer_id")


def looking_back(allocated: DataFrame, settled_by: Sequence[str]) -> DataFrame:
    """Whose store may come from another routine next time, since none before the look back gave it.

    Args:
        allocated: The table ``allocations``.
        settled_by: The routines before the one that looks back.
    """
    return allocated.where(~F.col("routine").isin(list(settled_by))).select("customer_id")


def stints_between(salespeople: DataFrame, spans: Collection[Span]) -> DataFrame:
    """The stints that begin or end in one of the spans."""
    ends = [in_any(spans, F.col(name)) for name in ("works_from", "works_to")]
    return salespeople.where(reduce(Column.__or__, ends))


def rows_changed(before: DataFrame, after_it: DataFrame) -> DataFrame:
    """The rows that one state of a table has and the other has not, with ``is_new`` (or gone)."""
    gone = before.exceptAll(after_it).withColumn("is_new", F.lit(False))
    return gone.unionByName(after_it.exceptAll(before).withColumn("is_new", F.lit(True)))


def carried(slices: DataFrame, changed: DataFrame, sources: Mapping[date, date]) -> DataFrame:
    """Slices of those to whom nothing happened, on the dates that they are carried to.

    Args:
        slices: Slices of a table of results by customer.
        changed: ``customer_id`` of everyone who is computed anew.
        sources: For each date the one that its slice is carried from.

    Returns:
        The rows with the later ``as_of``, and ``carried_from``, that of their own slice.
    """
    unchanged = slices.join(changed, on="customer_id", how="left_anti")
    return unchanged.withColumn("carried_from", F.col("as_of")).transform(on_followers, sources)


def sums_carried(
    earlier: DataFrame, less: DataFrame, more: DataFrame, key: Sequence[str]
) -> DataFrame:
    """Sums over all customers, from earlier ones and from those to whom something happened.

    What a customer adds to a sum is the same as long as nothing happens to her.

    Args:
        earlier: The sums over everybody as they were, on the dates that they are carried to.
        less: What those to whom something happened had added to them, on the same dates.
        more: What they add now.
        key: All columns that are no sums; the others are whole numbers.

    Returns:
        The sums now, by key; of nothing, they are 0.
    """
    names = [name for name in more.columns if name not in key]
    taken_off = less.withColumns({name: -F.col(name) for name in names})
    return (
        earlier.unionByName(taken_off)
        .unionByName(more)
        .groupBy(*key)
        .agg(*(F.sum(name).alias(name) for name in names))
    )


def _of_customers(tickets: DataFrame) -> DataFrame:
    return tickets.where(F.col("customer_id").isNotNull()).select("customer_id")
