"""Everyone to whom nothing happened since an earlier date, whose results go on from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame

from jobs.tables import Tables
from schemas import TABLES
from transforms.calendar_view import CalendarView, on_followers
from transforms.changes import carried, sums_carried


@dataclass(frozen=True)
class Others:
    """The customers whom a pass does not compute anew.

    Attributes:
        tables: The tables of the run, which hold their results.
        before: The tables as the last run that computed everything left them.
        changed: ``customer_id`` of everyone else.
        sources: For each date of the pass the one whose slices are carried to it; itself, if only
            others changed on it.
        view: The dates of the pass.
    """

    tables: Tables
    before: Tables
    changed: DataFrame
    sources: Mapping[date, date]
    view: CalendarView

    def slices(self, name: str, sources: Mapping[date, date] | None = None) -> DataFrame:
        """Their rows of a table of results, on the dates of the pass or on some of them.

        Read it before the pass replaces the slices.
        """
        chosen = self.sources if sources is None else sources
        earlier = self.tables.read_slices(name, chosen.values())
        return carried(earlier, self.changed, chosen)

    def rows(self, name: str) -> DataFrame:
        """Their rows of a table that has no processing dates."""
        return self.of(self.tables.read(name))

    def of(self, rows: DataFrame) -> DataFrame:
        """Their rows among some."""
        return rows.join(self.changed, on="customer_id", how="left_anti")

    def sums(
        self,
        name: str,
        sums_of: Callable[[DataFrame], DataFrame],
        less: DataFrame,
        more: DataFrame,
    ) -> DataFrame:
        """Sums over everybody on the dates of the pass, from those that a table was made of.

        Args:
            name: The table.
            sums_of: Its sums, from its rows.
            less: What those who are computed anew had added to them, on the dates carried from.
            more: What they add now, on the dates of the pass.
        """
        earlier = self.before.read_slices(name, self.sources.values()).transform(sums_of)
        key = TABLES[name].key
        return sums_carried(
            earlier.transform(on_followers, self.sources),
            less.transform(on_followers, self.sources),
            more,
            key,
        )

    def those_computed_anew(self, rows: DataFrame) -> DataFrame:
        """The rows of everyone else among some."""
        return rows.join(self.changed, on="customer_id", how="left_semi")

    @property
    def rebuilt(self) -> dict[date, date]:
        """The dates that had slices before this pass."""
        return {each: source for each, source in self.sources.items() if source == each}

    @property
    def new_dates(self) -> list[date]:
        """The dates that had none."""
        return sorted(each for each, source in self.sources.items() if source != each)

    @property
    def moved_alike(self) -> dict[date, date]:
        """The dates that look back on the same date as the slices that are carried to them."""
        return self.view.moves_again(self.sources)


def with_others(rows: DataFrame, others: DataFrame | None) -> DataFrame:
    """What was computed anew with what was carried on, if anything was."""
    return rows if others is None else rows.unionByName(others.select(*rows.columns))
