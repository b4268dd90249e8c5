"""Figures of the six tables that hold whoever made them and however she broke ties.

Besides counts and sums, ``rows`` sums a hash of every row, so that one wrong row shows. Places of
customers who are equal in all that orders them are anybody's, so of those only what follows from
the others is counted: whoever swaps two such places changes none of these figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from deltalake import DeltaTable

from tests.benchmark.nights.made import TABLES

Figures = dict[str, dict[str, list[list[str]]]]

_MONEY, _QUANTITY, _MEAN = "DECIMAL(18, 4)", "DECIMAL(18, 3)", "DECIMAL(18, 6)"
_TYPES = {
    "BIGINT": "customer_code purchases purchase_days stores salespeople channels "
    "months_as_customer recency_days last_interval_days recency_rank frequency_rank value_rank "
    "customers percent recency_band frequency_band value_band purchases_12m purchase_days_12m "
    "purchases_this_year purchase_days_this_year",
    _MONEY: "gross_amount returned_amount net_amount gross_amount_12m returned_amount_12m "
    "net_amount_12m gross_amount_this_year returned_amount_this_year net_amount_this_year "
    "average_ticket average_price value positive_value",
    _QUANTITY: "items items_returned items_12m items_returned_12m items_this_year "
    "items_returned_this_year",
    # Floats for people to read: a last digit that differs is no difference.
    _MEAN: "items_per_purchase frequency annualised_frequency mean_interval_days "
    "interval_stddev_days projected_interval_days recency_percentile frequency_percentile "
    "value_percentile customer_share value_share",
}
_TYPE = {name: kind for kind, names in _TYPES.items() for name in names.split()}
"""Columns that are hashed in one type, in whichever an engine wrote them."""

_IN_ROWS = {
    "purchases": "store_code business_day sale_number customer_code code_class salesperson_code "
    "channel by_queue is_purchase items items_returned gross_amount returned_amount net_amount",
    "accounts": "customer_code first_purchase_on last_purchase_on purchases purchase_days items "
    "items_returned gross_amount returned_amount net_amount purchases_12m purchase_days_12m "
    "items_12m items_returned_12m gross_amount_12m returned_amount_12m net_amount_12m "
    "purchases_this_year purchase_days_this_year items_this_year items_returned_this_year "
    "gross_amount_this_year returned_amount_this_year net_amount_this_year average_ticket "
    "items_per_purchase average_price months_as_customer frequency annualised_frequency "
    "recency_days last_interval_days mean_interval_days interval_stddev_days "
    "projected_interval_days stores salespeople channels first_store_code last_store_code "
    "registered",
    "life_cycle": "customer_code valid_from valid_to stage segment cause",
    "allocations": "customer_code store_code salesperson_code portfolio routine criterion "
    "salesperson_criterion allocated_since",
    "rfv": "customer_code recency_days frequency value recency_rank frequency_rank value_rank "
    "recency_percentile frequency_percentile value_percentile recency_band frequency_band "
    "value_band fv_quadrant",
    "pareto_curve": "percent customers positive_value customer_share value_share",
}
_FIGURES = {
    "purchases": {
        "sums": "SELECT count(*), count(customer_code), count_if(is_purchase), sum(items), "
        "sum(items_returned), sum(gross_amount), sum(returned_amount), sum(net_amount) FROM {t}",
        "by class": "SELECT code_class, count(*), sum(net_amount) FROM {t} GROUP BY ALL",
    },
    "accounts": {
        "sums": "SELECT count(*), sum(purchases), sum(purchase_days), sum(net_amount), "
        "sum(net_amount_12m), sum(net_amount_this_year), sum(recency_days), "
        "sum(months_as_customer), sum(frequency), sum(stores), sum(salespeople), "
        "count_if(registered), min(first_purchase_on), max(last_purchase_on) FROM {t}",
    },
    "life_cycle": {
        "by segment": "SELECT stage, segment, cause, count(*), count(valid_to), "
        "sum(valid_from - DATE '2000-01-01') FROM {t} GROUP BY ALL",
    },
    "allocations": {
        "by routine": "SELECT routine, criterion, portfolio, count(*) FROM {t} GROUP BY ALL",
        "by salesperson criterion": "SELECT salesperson_criterion, count(*) FROM {t} GROUP BY ALL",
        "by store": "SELECT count(DISTINCT store_code), count(DISTINCT salesperson_code), "
        "sum(n * n) FROM (SELECT *, count(*) OVER (PARTITION BY store_code) AS n FROM {t})",
    },
    "rfv": {
        "by quadrant": "SELECT fv_quadrant, count(*), sum(value) FROM {t} GROUP BY ALL",
        "by top class": "SELECT top_class, count(*), count(first_top_on), sum(value), "
        "sum(frequency), sum(recency_days) FROM {t} GROUP BY ALL",
        "by band": "SELECT measure, band, count(*) FROM (UNPIVOT (SELECT recency_band, "
        "frequency_band, value_band FROM {t}) ON * INTO NAME measure VALUE band) GROUP BY ALL",
        "ranks": "SELECT sum(recency_rank), sum(frequency_rank), sum(value_rank), "
        "sum(weighted_rank), sum(nested_rank), sum(weighted_rank::HUGEINT * frequency), "
        "sum(weighted_rank * value), sum(weighted_rank::HUGEINT * recency_days), "
        "sum(nested_rank * value), sum(nested_rank::HUGEINT * recency_days) FROM {t}",
    },
    "pareto_curve": {
        "curve": "SELECT percent, customers, positive_value FROM {t} WHERE percent % 20 = 0",
    },
}


def of_files(results: Path, memory: str, spilled: Path) -> Figures:
    """Those of tables that an engine wrote as Parquet."""
    with _connected(memory, spilled) as con:
        for name in TABLES:
            file = results / f"{name}.parquet"
            files = f"{file}/*.parquet" if file.is_dir() else str(file)
            con.execute(f"CREATE VIEW {name} AS FROM read_parquet('{files}')")
        return figures(con)


def of_lakehouse(lakehouse: Path, as_of: date, memory: str, spilled: Path) -> Figures:
    """Those of the slices of a date that Clientela published last, under codes as they came."""
    runs = pl.read_delta(f"{lakehouse}/runs").filter(pl.col("run_id") != "lease")
    versions = dict(runs.sort("sequence")["versions"][-1])
    with _connected(memory, spilled) as con:
        for name in ("customer_codes", *TABLES):
            files = _data_files(lakehouse / name, versions[name], as_of)
            con.execute(f"CREATE VIEW published_{name} AS FROM read_parquet({files})")
        con.execute(
            "CREATE TABLE codes AS SELECT customer_id, "
            "TRY_CAST(customer_code AS BIGINT) AS customer_code FROM published_customer_codes"
        )
        for name in TABLES:
            rows = f"published_{name}"
            if name == "pareto_curve":
                con.execute(f"CREATE VIEW {name} AS FROM {rows} WHERE scope = 'network'")
            else:
                with_code = f"{rows} LEFT JOIN codes USING (customer_id)"
                con.execute(f"CREATE VIEW {name} AS FROM {with_code}")
        return figures(con)


def figures(con: duckdb.DuckDBPyConnection) -> Figures:
    """Those of the tables of a connection."""
    found: Figures = {}
    for name in TABLES:
        queries = {**_FIGURES[name], "rows": _rows(name)}
        found[name] = {
            figure: [[str(value) for value in row] for row in _sorted(con, query, name)]
            for figure, query in queries.items()
        }
    return found


def differences(found: Mapping[str, Figures]) -> list[str]:
    """What is not the same for all, in words; nothing if all made the same."""
    engines = list(found)
    told = []
    for name in TABLES:
        for figure in found[engines[0]][name] if engines else ():
            values = {engine: found[engine][name][figure] for engine in engines}
            if any(value != values[engines[0]] for value in values.values()):
                shown = "; ".join(f"{engine} {_shown(value)}" for engine, value in values.items())
                told.append(f"{name}, {figure}: {shown}")
    return told


def _shown(value: Sequence[Sequence[str]]) -> str:
    text = ", ".join(" ".join(row) for row in value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _sorted(con: duckdb.DuckDBPyConnection, query: str, table: str) -> list[tuple[object, ...]]:
    return con.execute(f"FROM ({query.format(t=table)}) ORDER BY ALL").fetchall()


def _rows(name: str) -> str:
    columns = ", ".join(
        f"CAST({each} AS {_TYPE[each]})" if each in _TYPE else each
        for each in _IN_ROWS[name].split()
    )
    return f"SELECT count(*), sum(CAST(hash({columns}) AS HUGEINT)) FROM {{t}}"


def _connected(memory: str, spilled: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(f"SET memory_limit = '{memory}'")
    con.execute(f"SET temp_directory = '{spilled}'")
    return con


def _data_files(table: Path, version: int, as_of: date) -> list[str]:
    """The files of a version of a table, of a date's slice if the table has slices."""
    opened = DeltaTable(str(table), version=version)
    sliced = "as_of" in opened.metadata().partition_columns
    wanted = [("as_of", "=", str(as_of))] if sliced else None
    return [str(uri).removeprefix("file://") for uri in opened.file_uris(wanted)]
