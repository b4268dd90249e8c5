"""Results of actions as rows of the table ``action_results``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from jobs.campaigns.campaign_settings import Declared, Goals, Measure
from jobs.campaigns.results import ActionResult, MeasureResult
from jobs.campaigns.totals import total

_UNIT = Decimal("0.0001")
HOLDOUT_LEVEL = "holdout"
HOLDOUT_JUDGED_BY: Measure = "value"
"""What activation as a whole is judged by."""

_GOALS = ("customers", "purchases", "value")


@dataclass(frozen=True)
class Judged:
    """The result of an action, or of one of its parts.

    Attributes:
        declared: The action.
        level: ``action``, ``store``, ``salesperson`` or ``segment``.
        code: Which store, salesperson or segment; empty for the action as a whole.
        result: What came of it.
    """

    declared: Declared
    level: str
    code: str
    result: ActionResult

    def with_result(self, result: ActionResult) -> Judged:
        """The same, judged otherwise."""
        return replace(self, result=result)


def result_rows(as_of: date, judged: Judged) -> Iterator[dict[str, object]]:
    """One row for each measure."""
    declared, result = judged.declared, judged.result
    for measure in result.measures:
        is_whole = judged.level == "action"
        yield {
            **_row(as_of, result, measure, declared.judged_by),
            "level": judged.level,
            "code": judged.code,
            "action_code": declared.action.code,
            "goal": _goal(declared.action.goals, measure) if is_whole else None,
        }


def holdout_rows(as_of: date, holdout: str, result: ActionResult) -> Iterator[dict[str, object]]:
    """One row for each measure of activation as a whole, judged by a holdout."""
    for measure in result.measures:
        row = _row(as_of, result, measure, HOLDOUT_JUDGED_BY)
        yield {**row, "level": HOLDOUT_LEVEL, "code": holdout, "action_code": ""}


def _row(
    as_of: date, result: ActionResult, measure: Measure, judged_by: Measure
) -> dict[str, object]:
    found = result.measures[measure]
    on_cost = {"value": result.return_on_cost.value, "margin": result.return_on_cost.margin}
    return {
        "as_of": as_of,
        "measure": measure,
        "listed": result.ratio.listed,
        "control": result.ratio.control,
        "listed_total": exact(found.listed_total),
        "control_total": exact(found.control_total),
        "incremental": rounded(found.incremental),
        "incremental_low": rounded(found.incremental_low),
        "incremental_high": rounded(found.incremental_high),
        "p_value": found.estimate.p_value,
        "corrected_p": found.corrected_p,
        "detectable": found.detectable,
        "return_on_cost": on_cost.get(measure),
        "verdict": found.verdict.value,
        "is_judged_by": measure == judged_by,
    }


def campaign_rows(as_of: date, judged: Iterable[Judged]) -> Iterator[dict[str, object]]:
    """One row for each measure of each campaign, its actions added up."""
    of_campaign: Mapping[str, list[Judged]] = defaultdict(list)
    for each in judged:
        if each.declared.campaign is not None and each.level == "action":
            of_campaign[each.declared.campaign.code].append(each)
    for code, members in of_campaign.items():
        campaign = members[0].declared.campaign
        measures = dict.fromkeys(name for each in members for name in each.result.measures)
        for measure in measures:
            having = [each for each in members if measure in each.result.measures]
            found = [each.result.measures[measure] for each in having]
            summed = total(found)
            yield {
                "as_of": as_of,
                "level": "campaign",
                "code": code,
                "action_code": "",
                "measure": measure,
                "listed": sum(each.result.ratio.listed for each in having),
                "control": sum(each.result.ratio.control for each in having),
                "listed_total": exact(_sum(found, "listed_total")),
                "control_total": exact(_sum(found, "control_total")),
                "goal": _goal(campaign.goals if campaign else None, measure),
                "incremental": rounded(summed.incremental),
                "incremental_low": rounded(summed.low),
                "incremental_high": rounded(summed.high),
                "is_judged_by": measure == having[0].declared.judged_by,
            }


def _sum(found: Iterable[MeasureResult], name: str) -> Fraction:
    return sum((getattr(each, name) for each in found), Fraction(0))


def _goal(goals: Goals | None, measure: Measure) -> Decimal | None:
    if goals is None or measure not in _GOALS:
        return None
    value = getattr(goals, measure)
    return None if value is None else Decimal(value)


def exact(value: Fraction) -> Decimal:
    """A sum in units of at most four decimals; that of a margin is rounded half-up."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(
        _UNIT, rounding=ROUND_HALF_UP
    )


def rounded(value: float | None) -> Decimal | None:
    """An estimate to four decimals, as money and quantities have them."""
    return None if value is None else Decimal(repr(value)).quantize(_UNIT, rounding=ROUND_HALF_UP)
