"""The dictionary of indicators, declared in ``conf/indicators``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal, get_args

import yaml
from pydantic import Field, model_validator
from typing_extensions import Self

from jobs.errors import SettingsError
from jobs.yaml_models import Strict, checked
from schemas.indicators import PERIODS
from transforms.indicators import Indicator, Thresholds

Group = Literal["customers", "sales", "moves", "registrations", "portfolios", "each_customer"]
Unit = Literal[
    "customers",
    "days",
    "days_mean",
    "items",
    "items_per_purchase",
    "money",
    "name",
    "per_month",
    "per_year",
    "persons",
    "purchases",
    "rank",
    "share",
]
_ON_DATE = "on_date"


class InBothLanguages(Strict):
    """A text in English and in Brazilian Portuguese."""

    en: str
    pt: str


class Entry(Strict):
    """One indicator as it is declared."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    manual: tuple[str, ...] = ()
    names: InBothLanguages
    meaning: InBothLanguages
    formula: str
    numerator: str | None = None
    denominator: str | None = None
    period: str | None = None
    periods: tuple[str, ...] = ()
    unit: Unit
    kind: Literal["descriptive", "indicator", "metric"]
    direction: Literal["up", "down"] | None = None
    per_customer: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.numerator is None and self.per_customer is None:
            message = f"{self.code}: give numerator, or per_customer for what only customers have"
            raise ValueError(message)
        unknown = set(self.all_periods) - set(PERIODS)
        if unknown or (self.period and self.periods):
            message = f"{self.code}: give period or periods, of {', '.join(PERIODS)}"
            raise ValueError(message)
        return self

    @property
    def all_periods(self) -> tuple[str, ...]:
        """The periods that it speaks of; none if only customers have it."""
        if self.numerator is None:
            return ()
        return self.periods or (self.period or _ON_DATE,)


class EntriesOf(Strict):
    """The indicators that are sums of one kind of facts."""

    of: Group
    indicators: tuple[Entry, ...]


@cache
def load_dictionary() -> Mapping[str, Sequence[Entry]]:
    """Every declared indicator, by what it is a sum of.

    Raises:
        SettingsError: If a file is wrong, a group is missing, or two indicators have one code.
    """
    found: dict[str, Sequence[Entry]] = {}
    files = resources.files("conf").joinpath("indicators").iterdir()
    for file in sorted(files, key=lambda each: each.name):
        read = yaml.safe_load(file.read_text(encoding="utf-8"))
        declared = checked(EntriesOf, read, {}, f"conf/indicators/{file.name}")
        found[declared.of] = declared.indicators
    missing = set(get_args(Group)) - set(found)
    codes = [entry.code for entries in found.values() for entry in entries]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if missing or twice:
        message = f"conf/indicators: no indicators of {sorted(missing)}; given twice: {twice}"
        raise SettingsError(message)
    return found


def computed(
    thresholds: Mapping[str, Mapping[str, Thresholds]],
) -> Mapping[str, Sequence[Indicator]]:
    """The entries as the transforms compute them, by what they are sums of.

    Args:
        thresholds: Those of the settings, by indicator and level.
    """
    return {
        group: tuple(
            Indicator(
                entry.code,
                entry.numerator,
                entry.denominator,
                entry.all_periods,
                entry.unit,
                thresholds.get(entry.code),
            )
            for entry in entries
            if entry.numerator is not None
        )
        for group, entries in load_dictionary().items()
    }
