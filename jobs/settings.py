"""Settings: conf/base.yaml and overlays, checked before Spark starts.

Every parameter is a required field, so that its one default stands in ``conf/base.yaml`` beside its
meaning. Nothing here is read by ``transforms``, which take plain values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, StrictInt, field_validator, model_validator

from jobs.campaigns.section import Campaigns
from jobs.errors import SettingsError
from jobs.indicator_settings import Indicators
from jobs.rfv_settings import Pareto, Rfv
from jobs.setting_types import PeriodSetting, Share, TimeZone
from jobs.yaml_models import BASE, Strict, checked, lay_over, read_yaml
from transforms.allocation_figures import AllocationRules
from transforms.life_cycle import LifeCycleRules
from transforms.periods import Period

ON_COMMAND_LINE = "--set"


class Network(Strict):
    """The chain as a whole."""

    time_zone: TimeZone
    value_basis: Literal["net", "gross"]


class Lakehouse(Strict):
    """Where the tables lie and how runs share them."""

    path: str
    catalog: str | None
    schema_: str | None = Field(alias="schema")
    publications_kept_days: StrictInt = Field(gt=0)
    lease_seconds: StrictInt = Field(gt=0)
    lease_wait_seconds: StrictInt = Field(ge=0)

    @field_validator("path")
    @classmethod
    def _path_says_where(cls, path: str) -> str:
        """An empty one would be the current folder."""
        if not path.strip():
            message = "is empty: name a folder or an address"
            raise ValueError(message)
        return path

    @model_validator(mode="after")
    def _catalog_and_schema(self) -> Lakehouse:
        if (self.catalog is None) != (self.schema_ is None):
            message = "catalog and schema go together: give both or neither"
            raise ValueError(message)
        return self


class Ingest(Strict):
    """What is accepted from a source."""

    max_rejected_share: Share
    earliest_business_day: date
    latest_business_day: date
    generic_customer_codes: tuple[str, ...]

    @model_validator(mode="after")
    def _in_order(self) -> Ingest:
        if self.earliest_business_day > self.latest_business_day:
            message = "earliest_business_day lies after latest_business_day: exchange them"
            raise ValueError(message)
        return self


class ProcessingCalendar(Strict):
    """The earlier dates that results speak of."""

    every: Literal["month-end", "week", "day", "none"]
    start_before_first_run: PeriodSetting
    most_days_after_last_sale: StrictInt = Field(gt=0)


class Retention(Strict):
    """Which processing dates keep their slices."""

    month_ends_kept_months: StrictInt | None = Field(ge=12)
    days_kept: StrictInt = Field(gt=0)


class Accounts(Strict):
    """Accounts (spec §3)."""

    recent: PeriodSetting


class LifeCycle(Strict):
    """Life cycle (spec §4)."""

    inactive_after: PeriodSetting
    lost_after: PeriodSetting
    new_for: PeriodSetting
    loyalty_process_for: PeriodSetting
    reactivated_for: PeriodSetting
    recovered_for: PeriodSetting
    inactivation_risk_for: PeriodSetting
    loss_risk_for: PeriodSetting
    recently_inactivated_for: PeriodSetting
    recently_lost_for: PeriodSetting
    after_return: Literal["normal", "new"]
    new_ends_on_second_purchase: bool
    due_within: PeriodSetting

    @property
    def rules(self) -> LifeCycleRules:
        """What the timeline follows."""
        given = dict(self)
        return LifeCycleRules(**{each.name: given[each.name] for each in fields(LifeCycleRules)})

    @model_validator(mode="after")
    def _periods_in_order(self) -> LifeCycle:
        _must_be_shorter(self, "inactive_after", "lost_after")
        for part in ("new_for", "reactivated_for", "recovered_for", "inactivation_risk_for"):
            _must_be_shorter(self, part, "inactive_after")
        inactive_days = self.lost_after.shortest_days() - self.inactive_after.longest_days()
        for part in ("loss_risk_for", "recently_inactivated_for"):
            period: Period = getattr(self, part)
            if period.longest_days() >= inactive_days:
                message = (
                    f"{part} ({period}) must be shorter than the {inactive_days} days from "
                    f"inactive_after ({self.inactive_after}) to lost_after ({self.lost_after})"
                )
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _new_ends_before_inactive(self) -> LifeCycle:
        """A second time as new would otherwise reach into the next return's days."""
        for part in ("reactivated_for", "recovered_for"):
            returned: Period = getattr(self, part)
            together = returned.longest_days() + self.new_for.longest_days()
            if self.after_return == "new" and together >= self.inactive_after.shortest_days():
                message = (
                    f"with after_return: new, {part} ({returned}) and new_for ({self.new_for}) "
                    f"must together be shorter than inactive_after ({self.inactive_after})"
                )
                raise ValueError(message)
        return self


Routine = Literal["sales", "accounts", "registry", "store", "network"]
Criterion = Literal[
    "last_purchases",
    "purchases_recent",
    "purchases_total",
    "value_recent",
    "value_total",
    "last_store",
]


class Allocation(Strict):
    """One store and one salesperson for every customer (spec §6)."""

    routines: tuple[Routine, ...]
    criteria: tuple[Criterion, ...]
    last_purchases: StrictInt = Field(ge=1)
    recent: PeriodSetting
    on_tie: Literal["narrow", "restart"]
    online_candidates: bool
    default_store: str | None

    @property
    def rules(self) -> AllocationRules:
        """What allocation follows."""
        return AllocationRules(**dict(self))

    @model_validator(mode="after")
    def _once_each(self) -> Allocation:
        for name in ("routines", "criteria"):
            named: tuple[str, ...] = getattr(self, name)
            if len(set(named)) != len(named):
                message = f"{name} names one twice"
                raise ValueError(message)
            if not named:
                message = f"{name} is empty: name at least one"
                raise ValueError(message)
        return self


class Consent(Strict):
    """Opt-in and opt-out (spec §7)."""

    opt_in_silence: bool


class Duplicates(Strict):
    """Registrations of one person under several codes (spec §8)."""

    merge_exact: bool
    most_sharing: StrictInt = Field(ge=2)
    propose_from: Decimal = Field(ge=Decimal("0.5"), lt=1, decimal_places=6)
    merge_from: Decimal | None = Field(ge=Decimal("0.5"), le=1, decimal_places=6)

    @model_validator(mode="after")
    def _in_order(self) -> Duplicates:
        if self.merge_from is not None and self.merge_from < self.propose_from:
            message = (
                f"merge_from ({self.merge_from}) lies below propose_from ({self.propose_from}): "
                "what is merged must be found first"
            )
            raise ValueError(message)
        return self


class Settings(Strict):
    """Every parameter of the suite."""

    network: Network
    lakehouse: Lakehouse
    ingest: Ingest
    processing_calendar: ProcessingCalendar
    retention: Retention
    accounts: Accounts
    life_cycle: LifeCycle
    rfv: Rfv
    pareto: Pareto
    allocation: Allocation
    indicators: Indicators
    consent: Consent
    duplicates: Duplicates
    campaigns: Campaigns


def load_settings(overlays: Sequence[Path] = (), assignments: Sequence[str] = ()) -> Settings:
    """Read base.yaml, lay the overlays over it, then the single assignments, and check the whole.

    Args:
        overlays: YAML files, later ones winning.
        assignments: ``section.key=value`` with a YAML value.

    Raises:
        SettingsError: Naming the file, the key and, for an unknown key, the nearest known one.
    """
    layers = [(BASE, yaml.safe_load(resources.files("conf").joinpath("base.yaml").read_text()))]
    layers += [(str(path), read_yaml(path)) for path in overlays]
    layers += [(ON_COMMAND_LINE, _assignment(each)) for each in assignments]
    merged: dict[str, Any] = {}
    origins: dict[tuple[str, ...], str] = {}
    for origin, layer in layers:
        lay_over(merged, layer, origin, origins)
    return checked(Settings, merged, origins, BASE)


def overlaid(settings: Settings, overlay: Path) -> Settings:
    """The settings with one more file laid over them.

    Raises:
        SettingsError: As ``load_settings``.
    """
    merged = settings.model_dump(mode="json", by_alias=True)
    origins: dict[tuple[str, ...], str] = {}
    lay_over(merged, read_yaml(overlay), str(overlay), origins)
    return checked(Settings, merged, origins, str(overlay))


def _assignment(text: str) -> dict[str, Any]:
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        message = f"{ON_COMMAND_LINE} {text}: write section.key=value"
        raise SettingsError(message)
    try:
        nested: Any = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError) as error:
        message = f"{ON_COMMAND_LINE}: {name.strip()}: {value!r} is not a YAML value; quote it"
        raise SettingsError(message) from error
    for part in reversed(name.strip().split(".")):
        nested = {part: nested}
    return dict(nested)


def _must_be_shorter(settings: BaseModel, shorter: str, longer: str) -> None:
    first: Period = getattr(settings, shorter)
    second: Period = getattr(settings, longer)
    if first.longest_days() >= second.shortest_days():
        message = f"{shorter} ({first}) must be shorter than {longer} ({second})"
        raise ValueError(message)
