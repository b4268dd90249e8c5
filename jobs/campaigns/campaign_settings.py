"""What a file of campaigns may hold (docs/campaign-statistics.md), checked before Spark starts.

A file holds one campaign with its actions, or one action that stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, model_validator

from jobs.campaigns.section import Channel, Code, ControlShare
from jobs.errors import SettingsError
from jobs.search_settings import FilterSettings, Search, Text
from jobs.setting_types import PeriodSetting, Share
from jobs.yaml_models import Strict, checked, nearest, read_yaml
from schemas.person_history import CHANNELS, FEATURES

_EXACT_DIGITS = 15
"""The decimal digits that any binary floating-point number keeps, and YAML reads one."""


def _exact(value: object) -> object:
    if isinstance(value, float) and len(Decimal(repr(value)).as_tuple().digits) > _EXACT_DIGITS:
        message = f"{value!r} has more digits than YAML keeps of a number: write it in quotes"
        raise ValueError(message)
    return value


Money = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, max_digits=18, decimal_places=4)]
"""Money, zero or more, to four decimals and never as a floating-point number."""

Objective = Literal["image", "relationship", "sales"]
Measure = Literal["customers", "purchases", "quantity", "value", "margin"]
Stratum = Literal["rfv_category", "segment", "store"]

JUDGED_BY: Mapping[Objective, Measure] = {
    "image": "customers",
    "relationship": "customers",
    "sales": "value",
}
"""The one measure that an action is judged by, fixed by its objective before anybody buys: of five
measures the best would too often be good by chance."""


class Goals(Strict):
    """What the list is to buy in the validity; one that is left out is no goal."""

    customers: StrictInt | None = Field(default=None, gt=0)
    purchases: StrictInt | None = Field(default=None, gt=0)
    value: Money | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _not_empty(self) -> Goals:
        _refuse_emptiness(self, "goals")
        return self


class Cost(Strict):
    """What an action costs: once, for each customer on the list, or both."""

    total: Money | None = None
    per_customer: Money | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Cost:
        _refuse_emptiness(self, "cost")
        return self

    def of(self, listed: int) -> Decimal:
        """The cost of addressing so many customers."""
        return (self.total or Decimal(0)) + (self.per_customer or Decimal(0)) * listed


class Control(Strict):
    """How the control group is drawn.

    Attributes:
        share: Its share of the list; None for ``campaigns.control_share`` of the settings.
        stratify_by: What list and control have alike shares of; empty for nothing.
    """

    share: ControlShare | None = None
    stratify_by: tuple[Stratum, ...] = ()

    @model_validator(mode="after")
    def _once_each(self) -> Control:
        if len(set(self.stratify_by)) != len(self.stratify_by):
            message = "stratify_by names one twice"
            raise ValueError(message)
        return self


class Action(Search):
    """An action: whom it addresses (filters and columns, as in a file of filters), how, and when.

    Attributes:
        contacted_within: Who was contacted less than this long before the list's date is not on
            it, whatever the limits of the settings say; ``none``: everybody may be. None: the
            limits of the settings hold.
    """

    code: Code
    title: Text
    channel: Channel
    message: Text
    offer: Text | None = None
    cost: Cost | None = None
    margin: Share | None = None
    goals: Goals | None = None
    valid_from: date
    valid_to: date
    filters: FilterSettings
    control: Control = Control()
    not_in_running_actions: StrictBool = False
    contacted_within: Literal["none"] | PeriodSetting | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Action:
        if self.valid_from > self.valid_to:
            message = (
                f"valid_from ({self.valid_from}) lies after valid_to ({self.valid_to}): "
                "exchange them"
            )
            raise ValueError(message)
        return self

    @property
    def opt_out(self) -> str | None:
        """The item of ``persons.channels_opted_out`` that bars the action; None: none does.

        A general opt-out bars every action (spec §8).
        """
        return self.channel if self.channel in CHANNELS else None

    @property
    def barring_blocks(self) -> tuple[str, ...]:
        """The features whose block bars the action (spec §8)."""
        return ("campaign", self.channel) if self.channel in FEATURES else ("campaign",)


class LoneAction(Action):
    """An action that belongs to no campaign has an objective of its own."""

    objective: Objective
    media: tuple[Text, ...] = ()


class Campaign(Strict):
    """Actions that complement each other."""

    code: Code
    title: Text
    objective: Objective
    media: tuple[Text, ...] = ()
    goals: Goals | None = None
    # A tuple's annotation would hide from messages which keys an action knows.
    actions: Sequence[Action] = Field(min_length=1)

    @property
    def period(self) -> tuple[date, date]:
        """The first day of its first action and the last of its last."""
        firsts, lasts = zip(
            *((each.valid_from, each.valid_to) for each in self.actions), strict=True
        )
        return min(firsts), max(lasts)


class _CampaignFile(Strict):
    campaign: Campaign


class _ActionFile(Strict):
    action: LoneAction


@dataclass(frozen=True)
class Declared:
    """An action, and what it has from its campaign.

    Attributes:
        action: The action.
        objective: Its campaign's, or its own if it stands alone.
        media: Likewise.
        campaign: Its campaign; None if it stands alone.
        file: The file that declares it.
        content: What that file holds.
    """

    action: Action
    objective: Objective
    media: tuple[str, ...]
    campaign: Campaign | None
    file: str
    content: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def judged_by(self) -> Measure:
        """The measure that decides whether the action was a success."""
        return JUDGED_BY[self.objective]


def load_actions(paths: Iterable[Path]) -> Mapping[str, Declared]:
    """Read files of campaigns and of actions that stand alone, and check them as a whole.

    Returns:
        Every action by its code, in the order of the files.

    Raises:
        SettingsError: With one line per error of all files, each naming the file and the key.
    """
    found: list[Declared] = []
    errors: list[str] = []
    for path in paths:
        declared, wrong = _read(path)
        found += declared
        errors += wrong
    errors += _repeated("action", ((each.action.code, each.file) for each in found))
    campaigns = {(each.campaign.code, each.file) for each in found if each.campaign}
    errors += _repeated("campaign", sorted(campaigns))
    if errors:
        raise SettingsError("\n".join(errors))
    return {each.action.code: each for each in found}


def _read(path: Path) -> tuple[list[Declared], list[str]]:
    """The actions of a file, and what is wrong with it."""
    try:
        return declared_in(read_yaml(path), str(path)), []
    except SettingsError as error:
        return [], [str(error)]


def declared_in(content: dict[str, Any], file: str) -> list[Declared]:
    """The actions that the content of one file declares.

    Raises:
        SettingsError: With one line per error, each naming the file and the key.
    """
    _refuse_other_keys(content, file)
    if "action" in content:
        alone = checked(_ActionFile, content, {}, file).action
        return [Declared(alone, alone.objective, alone.media, None, file, content)]
    campaign = checked(_CampaignFile, content, {}, file).campaign
    return [
        Declared(each, campaign.objective, campaign.media, campaign, file, content)
        for each in campaign.actions
    ]


def _refuse_other_keys(content: Mapping[str, Any], file: str) -> None:
    kinds = {"campaign", "action"}
    for key in content:
        if key not in kinds:
            message = f"{file}: {key}: unknown key{nearest(str(key), kinds)}"
            raise SettingsError(message)
    if len(content) != 1:
        message = f"{file}: file: must hold one key, campaign or action, and holds {len(content)}"
        raise SettingsError(message)


def _repeated(kind: str, declared: Iterable[tuple[str, str]]) -> list[str]:
    """One line for each code that is taken already."""
    first: dict[str, str] = {}
    errors = []
    for code, file in declared:
        if code in first:
            errors.append(
                f"{file}: {kind}.code: {code!r} is taken already, in {first[code]}; "
                f"give every {kind} a code of its own"
            )
        first.setdefault(code, file)
    return errors


def _refuse_emptiness(model: Strict, name: str) -> None:
    if all(value is None for _, value in model):
        message = f"{name} must hold at least one of {', '.join(type(model).model_fields)}"
        raise ValueError(message)
