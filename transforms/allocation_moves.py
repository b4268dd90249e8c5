"""Who moved from where to where between two dates of the calendar, and why (spec §6)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.allocation_history import ALLOCATED
from transforms.allocation_salespeople import SALESPERSON, left_on, present, with_stints
from transforms.allocation_stores import is_active, with_store
from transforms.calendar_view import CalendarView, by_date


def allocation_moves(
    with_all: DataFrame, stores: DataFrame | None, known: DataFrame | None, view: CalendarView
) -> DataFrame:
    """Everyone whose allocation differs from that on the previous date of the calendar.

    Without a previous date nobody has moved.

    The cause is the first that fits: she had none (``first_purchase``); her store closed
    (``store_closed``); in the same store, her salesperson left or the new one came
    (``salesperson_left``, ``salesperson_came``); she has a new sale or return (``sale``); one has
    left the last D days (``window``); the new store opened (``store_opened``); else ``registry``:
    a registration, successor or setting is another one now.

    Args:
        with_all: What ``with_history`` returns.
        stores: What ``candidate_stores`` returns, or None.
        known: What ``stints`` returns, or None.
        view: The dates of the pass.

    Returns:
        The table ``allocation_moves``: key (as_of, customer_id).

    Source: spec §6.
    """
    here = F.struct(*ALLOCATED)
    ends = {f"from_{name}": F.col(f"earlier.{name}") for name in ALLOCATED}
    ends |= {f"to_{name}": F.col(name) for name in ALLOCATED}
    return (
        with_all.withColumns({**ends, "previous_as_of": by_date(view.previous)[F.col("as_of")]})
        .where(F.col("previous_as_of").isNotNull() & ~here.eqNullSafe(F.col("earlier")))
        .transform(with_store, stores=stores, code="from_store_code", into="from_store")
        .transform(with_store, stores=stores, code="to_store_code", into="to_store")
        .transform(_with_stints_of, known=known, side="from")
        .transform(_with_stints_of, known=known, side="to")
        .withColumn("cause", _cause())
        .select(*TABLES["allocation_moves"].column_names)
    )


def _with_stints_of(rows: DataFrame, known: DataFrame | None, side: str) -> DataFrame:
    """Adds ``<side>_stints``, of the salesperson on one side of the move in the store there."""
    named = rows.drop("store_code", "salesperson_code").withColumns(
        {name: F.col(f"{side}_{name}") for name in ("store_code", "salesperson_code")}
    )
    return named.transform(with_stints, known=known).withColumnRenamed("stints", f"{side}_stints")


def _cause() -> Column:
    as_of, since = F.col("as_of"), F.col("previous_as_of")
    is_first = F.col("earlier").isNull()
    had_store = F.col("from_store_code").isNotNull()
    closed = had_store & ~is_active(F.col("from_store"), as_of)
    same_store = F.col("from_store_code").eqNullSafe(F.col("to_store_code"))
    was_hers = F.col("from_portfolio") == SALESPERSON
    is_gone = ~present(F.col("from_stints"), as_of) & (left_on(F.col("from_stints"), as_of) > since)
    begun = F.exists(
        "to_stints", lambda each: each["works_from"].between(F.date_add(since, 1), as_of)
    )
    # Whose stint follows on another of his, a contract renewed, was there before.
    came = begun & ~present(F.col("to_stints"), since)
    opened = F.col("to_store.opened_on").between(F.date_add(since, 1), as_of)
    return (
        F.when(is_first, "first_purchase")
        .when(closed, "store_closed")
        .when(same_store & was_hers & is_gone, "salesperson_left")
        .when(same_store & came, "salesperson_came")
        .when(F.col("last_sale_on") > since, "sale")
        .when(F.col("last_exit_on") > since, "window")
        .when(opened, "store_opened")
        .otherwise("registry")
    )
