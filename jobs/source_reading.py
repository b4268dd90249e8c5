"""Delivered files as rows of text columns that bear the names of the contract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from jobs.errors import SourceError
from jobs.files import DeliveredFile
from jobs.session import local_rows
from jobs.source_groups import CORRUPT, NewFile, grouped
from jobs.source_mapping import Constant, Expression, Input, NewerByColumn, NewerByFileName
from schemas.rejected_rows import Reason
from transforms.source_rows import is_damaged, wall_time
from transforms.texts import text

TYPED = "yyyy-MM-dd HH:mm:ss.SSSSSS"
"""How days and times that are typed in the file are written as text; read like the mapping's."""


def read_rows(
    spark: SparkSession,
    given: Input,
    columns: Sequence[str],
    time_zone: str,
    files: Sequence[NewFile],
) -> list[DataFrame]:
    """All rows of files of one input, in the columns of the contract, as trimmed text.

    Files whose columns fit each other are read together.

    Args:
        spark: The session.
        given: What the mapping says of the input.
        columns: The contract's columns; those that the mapping does not give are null.
        time_zone: The zone in which instants of the file are shown as clock time.
        files: The files, at least one.

    Returns:
        Rows for each such group of files: the columns; ``file_id``, ``file_name``,
        ``delivered_at``; ``received`` (a struct of the values in the file), ``malformed`` (the
        text of a row that is none of its format, else null), ``is_misdated`` (the column that makes
        it newer cannot be read) and ``damaged`` (the first column of the file whose text was
        decoded wrongly, or null).

    Raises:
        SourceError: If a file lacks a column that the mapping names, or names one twice.
    """
    known = F.broadcast(_file_table(spark, given, files))
    read = wall_time(F.col("newer"), (*given.dates, TYPED))
    return [
        _selected(_with_path(source, group), given, columns, time_zone, group)
        .join(known, on="file_path", how="inner")
        .withColumn("delivered_at", F.coalesce(F.col("named_at"), read.value))
        .withColumn("is_misdated", read.problems[Reason.UNREADABLE_DAY])
        .drop("file_path", "named_at", "newer")
        for source, group in grouped(spark, given, files)
    ]


def _with_path(source: DataFrame, files: Sequence[NewFile]) -> DataFrame:
    """Adds the address of the file that each row comes from."""
    if files[0].file.is_delta:
        return source.withColumn("file_path", F.lit(files[0].file.path))
    return source.withColumn("file_path", F.col("_metadata.file_path"))


def _spellings(path: str) -> set[str]:
    """How Spark may write an address: that of a local file with one slash or with three."""
    return {re.sub("^file:/+", each, path) for each in ("file:/", "file:///")}


def _selected(
    source: DataFrame,
    given: Input,
    columns: Sequence[str],
    time_zone: str,
    files: Sequence[NewFile],
) -> DataFrame:
    own = [name for name in source.columns if name not in (CORRUPT, "file_path")]
    corrupt = F.col(CORRUPT) if CORRUPT in source.columns else F.lit(None).cast("string")
    texts = [each.name for each in source.schema.fields if isinstance(each.dataType, StringType)]
    strings = {name: F.col(f"`{name}`") for name in texts if name in own}
    named = [F.when(is_damaged(each), F.lit(name)) for name, each in strings.items()]
    none = F.lit(None).cast("string")
    damaged = F.when(is_damaged(F.concat_ws("\n", *strings.values())), F.coalesce(*named, none))
    newer = given.newer_by.column if isinstance(given.newer_by, NewerByColumn) else None
    specs = {name: given.columns.get(name) for name in columns} | {"newer": newer}
    selected = [
        _as_text(source, given, spec, name, time_zone, files).alias(name)
        for name, spec in specs.items()
    ]
    return source.select(
        *selected,
        "file_path",
        F.struct(*(F.col(f"`{name}`") for name in own)).alias("received"),
        corrupt.alias("malformed"),
        damaged.alias("damaged"),
    )


def _as_text(
    source: DataFrame,
    given: Input,
    spec: str | Constant | Expression | None,
    target: str,
    time_zone: str,
    files: Sequence[NewFile],
) -> Column:
    if spec is None:
        return F.lit(None).cast("string")
    if isinstance(spec, Constant):
        return text(F.lit(spec.constant))
    if isinstance(spec, str) and spec not in source.columns:
        found = ", ".join(name for name in source.columns if name not in (CORRUPT, "file_path"))
        message = (
            f"{files[0].file.name}: has no column {spec!r}, which the mapping gives for {target}; "
            f"its columns are {found}"
        )
        raise SourceError(message)
    value = F.col(f"`{spec}`") if isinstance(spec, str) else F.expr(spec.sql)
    try:
        kind = source.select(value.alias("value")).schema["value"].dataType
    except AnalysisException as error:
        # Spark would list the columns of the file, which are people where a header is missing.
        unknown = (error.getMessageParameters() or {}).get("objectName")
        is_unresolved = (error.getCondition() or "").startswith("UNRESOLVED_COLUMN")
        reason = f"no column {unknown}" if is_unresolved else str(error).split("\n", 1)[0]
        message = f"{files[0].file.name}: the mapping's expression for {target} fails: {reason}"
        raise SourceError(message) from error
    if isinstance(kind, StringType):
        return text(value)
    written = _written(value, kind, time_zone)
    if isinstance(kind, DecimalType | DoubleType | FloatType) and given.decimal_mark != ".":
        return F.translate(written, ".", given.decimal_mark)
    return written


def _written(value: Column, kind: DataType, time_zone: str) -> Column:
    """A typed value as the text that the readers in ``transforms.source_rows`` read exactly."""
    if isinstance(kind, TimestampType):
        return F.date_format(F.from_utc_timestamp(value, time_zone), TYPED)
    if isinstance(kind, DateType):
        return F.concat(value.cast("string"), F.lit(" 00:00:00.000000"))
    if isinstance(kind, TimestampNTZType):
        return F.date_format(value.cast("timestamp"), TYPED)
    if isinstance(kind, DoubleType | FloatType):
        # Plain digits instead of 1.2E7, so that a code that went through a float can be read.
        plain = F.regexp_replace(value.cast("decimal(38,12)").cast("string"), r"0+$", "")
        return F.regexp_replace(plain, r"\.$", "")
    return value.cast("string")


def _file_table(spark: SparkSession, given: Input, files: Sequence[NewFile]) -> DataFrame:
    rows = [
        {
            "file_path": spelt,
            "file_id": each.file_id,
            "file_name": each.file.name,
            "named_at": _named_at(given, each.file),
        }
        for each in files
        for spelt in _spellings(each.file.path)
    ]
    columns = "file_path string, file_id string, file_name string, named_at timestamp"
    return local_rows(spark, rows, columns)


def _named_at(given: Input, file: DeliveredFile) -> datetime | None:
    """The date in the file's name, where the mapping says that it makes the delivery newer."""
    if not isinstance(given.newer_by, NewerByFileName):
        return None
    found = re.search(given.newer_by.file_name, file.name)
    text = found[1] if found else ""
    try:
        # The zone only lets names be compared; both sides have the same.
        return datetime.strptime(f"{text} +0000", f"{given.newer_by.python_pattern} %z")
    except ValueError as error:
        message = (
            f"{file.name}: its name holds no date that fits {given.newer_by.file_name!r} and "
            f"{given.newer_by.pattern!r}; rename it or change newer_by in the mapping"
        )
        raise SourceError(message) from error
