"""Delivered files as Spark reads them: which of them can be read together, by their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.errors import SourceError
from jobs.files import JAVA_ERRORS, DeliveredFile, Files
from jobs.java_errors import text_of
from jobs.source_mapping import Input, first_repeated

CORRUPT = "_corrupt_row"
_UNLIKE = ("CANNOT_MERGE_SCHEMAS", "CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE")


@dataclass(frozen=True)
class NewFile:
    """A file not read before, with the SHA-256 of its content."""

    file: DeliveredFile
    file_id: str


Group = tuple[DataFrame, list[NewFile]]


def grouped(spark: SparkSession, given: Input, files: Sequence[NewFile]) -> list[Group]:
    """Files that can be read together, each such group as one DataFrame.

    Raises:
        SourceError: If a file is empty or not in the encoding, its header is none that the mapping
            knows, it names a column twice, or it is to be a Delta table and is none.
    """
    if given.format == "delta":
        if bare := next((each.file.name for each in files if not each.file.is_delta), None):
            message = f"{bare}: is no Delta table, which has a folder _delta_log; deliver it whole"
            raise SourceError(message)
        return [(spark.read.format("delta").load(each.file.plain_path), [each]) for each in files]
    if given.format == "csv":
        return _by_header(spark, given, files)
    with _repeated_named(files):
        if given.format == "parquet":
            return _parquet(spark, files)
        return [(_json(spark, given, files), list(files))]


def _globs(files: Sequence[NewFile]) -> list[str]:
    return [each.file.glob for each in files]


@contextmanager
def _repeated_named(files: Sequence[NewFile]) -> Iterator[None]:
    """Turns Spark's refusal of a column that is there twice into one that names a file."""
    try:
        yield
    except AnalysisException as error:
        if error.getCondition() != "COLUMN_ALREADY_EXISTS":
            raise
        column = (error.getMessageParameters() or {}).get("columnName")
        others = f" or one of the {len(files) - 1} read with it" if len(files) > 1 else ""
        message = (
            f"{files[0].file.name}{others}: has the column {column} twice (upper and lower case do "
            "not differ); have it exported with names that differ"
        )
        raise SourceError(message) from error


def _json(spark: SparkSession, given: Input, files: Sequence[NewFile]) -> DataFrame:
    reader = spark.read.option("primitivesAsString", "true").option("encoding", given.encoding)
    reader = reader.option("columnNameOfCorruptRecord", CORRUPT)
    if given.encoding != "UTF-8":
        # Only in UTF-8 Spark finds the ends of lines by itself. A carriage return before them is
        # white space to JSON.
        reader = reader.option("lineSep", "\n")
    rows = reader.json(_globs(files))
    if CORRUPT not in rows.columns:
        return rows
    # Spark gives a line that is no JSON as the bytes of the file, whatever its encoding.
    line = F.col(CORRUPT)
    is_latin = given.encoding == "ISO-8859-1"
    text = F.decode(line.cast("binary"), given.encoding) if is_latin else F.make_valid_utf8(line)
    return rows.withColumn(CORRUPT, text)


def _parquet(spark: SparkSession, files: Sequence[NewFile]) -> list[Group]:
    """All files together, unless a column has another type in one of them."""
    try:
        return [(_merged(spark, files), list(files))]
    except JAVA_ERRORS as error:
        if not any(sign in text_of(error) for sign in _UNLIKE):
            raise
    # Each file's own columns cost a look into it, so they are not asked for before.
    groups: list[tuple[dict[str, str], list[NewFile]]] = []
    for each in files:
        found = spark.read.parquet(each.file.glob).schema
        types = {field.name.lower(): field.dataType.simpleString() for field in found}
        for known, alike in groups:
            if all(known.get(name, kind) == kind for name, kind in types.items()):
                known.update(types)
                alike.append(each)
                break
        else:
            groups.append((types, [each]))
    return [(_merged(spark, alike), alike) for _, alike in groups]


def _merged(spark: SparkSession, files: Sequence[NewFile]) -> DataFrame:
    return spark.read.option("mergeSchema", "true").parquet(*_globs(files))


def _by_header(spark: SparkSession, given: Input, files: Sequence[NewFile]) -> list[Group]:
    by_header: dict[tuple[str, ...], list[NewFile]] = {}
    opener = Files(spark)
    for each in files:
        header = given.header or _header(opener, given, each.file)
        by_header.setdefault(header, []).append(each)
    return [(_csv(spark, given, header, group), group) for header, group in by_header.items()]


def _header(opener: Files, given: Input, file: DeliveredFile) -> tuple[str, ...]:
    """The first line of a CSV file, unless it looks like a row, which no message may show.

    Raises:
        SourceError: If the mapping names none of its columns, or two bear one name.
    """
    header = header_of(opener.head(file), given, file)
    named = {spec for spec in given.columns.values() if isinstance(spec, str)}
    if named and named.isdisjoint(header):
        message = (
            f"{file.name}: the mapping names none of its {len(header)} columns: does its first "
            "line hold their names? If it does not, give them by header in the mapping"
        )
        raise SourceError(message)
    if repeated := first_repeated(header):
        first, second = repeated
        # Where the mapping has expressions alone, the line may be a row all the same.
        said = f", {header[second]!r}" if named else ""
        message = (
            f"{file.name}: columns {first + 1} and {second + 1} of its header have the same name"
            f"{said} (upper and lower case do not differ); have it exported with names that differ"
        )
        raise SourceError(message)
    return header


def header_of(head: bytes, given: Input, file: DeliveredFile) -> tuple[str, ...]:
    """The column names on the first line of a CSV file.

    Args:
        head: What the file begins with, uncompressed.
        given: How it is written.
        file: The file, for messages.

    Raises:
        SourceError: If the file is empty, not in the encoding, or its first line cannot be read.
    """
    encoding = given.encoding
    try:
        text = head.split(b"\n", 1)[0].decode(encoding)
    except UnicodeDecodeError as error:
        message = f"{file.name}: its header is not in the encoding {encoding}: {error}"
        raise SourceError(message) from error
    lines = csv.reader(io.StringIO(text), delimiter=given.separator, quotechar=given.quote)
    try:
        line = next(lines, [])
    except csv.Error as error:
        message = (
            f"{file.name}: its first line is no header: lines must end in a line feed, and names "
            "be shorter than a page"
        )
        raise SourceError(message) from error
    if not line:
        message = f"{file.name}: is empty; a delivery without sales still has its header line"
        raise SourceError(message)
    return tuple(name.lstrip("\ufeff").strip() for name in line)


def _csv(
    spark: SparkSession, given: Input, header: Sequence[str], files: Sequence[NewFile]
) -> DataFrame:
    schema = ", ".join(f"`{name}` STRING" for name in (*header, CORRUPT))
    return (
        spark.read.schema(schema)
        .option("header", given.header is None)
        .option("sep", given.separator)
        .option("quote", given.quote)
        .option("escape", given.quote)
        .option("encoding", given.encoding)
        .option("mode", "PERMISSIVE")
        .option("columnNameOfCorruptRecord", CORRUPT)
        .csv(_globs(files))
    )
