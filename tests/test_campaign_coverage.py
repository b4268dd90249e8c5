"""Intervals hold the truth as often as they say, whatever the effect (docs/campaign-statistics.md).

The customers of one made chain are fixed; chance is only in who comes to be in the control. So the
truth is the mean effect over everybody whom the filter found, or over those on the list.
"""

from __future__ import annotations

import numpy as np
import pytest

from jobs.campaigns.verdicts import Verdict
from tests.campaign_redraws import (
    EFFECTS,
    Tally,
    bias,
    made_chain,
    redrawn,
    redrawn_by_stratum,
)

REDRAWS = 500
MOST_FALSE = 0.07
Tallies = dict[str, dict[str, Tally]]


@pytest.fixture(scope="module")
def tallies() -> Tallies:
    """Of a list of 40,000 with a control of 5%."""
    return {
        effect: dict(redrawn(made_chain(40_000, effect), 0.05, REDRAWS).items())
        for effect in EFFECTS
    }


def test_the_made_chain_is_like_a_retailers() -> None:
    chain = made_chain(40_000, "none")
    value = chain.without["value"].astype(float)
    assert 0.65 < (value == 0).mean() < 0.75
    skewness = ((value - value.mean()) ** 3).mean() / value.std() ** 3
    assert skewness > 5
    assert 0.5 < np.corrcoef(value, chain.before)[0, 1] < 0.7
    for effect in EFFECTS:
        other = made_chain(40_000, effect)
        assert (other.without["value"] == chain.without["value"]).all()
        assert (other.addressed["value"] >= other.without["value"]).all()


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("measure", ["customers", "purchases", "value"])
def test_the_interval_holds_the_truth(tallies: Tallies, effect: str, measure: str) -> None:
    tally = tallies[effect][measure]
    assert tally.told == REDRAWS
    assert 0.93 <= tally.holds_all / REDRAWS <= 0.97
    assert 0.93 <= tally.holds_list / REDRAWS <= 0.97
    assert 0.93 <= tally.plain_holds / REDRAWS <= 0.97


@pytest.mark.parametrize("measure", ["customers", "purchases", "value"])
def test_without_an_effect_few_are_called_a_success(tallies: Tallies, measure: str) -> None:
    found = tallies["none"][measure]
    assert found.share(Verdict.MORE) <= MOST_FALSE
    assert found.share(Verdict.MORE) + found.share(Verdict.LESS) <= MOST_FALSE
    assert found.share(Verdict.NOT_AS_DRAWN) <= 0.01


def test_a_large_effect_is_found(tallies: Tallies) -> None:
    assert tallies["large"]["value"].share(Verdict.MORE) > 0.95
    assert tallies["small"]["value"].share(Verdict.MORE) > 0.1


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize(("measure", "at_most"), [("purchases", 0.95), ("value", 0.9)])
def test_cuped_narrows_the_interval_and_stays_unbiased(
    tallies: Tallies, effect: str, measure: str, at_most: float
) -> None:
    tally = tallies[effect][measure]
    assert float(np.mean(tally.narrowing)) < at_most
    assert abs(bias(tally.plain_errors)) < 3
    assert abs(bias(tally.adjusted_errors)) < 3
    # What the interval promises, the estimates keep: they scatter less by as much.
    scatter = float(np.std(tally.adjusted_errors) / np.std(tally.plain_errors))
    assert scatter == pytest.approx(float(np.mean(tally.narrowing)), abs=0.06)


@pytest.mark.parametrize("customers", [2000, 4000, 10_000])
def test_small_controls_call_no_more_a_success(customers: int) -> None:
    for tally in redrawn(made_chain(customers, "none"), 0.05, REDRAWS).values():
        assert tally.share(Verdict.MORE) <= MOST_FALSE


def test_strata_hold_the_truth_and_scatter_less(tallies: Tallies) -> None:
    found = redrawn_by_stratum(made_chain(40_000, "small"), 0.05, REDRAWS)["value"]
    assert found.told == REDRAWS
    assert 0.93 <= found.holds_all / REDRAWS <= 0.97
    assert abs(bias(found.adjusted_errors)) < 3
    without_strata = tallies["small"]["value"]
    assert np.std(found.plain_errors) < np.std(without_strata.plain_errors)
