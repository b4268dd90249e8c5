"""Lists that people take away: one CSV or Parquet file, written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame

from jobs.errors import UsageError
from jobs.files import Files

_CSV, _PARQUET = ".csv", ".parquet"


def check_name(out: str) -> None:
    """Refuses a name from which no format can be told.

    Raises:
        UsageError: Naming it.
    """
    if not out.endswith((_CSV, _PARQUET)):
        message = f"--out {out}: end it with {_CSV} or {_PARQUET}, which tells the format"
        raise UsageError(message)


def write_list(rows: DataFrame, out: str, order: Sequence[str]) -> None:
    """Write rows as one file, in the place of an earlier one.

    Args:
        rows: What is written; its columns are all of simple types.
        out: Where, on any file system that Spark knows; its end tells the format.
        order: The columns that order the rows; together they are a key.
    """
    files, beside = Files(rows.sparkSession), f"{out}.writing"
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
    """
    files, beside = Files(rows.sparkSession), f"{folder}.writing"
    gathered = rows.repartition(*by).sortWithinPartitions(*by, *order)
    try:
        written = gathered.write.mode("overwrite").partitionBy(*by)
        written.csv(beside, header=True, emptyValue="", escape='"')
        parts = [path for path in files.paths_under(beside) if path.endswith(_CSV)]
        for path in parts:
            # Spark put it into folders like store=12/salesperson=V7.
            values = path.split("/")[-1 - len(by) : -1]
            name = "_".join(each.replace("=", "-", 1) for each in values)
            files.replace(f"{folder}/{name}{_CSV}", path)
    finally:
        files.remove(beside)
    return len(parts)
