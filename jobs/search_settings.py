"""What a file of search filters may hold (docs/search.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from jobs.setting_types import PeriodSetting
from jobs.yaml_models import Strict, checked, nearest, read_yaml
from schemas import TABLES
from schemas.life_cycle import SEGMENTS
from transforms.search import FOUND, MORE
from transforms.search_filters import Filters

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_LEAP_YEAR = 2000


def _month_day(value: object) -> object:
    month, _, day = str(value).partition("-")
    try:
        found = date(_LEAP_YEAR, int(month), int(day))
    except ValueError as error:
        message = f"{value!r} is not a day of the year: write MM-DD, e.g. 12-20"
        raise ValueError(message) from error
    return found.month, found.day


def _month(value: object) -> object:
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError as error:
        message = f"{value!r} is not a month: write YYYY-MM, e.g. 2026-11"
        raise ValueError(message) from error


MonthDay = Annotated[tuple[int, int], BeforeValidator(_month_day)]
Month = Annotated[date, BeforeValidator(_month)]


class Birthday(Strict):
    """Days of the year, both included; they may pass its end."""

    first: MonthDay = Field(alias="from")
    last: MonthDay = Field(alias="to")


class LastPurchase(Strict):
    """Days, both included."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> LastPurchase:
        _refuse_disorder(self.first, self.last, is_disorder=self.first > self.last)
        return self


class Age(Strict):
    """Whole years, both included; without one of them there is no limit on that side."""

    youngest: StrictInt = Field(alias="from", default=0, ge=0)
    oldest: StrictInt = Field(alias="to", default=200, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Age:
        _refuse_disorder(self.youngest, self.oldest, is_disorder=self.youngest > self.oldest)
        return self


class Count(Strict):
    """A whole number, both ends included; without one of them there is no limit on that side."""

    least: StrictInt = Field(alias="from", default=0, ge=0)
    most: StrictInt = Field(alias="to", default=2**62, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Count:
        _refuse_disorder(self.least, self.most, is_disorder=self.least > self.most)
        return self


_LARGEST = Decimal(10**14)


class Value(Strict):
    """Money, both ends included; without one of them there is no limit on that side."""

    least: Decimal = Field(alias="from", default=-_LARGEST, ge=-_LARGEST, decimal_places=4)
    most: Decimal = Field(alias="to", default=_LARGEST, le=_LARGEST, decimal_places=4)

    @model_validator(mode="after")
    def _in_order(self) -> Value:
        _refuse_disorder(self.least, self.most, is_disorder=self.least > self.most)
        return self


Several = Annotated[tuple[Text, ...], Field(min_length=1)]


def _segment(name: str) -> str:
    if name not in SEGMENTS:
        message = f"{name!r} is no segment of the life cycle{nearest(name, tuple(SEGMENTS))}"
        raise ValueError(message)
    return name


Segments = Annotated[tuple[Annotated[str, AfterValidator(_segment)], ...], Field(min_length=1)]


def _refuse_disorder(first: object, last: object, *, is_disorder: bool) -> None:
    if is_disorder:
        message = f"from ({first}) lies after to ({last}): exchange them"
        raise ValueError(message)


class FilterSettings(Strict):
    """The filters; one that is left out asks for nothing."""

    birthday: Birthday | None = None
    registered_within: PeriodSetting | None = None
    online: StrictBool | None = None
    loyalty_programme: Text | None = None
    loyalty_category: Text | None = None
    in_loyalty: StrictBool | None = None
    incomplete: (
        tuple[Literal["name", "birth_date", "sex", "email", "mobile", "cep", "address"], ...] | None
    ) = Field(default=None, min_length=1)
    last_purchase: LastPurchase | None = None
    bought_in: Month | None = None
    not_bought_in: Month | None = None
    preferred_store: Text | None = None
    sex: Text | None = None
    marital_status: Text | None = None
    age: Age | None = None
    with_purchases: StrictBool | None = None
    frequency: Literal["weekly", "fortnightly", "monthly", "other"] | None = None
    segment: Segments | None = None
    rfv_category: Several | None = None
    main_store: Several | None = None
    salesperson: Several | None = None
    total_purchases: Count | None = None
    total_value: Value | None = None
    purchases_12m: Count | None = None
    value_12m: Value | None = None
    average_ticket: Value | None = None
    recency_days: Count | None = None
    registered: StrictBool | None = None
    portfolio: tuple[Literal["salesperson", "transition", "store"], ...] | None = Field(
        default=None, min_length=1
    )
    top_class: tuple[Literal["top", "was_top", "other"], ...] | None = Field(
        default=None, min_length=1
    )
    recency_band: Count | None = None
    frequency_band: Count | None = None
    value_band: Count | None = None
    weighted_rank: Count | None = None
    abc_class: tuple[Literal["A", "B", "C"], ...] | None = Field(default=None, min_length=1)
    becomes: Segments | None = None
    product: Several | None = None
    product_category: Several | None = None

    @property
    def wanted(self) -> Filters:
        """What the search takes."""
        given = dict(self)
        given["birthday"] = self.birthday and (self.birthday.first, self.birthday.last)
        given["last_purchase"] = self.last_purchase and (
            self.last_purchase.first,
            self.last_purchase.last,
        )
        given["age"] = self.age and (self.age.youngest, self.age.oldest)
        given |= {
            name: (each.least, each.most)
            for name, each in given.items()
            if isinstance(each, (Count, Value))
        }
        return Filters(**given)


class Search(Strict):
    """A file of filters: who is searched, and which columns the list has."""

    filters: FilterSettings = FilterSettings()
    columns: tuple[str, ...] = FOUND

    @property
    def names_columns(self) -> bool:
        """Whether the file names columns."""
        return "columns" in self.model_fields_set

    @model_validator(mode="after")
    def _known_columns(self) -> Search:
        for name in self.columns:
            if name not in COLUMNS:
                message = f"columns names {name!r}, which no list has{nearest(name, COLUMNS)}"
                raise ValueError(message)
        if not self.columns or len(set(self.columns)) != len(self.columns):
            message = "columns must name at least one, each once"
            raise ValueError(message)
        return self


COLUMNS = tuple(
    dict.fromkeys(
        (
            *FOUND,
            *MORE,
            *TABLES["customer_habits"].column_names[2:],
            *(
                each.name
                for each in TABLES["persons"].columns
                if not each.type.startswith(("array", "map"))
            ),
            "customer_code",
        )
    )
)
"""The columns that a list may have: of account, ranks, habits and registration, and the code."""


def load_search(path: Path | None) -> Search:
    """Read a file of filters; without one, everybody is found.

    Raises:
        SettingsError: Naming the file, the key and, for an unknown key, the nearest known one.
    """
    return checked(Search, read_yaml(path), {}, str(path)) if path else Search()
