"""The words of a language, and how it writes numbers and dates. A page rounds only here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any

import yaml

LANGUAGES = ("en", "pt-BR")

Number = Decimal | float | int

_PLACES = {
    "customers": 0,
    "persons": 0,
    "purchases": 0,
    "items": 0,
    "days": 1,
    "days_mean": 1,
    "money": 2,
    "per_month": 2,
    "per_year": 2,
    "items_per_purchase": 2,
}
"""The decimal places of each unit; a share has one, as a percentage."""


@dataclass(frozen=True)
class Words:
    """One language.

    Attributes:
        language: Its code, as HTML writes it.
        texts: What ``conf/report/<language>.yaml`` holds.
    """

    language: str
    texts: Mapping[str, Any]

    def text(self, key: str) -> Any:  # noqa: ANN401 - a text or a branch of them
        """What stands under a dotted key."""
        found: Any = self.texts
        for part in key.split("."):
            found = found[part]
        return found

    def say(self, key: str, **values: object) -> str:
        """The text under a dotted key, with values in its places."""
        return str(self.text(key)).format(**values)

    def number(self, value: Number, places: int) -> str:
        """A number, rounded half-up, with the language's marks; a true minus sign."""
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        marks = self.texts["marks"]
        plain = f"{abs(rounded):,f}".translate({44: marks["group"], 46: marks["decimal"]})
        return f"−{plain}" if rounded < 0 else plain

    def signed(self, value: Number, places: int) -> str:
        """A change: always with a sign, but for zero."""
        written = self.number(value, places)
        return written if written.startswith("−") or is_zero(written) else f"+{written}"

    def count(self, value: Number) -> str:
        """A whole number."""
        return self.number(value, 0)

    def counted(self, unit: str, value: Number) -> str:
        """A number of something, e.g. 1 customer, 2 customers."""
        one, many = self.text(f"counted.{unit}")
        return f"{self.count(value)} {one if value == 1 else many}"

    def money(self, value: Number) -> str:
        """Money, to the cent."""
        return self.number(value, 2)

    def share(self, value: Number | None) -> str:
        """A fraction as a percentage; a dash for null."""
        return "–" if value is None else f"{self.number(_hundredfold(value), 1)}%"

    def whole_share(self, value: Number) -> str:
        """A fraction that is a setting as a percentage, e.g. 20% or 12.5%."""
        places = 0 if Decimal(str(value)) * 100 % 1 == 0 else 1
        return f"{self.number(_hundredfold(value), places)}%"

    def growth(self, value: Number) -> str:
        """A change as a percentage of what was."""
        return f"{self.signed(_hundredfold(value), 1)}%"

    def points(self, value: Number) -> str:
        """A change of a share, in percentage points."""
        return self.say("units.points", value=self.signed(_hundredfold(value), 1))

    def value(self, unit: str, value: Number | None) -> str:
        """A value in an indicator's unit, without its name; a dash for null."""
        if value is None:
            return "–"
        return self.share(value) if unit == "share" else self.number(value, _PLACES[unit])

    def value_with_unit(self, unit: str, value: Number | None) -> str:
        """The same with the name of the unit, where figures alone would not tell it."""
        written = self.value(unit, value)
        return written if value is None else self.say(f"units.{unit}", value=written)

    def change_in(self, unit: str, value: Number) -> str:
        """A difference of two values in an indicator's unit."""
        return self.points(value) if unit == "share" else self.signed(value, _PLACES[unit])

    def day(self, day: date) -> str:
        """A date."""
        return self.say("dates.day", day=day, month=self.texts["dates"]["months"][day.month - 1])

    def month(self, day: date) -> str:
        """The month of a date, short, as axes write it."""
        name = self.texts["dates"]["months"][day.month - 1]
        return self.say("dates.month", month=name, year=day.year % 100)


@cache
def words_of(language: str) -> Words:
    """The words of a language that the report knows."""
    file = resources.files("conf") / "report" / f"{language}.yaml"
    return Words(language, yaml.safe_load(file.read_text(encoding="utf-8")))


def _hundredfold(value: Number) -> Decimal:
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact * 100


def is_zero(written: str) -> bool:
    """Whether a figure was rounded to nothing, or is nothing."""
    return not any(digit in written for digit in "123456789")
