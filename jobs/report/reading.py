"""Everything that a report shows, out of the published tables: each is read once for all pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.errors import LakehouseError
from jobs.indicator_dictionary import load_dictionary
from jobs.report.figures import Figures, Level, Rows
from jobs.settings import Settings
from jobs.tables import Tables
from transforms import report
from transforms.scopes import STORE

_COHORTS = 13
"""How many months of first purchases are shown, that of as_of included."""

_IN_MONTH = "period = 'month'"


def read_figures(tables: Tables, as_of: date, settings: Settings) -> Figures:
    """The figures of a processing date, and the way there.

    Args:
        tables: The published tables.
        as_of: The processing date.
        settings: How many months the evolution goes back, and what the Pareto summary tells.

    Raises:
        LakehouseError: If the date has no published indicators.
    """
    dates = _last_of_months(_computed(tables), as_of, settings.indicators.evolution_months)
    if as_of not in dates:
        message = f"no indicators of {as_of} are published: run daily --as-of {as_of} first"
        raise LakehouseError(message)
    by_level: dict[Level, dict[str, list[Row]]] = {}
    for name, rows in _queries(tables, as_of, dates).items():
        for row in rows.collect():
            level = Level(row.level, row.level_code)
            by_level.setdefault(level, {}).setdefault(name, []).append(row)
    return Figures(
        as_of,
        dates,
        _dictionary(tables),
        _stores(tables, by_level),
        by_level,
        top_share=settings.pareto.top_customers_share,
        value_share=settings.pareto.value_share,
    )


def _queries(tables: Tables, as_of: date, dates: Sequence[date]) -> Mapping[str, DataFrame]:
    """What pages show, by name; every row has a level and a level_code."""

    def now(name: str) -> DataFrame:
        return tables.read_slices(name, [as_of])

    def then(name: str) -> DataFrame:
        return tables.read_slices(name, dates)

    columns = (
        "as_of",
        "level",
        "level_code",
        "period",
        "indicator",
        "value",
        "numerator",
        "rating",
    )
    return {
        "indicators": report.of_levels(then("indicators")).select(*columns),
        "indicator_evolution": report.of_levels(now("indicator_evolution")),
        "growth_accounting": report.of_levels(then("growth_accounting")).where(_IN_MONTH),
        "life_cycle_matrix": report.of_levels(now("life_cycle_matrix")).where(_IN_MONTH),
        "frequency_classes": report.of_levels(now("frequency_classes")),
        "revenue_tree": report.of_levels(now("revenue_tree")),
        "cohorts": report.recent_cohorts(now("cohorts"), _months_before(as_of, _COHORTS - 1)),
        "pareto_curve": report.of_scopes(now("pareto_curve")),
        "pareto_summary": report.of_scopes(now("pareto_summary")),
        "abc_classes": report.abc_classes(now("network_customers"), now("store_customers")),
        "rfv_matrix": report.rfv_matrix(now("rfv_cells"), now("rfv_scopes")),
        "portfolio_sizes": report.portfolio_sizes(now("portfolios")),
        "portfolio_sales": report.portfolio_sales(now("portfolio_sales")),
    }


def _computed(tables: Tables) -> list[date]:
    return [row.as_of for row in tables.read("indicators").select("as_of").distinct().collect()]


def _last_of_months(computed: Sequence[date], as_of: date, months: int) -> tuple[date, ...]:
    """The last date of each month up to ``as_of``."""
    first = _months_before(as_of, months - 1)
    found = sorted(day for day in computed if first <= day <= as_of)
    return tuple({(day.year, day.month): day for day in found}.values())


def _months_before(day: date, months: int) -> date:
    """The first day of an earlier month."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


def _dictionary(tables: Tables) -> Mapping[str, Row]:
    """The published dictionary, in the order of the declared one."""
    rows = {row.indicator: row for row in tables.read("indicator_dictionary").collect()}
    declared = [entry.code for entries in load_dictionary().values() for entry in entries]
    order = [*(code for code in declared if code in rows), *sorted(rows.keys() - set(declared))]
    return {code: rows[code] for code in order}


def _stores(tables: Tables, by_level: Mapping[Level, Rows]) -> Mapping[str, str]:
    """The stores of the registry, and those that have figures without being in it."""
    registry = tables.read("stores").select("store_code", F.coalesce("store_name", F.lit("")))
    names = {
        level.level_code: "" for level in by_level if level.level == STORE and level.level_code
    }
    names |= dict(map(tuple, registry.collect()))
    return dict(sorted(names.items()))
