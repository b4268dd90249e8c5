"""What indicators of customers are sums of: one row per customer and processing date (spec §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from schemas.life_cycle import STAGES
from transforms.allocation_salespeople import whose
from transforms.identity import folded
from transforms.life_cycle_flows import segments_on
from transforms.periods import YEAR, after, on_dates
from transforms.registered import registered_since

_KEY = ["as_of", "customer_id"]


def customer_facts(
    accounts: DataFrame,
    timeline: DataFrame,
    changes: DataFrame,
    days: DataFrame,
    allocated: DataFrame,
    ranked: DataFrame,
    dates: Sequence[date],
) -> DataFrame:
    """Everything about a customer on a date that an indicator counts or sums.

    Args:
        accounts: The table ``accounts`` on the dates.
        timeline: The table ``life_cycle``.
        changes: The table ``life_cycle_transitions``.
        days: Purchase days (``transforms.life_cycle.purchase_days``).
        allocated: The table ``allocations`` on the dates.
        ranked: The table ``rfv`` on the dates; who is not ranked has no quadrant and no top class.
        dates: The processing dates.

    Returns:
        Key (as_of, customer_id): the account; ``store_code``, ``salesperson_code`` of the main
        store and portfolio; ``stage``, ``segment``; ``fv_quadrant``, ``top_class``; ``life_days``
        and, for each stage, ``<stage>_days`` and ``was_<stage>``; ``reactivations``,
        ``recoveries`` of the last 12 months and the days waited until them; ``is_faster`` and
        ``is_slower`` than the network's mean of mean intervals; ``days_between`` the first and the
        last purchase.

    Source: spec §7.
    """
    places = ranked.select(*_KEY, "fv_quadrant", "top_class")
    facts = accounts.drop("store_code", "salesperson_code")
    for joined in (
        whose(allocated),
        segments_on(timeline, dates),
        stays(timeline, dates),
        returns(changes, days, dates),
        places,
    ):
        facts = facts.join(joined, on=_KEY, how="left")
    between = F.date_diff("last_purchase_on", "first_purchase_on")
    return facts.withColumn("days_between", between).transform(_with_pace, accounts=accounts)


def with_sex(facts: DataFrame, persons: DataFrame, words: Mapping[str, Sequence[str]]) -> DataFrame:
    """Adds ``is_female`` and ``is_male``: what the registration says, never null.

    Args:
        facts: Key (as_of, customer_id).
        persons: The newest registry; a registration counts from its day on, without one always.
        words: What it writes for ``female`` and ``male``, as ``folded`` makes them.

    Source: spec §7, customers by sex; Linx manual §10.
    """
    said = persons.select(
        "customer_id",
        registered_since().alias("_since"),
        *(folded(F.col("sex")).isin(*words[each]).alias(f"_{each}") for each in ("female", "male")),
    )
    is_known = F.col("_since") <= F.col("as_of")
    return (
        facts.join(said, on="customer_id", how="left")
        .withColumns(
            {
                f"is_{each}": F.coalesce(is_known & F.col(f"_{each}"), F.lit(False))
                for each in ("female", "male")
            }
        )
        .drop("_since", "_female", "_male")
    )


def stays(timeline: DataFrame, dates: Sequence[date]) -> DataFrame:
    """How long each customer has been with the chain, and in each stage, until each date.

    Returns:
        Key (as_of, customer_id): ``life_days``, from the first purchase to becoming lost, if she is
        lost on ``as_of``, else to ``as_of``; ``<stage>_days``, all she spent there, and
        ``was_<stage>``, whether she ever was.

    Source: spec §7, life time duration.
    """
    until = F.least(F.col("as_of"), F.coalesce("valid_to", "as_of"))
    spent = F.date_diff(until, F.col("valid_from"))
    is_last_stay = F.coalesce(F.col("as_of") < F.col("valid_to"), F.lit(True))
    is_lost = F.max(is_last_stay & (F.col("stage") == "lost"))
    # Being lost has several segments; who is lost now became so when she last ceased not to be.
    lost_on = F.max(F.when(F.col("stage") != "lost", F.col("valid_to")))
    ended_on = F.when(is_lost, lost_on).otherwise(F.max("as_of"))
    return (
        on_dates(timeline, F.col("valid_from"), None, dates)
        .groupBy(*_KEY)
        .agg(
            F.date_diff(ended_on, F.min("valid_from")).alias("life_days"),
            *(
                F.sum(F.when(F.col("stage") == each, spent).otherwise(0)).alias(f"{each}_days")
                for each in STAGES
            ),
            *(F.max(F.col("stage") == each).alias(f"was_{each}") for each in STAGES),
        )
    )


def returns(changes: DataFrame, days: DataFrame, dates: Sequence[date]) -> DataFrame:
    """How often each customer came back in the last 12 months, and after how many days.

    Args:
        changes: The table ``life_cycle_transitions``.
        days: Purchase days, all of whom ``recent_returns`` tells at least.
        dates: The processing dates.

    Returns:
        Key (as_of, customer_id), who came back at all: ``reactivations`` from inactive and
        ``reactivation_days``, ``recoveries`` from lost and ``recovery_days``; days are those since
        the purchase before.

    Source: spec §7, mean velocity of reactivation / recovery; §4.
    """
    in_order = Window.partitionBy("customer_id").orderBy("purchased_on")
    waited = F.date_diff("purchased_on", F.lag("purchased_on").over(in_order))
    waits = days.select(
        "customer_id", F.col("purchased_on").alias("changed_on"), waited.alias("waited")
    )
    counted = [
        total
        for stage, event, events in (
            ("inactive", "reactivation", "reactivations"),
            ("lost", "recovery", "recoveries"),
        )
        for total in (
            F.count_if(F.col("from_stage") == stage).alias(events),
            F.sum(F.when(F.col("from_stage") == stage, F.col("waited")).otherwise(0)).alias(
                f"{event}_days"
            ),
        )
    ]
    return (
        changes.transform(recent_returns, dates=dates)
        .join(waits, on=["customer_id", "changed_on"], how="inner")
        .groupBy(*_KEY)
        .agg(*counted)
    )


def recent_returns(changes: DataFrame, dates: Sequence[date]) -> DataFrame:
    """Who came back in the last 12 months.

    Args:
        changes: The table ``life_cycle_transitions``.
        dates: The processing dates.

    Returns:
        Key (as_of, customer_id, changed_on), the day of coming back; ``from_stage`` inactive or
        lost.
    """
    came_back = (F.col("to_stage") == "active") & F.col("from_stage").isin("inactive", "lost")
    returned = changes.where(came_back).select("customer_id", "changed_on", "from_stage")
    return on_dates(returned, F.col("changed_on"), after(F.col("changed_on"), YEAR), dates)


def _with_pace(facts: DataFrame, accounts: DataFrame) -> DataFrame:
    """Who comes back faster or more slowly than the network; a comparison with a mean is exact."""
    mean = "mean_interval_days"
    of_network = accounts.groupBy("as_of").agg(
        F.sum(mean).cast("decimal(28,6)").alias("_total"), F.count(mean).alias("_count")
    )
    scaled = (F.col(mean) * F.col("_count")).cast("decimal(28,6)")
    return (
        facts.join(F.broadcast(of_network), on="as_of", how="left")
        .withColumn("is_faster", F.coalesce(scaled < F.col("_total"), F.lit(False)))
        .withColumn("is_slower", F.coalesce(scaled > F.col("_total"), F.lit(False)))
        .drop("_total", "_count")
    )
