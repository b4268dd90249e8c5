"""The six tables in plain SQL on Spark, from the chain's Parquet files to Parquet files.

The session is as spark-submit starts it, the SQL as one writes it for one date, and each table is
read back from its files by the next.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from tests.benchmark.nights.made import AS_OF, TABLES, timed

SQL = Path(__file__).parent / "spark_sql"
_INPUTS = ("vendas", "clientes", "lojas", "vendedores")


def make(spark: SparkSession, source: str, results: str) -> dict[str, float]:
    """Write the tables, and tell how many seconds each took."""
    spark.sql(f"CREATE TEMPORARY FUNCTION as_of() RETURNS DATE RETURN DATE '{AS_OF}'")
    for name in _INPUTS:
        spark.read.parquet(f"{source}/{name}_*.parquet").createTempView(name)
    for statement in _sql("registries").split(";\n"):
        spark.sql(statement)
    steps: dict[str, float] = {}
    for name in TABLES:
        folder = f"{results}/{name}.parquet"
        with timed(steps, name):
            spark.sql(_sql(name)).write.parquet(folder)
        spark.read.parquet(folder).createTempView(name)
    return steps


def run(source: Path, results: Path) -> None:
    """Make the tables, and print the seconds."""
    spark = SparkSession.Builder().appName("plain SQL").getOrCreate()
    steps = make(spark, str(source), str(results))
    spark.stop()
    sys.stdout.write(json.dumps(steps) + "\n")


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
