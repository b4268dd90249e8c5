"""Everything that a report shows, out of the published tables, for all its pages together."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import dropwhile

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.errors import LakehouseError
from jobs.indicator_dictionary import load_dictionary
from jobs.past_runs import Publication, dates_kept, parameters_behind
from jobs.reading import refuse_pruned
from jobs.report.campaign_reading import read_activation
from jobs.report.figures import Figures, Level, Rows
from jobs.report.stores import STORE_COLUMNS
from jobs.settings import Settings
from jobs.tables import Tables
from transforms import report
from transforms.periods import first_of_month, last_of_month
from transforms.scopes import STORE

_COHORTS = 13
"""How many months of first purchases are shown, that of as_of included."""

_IN_MONTH = "period = 'month'"
_INDICATORS, _EVOLUTION = "indicators", "indicator_evolution"
_OF_INDICATORS = (
    "as_of",
    "level",
    "level_code",
    "period",
    "indicator",
    "value",
    "numerator",
    "rating",
)


def read_overview(
    tables: Tables, publication: Publication, as_of: date, settings: Settings
) -> Figures:
    """What a report of any stores needs: the stores' table, and what is the same on all pages.

    Args:
        tables: The published tables.
        publication: That publication.
        as_of: The processing date.
        settings: How many months the evolution goes back, and what the Pareto summary tells if the
            run that computed it did not write that down.

    Raises:
        LakehouseError: If the date has no published indicators.
    """
    refuse_pruned(tables, publication, [as_of])
    computed = dates_kept(tables.spark, tables.place, publication)
    if as_of not in computed:
        message = f"no indicators of {as_of} are published: run daily --as-of {as_of} first"
        raise LakehouseError(message)
    dates = _last_of_months(computed, as_of, settings.indicators.evolution_months)
    top_share, value_share = _pareto_shares(tables, publication, as_of, settings)
    return Figures(
        as_of,
        dates,
        _dictionary(tables),
        _stores(tables, dates),
        _collected(_of_stores(tables, as_of)),
        bands=_bands(tables, as_of),
        top_share=top_share,
        value_share=value_share,
        activation=read_activation(tables, settings, as_of),
    )


def read_figures(tables: Tables, overview: Figures, stores: Sequence[str]) -> Figures:
    """The figures of the network and of the stores that get a page, and the way there.

    Args:
        tables: The published tables.
        overview: What ``read_overview`` returned.
        stores: The codes of these stores.
    """
    found = _queries(tables, overview.as_of, overview.dates)
    of_pages = {name: report.of_pages(rows, stores) for name, rows in found.items()}
    return replace(overview, by_level={**overview.by_level, **_collected(of_pages)})


def _collected(queries: Mapping[str, DataFrame]) -> Mapping[Level, Rows]:
    by_level: dict[Level, dict[str, list[Row]]] = {}
    for name, rows in queries.items():
        for row in rows.collect():
            level = Level(row.level, row.level_code)
            by_level.setdefault(level, {}).setdefault(name, []).append(row)
    return by_level


def _of_stores(tables: Tables, as_of: date) -> Mapping[str, DataFrame]:
    """What the network's page tells of each store."""
    is_shown = f"level = '{STORE}' AND (indicator, period) IN {STORE_COLUMNS}"
    return {
        _INDICATORS: tables.read_slices(_INDICATORS, [as_of])
        .where(is_shown)
        .select(*_OF_INDICATORS),
        _EVOLUTION: tables.read_slices(_EVOLUTION, [as_of]).where(is_shown),
    }


def _queries(tables: Tables, as_of: date, dates: Sequence[date]) -> Mapping[str, DataFrame]:
    """What pages show, by name; every row has a level and a level_code."""

    def now(name: str) -> DataFrame:
        return tables.read_slices(name, [as_of])

    def then(name: str) -> DataFrame:
        return tables.read_slices(name, dates)

    return {
        _INDICATORS: then(_INDICATORS).select(*_OF_INDICATORS),
        _EVOLUTION: now(_EVOLUTION),
        "growth_accounting": then("growth_accounting").where(_IN_MONTH),
        "life_cycle_matrix": now("life_cycle_matrix").where(_IN_MONTH),
        "frequency_classes": now("frequency_classes"),
        "revenue_tree": now("revenue_tree"),
        "cohorts": report.recent_cohorts(now("cohorts"), first_of_month(as_of, 1 - _COHORTS)),
        "pareto_curve": report.of_scopes(now("pareto_curve")),
        "pareto_summary": report.of_scopes(now("pareto_summary")),
        "abc_classes": report.abc_classes(now("network_customers"), now("store_customers")),
        "rfv_matrix": report.rfv_matrix(now("rfv_cells"), now("rfv_scopes")),
        "portfolio_sizes": report.portfolio_sizes(now("portfolios")),
        "portfolio_sales": report.portfolio_sales(now("portfolio_sales")),
    }


def _last_of_months(computed: Collection[date], as_of: date, months: int) -> tuple[date, ...]:
    """The last date of each month up to ``as_of``, from the first month that has one.

    A month between them without any has its last day: so it stays on the axes, without rows.
    """
    first = first_of_month(as_of, 1 - months)
    found = {(day.year, day.month): day for day in sorted(computed) if first <= day <= as_of}
    starts = [first_of_month(as_of, -back) for back in reversed(range(months))]
    shown = dropwhile(lambda start: (start.year, start.month) not in found, starts)
    return tuple(found.get((start.year, start.month), last_of_month(start)) for start in shown)


def _dictionary(tables: Tables) -> Mapping[str, Row]:
    """The published dictionary, in the order of the declared one."""
    rows = {row.indicator: row for row in tables.read("indicator_dictionary").collect()}
    declared = [entry.code for entries in load_dictionary().values() for entry in entries]
    order = [*(code for code in declared if code in rows), *sorted(rows.keys() - set(declared))]
    return {code: rows[code] for code in order}


def _stores(tables: Tables, dates: Sequence[date]) -> Mapping[str, str]:
    """The stores of the registry, and those that have indicators without being in it."""
    registry = tables.read("stores").select("store_code", F.coalesce("store_name", F.lit("")))
    of_stores = tables.read_slices(_INDICATORS, dates).where(F.col("level") == STORE)
    sold = of_stores.select("level_code").distinct().collect()
    names = {row.level_code: "" for row in sold if row.level_code}
    names |= dict(map(tuple, registry.collect()))
    return dict(sorted(names.items()))


def _bands(tables: Tables, as_of: date) -> int:
    """How many bands there are, those without customers too; none where nobody is ranked."""
    found = tables.read_slices("rfv_bands", [as_of]).agg(F.max("band")).collect()
    return int(found[0][0] or 0)


def _pareto_shares(
    tables: Tables, publication: Publication, as_of: date, settings: Settings
) -> tuple[Decimal, Decimal]:
    """The shares that the Pareto summary of the date was computed by."""
    said = parameters_behind(tables.spark, tables.place, publication, as_of, "pareto")
    by = json.loads(said, parse_float=Decimal).get("pareto", {})
    given = settings.pareto
    return (
        Decimal(by.get("top_customers_share", given.top_customers_share)),
        Decimal(by.get("value_share", given.value_share)),
    )
