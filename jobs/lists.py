"""Lists that people take away: one CSV or Parquet file, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pyspark.sql import DataFrame

from jobs.errors import UsageError
from jobs.files import JAVA_ERRORS, Files
from jobs.java_errors import why_unwritten

_CSV, _PARQUET = ".csv", ".parquet"


def check_name(out: str) -> None:
    """Refuses a name from which no format can be told.

    Raises:
        UsageError: Naming it.
    """
    if not out.endswith((_CSV, _PARQUET)):
        message = f"--out {out}: end it with {_CSV} or {_PARQUET}, which tells the format"
        raise UsageError(message)


@contextmanager
def written_to(out: str) -> Iterator[None]:
    """Turns a failure to write where ``--out`` says into one that names the place.

    Nothing that computes rows belongs into the block: that they fail is no fault of the place.

    Raises:
        UsageError: Naming it, and Java's class of the reason.
    """
    try:
        yield
    except JAVA_ERRORS as error:
        message = f"--out {out}: {why_unwritten(error)}; check the folder and its permissions"
        raise UsageError(message) from error


def _refuse_unwritable(files: Files, out: str, beside: str) -> None:
    """Refuses a place before rows are computed for it.

    Later Spark says alike that rows could not be computed and that they could not be written.
    """
    with written_to(out):
        files.remove(beside)
        files.touch(beside)
        files.remove(beside)


def write_list(rows: DataFrame, out: str, order: Sequence[str]) -> None:
    """Write rows as one file, in the place of an earlier one.

    Args:
        rows: What is written; its columns are all of simple types.
        out: Where, on any file system that Spark knows; its end tells the format.
        order: The columns that order the rows; together they are a key.

    Raises:
        UsageError: If nothing can be written there.
    """
    files, beside = Files(rows.sparkSession), f"{out}.writing"
    _refuse_unwritable(files, out, beside)
    written = rows.orderBy(*order).coalesce(1).write.mode("overwrite")
    try:
        if out.endswith(_CSV):
            written.csv(
                beside,
                header=True,
                emptyValue="",
                escape='"',  # as spreadsheets and other readers write a quote within quotes
                ignoreLeadingWhiteSpace=False,
                ignoreTrailingWhiteSpace=False,
            )
        else:
            written.parquet(beside)
        part = next(name for name in files.names(beside) if name.startswith("part-"))
        with written_to(out):
            files.replace(out, f"{beside}/{part}")
    finally:
        files.remove(beside)


def write_parts(rows: DataFrame, folder: str, by: Sequence[str], order: Sequence[str]) -> int:
    """Write one CSV file for each value of some columns, which name it and are not in it.

    Args:
        rows: What is written; its columns are all of simple types.
        folder: Where, on any file system that Spark knows.
        by: The columns that name a file: ``store-12_salesperson-V7.csv``.
        order: The columns that order the rows of a file; together they are a key.

    Returns:
        How many files.

    Raises:
        UsageError: If nothing can be written there.
    """
    files, beside = Files(rows.sparkSession), f"{folder}.writing"
    _refuse_unwritable(files, folder, beside)
    gathered = rows.repartition(*by).sortWithinPartitions(*by, *order)
    try:
        written = gathered.write.mode("overwrite").partitionBy(*by)
        written.csv(beside, header=True, emptyValue="", escape='"')
        parts = [path for path in files.paths_under(beside) if path.endswith(_CSV)]
        for path in parts:
            # Spark put it into folders like store=12/salesperson=V7.
            values = path.split("/")[-1 - len(by) : -1]
            name = "_".join(each.replace("=", "-", 1) for each in values)
            with written_to(folder):
                files.replace(f"{folder}/{name}{_CSV}", path)
    finally:
        files.remove(beside)
    return len(parts)
