"""The tables of RFV, for the network and within each store and portfolio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce

from pyspark.sql import DataFrame

from jobs.changes import Keep
from jobs.kept import keeping, kept
from jobs.scopes import by_size, way_for
from jobs.settings import Settings
from jobs.tables import Tables
from schemas.rfv import MOVED
from transforms.accounts import accounts
from transforms.calendar_view import CalendarView
from transforms.rfv import Scoring, rfv_rankings, rfv_scores
from transforms.rfv_history import (
    IN_NETWORK,
    IN_SCOPES,
    as_published,
    first_tops,
    left,
    with_class,
    with_movement,
)
from transforms.rfv_measures import active_only, rfv_measures
from transforms.rfv_scopes import in_scopes, scopes_as_published
from transforms.rfv_tables import rfv_bands, rfv_cells
from transforms.scopes import SCOPE


def run(tables: Tables, settings: Settings, view: CalendarView, history: DataFrame) -> None:
    """Replace the slices of the dates of a pass, whose accounts and allocations must be there."""
    scoring = settings.rfv.scoring_rules
    measures = rfv_measures(
        _population(tables, settings, view, history),
        settings.rfv.measures(settings.network.value_basis),
    )
    with kept(measures) as measured, keeping() as keep:
        way = way_for(measured, ["as_of"], keep)
        with (
            kept(rfv_scores(measured, scoring, way=way)) as scores,
            kept(rfv_rankings(scores, scoring, way=way)) as ranked,
        ):
            _write_tables(tables, settings, view, ranked)
        _write_scopes(tables, settings, view, measured)


def _write_scopes(
    tables: Tables, settings: Settings, view: CalendarView, measured: DataFrame
) -> None:
    """The same measures ranked once more within each store and each portfolio."""
    scoring = settings.rfv.scoring_rules
    allocated = tables.read_slices("allocations", view.dates)
    with kept(in_scopes(measured, allocated)) as members, keeping() as keep:
        ranked = keep(ranked_in_scopes(members, scoring, keep))
        with _classed(tables, view, ranked, IN_SCOPES, ("rfv_scope_tops", "rfv_scopes")) as found:
            classed, earlier, _ = found
            moved = with_movement(classed, earlier, view, IN_SCOPES)
            tables.replace_slices("rfv_scopes", scopes_as_published(moved), view.dates)


def ranked_in_scopes(members: DataFrame, scoring: Scoring, keep: Keep) -> DataFrame:
    """What ``transforms.rfv.rfv`` makes of members within each scope, whatever its size."""
    parts = [
        rfv_rankings(keep(rfv_scores(rows, scoring, SCOPE, way)), scoring, SCOPE, way)
        for rows, way in by_size(members, SCOPE, keep)
    ]
    return reduce(DataFrame.unionByName, parts)


def _write_tables(
    tables: Tables, settings: Settings, view: CalendarView, ranked: DataFrame
) -> None:
    scoring = settings.rfv.scoring_rules
    _write_places(tables, settings, view, ranked)
    tables.replace_slices("rfv_bands", rfv_bands(ranked, scoring), view.dates)
    tables.replace_slices("rfv_cells", rfv_cells(ranked), view.dates)


def _population(
    tables: Tables, settings: Settings, view: CalendarView, history: DataFrame
) -> DataFrame:
    """The accounts of those who are ranked, whose recent purchases are those that count."""
    period = settings.rfv.measures(settings.network.value_basis).history
    if period is None or period == settings.accounts.recent:
        known = tables.read_slices("accounts", view.dates)
    else:
        known = accounts(history, tables.read("persons"), view.dates, period)
    if settings.rfv.population == "all":
        return known
    return active_only(known, tables.read("life_cycle"), view.dates)


def _write_places(
    tables: Tables, settings: Settings, view: CalendarView, ranked: DataFrame
) -> None:
    with _classed(tables, view, ranked, IN_NETWORK, ("rfv_first_tops", "rfv")) as found:
        classed, earlier, tops = found
        moved = with_movement(classed, earlier, view)
        gone = left(classed, earlier, tops, view)
        tables.replace_slices("rfv", as_published(moved, settings.rfv.category), view.dates)
        tables.replace_slices("rfv_left", gone, view.dates)


@contextmanager
def _classed(
    tables: Tables,
    view: CalendarView,
    ranked: DataFrame,
    key: Sequence[str],
    names: tuple[str, str],
) -> Iterator[tuple[DataFrame, DataFrame, DataFrame]]:
    """Writes who is or was top since when; names the tables of that and of the places.

    Yields:
        The ranked with their class, kept while the block runs; the places looked back on; and since
        when who was top.
    """
    of_tops, of_places = names
    carried = tables.read_slices(of_tops, view.carried_from.values())
    tables.replace_slices(of_tops, first_tops(ranked, carried, view, key), view.dates)
    tops = tables.read_slices(of_tops, view.dates)
    looked_back_on = (*key, *MOVED)
    elsewhere = tables.read_slices(of_places, view.read_elsewhere).select(*looked_back_on)
    with kept(with_class(ranked, tops, key)) as classed:
        yield classed, classed.select(*looked_back_on).unionByName(elsewhere), tops
