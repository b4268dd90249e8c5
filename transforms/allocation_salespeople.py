"""The salesperson of every customer in her main store, and the wait after one leaves (spec §6)."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.allocations import PORTFOLIOS
from transforms.allocation_criteria import chosen, with_last_purchases
from transforms.allocation_figures import BY_SALESPERSON, AllocationRules
from transforms.allocation_stores import WHO
from transforms.periods import ALWAYS, NEVER

SALESPERSON, TRANSITION, STORE = PORTFOLIOS

_JUDGED = "struct<salesperson_code:string,left_on:date,is_present:boolean>"
_IN_STORE = ("customer_id", "store_code")


def stints(salespeople: DataFrame) -> DataFrame:
    """The stints of each salesperson in each store.

    Args:
        salespeople: The registry of stints.

    Returns:
        Key (store_code, salesperson_code): ``stints``, an array of (works_from, works_to).
    """
    until = F.coalesce("works_to", F.lit(NEVER)).alias("works_to")
    return salespeople.groupBy(*BY_SALESPERSON).agg(
        F.sort_array(F.collect_list(F.struct("works_from", until))).alias("stints")
    )


def with_stints(rows: DataFrame, known: DataFrame | None) -> DataFrame:
    """Adds the ``stints`` of a row's salesperson in its store; null if there never was one.

    Args:
        rows: Rows with store and salesperson.
        known: What ``stints`` returns; None where the network delivers no salespeople: then
            everybody is always present.
    """
    if known is None:
        always = F.array(
            F.struct(F.lit(ALWAYS).alias("works_from"), F.lit(NEVER).alias("works_to"))
        )
        return rows.withColumn("stints", F.when(F.col("salesperson_code").isNotNull(), always))
    return rows.join(F.broadcast(known), on=list(BY_SALESPERSON), how="left")


def salesperson_candidates(
    allocated: DataFrame, figures_by_salesperson: DataFrame, known: DataFrame | None
) -> DataFrame:
    """Who attended each customer in her main store, with the figures that the criteria compare.

    Args:
        allocated: What ``main_stores`` returns.
        figures_by_salesperson: What ``figures`` returns, by salesperson.
        known: What ``stints`` returns, or None.

    Returns:
        Key (as_of, customer_id, salesperson_code), a row for purchases that nobody attended too,
        and one for who never bought there: with ``stints``; ``is_candidate``, whether a stint there
        has begun; and ``holds_last_purchases``, among all purchases there.
    """
    attended = figures_by_salesperson.drop("last_sale_on", "last_exit_on").where(
        F.col("purchases_total") > 0
    )
    knows_store = F.coalesce(has_begun(F.col("stints"), F.col("as_of")), F.lit(False))
    return (
        allocated.join(attended, on=[*WHO, "store_code"], how="left")
        .transform(with_stints, known=known)
        .withColumn("is_candidate", knows_store)
        .transform(with_last_purchases, scope=WHO, counted=F.col("last_position").isNotNull())
    )


def chosen_salespeople(
    allocated: DataFrame,
    figures_by_salesperson: DataFrame,
    known: DataFrame | None,
    rules: AllocationRules,
) -> DataFrame:
    """Whom the criteria choose in each customer's main store, present or not.

    Args:
        allocated: As in ``salesperson_candidates``.
        figures_by_salesperson: As in ``salesperson_candidates``.
        known: As in ``salesperson_candidates``.
        rules: The parameters.

    Returns:
        The rows of ``allocated`` with ``salesperson_code`` and ``salesperson_criterion``, both null
        if nobody with a stint attended her there, and the ``stints`` of the chosen one.

    Source: spec §6, last but one paragraph.
    """
    return (
        salesperson_candidates(allocated, figures_by_salesperson, known)
        .transform(
            chosen,
            scope=WHO,
            code="salesperson_code",
            rules=rules,
            criterion="salesperson_criterion",
        )
        .select(*allocated.columns, "salesperson_code", "salesperson_criterion", "stints")
    )


def with_portfolio(
    chosen_ones: DataFrame, visited: DataFrame, known: DataFrame | None
) -> DataFrame:
    """The portfolio of every customer: a salesperson's, the store's transition, or the store's own.

    Who was chosen by somebody no longer there waits in transition until the first later purchase
    in the store that another person attended, who is judged likewise.

    Args:
        chosen_ones: What ``chosen_salespeople`` returns.
        visited: What ``visits`` returns.
        known: What ``stints`` returns, or None.

    Returns:
        The rows with ``portfolio`` (salesperson, transition, store; null without a store); in
        transition ``salesperson_code`` is the one whose customer she last was.

    Source: spec §6, last but one paragraph; Linx manual §8 "Carteiras de Transição".
    """
    is_present = present(F.col("stints"), F.col("as_of"))
    judged = chosen_ones.withColumn("is_present", is_present)
    if known is not None:
        judged = judged.transform(_after_waiting, visited=visited, known=known)
    portfolio = (
        F.when(F.col("store_code").isNull(), None)
        .when(F.col("salesperson_code").isNull(), STORE)
        .when(F.col("is_present"), SALESPERSON)
        .otherwise(TRANSITION)
    )
    return judged.withColumn("portfolio", portfolio).drop("stints", "is_present")


def own_salesperson() -> Column:
    """Of an allocation: whose portfolio it is in; null in transition and in the store's own."""
    return F.when(F.col("portfolio") == SALESPERSON, F.col("salesperson_code"))


def whose(allocated: DataFrame) -> DataFrame:
    """Whose each customer is: of which store, and of whose portfolio in it.

    Args:
        allocated: The table ``allocations`` on some dates.

    Returns:
        Key (as_of, customer_id): ``store_code``; ``salesperson_code``, null in transition and in
        the store's own portfolio.

    Source: spec §6.
    """
    hers = own_salesperson().alias("salesperson_code")
    return allocated.select("as_of", "customer_id", "store_code", hers)


def present(known: Column, day: Column) -> Column:
    """Whether one of the stints holds on a day; null without stints."""
    return F.exists(known, lambda each: (each["works_from"] <= day) & (day < each["works_to"]))


def has_begun(known: Column, day: Column) -> Column:
    """Whether one of the stints has begun by a day; null without stints."""
    return F.exists(known, lambda each: each["works_from"] <= day)


def left_on(known: Column, day: Column) -> Column:
    """The first day absent after the latest stint that is over by a day; null if none is."""
    over = F.filter(known, lambda each: each["works_to"] <= day)
    return F.array_max(F.transform(over, lambda each: each["works_to"]))


def _after_waiting(judged: DataFrame, visited: DataFrame, known: DataFrame) -> DataFrame:
    """Goes through the purchases in the store of those whose salesperson has left, in time."""
    waits = F.coalesce(~F.col("is_present"), F.lit(False))
    who = judged.where(waits).select("customer_id").distinct()
    served = F.sort_array(
        F.collect_list(F.struct("position", "business_day", "salesperson_code", "stints"))
    )
    attendances = (
        visited.where(F.col("is_purchase") & F.col("salesperson_code").isNotNull())
        .join(who, on="customer_id", how="left_semi")
        .transform(with_stints, known=known)
        .where(F.col("stints").isNotNull())
        .groupBy(*_IN_STORE)
        .agg(served.alias("attendances"))
    )
    as_of = F.col("as_of")
    first = _judged(F.col("salesperson_code"), F.col("stints"), as_of)
    last = F.reduce("attendances", first, lambda state, each: _next(state, each, as_of))
    found = F.when(waits, F.coalesce(last, first)).otherwise(first)
    return (
        judged.join(attendances, on=list(_IN_STORE), how="left")
        .withColumn("_found", found)
        .withColumn("salesperson_code", F.col("_found.salesperson_code"))
        .withColumn("is_present", F.col("_found.is_present"))
        .select(*judged.columns)
    )


def _next(state: Column, attendance: Column, as_of: Column) -> Column:
    """Who is judged after one more purchase."""
    day, known = attendance["business_day"], attendance["stints"]
    takes_over = (
        ~state["is_present"]
        & (state["salesperson_code"] != attendance["salesperson_code"])
        & day.between(state["left_on"], as_of)
        & has_begun(known, as_of)
    )
    return F.when(takes_over, _judged(attendance["salesperson_code"], known, as_of)).otherwise(
        state
    )


def _judged(salesperson: Column, known: Column, as_of: Column) -> Column:
    return F.struct(
        salesperson.alias("salesperson_code"),
        left_on(known, as_of).alias("left_on"),
        present(known, as_of).alias("is_present"),
    ).cast(_JUDGED)
