"""One made chain, whose control is drawn again and again: how often intervals hold the truth.

``python -m tests.campaign_redraws`` prints the figures of docs/campaign-statistics.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import sqrt

import numpy as np
import numpy.typing as npt

from jobs.campaigns.campaign_settings import Measure
from jobs.campaigns.comparison import Estimate
from jobs.campaigns.results import MeasureResult, Rules, action_result
from jobs.campaigns.sums import Groups, Strata
from jobs.campaigns.verdicts import Verdict
from tests.campaign_sums import CONFIDENCE, Whole, sums_of_array

SEED = 20261126
RULES = Rules(CONFIDENCE, Decimal("0.001"))
EFFECTS = {"none": (0.0, 0), "small": (0.01, 5), "large": (0.08, 20)}
"""The share of customers whom an action makes buy once more, and the per cent by which it raises
what is bought anyway."""


@dataclass(frozen=True)
class Chain:
    """What each customer of a list bought before, buys without an action, and would buy with it.

    Values are in cents. Customers differ in how often they buy (log-normally, sigma 1.2) and in how
    much (0.7), and each purchase varies by 0.6. Periods before and after are alike.
    """

    before: Whole
    without: Mapping[Measure, Whole]
    addressed: Mapping[Measure, Whole]
    activity: npt.NDArray[np.float64]


def made_chain(customers: int, effect: str, often: float = 0.45, seed: int = SEED) -> Chain:
    """Make one: with ``often`` 0.45 some 68% buy nothing in a period; the same for any effect."""
    draw = np.random.default_rng(seed)
    activity = draw.lognormal(-0.5, 1.2, customers)
    usual = draw.lognormal(np.log(12_000), 0.7, customers)

    def value_of(times: Whole) -> Whole:
        value = np.zeros(customers, dtype=np.int64)
        for turn in range(times.max(initial=0)):
            ticket = (usual * draw.lognormal(0, 0.6, customers)).astype(np.int64)
            value += np.where(times > turn, ticket, 0)
        return value

    before = value_of(draw.poisson(activity * often))
    purchases = draw.poisson(activity * often)
    value = value_of(purchases)
    share, more = EFFECTS[effect]
    extra = (draw.random(customers) < share).astype(np.int64)
    raised = value * (100 + more) // 100 + value_of(extra)
    return Chain(before, _bought(purchases, value), _bought(purchases + extra, raised), activity)


def _bought(purchases: Whole, value: Whole) -> dict[Measure, Whole]:
    bought = (purchases > 0).astype(np.int64)
    return {"customers": bought, "purchases": purchases, "value": value}


@dataclass
class Tally:
    """What came of one measure over all redraws.

    Attributes:
        verdicts: How often each was given.
        told: Redraws with an interval.
        holds_all: Intervals that hold the mean effect over everybody whom the filter found.
        holds_list: Intervals that hold the mean effect over those who came to be on the list.
        plain_holds: Intervals by Welch alone, few buyers or not, that hold that of everybody.
        plain_more: Those of them that lie above zero.
        plain_errors: Differences less the mean effect over everybody, without adjustment.
        adjusted_errors: The same with it.
        narrowing: Lengths of adjusted intervals over those of plain ones.
    """

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    told: int = 0
    holds_all: int = 0
    holds_list: int = 0
    plain_holds: int = 0
    plain_more: int = 0
    plain_errors: list[float] = field(default_factory=list)
    adjusted_errors: list[float] = field(default_factory=list)
    narrowing: list[float] = field(default_factory=list)

    def add(self, result: MeasureResult, of_all: float, of_list: float) -> None:
        self.verdicts[result.verdict] += 1
        self.told += result.estimate.low is not None
        self.holds_all += _holds(result.estimate, of_all)
        self.holds_list += _holds(result.estimate, of_list)
        self.plain_holds += _holds(result.plain, of_all)
        self.plain_more += (result.plain.low or 0) > 0
        if result.plain.difference is not None:
            self.plain_errors.append(result.plain.difference - of_all)
        if result.adjusted and result.adjusted.estimate.difference is not None:
            self.adjusted_errors.append(result.adjusted.estimate.difference - of_all)
            self.narrowing.append(_length(result.adjusted.estimate) / _length(result.plain))

    def share(self, verdict: Verdict) -> float:
        """Of all redraws."""
        return self.verdicts[verdict] / sum(self.verdicts.values())


def bias(errors: list[float]) -> float:
    """The mean error in standard errors of that mean."""
    return float(np.mean(errors) / np.std(errors, ddof=1) * sqrt(len(errors)))


def redrawn(chain: Chain, share: float, redraws: int, seed: int = SEED) -> dict[Measure, Tally]:
    """Draw the control again and again, each customer by herself, as a keyed hash does."""
    tallies: dict[Measure, Tally] = {measure: Tally() for measure in chain.without}
    for in_control in _draws(len(chain.before), share, redraws, seed):
        sums: dict[Measure, Strata] = {
            measure: {"": _groups(chain, measure, in_control)} for measure in tallies
        }
        _add(tallies, chain, sums, in_control, share)
    return tallies


def redrawn_by_stratum(
    chain: Chain, share: float, redraws: int, seed: int = SEED
) -> dict[Measure, Tally]:
    """Draw the same share of the control from each tenth of the customers by how often they buy."""
    tallies: dict[Measure, Tally] = {"customers": Tally(), "value": Tally()}
    draw = np.random.default_rng(seed)
    tenths = np.array_split(np.argsort(chain.activity), 10)
    for _ in range(redraws):
        drawn = [draw.permutation(tenth) for tenth in tenths]
        in_control = np.zeros(len(chain.before), dtype=np.bool_)
        for each in drawn:
            in_control[each[: round(len(each) * share)]] = True
        sums: dict[Measure, Strata] = {
            measure: {
                str(number): _groups(chain, measure, in_control, tenth)
                for number, tenth in enumerate(tenths)
            }
            for measure in tallies
        }
        _add(tallies, chain, sums, in_control, share)
    return tallies


def _draws(
    customers: int, share: float, redraws: int, seed: int
) -> Iterator[npt.NDArray[np.bool_]]:
    draw = np.random.default_rng(seed)
    for _ in range(redraws):
        yield draw.random(customers) < share


def _groups(
    chain: Chain,
    measure: Measure,
    in_control: npt.NDArray[np.bool_],
    within: npt.NDArray[np.intp] | slice = slice(None),
) -> Groups:
    held_back, before = in_control[within], chain.before[within]
    addressed, without = chain.addressed[measure][within], chain.without[measure][within]
    return Groups(
        sums_of_array(addressed[~held_back], before[~held_back]),
        sums_of_array(without[held_back], before[held_back]),
    )


def _add(
    tallies: dict[Measure, Tally],
    chain: Chain,
    sums: dict[Measure, Strata],
    in_control: npt.NDArray[np.bool_],
    share: float,
) -> None:
    result = action_result(sums, Decimal(str(share)), RULES)
    for measure, tally in tallies.items():
        effect = chain.addressed[measure] - chain.without[measure]
        tally.add(result.measures[measure], float(effect.mean()), float(effect[~in_control].mean()))


def _holds(estimate: Estimate, truth: float) -> bool:
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low <= truth <= estimate.high


def _length(estimate: Estimate) -> float:
    return (estimate.high or 0) - (estimate.low or 0)


def _print(name: str, tallies: Mapping[Measure, Tally]) -> None:
    for measure, tally in tallies.items():
        shares = {
            each.value: f"{tally.share(each):.2%}" for each in Verdict if tally.verdicts[each]
        }
        narrow = float(np.mean(tally.narrowing or [np.nan]))
        redraws = sum(tally.verdicts.values())
        print(
            f"{name:24} {measure:10} all {tally.holds_all / max(1, tally.told):.2%} "
            f"list {tally.holds_list / max(1, tally.told):.2%} of {tally.told}; "
            f"Welch {tally.plain_holds / redraws:.2%} above {tally.plain_more / redraws:.2%}; "
            f"length {narrow:.3f}; bias {bias(tally.plain_errors):.2f} "
            f"{bias(tally.adjusted_errors):.2f}; {shares}",
            flush=True,
        )


def main() -> None:
    """Print all figures."""
    for redraws in (500, 10_000):
        for effect in EFFECTS:
            chain = made_chain(40_000, effect)
            _print(f"{effect} {redraws}", redrawn(chain, 0.05, redraws))
    for customers in (2000, 4000, 10_000, 20_000):
        chain = made_chain(customers, "none")
        _print(f"none, list of {customers}", redrawn(chain, 0.05, 10_000))
    _print("tenths", redrawn_by_stratum(made_chain(40_000, "small"), 0.05, 2000))


if __name__ == "__main__":
    main()
