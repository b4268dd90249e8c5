"""Comparing what Spark makes of RFV and Pareto with the oracle's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import duckdb
from pyspark.sql import DataFrame, SparkSession

from jobs.settings import Settings, load_settings
from tests import lakehouses
from tests.oracle import rfv as oracle
from tests.oracle.compare import assert_same
from tests.oracle.rfv_brute import Choices
from transforms.calendar_view import CalendarView
from transforms.rfv import rfv_rankings, rfv_scores
from transforms.rfv_history import (
    as_published,
    first_tops,
    left,
    with_class,
    with_movement,
)
from transforms.rfv_tables import rfv_bands, rfv_cells
from transforms.segments import Way

Made = dict[str, DataFrame]
WHO = ("as_of", "customer_code")
CUTS = ("recency_cuts", "frequency_cuts", "value_cuts")
KEYS = {
    "rfv": WHO,
    "rfv_left": WHO,
    "rfv_scopes": ("as_of", "scope", "scope_code", "customer_code"),
    "rfv_bands": ("as_of", "measure", "band"),
    "rfv_cells": ("as_of", "matrix", "recency_band", "frequency_band", "value_band"),
    "network_customers": WHO,
    "store_customers": ("as_of", "store_code", "customer_code"),
    "portfolio_customers": ("as_of", "salesperson_code", "customer_code"),
    "pareto_curve": ("as_of", "scope", "scope_code", "percent"),
    "pareto_summary": ("as_of", "scope", "scope_code"),
}

PORTFOLIO_VALUES = """
INSERT INTO scope_values
SELECT as_of, 'portfolio', scope_code, customer_code,
       CAST(coalesce(sum(CASE value_basis WHEN 'net' THEN net_amount ELSE gross_amount END), 0)
            AS DECIMAL(18, 4))
FROM scope_members
CROSS JOIN parameters
LEFT JOIN purchases p USING (customer_code)
WHERE scope = 'portfolio' AND p.salesperson_code = scope_code AND business_day <= as_of
GROUP BY as_of, scope_code, customer_code
"""
"""What the salesperson attended of each customer of his portfolio: who is in one was attended."""


def accepted(chosen: Choices) -> Choices:
    """The choices, with cuts that settings accept: rising, and as many for each measure."""
    cuts = {name: tuple(sorted(set(getattr(chosen, name)))) for name in CUTS}
    fewest = min(map(len, cuts.values()))
    bands = fewest + 1 if chosen.scoring == "fixed" else chosen.bands
    recency, frequency, value = (each[:fewest] for each in cuts.values())
    return replace(
        chosen, bands=bands, recency_cuts=recency, frequency_cuts=frequency, value_cuts=value
    )


def settings_of(chosen: Choices) -> Settings:
    """The choices as somebody would set them."""
    given = chosen.as_settings()
    sections = {
        "value_basis": "network",
        "abc_shares": "pareto",
        "top_customers_share": "pareto",
        "value_share": "pareto",
    }
    assignments = [
        f"{sections.get(name, 'rfv')}.{name}={_yaml(value)}" for name, value in given.items()
    ]
    return load_settings([], assignments)


def _yaml(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_yaml, value))}]"
    return f'"{value}"' if not isinstance(value, (str, int)) else str(value)


def places_of(measures: DataFrame, settings: Settings, view: CalendarView, way: Way) -> Made:
    """All tables of RFV, from measures, as the job makes them.

    No slice is carried in: the calendar begins with the first of the dates.
    """
    scoring = settings.rfv.scoring_rules
    scores = rfv_scores(measures.cache(), scoring, way=way).cache()
    ranked = rfv_rankings(scores, scoring, way=way).cache()
    nothing = ranked.where("false").selectExpr(
        "as_of", "customer_id", "cast(null AS date) AS first_top_on"
    )
    tops = first_tops(ranked, nothing, view).cache()
    classed = with_class(ranked, tops).cache()
    return {
        "rfv": as_published(with_movement(classed, classed, view), settings.rfv.category),
        "rfv_left": left(classed, classed, tops, view),
        "rfv_bands": rfv_bands(ranked, scoring),
        "rfv_cells": rfv_cells(ranked),
    }


def assert_tables_same(
    con: duckdb.DuckDBPyConnection, made: Made, codes: DataFrame | None
) -> dict[str, int]:
    """Tables equal the oracle's of the same names; returns their rows.

    Args:
        con: Where the oracle has run.
        made: Tables as published.
        codes: ``customer_id`` and ``customer_code``.
    """
    if "rfv_cells" in made:
        con.execute(
            "CREATE OR REPLACE TABLE all_cells AS "
            "SELECT * REPLACE ("
            "coalesce(recency_band, 0) AS recency_band, "
            "coalesce(frequency_band, 0) AS frequency_band, "
            "coalesce(value_band, 0) AS value_band) FROM "
            "(SELECT *, 'rfv' AS matrix FROM rfv_cells UNION ALL BY NAME FROM rfv_marginals)"
        )
    names = {"rfv_cells": "all_cells"}
    found = {}
    for name, rows in made.items():
        by_code = rows
        if "customer_id" in rows.columns and codes is not None:
            by_code = rows.join(codes, on="customer_id", how="left").drop("customer_id")
        expected = names.get(name, name)
        if name == "rfv_left":
            con.execute(f"CREATE OR REPLACE TABLE {name}_known AS {_known_left(by_code)}")
            expected = f"{name}_known"
        found[name] = assert_same(con, by_code, expected, KEYS[name])
    return found


def _add_scopes(con: duckdb.DuckDBPyConnection, allocations: DataFrame, codes: DataFrame) -> None:
    """Who is ranked in which store and portfolio, by the published allocations.

    Those are compared with the oracle's elsewhere.
    """
    con.register("whose_read", allocations.join(codes, on="customer_id", how="left").toArrow())
    con.execute(
        "INSERT INTO scope_members "
        "SELECT as_of, 'store', store_code, customer_code FROM whose_read "
        "WHERE store_code IS NOT NULL UNION ALL "
        "SELECT as_of, 'portfolio', salesperson_code, customer_code FROM whose_read "
        "WHERE portfolio = 'salesperson'"
    )
    con.unregister("whose_read")


def _known_left(made: DataFrame) -> str:
    """The oracle says "left" of every place of who left; the table has no column for it."""
    return f"SELECT {', '.join(made.columns)} FROM rfv_left"


def run_oracle(con: duckdb.DuckDBPyConnection, chosen: Choices) -> None:
    """Set the oracle's parameters."""
    oracle.set_parameters(con, **chosen.as_settings())


def assert_published_same(
    spark: SparkSession, settings: Settings, con: duckdb.DuckDBPyConnection, dates: Sequence[date]
) -> dict[str, int]:
    """What a lakehouse published of RFV and Pareto equals what the oracle makes of its purchases.

    Args:
        spark: The session.
        settings: Those of the lakehouse, whose calendar is ``dates``.
        con: Where the oracle made purchases and, for ``dates``, accounts; for active customers
            alone also the life cycle.
        dates: The processing dates.

    Returns:
        The rows of each table.
    """
    values = {name: getattr(settings.rfv, name) for name in oracle.PREFIXED["rfv"]}
    values |= {name: getattr(settings.pareto, name) for name in oracle.PREFIXED["pareto"]}
    oracle.set_parameters(
        con,
        history=str(settings.rfv.history),
        value_basis=settings.network.value_basis,
        **values,
    )
    codes = lakehouses.read(spark, settings, "customer_codes").select(
        "customer_id", "customer_code"
    )
    con.register("codes_read", codes.toArrow())
    con.execute("INSERT INTO customer_ids SELECT customer_code, customer_id FROM codes_read")
    con.executemany("INSERT INTO calendar VALUES (?)", [(each,) for each in dates])
    _add_scopes(con, lakehouses.read(spark, settings, "allocations"), codes)
    oracle.rfv(con)
    oracle.scope_values(con)
    con.execute(PORTFOLIO_VALUES)
    oracle.pareto_figures(con)
    con.execute(
        "CREATE OR REPLACE TABLE portfolio_customers AS SELECT * EXCLUDE (scope, scope_code), "
        "scope_code AS salesperson_code FROM pareto_customers WHERE scope = 'portfolio'"
    )
    made = {name: lakehouses.read(spark, settings, name) for name in KEYS}
    found = assert_tables_same(con, made, codes)
    assert len({row[0] for row in con.execute("SELECT DISTINCT as_of FROM rfv").fetchall()}) > 1
    return found
