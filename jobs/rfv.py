"""The tables of RFV: ``rfv``, ``rfv_left``, ``rfv_first_tops``, ``rfv_bands`` and ``rfv_cells``."""

from __future__ import annotations

from pyspark.sql import DataFrame

from jobs.kept import keeping, kept
from jobs.scopes import way_for
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.accounts import accounts
from transforms.rfv import rfv_rankings, rfv_scores
from transforms.rfv_history import (
    PLACED,
    CalendarView,
    as_published,
    first_tops,
    left,
    with_class,
    with_movement,
)
from transforms.rfv_measures import active_only, rfv_measures
from transforms.rfv_tables import rfv_bands, rfv_cells


def run(tables: Tables, settings: Settings, view: CalendarView, history: DataFrame) -> None:
    """Replace the slices of the dates of a pass, whose accounts must be there."""
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
    carried = tables.read_slices("rfv_first_tops", view.carried_from.values())
    elsewhere = tables.read_slices("rfv", view.read_elsewhere)
    made = first_tops(ranked, carried, view)
    tables.replace_slices("rfv_first_tops", made, view.dates)
    tops = tables.read_slices("rfv_first_tops", view.dates)
    with kept(with_class(ranked, tops)) as classed:
        earlier = classed.select(*PLACED).unionByName(elsewhere.select(*PLACED))
        moved = with_movement(classed, earlier, view)
        gone = left(classed, earlier, tops, view)
        tables.replace_slices("rfv", as_published(moved, settings.rfv.category), view.dates)
        tables.replace_slices("rfv_left", gone, view.dates)
