"""Cell-by-cell comparison of what Spark made with what the oracle made."""

from __future__ import annotations

import duckdb
from pyspark.sql import DataFrame

DOUBLES_AGREE_TO = 1e-12


def assert_same(
    con: duckdb.DuckDBPyConnection, made: DataFrame, oracle: str, key: tuple[str, ...]
) -> int:
    """Every row and cell of ``made`` equals the oracle's table; doubles to 1e-12 of their size.

    Returns:
        How many rows were compared.
    """
    con.register("made_rows", made.toArrow())
    con.execute("CREATE OR REPLACE TABLE made AS FROM made_rows")
    con.unregister("made_rows")
    types = dict(con.execute(f"SELECT name, type FROM pragma_table_info('{oracle}')").fetchall())
    columns = {
        row[0] for row in con.execute("SELECT name FROM pragma_table_info('made')").fetchall()
    }
    assert columns == set(types), columns ^ set(types)
    same = " AND ".join(f"m.{name} IS NOT DISTINCT FROM o.{name}" for name in key)
    for side, other in (("m", "o"), ("o", "m")):
        tables = {"m": "made", "o": oracle}
        alone = con.execute(
            f"SELECT * FROM {tables[side]} {side} ANTI JOIN {tables[other]} {other} ON {same}"
        ).fetchall()
        assert not alone, f"{len(alone)} rows only in {tables[side]}, e.g. {alone[:3]}"
    joined = f"made m JOIN {oracle} o ON {same}"
    for name, kind in types.items():
        differs = f"m.{name} IS DISTINCT FROM o.{name}"
        if kind == "DOUBLE":
            close = f"abs(m.{name} - o.{name}) <= {DOUBLES_AGREE_TO} * greatest(1, abs(o.{name}))"
            differs += f" AND NOT coalesce({close}, FALSE)"
        keys = ", ".join(f"o.{each}" for each in key)
        wrong = con.execute(
            f"SELECT {keys}, m.{name}, o.{name} FROM {joined} WHERE {differs} LIMIT 5"
        ).fetchall()
        assert not wrong, f"column {name}: (key, Spark, oracle) {wrong}"
    made_rows, both = con.execute(
        f"SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM {joined})"
    ).fetchall()[0]
    assert made_rows == both, f"keys of made are not unique: {made_rows} rows, {both} pairs"
    return int(both)
