"""Made-up measures of customers, and their ranks in Spark: each runs in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Literal

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.scopes import is_one_value_each
from jobs.session import start_session
from transforms.ranking import with_places
from transforms.segments import Way

_FILE_ROWS = 500_000
"""Rows of a generated file: several files a date, as a table has them, so that reads are spread."""

_FILES_AT_LEAST = 8
_MOST_OFTEN = 5_000
_LOWEST_VALUE = 1_000_000_000


def generate(files: Path, customers: int, dates: int) -> None:
    """Write measures of every customer on every month-end; the same ones for the same size."""
    spark = start_session("made-up measures")
    rows = customers * dates
    parts = max(_FILES_AT_LEAST, rows // _FILE_ROWS)
    measures = spark.range(0, rows, 1, parts).transform(made_up, customers=customers)
    measures.write.mode("overwrite").parquet(str(files))
    spark.stop()


def made_up(numbers: DataFrame, customers: int) -> DataFrame:
    """Long-tailed measures that follow from a number alone.

    ``frequency`` has heavy ties: of four customers, three bought once or twice. ``value`` is spread
    wider than money is, so that nearly no two are equal: the most that a histogram can have to
    hold.

    Args:
        numbers: ``id`` from 0, one per date and customer.
        customers: How many customers each date has.
    """
    month = F.call_function("div", F.col("id"), F.lit(customers)).cast("int")
    often = F.floor(F.pow(_evenly("frequency"), F.lit(-1 / 1.2)))
    value = F.floor(F.lit(_LOWEST_VALUE) * F.pow(_evenly("value"), F.lit(-0.8)))
    return numbers.select(
        F.last_day(F.add_months(F.lit("2024-01-31").cast("date"), month)).alias("as_of"),
        F.xxhash64(F.col("id") % F.lit(customers)).alias("customer_id"),
        F.least(often, F.lit(_MOST_OFTEN)).cast("bigint").alias("frequency"),
        value.cast("bigint").alias("value"),
    )


def rank(files: Path, measure: str, method: Literal["segments", "window"]) -> None:
    """Rank by one measure within each date, and print what it took and the ranks' checksums."""
    spark = start_session(f"ranks {measure} {method}")
    rows = spark.read.parquet(str(files)).select("as_of", "customer_id", measure)
    started = time.monotonic()
    way = Way(method, keep=DataFrame.cache, is_one_value_each=is_one_value_each)
    ranked = rows.transform(with_places, scope=["as_of"], value=measure, way=way)
    ranked.write.format("noop").mode("overwrite").save()
    took = {
        "seconds": time.monotonic() - started,
        "peak_mib": _peak_mib(spark),
        # What is measured ends here: the checksums below rank once more.
        "ended": time.time(),
        "checksums": _checksums(ranked),
    }
    spark.stop()
    sys.stdout.write(json.dumps(took) + "\n")


def _evenly(name: str) -> Column:
    """A number above 0 and up to 1 that follows from ``id``."""
    drawn = F.call_function("shiftrightunsigned", F.xxhash64("id", F.lit(name)), F.lit(11))
    return (drawn + F.lit(1)) / F.lit(float(2**53))


def _checksums(ranked: DataFrame) -> dict[str, str]:
    per_row = F.col("rank") * (F.col("customer_id") % F.lit(1000))
    summed = ranked.groupBy("as_of").agg(F.sum(per_row.cast("decimal(38,0)")).alias("checksum"))
    return {str(row["as_of"]): str(row["checksum"]) for row in summed.collect()}


def _peak_mib(spark: SparkSession) -> float:
    """The most memory that the driver's Java, here all of Spark, has had resident so far."""
    jvm: Any = spark._jvm
    pid = jvm.java.lang.ProcessHandle.current().pid()
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(
        int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")
    )
