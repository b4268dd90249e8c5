"""Writing the files of a chain: daily exports in CSV, or Parquet.

Hadoop's file systems do the writing, so that the folder may be of this machine or elsewhere. All is
first written in a folder inside it; one that holds ``generated.json`` is whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DateType, DecimalType, TimestampNTZType

from jobs.errors import UsageError

FileFormat = Literal["csv", "parquet"]
PARAMETERS = "generated.json"

_UNFINISHED = "_unfinished"
_DAY = "day_of_the_file"
_CSV = {"sep": ";", "header": "true", "encoding": "UTF-8", "emptyValue": ""}


class ChainFolder:
    """The folder that a chain is written to."""

    def __init__(self, spark: SparkSession, folder: str, file_format: FileFormat) -> None:
        """Nothing is made before ``begin``."""
        jvm: Any = spark._jvm  # noqa: SLF001 - Spark offers no public way to Hadoop's files
        conf = spark._jsc.hadoopConfiguration()  # noqa: SLF001 - likewise
        self._path: Any = jvm.org.apache.hadoop.fs.Path
        self._folder = self._path(folder)
        system = self._folder.getFileSystem(conf)
        # Not the wrapper of local disks that puts a file with a checksum beside every file.
        self._files = system.getRawFileSystem() if system.getScheme() == "file" else system
        self._format = file_format

    def begin(self, parameters: Mapping[str, object]) -> bool:
        """Whether the files must be made: they need not if the same options made them already.

        Raises:
            UsageError: If something else is there.
        """
        if self._parameters() == _as_text(parameters):
            return False
        self._files.delete(self._at(_UNFINISHED), True)
        if self._files.exists(self._folder) and self._files.listStatus(self._folder):
            message = (
                f"{self._folder}: is not empty, and was not made whole by generate with the same "
                "options; name another folder with --out, or empty this one"
            )
            raise UsageError(message)
        return True

    def write(self, rows: DataFrame, name: str) -> None:
        """Write rows as ``name_01.csv`` and so on (or ``.parquet``): a file for each partition."""
        place = self._at(f"{_UNFINISHED}/{name}")
        if self._format == "csv":
            rows.transform(as_text).write.options(**_CSV).csv(str(place))
        else:
            rows.write.parquet(str(place))
        for number, part in enumerate(self._parts(place), start=1):
            self._move(part, f"{name}_{number:02}.{self._format}")

    def write_days(
        self, rows: DataFrame, name: str, day: str, order: Sequence[str], days: Sequence[date]
    ) -> None:
        """Write rows as CSV, ``name_20240105.csv`` and so on: a file for each day.

        Args:
            rows: Rows of which each day's lie in one partition.
            name: What the files are called.
            day: The column, a date, that tells the day.
            order: What the rows of a day are sorted by.
            days: All days; one without rows gets a file with the header alone.
        """
        place = self._at(f"{_UNFINISHED}/{name}")
        # Spark sorts by the column that names the folders, unless it knows that rows are sorted so.
        in_order = rows.withColumn(_DAY, F.date_format(day, "yyyyMMdd")).sortWithinPartitions(
            _DAY, *order
        )
        text = in_order.transform(as_text)
        text.write.options(**_CSV).partitionBy(_DAY).csv(str(place))
        header = ";".join(rows.columns) + "\n"
        for each in days:
            folder = self._path(place, f"{_DAY}={each:%Y%m%d}")
            target = f"{name}_{each:%Y%m%d}.csv"
            if self._files.exists(folder):
                (part,) = self._parts(folder)
                self._move(part, target)
            else:
                self._write_text(target, header)

    def finish(self, parameters: Mapping[str, object]) -> None:
        """Say that everything is there, and what it was made from."""
        self._files.delete(self._at(_UNFINISHED), True)
        self._write_text(PARAMETERS, _as_text(parameters))

    def _at(self, name: str) -> Any:  # noqa: ANN401 - a Java object
        return self._path(self._folder, name)

    def _parts(self, place: Any) -> Iterator[Any]:  # noqa: ANN401 - Java objects
        """The files that Spark wrote to a folder, in the order of the partitions."""
        found = {each.getPath().getName(): each.getPath() for each in self._files.listStatus(place)}
        return (found[name] for name in sorted(found) if name.startswith("part-"))

    def _move(self, part: Any, target: str) -> None:  # noqa: ANN401 - a Java object
        if not self._files.rename(part, self._at(target)):
            message = f"{self._at(target)}: cannot be written; is another run writing there?"
            raise UsageError(message)

    def _parameters(self) -> str | None:
        place = self._at(PARAMETERS)
        if not self._files.exists(place):
            return None
        stream = self._files.open(place)
        try:
            return bytes(stream.readAllBytes()).decode()
        finally:
            stream.close()

    def _write_text(self, name: str, text: str) -> None:
        stream = self._files.create(self._at(name), True)
        try:
            stream.write(bytearray(text.encode()))
        finally:
            stream.close()


def as_text(rows: DataFrame) -> DataFrame:
    """Typed columns as a Brazilian till writes them: 05/01/2024, 1234,56; text stays."""
    return rows.select(*(_written(each.name, each.dataType) for each in rows.schema.fields))


def _written(name: str, kind: DataType) -> Column:
    value = F.col(f"`{name}`")
    if isinstance(kind, DateType):
        value = F.date_format(value, "dd/MM/yyyy")
    elif isinstance(kind, TimestampNTZType):
        value = F.date_format(value, "dd/MM/yyyy HH:mm:ss")
    elif isinstance(kind, DecimalType):
        value = F.translate(value.cast("string"), ".", ",")
    return value.alias(name)


def _as_text(parameters: Mapping[str, object]) -> str:
    return json.dumps(parameters, indent=1, default=str) + "\n"
