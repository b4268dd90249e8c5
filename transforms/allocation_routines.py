"""The routines one after the other, among them the one that looks back (spec §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.allocations import ROUTINES
from transforms.allocation_figures import AllocationRules
from transforms.allocation_stores import STORE, WHO, is_active, with_store
from transforms.calendar_view import CalendarView, by_date
from transforms.periods import ALWAYS
from transforms.registered import registered_since

SALES, ACCOUNTS, REGISTRY, SUCCESSOR, NETWORK, NO_ROUTINE = ROUTINES

_GIVEN = f"struct<store:{STORE},routine:string>"
_STATE = f"struct<day:date,store:{STORE},made:array<{_GIVEN}>>"


@dataclass(frozen=True)
class Registries:
    """What allocation knows besides sales.

    Attributes:
        persons: The registry of persons.
        stores: What ``candidate_stores`` returns; None if the network delivers no stores.
        successions: What ``successions`` returns; None likewise.
        stints: What ``stints`` returns; None if the network delivers no salespeople.
    """

    persons: DataFrame
    stores: DataFrame | None
    successions: DataFrame | None
    stints: DataFrame | None


def main_stores(
    claims: DataFrame,
    carried: DataFrame,
    registries: Registries,
    rules: AllocationRules,
    view: CalendarView,
) -> DataFrame:
    """The store of every customer on every date, and the routine that gave it.

    Args:
        claims: What ``sales_stores`` returns.
        carried: What ``carried_allocations`` returns.
        registries: The registries; their newest state counts for every date.
        rules: The parameters.
        view: The dates of the pass.

    Returns:
        The rows of ``claims`` with ``store_code``, ``routine`` and ``criterion`` (of ``sales``
        alone), and ``carried``, the customer's allocation on the previous date of the calendar if
        another pass computed that. Where no routine gives an active store, ``store_code`` is null
        and ``routine`` is ``none``.

    Source: spec §6 "Routines"; Linx manual §8.
    """
    previous_on = by_date(view.previous)[F.col("as_of")]
    given = (
        claims.join(carried, on="customer_id", how="left")
        .withColumn("carried", F.col("carried")[previous_on])
        .transform(with_routine_stores, registries=registries, rules=rules)
        .transform(_in_order, routines=rules.routines)
    )
    if ACCOUNTS in rules.routines:
        given = given.transform(_looking_back, view=view)
    by_sales = F.col("given.routine") == SALES
    return given.select(
        *WHO,
        F.col("given.store.store_code").alias("store_code"),
        F.coalesce("given.routine", F.lit(NO_ROUTINE)).alias("routine"),
        F.when(by_sales, F.col("criterion")).alias("criterion"),
        "carried",
        "last_sale_on",
        "last_exit_on",
    )


def with_routine_stores(
    claims: DataFrame, registries: Registries, rules: AllocationRules
) -> DataFrame:
    """Adds ``by_<routine>`` for every routine but the one that looks back: its store if active.

    Args:
        claims: What ``sales_stores`` returns.
        registries: The registries.
        rules: The parameters.
    """
    stores, as_of = registries.stores, F.col("as_of")
    known = claims
    if REGISTRY in rules.routines:
        registrations = registries.persons.select(
            "customer_id",
            registered_since().alias("_since"),
            F.col("store_code").alias("_registered_in"),
        )
        known = (
            known.join(registrations, on="customer_id", how="left")
            .transform(with_store, stores=stores, code="_registered_in", into="_registered")
            .withColumn(f"by_{REGISTRY}", F.when(F.col("_since") <= as_of, F.col("_registered")))
        )
    if NETWORK in rules.routines:
        known = known.withColumn("_default", F.lit(rules.default_store).cast("string")).transform(
            with_store, stores=stores, code="_default", into=f"by_{NETWORK}"
        )
    if SUCCESSOR in rules.routines:
        known = known.transform(_with_successor, registries=registries)
    active = {
        f"by_{each}": F.when(is_active(F.col(f"by_{each}"), as_of), F.col(f"by_{each}"))
        for each in rules.routines
        if each != ACCOUNTS
    }
    return known.withColumns(active)


def _with_successor(claims: DataFrame, registries: Registries) -> DataFrame:
    """Where no stores are delivered, none closes: the last one stands."""
    if registries.successions is None:
        return with_store(claims, None, "last_store_code", f"by_{SUCCESSOR}")
    following = registries.successions.withColumnRenamed("store_code", "last_store_code")
    first_active = F.get(F.filter("succession", lambda each: is_active(each, F.col("as_of"))), 0)
    return claims.join(F.broadcast(following), on="last_store_code", how="left").withColumn(
        f"by_{SUCCESSOR}", first_active
    )


def _in_order(given: DataFrame, routines: Sequence[str]) -> DataFrame:
    """Adds ``given``, what the routines before the one that looks back give, and ``otherwise``."""
    at = routines.index(ACCOUNTS) if ACCOUNTS in routines else len(routines)
    return given.withColumns(
        {"given": _first_given(routines[:at]), "otherwise": _first_given(routines[at + 1 :])}
    )


def _first_given(routines: Sequence[str]) -> Column:
    none = F.lit(None).cast(_GIVEN)
    by_routine = [
        F.when(
            F.col(f"by_{each}").isNotNull(),
            F.struct(F.col(f"by_{each}").alias("store"), F.lit(each).alias("routine")),
        ).cast(_GIVEN)
        for each in routines
    ]
    return F.coalesce(none, *by_routine)


def _looking_back(given: DataFrame, view: CalendarView) -> DataFrame:
    """Fills ``given`` from the previous date of the calendar, or else from the routines behind.

    What a date gets may hang on what the date before it got, so the dates that nothing before
    settles are gone through in order, customer by customer. They are few: most customers have
    bought in an active store.
    """
    earlier = (
        Window.partitionBy("customer_id")
        .orderBy("as_of")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow - 1)
    )
    in_calendar = F.col("as_of").isin(list(view.in_calendar))
    is_settled = F.col("given").isNotNull()
    last_settled = F.last(
        F.when(
            in_calendar & is_settled,
            F.struct(F.col("as_of").alias("day"), F.col("given.store").alias("store")),
        ),
        ignorenulls=True,
    ).over(earlier)
    known = given.withColumns({"settled": last_settled, "in_calendar": in_calendar})
    in_time = F.array_sort(
        F.collect_list(
            F.struct(
                "as_of",
                "in_calendar",
                "otherwise",
                "settled",
                F.col("carried.store").alias("store"),
            )
        )
    )
    # Joined back and not united, so that the customers stay where they are.
    gone_through = (
        known.where(~is_settled)
        .groupBy("customer_id")
        .agg(in_time.alias("rows"))
        .withColumn("made", F.reduce("rows", F.lit(None).cast(_STATE), _following)["made"])
        .select("customer_id", F.map_from_arrays("rows.as_of", "made").alias("found"))
    )
    return known.join(gone_through, on="customer_id", how="left").withColumn(
        "given", F.coalesce("given", F.col("found")[F.col("as_of")])
    )


def _following(state: Column, row: Column) -> Column:
    """One more date: the store that was carried to it while that is active, else what is behind."""
    settled = row["settled"]
    is_later = state["day"] > F.coalesce(settled["day"], F.lit(ALWAYS))
    before = (
        F.when(is_later, state["store"])
        .when(settled.isNotNull(), settled["store"])
        .otherwise(row["store"])
    )
    kept = F.struct(before.alias("store"), F.lit(ACCOUNTS).alias("routine")).cast(_GIVEN)
    found = F.when(is_active(before, row["as_of"]), kept).otherwise(row["otherwise"])
    return F.struct(
        F.when(row["in_calendar"], row["as_of"]).otherwise(state["day"]).alias("day"),
        F.when(row["in_calendar"], found["store"]).otherwise(state["store"]).alias("store"),
        F.array_append(F.coalesce(state["made"], F.array().cast(f"array<{_GIVEN}>")), found).alias(
            "made"
        ),
    ).cast(_STATE)
