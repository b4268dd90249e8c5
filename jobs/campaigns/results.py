"""The return of an action: what its list bought beyond what it would have bought anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from jobs.campaigns.campaign_settings import Measure
from jobs.campaigns.checks import (
    SampleRatio,
    minimum_detectable_effect,
    planned_error,
    sample_ratio,
)
from jobs.campaigns.comparison import Adjusted, Estimate, compare, compare_adjusted
from jobs.campaigns.families import Family, Method, corrected
from jobs.campaigns.shares import compare_shares, has_few, has_few_others
from jobs.campaigns.sums import Groups, Strata, together
from jobs.campaigns.verdicts import Verdict, verdict


@dataclass(frozen=True)
class Rules:
    """How results are judged.

    Attributes:
        confidence: The probability of intervals; 1 less the level of tests.
        sample_ratio_p_below: Groups that chance makes more rarely than so are not as drawn.
    """

    confidence: Decimal
    sample_ratio_p_below: Decimal


@dataclass(frozen=True)
class MeasureResult:
    """The return in one measure, in its unit; money in that of the chain.

    Attributes:
        listed_total: What the list bought.
        control_total: What the control bought.
        listed_mean: Per customer of the list; None without customers.
        control_mean: Per customer of the control; None without customers.
        plain: The difference per customer without regard to the value before.
        adjusted: The same by CUPED; None if the value before tells nothing.
        estimate: The one that counts: the adjusted one, without it the plain one. If few bought,
            Newcombe's of the buyers; of the other measures only the difference, without interval.
        incremental: The estimate times the customers of the list: what would not have been bought
            without the action. None if the groups are not as drawn, or one has nobody.
        incremental_low: The lower end of its interval; None if there is none.
        incremental_high: The upper end.
        detectable: The least effect per customer that would be found with a probability of 80%;
            None if that cannot be told.
        corrected_p: The p-value corrected for the other actions of a family; None without one.
        verdict: What may be concluded.
    """

    listed_total: Fraction
    control_total: Fraction
    listed_mean: float | None
    control_mean: float | None
    plain: Estimate
    adjusted: Adjusted | None
    estimate: Estimate
    incremental: float | None
    incremental_low: float | None
    incremental_high: float | None
    detectable: float | None
    corrected_p: float | None
    verdict: Verdict


@dataclass(frozen=True)
class ReturnOnCost:
    """What each unit of money that the action cost brought in.

    Attributes:
        cost: What the action cost; 0 if nothing is said.
        value: Incremental value divided by the cost; None without cost or incremental value.
        margin: Incremental margin less cost, divided by the cost; None without cost or margin.
    """

    cost: Decimal
    value: float | None
    margin: float | None


@dataclass(frozen=True)
class ActionResult:
    """The return of an action.

    Attributes:
        ratio: The groups against how they were drawn.
        measures: The return in each measure.
        return_on_cost: Against what it cost.
        rules: How it was judged.
        family: The actions that it was judged together with; None if it was judged alone.
    """

    ratio: SampleRatio
    measures: Mapping[Measure, MeasureResult]
    return_on_cost: ReturnOnCost
    rules: Rules
    family: Family | None = None


def action_result(
    sums: Mapping[Measure, Strata],
    share: Decimal,
    rules: Rules,
    *,
    cost: Decimal = Decimal(0),
    margin: Decimal | None = None,
) -> ActionResult:
    """Judge an action by what was bought in its validity.

    Args:
        sums: The strata of each measure in units (``jobs.campaigns.sums.read_sums``), of the same
            customers in all. ``customers`` must be there, and ``value`` if a margin is given.
        share: The control's planned share.
        rules: How to judge.
        cost: What the action cost.
        margin: The share of value that is margin; None if ``sums`` has the margin, or nobody
            knows it.

    Source: spec §9.
    """
    given = dict(sums)
    if margin is not None:
        given["margin"] = {name: each.scaled(margin) for name, each in sums["value"].items()}
    ratio = sample_ratio(
        {
            name: (each.listed.customers, each.control.customers)
            for name, each in given["customers"].items()
        },
        share,
    )
    buyers = together(given["customers"])
    found = {
        measure: _measured(measure, strata, buyers, ratio, rules)
        for measure, strata in given.items()
    }
    return ActionResult(ratio, found, _on_cost(found, cost), rules)


def judged_together(
    name: str,
    method: Method,
    results: Mapping[str, ActionResult],
    judged_by: Mapping[str, Measure],
) -> dict[str, ActionResult]:
    """Judge actions anew as one family, each in the measure that it is judged by.

    Args:
        name: What to call the family.
        method: How p-values are corrected.
        results: The result of each action by its code; those whose groups are not as drawn, or
            that have no p-value, count for nothing in the others'.
        judged_by: The measure of each.
    """
    measured = {code: each.measures[judged_by[code]] for code, each in results.items()}
    p_values = {
        code: None if each.verdict is Verdict.NOT_AS_DRAWN else each.estimate.p_value
        for code, each in measured.items()
    }
    family = corrected(name, method, p_values)
    judged = {}
    for code, result in results.items():
        again = _with_corrected(measured[code], family.p_values[code], result.rules)
        measures = {**result.measures, judged_by[code]: again}
        judged[code] = replace(result, measures=measures, family=family)
    return judged


def _with_corrected(result: MeasureResult, p_value: float | None, rules: Rules) -> MeasureResult:
    if p_value is None:
        return result
    found = verdict(
        result.estimate, p_value, result.detectable, result.control_mean, rules.confidence
    )
    return replace(result, corrected_p=p_value, verdict=found)


def _measured(
    measure: Measure, strata: Strata, buyers: Groups, ratio: SampleRatio, rules: Rules
) -> MeasureResult:
    plain = compare(strata, rules.confidence)
    adjusted = compare_adjusted(strata, rules.confidence)
    whole = together(strata)
    estimate, detectable = _that_counts(measure, plain, adjusted, buyers, rules.confidence)
    is_as_drawn = ratio.is_as_drawn(rules.sample_ratio_p_below)
    control_mean = _as_float(whole.control.mean)
    found = verdict(estimate, estimate.p_value, detectable, control_mean, rules.confidence)
    incremental, low, high = (
        None if each is None or not is_as_drawn else each * whole.listed.customers
        for each in (estimate.difference, estimate.low, estimate.high)
    )
    return MeasureResult(
        listed_total=whole.listed.total,
        control_total=whole.control.total,
        listed_mean=_as_float(whole.listed.mean),
        control_mean=control_mean,
        plain=plain,
        adjusted=adjusted,
        estimate=estimate,
        incremental=incremental,
        incremental_low=low,
        incremental_high=high,
        detectable=detectable,
        corrected_p=None,
        verdict=found if is_as_drawn else Verdict.NOT_AS_DRAWN,
    )


def _that_counts(
    measure: Measure,
    plain: Estimate,
    adjusted: Adjusted | None,
    buyers: Groups,
    confidence: Decimal,
) -> tuple[Estimate, float | None]:
    """The estimate that counts, and the least effect that it would find."""
    if measure == "customers" and (has_few(buyers) or has_few_others(buyers)):
        both = buyers.listed + buyers.control
        planned = planned_error(both.variance, buyers.listed.customers, buyers.control.customers)
        effect = minimum_detectable_effect(*planned, confidence) if planned else None
        return compare_shares(buyers, confidence), effect
    if has_few(buyers):
        return Estimate(plain.difference), None
    chosen = adjusted.estimate if adjusted else plain
    effect = minimum_detectable_effect(chosen.standard_error, chosen.degrees_of_freedom, confidence)
    return chosen, effect


def _on_cost(found: Mapping[Measure, MeasureResult], cost: Decimal) -> ReturnOnCost:
    value, margin = found.get("value"), found.get("margin")
    paid = float(cost)
    if not paid:
        return ReturnOnCost(cost, None, None)
    brought_in = value.incremental if value else None
    earned = margin.incremental if margin else None
    return ReturnOnCost(
        cost,
        None if brought_in is None else brought_in / paid,
        None if earned is None else (earned - paid) / paid,
    )


def _as_float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
