"""The Spark session of a job: what every job needs set, whoever starts it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.errors import UsageError

_ALWAYS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Times are instants; a session zone other than UTC would let results depend on a setting.
    "spark.sql.session.timeZone": "UTC",
    # An overflow or a wrong cast stops a run instead of becoming null.
    "spark.sql.ansi.enabled": "true",
    # Delta's default of 50 partitions for a table's state costs a small table more than its data.
    "spark.databricks.delta.snapshotPartitions": "1",
    # Delta would list all files of a small table beside each commit, for which it makes up the
    # table's state once more; nothing reads the list.
    "spark.databricks.delta.allFilesInCrc.enabled": "false",
    # Each statement is logged with its plan; a whole one costs more than many a statement here.
    "spark.sql.maxPlanStringLength": "4096",
    # With these, each Column made in Python costs the driver five calls instead of two, so that an
    # error can tell the line that made it.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.sql.dataFrameQueryContext.enabled": "false",
    # Rows that are kept are packed as bytes, by LZ4, instead of column by column: to read and keep
    # 4 million lines took 47 s instead of 58, and what reads them afterwards is faster too.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
    "spark.rdd.compress": "true",
    # Window functions over a customer's purchases need one exchange, not one per function.
    "spark.sql.requireAllClusterKeysForDistribution": "false",
}


_WORK = "clientela: "
_PARTITIONS = "spark.sql.shuffle.partitions"
_JOIN_KEYS = "spark.sql.requireAllClusterKeysForCoPartition"
_METHOD_LIMIT = "spark.sql.codegen.hugeMethodLimit"


def start_session(name: str) -> SparkSession:
    """The session that spark-submit configured, or a local one, with what the suite relies on.

    Raises:
        UsageError: If Spark refuses the options that it was given.
    """
    builder = SparkSession.Builder().appName(f"clientela {name}")
    for key, value in _ALWAYS.items():
        builder = builder.config(key, value)
    if not sys.stderr.isatty():
        builder = builder.config("spark.ui.showConsoleProgress", "false")
    jars = os.environ.get("CLIENTELA_JARS")
    if jars and "PYSPARK_SUBMIT_ARGS" not in os.environ:
        builder = builder.config("spark.jars", jars)
    try:
        spark = builder.getOrCreate()
    except PySparkRuntimeError as error:
        if error.getCondition() != "JAVA_GATEWAY_EXITED":
            raise
        message = "Spark did not start: what it says stands above; see the options before the job"
        raise UsageError(message) from error
    given = spark.sparkContext.getConf()
    if given.get("spark.master", "").startswith("local") and not given.contains(_PARTITIONS):
        # Spark's 200 are meant for a cluster; on one machine they are mostly overhead.
        spark.conf.set(_PARTITIONS, str(8 * spark.sparkContext.defaultParallelism))
    _remember_classes(spark)
    name_work(spark, name)
    return spark


def default_file_system(spark: SparkSession) -> str:
    """Where Spark takes a path without scheme to lie: ``file:``, or e.g. ``hdfs://host:8020``."""
    jvm: Any = spark._jvm  # noqa: SLF001 - Spark offers no public way to Hadoop's configuration
    conf = spark._jsc.hadoopConfiguration()  # noqa: SLF001 - likewise
    return str(jvm.org.apache.hadoop.fs.FileSystem.getDefaultUri(conf).toString()).rstrip("/")


def name_work(spark: SparkSession, what: str) -> None:
    """Name what runs from here on, for Spark's pages and event logs.

    Without a name, Spark looks for one on the stack at every step of every plan.
    """
    for form in ("short", "long"):
        spark.sparkContext.setLocalProperty(f"callSite.{form}", f"{_WORK}{what}")


def named_work() -> str | None:
    """What ``name_work`` named last; None if nothing was named, or Java answers no more."""
    context = SparkContext._active_spark_context  # noqa: SLF001 - None without any, unlike others
    try:
        named = None if context is None else context.getLocalProperty("callSite.short")
    except Py4JError:
        return None
    return None if named is None else named.removeprefix(_WORK)


def _remember_classes(spark: SparkSession) -> None:
    """Let PySpark ask the JVM once for the classes that it asks for with every Column.

    Each answer is a search through all jars: 7% of a night's driver on a small chain.
    """
    jvm: Any = spark._jvm  # noqa: SLF001 - py4j's view of the JVM, which PySpark itself asks
    for name in ("PythonUtils", "PythonSQLUtils", "functions"):
        setattr(jvm, name, getattr(jvm, name))
    setattr(jvm, "org.apache.spark.sql.functions", jvm.functions)


@contextmanager
def joined_by_customer(spark: SparkSession) -> Iterator[None]:
    """Lets joins by customer and more keys use rows that lie together by customer already.

    Not for the whole session: rows that lie together by date alone would be joined in one task.
    """
    with _set(spark, _JOIN_KEYS, "false"):
        yield


@contextmanager
def short_methods(spark: SparkSession) -> Iterator[None]:
    """Lets Spark fuse operators only as far as Java turns the result into good machine code.

    Java interprets methods of more than 8,000 bytes, or compiles them badly where
    ``spark-submit.sh`` tells it to compile them. That slows down many expressions for each row,
    such as the rules of the registry; reading and the life cycle are faster fused
    (``docs/benchmark.md``).
    """
    with _set(spark, _METHOD_LIMIT, "8000"):
        yield


@contextmanager
def _set(spark: SparkSession, name: str, value: str) -> Iterator[None]:
    before = spark.conf.get(name)
    spark.conf.set(name, value)
    try:
        yield
    finally:
        spark.conf.set(name, str(before))


def local_rows(spark: SparkSession, rows: Sequence[Mapping[str, object]], ddl: str) -> DataFrame:
    """A few rows of this process as a DataFrame.

    Unlike ``createDataFrame`` it needs no Python on executors, and the values stand in no plan.

    Args:
        spark: The session.
        rows: Values by column: text, numbers, Decimals, dates, aware datetimes, lists and mappings;
            a missing column is null.
        ddl: The columns.
    """
    lines = [json.dumps(row, default=_as_json) for row in rows]
    jvm: Any = spark._jvm  # noqa: SLF001 - Spark's own way to make rows in the JVM is not public
    strings = jvm.org.apache.spark.sql.Encoders.STRING()
    texts = spark._jsparkSession.createDataset(lines, strings).toDF()  # noqa: SLF001 - likewise
    parsed = F.from_json("value", ddl, {"mode": "FAILFAST"}).alias("row")
    return DataFrame(texts, spark).select(parsed).select("row.*")


def _as_json(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
