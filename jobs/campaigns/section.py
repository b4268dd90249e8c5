"""The section ``campaigns`` of the settings: whom to leave alone, and how results are judged."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StringConstraints

from jobs.setting_types import PeriodSetting
from jobs.yaml_models import Strict

Channel = Literal["email", "sms", "phone", "whatsapp", "mail", "conecta", "boomerang", "in_store"]
"""How a customer is contacted: a channel that she can opt out of, Reshop's two media, or a
salesperson in the store, whom only a general opt-out silences."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""A name for good: it goes into file names and into the hash that draws the groups."""

ControlShare = Annotated[Decimal, Field(gt=0, le=Decimal("0.5"), decimal_places=6)]
"""The share of a list that is held back, to the millionth."""


class ContactLimit(Strict):
    """At most so many contacts of one customer in a period."""

    contacts: StrictInt = Field(ge=1)
    within: PeriodSetting


class ContactLimits(Strict):
    """How often a customer may be contacted; null, or a channel not named: no limit."""

    overall: ContactLimit | None
    by_channel: Mapping[Channel, ContactLimit]


class Holdout(Strict):
    """The customers whom no action addresses at all, drawn by the hash of their id and a name."""

    share: Decimal = Field(ge=0, le=Decimal("0.5"), decimal_places=6)
    name: Code


class Campaigns(Strict):
    """Activation (spec §9)."""

    control_share: ControlShare
    contact_limits: ContactLimits
    holdout: Holdout
    confidence: Decimal = Field(ge=Decimal("0.5"), le=Decimal("0.999"), decimal_places=6)
    bootstrap_draws: StrictInt = Field(ge=100)
    sample_ratio_p_below: Decimal = Field(gt=0, le=Decimal("0.05"), decimal_places=6)
