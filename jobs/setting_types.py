"""Kinds of values that settings have, and how they are read from YAML."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from jobs.yaml_models import nearest
from transforms.periods import Period


def _period(value: object) -> object:
    return value if isinstance(value, Period) else Period.parse(str(value))


def _zone(name: str) -> str:
    if name not in available_timezones():
        near = nearest(name, available_timezones())
        message = f"{name!r} is not a time zone{near}"
        raise ValueError(message)
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]
PeriodSetting = Annotated[Period, BeforeValidator(_period), PlainSerializer(str)]
Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=6)]
"""A share from 0 to 1, to the millionth, so that products with it stay whole."""
