"""Settings: conf/base.yaml and overlays, checked before Spark starts.

Every parameter is a required field, so that its one default stands in ``conf/base.yaml`` beside its
meaning. Nothing here is read by ``transforms``, which take plain values.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    ValidationError,
    model_validator,
)

from jobs.errors import SettingsError
from transforms.periods import Period

BASE = "conf/base.yaml"
ON_COMMAND_LINE = "--set"


def _period(value: object) -> object:
    return value if isinstance(value, Period) else Period.parse(str(value))


def _zone(name: str) -> str:
    if name not in available_timezones():
        near = _nearest(name, available_timezones())
        message = f"{name!r} is not a time zone{near}"
        raise ValueError(message)
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]
PeriodSetting = Annotated[Period, BeforeValidator(_period), PlainSerializer(str)]
Share = Annotated[Decimal, Field(ge=0, le=1)]


class Strict(BaseModel):
    """Frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


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


class Rfv(Strict):
    """Performance of the customer base (spec §5)."""

    frequency: Literal["purchases", "frequency_per_month"]
    value: Literal["value", "average_ticket"]
    history: Literal["all"] | PeriodSetting
    population: Literal["all", "active"]
    bands: StrictInt = Field(ge=1)
    scoring: Literal["percent_rank", "ntile", "quantile", "fixed"]
    recency_cuts: tuple[Decimal, ...]
    frequency_cuts: tuple[Decimal, ...]
    value_cuts: tuple[Decimal, ...]
    weights: tuple[Decimal, Decimal, Decimal]
    top_ranking: Literal["weighted", "nested"]
    top_share: Share
    fv_value: Literal["average_ticket", "value"]
    category: Literal["fv_quadrant", "top_class"]

    @model_validator(mode="after")
    def _cuts(self) -> Rfv:
        for name in ("recency_cuts", "frequency_cuts", "value_cuts"):
            cuts: tuple[Decimal, ...] = getattr(self, name)
            if list(cuts) != sorted(set(cuts)):
                message = f"{name} must rise from cut to cut"
                raise ValueError(message)
            if self.scoring == "fixed" and len(cuts) != self.bands - 1:
                message = f"{name} needs {self.bands - 1} cuts for {self.bands} bands"
                raise ValueError(message)
        return self


class Pareto(Strict):
    """Concentration of value (spec §5)."""

    abc_shares: tuple[Share, Share]
    top_customers_share: Share
    value_share: Share

    @model_validator(mode="after")
    def _in_order(self) -> Pareto:
        if self.abc_shares[0] >= self.abc_shares[1]:
            message = "abc_shares must rise: the share of A, then that of A and B together"
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

    @model_validator(mode="after")
    def _once_each(self) -> Allocation:
        for name in ("routines", "criteria"):
            named: tuple[str, ...] = getattr(self, name)
            if len(set(named)) != len(named):
                message = f"{name} names one twice"
                raise ValueError(message)
        return self


class Threshold(Strict):
    """From where a metric is good or bad."""

    good_above: Decimal
    bad_below: Decimal


class Indicators(Strict):
    """Indicators (spec §7)."""

    thresholds: Mapping[str, Threshold]
    evolution_months: StrictInt = Field(gt=0)
    weekly_up_to_days: StrictInt = Field(gt=0)
    fortnightly_up_to_days: StrictInt = Field(gt=0)
    monthly_up_to_days: StrictInt = Field(gt=0)

    @model_validator(mode="after")
    def _classes_in_order(self) -> Indicators:
        if not self.weekly_up_to_days < self.fortnightly_up_to_days < self.monthly_up_to_days:
            message = "weekly_up_to_days, fortnightly_up_to_days, monthly_up_to_days must rise"
            raise ValueError(message)
        return self


class Consent(Strict):
    """Opt-in and opt-out (spec §7)."""

    opt_in_silence: bool


class Campaigns(Strict):
    """Activation (spec §9)."""

    control_share: Share


class Settings(Strict):
    """Every parameter of the suite."""

    network: Network
    lakehouse: Lakehouse
    ingest: Ingest
    processing_calendar: ProcessingCalendar
    accounts: Accounts
    life_cycle: LifeCycle
    rfv: Rfv
    pareto: Pareto
    allocation: Allocation
    indicators: Indicators
    consent: Consent
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
        _lay_over(merged, layer, origin, origins, ())
    return checked(Settings, merged, origins, BASE)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds keys and values.

    Raises:
        SettingsError: If there is no such file, or it is not that.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); check the path"
        raise SettingsError(message) from error
    except (yaml.YAMLError, ValueError) as error:
        message = f"{path}: is not YAML in UTF-8: {' '.join(str(error).split())}"
        raise SettingsError(message) from error
    if not isinstance(content, dict):
        message = f"{path}: must hold keys and values, e.g. 'network: {{value_basis: gross}}'"
        raise SettingsError(message)
    return content


Model = TypeVar("Model", bound=BaseModel)


def checked(
    model: type[Model], values: dict[str, Any], origins: Mapping[tuple[str, ...], str], file: str
) -> Model:
    """Check values against a model; every error at once, each with its file and key.

    Args:
        model: The model.
        values: The values.
        origins: The file from which the value under a path of keys came, where not from ``file``.
        file: The file that the values came from.

    Raises:
        SettingsError: With one line per error.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = []
        for each in error.errors():
            path = tuple(str(part) for part in each["loc"])
            origin = _origin(path, origins) or file
            # Of a value that may be one of several things, pydantic names the classes tried.
            keys = [part for part in path if not part[:1].isupper() and "[" not in part]
            lines.append(f"{origin}: {'.'.join(keys) or 'file'}: {_said(each, model, path)}")
        raise SettingsError("\n".join(lines)) from error


def _said(error: Mapping[str, Any], model: type[BaseModel], path: tuple[str, ...]) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown key{_nearest(path[-1], _keys_beside(model, path))}"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] in ("missing", "value_error"):
        return message
    return f"{message}, found {error['input']!r}"


def _nearest(name: str, known: Sequence[str] | set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)
    return f"; did you mean {near[0]!r}?" if near else ""


def _keys_beside(model: type[BaseModel], path: tuple[str, ...]) -> set[str]:
    """The keys that the model knows at the place where an unknown one was given."""
    here: Any = model
    for part in path[:-1]:
        here = _step(here, part)
    found = _model_in(here)
    return {field.alias or name for name, field in found.model_fields.items()} if found else set()


def _step(here: Any, part: str) -> Any:  # noqa: ANN401 - any annotation may come
    """The annotation one key further down: a field, any key of a mapping, or one of a union."""
    if isinstance(here, type) and issubclass(here, BaseModel):
        fields = {field.alias or name: field for name, field in here.model_fields.items()}
        return fields[part].annotation if part in fields else here
    arguments = getattr(here, "__args__", ())
    named = [each for each in arguments if getattr(each, "__name__", None) == part]
    return named[0] if named else (arguments[-1] if arguments else None)


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation may come
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = [_model_in(part) for part in getattr(annotation, "__args__", ())]
    return next((part for part in parts if part), None)


def _origin(path: tuple[str, ...], origins: Mapping[tuple[str, ...], str]) -> str | None:
    """The last file that set the key, or something in the section that an error speaks of."""
    within = [origin for key, origin in origins.items() if key[: len(path)] == path]
    above = [
        origins[path[:length]] for length in range(len(path), 0, -1) if path[:length] in origins
    ]
    changed = [origin for origin in (*reversed(within), *above) if origin != BASE]
    return next(iter(changed), next(iter(above), None))


def _lay_over(
    below: dict[str, Any],
    above: Mapping[str, Any],
    origin: str,
    origins: dict[tuple[str, ...], str],
    path: tuple[str, ...],
) -> None:
    for key, value in above.items():
        here = (*path, str(key))
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _lay_over(below[key], value, origin, origins, here)
        else:
            below[key] = value
            origins[here] = origin


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
