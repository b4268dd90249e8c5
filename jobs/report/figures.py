"""The figures of a report, as rows by level, and those of the page that is being made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from pyspark.sql import Row

from jobs.report.campaign_reading import Activation
from jobs.report.words import Words
from transforms.periods import ends_month
from transforms.scopes import NETWORK, STORE

Rows = Mapping[str, Sequence[Row]]
"""Rows by the name of what was read."""


Series = Mapping[tuple[str, str], Mapping[date, Row]]
"""Rows of ``indicators`` of one level, by indicator and period, and in these by date."""


class Level(NamedTuple):
    """The network or a store."""

    level: str
    level_code: str

    @classmethod
    def store(cls, code: str) -> Level:
        """The level of a store."""
        return cls(STORE, code)


NETWORK_LEVEL = Level(NETWORK, NETWORK)


@dataclass(frozen=True)
class Figures:
    """Everything that the pages of a report show.

    Attributes:
        as_of: The processing date.
        dates: The last published processing date of each month, ascending; the last is as_of. A
            month between them without any has its last day, of which there are no rows.
        dictionary: The rows of ``indicator_dictionary`` by indicator, in their order.
        stores: The names of all stores by their code, sorted; empty where a store has none.
        by_level: The rows of each level, by name (``jobs.report.reading``). Of stores that get no
            page only what the table of stores shows.
        bands: How many recency and frequency bands there are, those without customers too.
        top_share: The share of customers whose value the Pareto summary tells.
        value_share: The share of value whose fewest customers it tells.
        activation: The campaigns that have a return on the date.
    """

    as_of: date
    dates: Sequence[date]
    dictionary: Mapping[str, Row]
    stores: Mapping[str, str]
    by_level: Mapping[Level, Rows]
    bands: int
    top_share: Decimal
    value_share: Decimal
    activation: Activation = field(default_factory=Activation)

    @property
    def is_whole_month(self) -> bool:
        """Whether the processing date ends its month."""
        return ends_month(self.as_of)

    @property
    def has_part_months(self) -> bool:
        """Whether the date of an earlier month does not end it, as with a calendar of weeks."""
        return not all(map(ends_month, self.dates[:-1]))

    @cached_property
    def series(self) -> Mapping[Level, Series]:
        """The series of every level that has any."""
        return {level: _series(rows.get("indicators", ())) for level, rows in self.by_level.items()}

    def now(self, level: Level, indicator: str, period: str) -> Row | None:
        """An indicator's row of a level on the processing date."""
        return self.series.get(level, {}).get((indicator, period), {}).get(self.as_of)


@dataclass(frozen=True)
class Subject:
    """What one page is about, and in which words.

    Attributes:
        figures: All figures.
        level: The network or a store.
        words: The language's words.
    """

    figures: Figures
    level: Level
    words: Words

    @property
    def is_network(self) -> bool:
        """Whether the page is that of the network."""
        return self.level == NETWORK_LEVEL

    def rows(self, name: str) -> Sequence[Row]:
        """The level's rows of one name; none where nothing is published for it."""
        return self.figures.by_level.get(self.level, {}).get(name, ())

    @property
    def name(self) -> str:
        """What the page calls its level."""
        if self.is_network:
            return self.words.say("page.network")
        return self.store_name(self.level.level_code)

    def store_name(self, code: str) -> str:
        """A store's code, with its name where it has one that says more."""
        name = self.figures.stores.get(code, "")
        return f"{code} · {name}" if name and name != code else code

    def indicator_name(self, code: str, period: str = "") -> str:
        """An indicator's name in the language, with the period if it has several."""
        entry = self.figures.dictionary[code]
        name = str(entry[self.words.say("columns.name")])
        is_one_of_several = period and len(entry.periods or ()) > 1
        return self.words.say(f"periods.{period}", name=name) if is_one_of_several else name

    @property
    def series(self) -> Series:
        """The series of the level."""
        return self.figures.series.get(self.level, {})

    def now(self, indicator: str, period: str = "on_date") -> Row | None:
        """An indicator's row on the processing date."""
        return self.figures.now(self.level, indicator, period)


def _series(rows: Sequence[Row]) -> Series:
    found: dict[tuple[str, str], dict[date, Row]] = {}
    for row in rows:
        found.setdefault((row.indicator, row.period), {})[row.as_of] = row
    return found
