"""The six criteria: which of several stores, or salespeople, a customer's purchases choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.allocations import CRITERIA
from transforms.allocation_figures import AllocationRules

FIGURES = {
    "last_purchases": "holds_last_purchases",
    "purchases_recent": "purchases_recent",
    "purchases_total": "purchases_total",
    "value_recent": "value_recent",
    "value_total": "value_total",
    "last_store": "last_position",
}
"""Each criterion, and the figure of which it keeps the candidates that have most."""

FINAL_TIE = CRITERIA[-1]

_JUDGED = ("is_candidate", *FIGURES.values(), "reach_position")
_WORDS = ("most", "best", "alone")


def with_last_purchases(rows: DataFrame, scope: Sequence[str], counted: Column) -> DataFrame:
    """Adds ``holds_last_purchases``: 1 where all of the last X purchases of a scope lie, else 0.

    They lie with one candidate exactly if no other one has a purchase since its X-th last.

    Args:
        rows: What ``figures`` returns; ``reach_position`` is null unless the X-th last purchase
            is one of the last D days.
        scope: Whose purchases they are.
        counted: Whether a row's purchases are among those looked at.
    """
    last = F.when(counted, F.col("last_position"))
    latest_first = Window.partitionBy(*scope).orderBy(last.desc_nulls_last())
    is_latest = F.row_number().over(latest_first) == 1
    last_elsewhere = F.coalesce(F.lead(last).over(latest_first), F.lit(0))
    holds = counted & is_latest & (F.col("reach_position") > last_elsewhere)
    return rows.withColumn("holds_last_purchases", F.when(holds, 1).otherwise(0))


def chosen(
    candidates: DataFrame,
    scope: Sequence[str],
    code: str,
    rules: AllocationRules,
    criterion: str = "criterion",
) -> DataFrame:
    """The candidate that the criteria choose within each scope, and the criterion that decided.

    Each criterion keeps the candidates with most of its figure. One left: it decides, except that
    nobody is chosen for not holding the last purchases. Several: the next criterion judges these
    (``narrow``), or all again (``restart``). After the last criterion the lowest code wins
    (``final_tie``).

    Args:
        candidates: Rows with the columns of ``FIGURES`` and ``is_candidate``.
        scope: Among whom one is chosen.
        code: What names a candidate.
        rules: The order of the criteria, and what a tie hands on.
        criterion: The column for the criterion that decided.

    Returns:
        One row per scope. Without any candidate it is one of those who are none, with ``code``
        and criterion null.

    Source: spec §6 "Criteria"; Linx manual §8.
    """
    judge = _narrowed if rules.on_tie == "narrow" else _restarted
    is_candidate = F.col("is_candidate")
    return (
        judge(candidates, scope, code, rules.criteria)
        .where(F.col("_place") == 1)
        .withColumn(code, F.when(is_candidate, F.col(code)))
        .withColumn(criterion, F.when(is_candidate, F.col("_decided")))
        .select(*(name for name in candidates.columns if name not in _JUDGED), criterion)
    )


def with_kept_by(candidates: DataFrame, scope: Sequence[str], rules: AllocationRules) -> DataFrame:
    """Adds ``kept_by``: the criteria that kept a candidate among those left, in their order.

    For people who ask why; ``chosen`` decides.

    Args:
        candidates: As in ``chosen``; who is none is left out.
        scope: As in ``chosen``.
        rules: As in ``chosen``.
    """
    real = candidates.where("is_candidate")
    whole = Window.partitionBy(*scope).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    kept = {}
    left = F.lit(True)
    for each in rules.criteria:
        most = F.max(F.when(left, _figure(each))).over(whole)
        name = f"_kept_by_{each}"
        real = real.withColumn(name, left & (_figure(each) == most))
        kept[each] = F.when(F.col(name), F.lit(each))
        left = F.col(name) if rules.on_tie == "narrow" else F.lit(True)
    return real.withColumn("kept_by", F.array_compact(F.array(*kept.values()))).drop(
        *(f"_kept_by_{each}" for each in rules.criteria)
    )


def _narrowed(
    candidates: DataFrame, scope: Sequence[str], code: str, criteria: Sequence[str]
) -> DataFrame:
    """To judge the tied only is to order by one figure after the other.

    So a criterion decides where the first and the second candidate differ for the first time.
    """
    most_first = [F.desc(FIGURES[each]) for each in criteria]
    in_order = Window.partitionBy(*scope).orderBy(F.desc("is_candidate"), *most_first, code)
    is_alone = ~F.coalesce(F.lead("is_candidate").over(in_order), F.lit(False))
    decides = {
        each: is_alone | (F.col(FIGURES[each]) != F.lead(FIGURES[each]).over(in_order))
        for each in criteria
    }
    held = {each: F.col(FIGURES[each]) for each in criteria}
    return candidates.withColumns(
        {"_decided": _first_that(decides, held), "_place": F.row_number().over(in_order)}
    )


def _restarted(
    candidates: DataFrame, scope: Sequence[str], code: str, criteria: Sequence[str]
) -> DataFrame:
    """Every criterion judges all candidates; the first one with a single best decides."""
    whole = Window.partitionBy(*scope).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    is_candidate = F.col("is_candidate")
    most, best, alone = ({each: f"_{word}_{each}" for each in criteria} for word in _WORDS)
    judged = (
        candidates.withColumns(
            {
                most[each]: F.max(F.when(is_candidate, _figure(each))).over(whole)
                for each in criteria
            }
        )
        .withColumns(
            {best[each]: is_candidate & (_figure(each) == F.col(most[each])) for each in criteria}
        )
        .withColumns({alone[each]: F.count_if(best[each]).over(whole) == 1 for each in criteria})
    )
    held = {each: F.col(most[each]) for each in criteria}
    decided = _first_that({each: F.col(alone[each]) for each in criteria}, held)
    wins = F.col(best[criteria[-1]])
    for each in criteria:
        wins = F.when(F.col("_decided") == each, F.col(best[each])).otherwise(wins)
    winner_first = Window.partitionBy(*scope).orderBy(F.desc("_wins"), code)
    return (
        judged.withColumn("_decided", decided)
        .withColumn("_wins", wins)
        .withColumn("_place", F.row_number().over(winner_first))
        .select(*candidates.columns, "_decided", "_place")
    )


def _first_that(decides: Mapping[str, Column], held: Mapping[str, Column]) -> Column:
    """The first criterion that decides; ``held`` is the figure of the one it would choose."""
    found = F.lit(FINAL_TIE)
    for each in reversed(list(decides)):
        condition = decides[each]
        if each == "last_purchases":
            condition = condition & (held[each] == 1)
        found = F.when(condition, F.lit(each)).otherwise(found)
    return found


def _figure(criterion: str) -> Column:
    return F.col(FIGURES[criterion])
