"""Settings of indicators (spec §7)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from pydantic import Field, StrictInt, model_validator

from jobs.indicator_dictionary import load_dictionary
from jobs.yaml_models import Strict, nearest
from schemas.growth_accounting import LEVELS
from transforms.indicators import Thresholds


class Limits(Strict):
    """When a metric is good and when bad: above and below, or below and above."""

    good_above: Decimal | None = None
    bad_below: Decimal | None = None
    good_below: Decimal | None = None
    bad_above: Decimal | None = None

    @model_validator(mode="after")
    def _is_a_pair(self) -> Limits:
        if (self.good_above is None) != (self.bad_below is None) or (self.good_below is None) != (
            self.bad_above is None
        ):
            message = "good_above goes with bad_below, good_below with bad_above"
            raise ValueError(message)
        if self.good_above is not None and self.good_below is not None:
            message = "good is either above or below: give one pair"
            raise ValueError(message)
        pair = self.pair
        in_order = pair is None or (pair.good > pair.bad) == (self.good_above is not None)
        if not in_order or (pair is not None and pair.good == pair.bad):
            message = "good_above must exceed bad_below, bad_above good_below"
            raise ValueError(message)
        return self

    @property
    def pair(self) -> Thresholds | None:
        """The limits as transforms take them; None if none are given."""
        if self.good_above is not None and self.bad_below is not None:
            return Thresholds(self.good_above, self.bad_below)
        if self.good_below is not None and self.bad_above is not None:
            return Thresholds(self.good_below, self.bad_above)
        return None


class Threshold(Limits):
    """The limits of a metric for every level, and others for single levels."""

    network: Limits | None = None
    store: Limits | None = None
    salesperson: Limits | None = None

    @property
    def by_level(self) -> Mapping[str, Thresholds]:
        """The limits of each level that has some."""
        own = {level: getattr(self, level) for level in LEVELS}
        pairs = {
            level: (of_level.pair if of_level else self.pair) for level, of_level in own.items()
        }
        return {level: pair for level, pair in pairs.items() if pair is not None}


class Sexes(Strict):
    """What the registry writes for each sex that is counted."""

    female: tuple[str, ...] = Field(min_length=1)
    male: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _say_one_thing(self) -> Sexes:
        both = sorted({_plain(each) for each in self.female} & {_plain(each) for each in self.male})
        if both:
            message = f"{', '.join(both)} stands under female and male: leave it under one"
            raise ValueError(message)
        return self

    @property
    def words(self) -> Mapping[str, tuple[str, ...]]:
        """By sex, as ``transforms.identity.folded`` makes texts comparable."""
        return {
            "female": tuple(_plain(each) for each in self.female),
            "male": tuple(_plain(each) for each in self.male),
        }


def _plain(word: str) -> str:
    apart = unicodedata.normalize("NFD", word.strip().upper())
    return "".join(each for each in apart if not unicodedata.combining(each))


class Indicators(Strict):
    """Indicators (spec §7)."""

    thresholds: Mapping[str, Threshold]
    evolution_months: StrictInt = Field(gt=0)
    weekly_up_to_days: StrictInt
    fortnightly_up_to_days: StrictInt
    monthly_up_to_days: StrictInt
    sexes: Sexes

    @model_validator(mode="after")
    def _classes_in_order(self) -> Indicators:
        if not (0 < self.weekly_up_to_days < self.fortnightly_up_to_days < self.monthly_up_to_days):
            message = "weekly_up_to_days, fortnightly_up_to_days, monthly_up_to_days must rise"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _thresholds_are_of_indicators(self) -> Indicators:
        entries = [entry for of_group in load_dictionary().values() for entry in of_group]
        known = [entry.code for entry in entries if entry.numerator is not None]
        for code in self.thresholds:
            if code not in known:
                message = f"thresholds.{code}: no indicator {code!r}{nearest(code, known)}"
                raise ValueError(message)
        return self

    @property
    def limits(self) -> Mapping[str, Mapping[str, Thresholds]]:
        """The limits of each metric, by level."""
        return {code: threshold.by_level for code, threshold in self.thresholds.items()}
