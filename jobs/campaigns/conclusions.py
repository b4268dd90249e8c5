"""What can and cannot be concluded from an action's return, in a plain sentence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from jobs.campaigns.campaign_settings import Measure
from jobs.campaigns.results import ActionResult, MeasureResult
from jobs.campaigns.verdicts import Verdict
from jobs.report.words import words_of

_PLACES: Mapping[Measure, int] = {
    "customers": 0,
    "purchases": 0,
    "quantity": 0,
    "value": 2,
    "margin": 2,
}
"""The decimal places in which a measure is said."""


def conclusion(
    result: ActionResult,
    measure: Measure,
    language: str,
    of: Literal["action", "activation"] = "action",
) -> str:
    """Say what may be concluded of one measure, with its figures.

    Args:
        result: The return of the action.
        measure: Which of its measures to speak of.
        language: One of ``jobs.report.words.LANGUAGES``.
        of: Whether one action is judged, or all of them together by a holdout.

    Returns:
        One sentence or two. Figures are of the whole list, rounded half-up.
    """
    texts, found = _texts(language), result.measures[measure]
    said = _Said(texts, measure, language)
    sentence = str(texts[of][_key(found)]).format(**_values(result, found, said))
    # An action without a p-value is no test: one alone is not corrected.
    if result.family is None or found.corrected_p is None or result.family.tests == 1:
        return sentence
    counted = said.words.count(result.family.tests)
    return f"{sentence} {texts['family'].format(actions=counted)}"


class _Said:
    """The amounts of one measure in one language."""

    def __init__(self, texts: Mapping[str, Any], measure: Measure, language: str) -> None:
        self.words = words_of(language)
        self._forms = texts["amounts"][measure]
        self._places = _PLACES[measure]

    def number(self, value: float) -> str:
        """The amount alone."""
        return str(self.words.number(value, self._places))

    def amount(self, value: float) -> str:
        """The amount with its unit."""
        written = self.number(value)
        one, many = self._forms
        return str(one if written in ("1", "−1") else many).format(amount=written)


def _key(found: MeasureResult) -> str:
    is_untold = found.detectable is None or found.incremental_low is None
    if found.verdict is Verdict.TOO_SMALL and is_untold:
        return "too_few"
    return str(found.verdict.value)


def _values(result: ActionResult, found: MeasureResult, said: _Said) -> dict[str, str]:
    """What a sentence may have in its places; those that there are figures for."""
    words, ratio, bought = said.words, result.ratio, result.measures["customers"]
    values = {
        "confidence": words.whole_share(result.rules.confidence),
        "threshold": words.share(result.rules.sample_ratio_p_below),
        "listed_buyers": words.count(int(bought.listed_total)),
        "control_buyers": words.count(int(bought.control_total)),
        "listed": words.count(ratio.listed),
        "control": words.count(ratio.control),
        "drawn": words.count(ratio.listed + ratio.control),
        "expected_control": words.count(ratio.expected_control),
    }
    amounts = {
        "incremental": found.incremental,
        "detectable": found.detectable and found.detectable * ratio.listed,
        "without": found.control_mean and found.control_mean * ratio.listed,
    }
    values |= {name: said.amount(each) for name, each in amounts.items() if each is not None}
    ends = {"low": found.incremental_low, "high": found.incremental_high}
    return values | {name: said.number(each) for name, each in ends.items() if each is not None}


@cache
def _texts(language: str) -> Mapping[str, Any]:
    file = resources.files("conf") / "campaigns" / f"{language}.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))
