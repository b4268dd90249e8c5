"""What keeps the tables of a lakehouse small: compaction, how long versions can be read, vacuum."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from jobs.contracts import sql_pairs, versions_kept
from jobs.files import Files
from jobs.tables import Tables, written_meanwhile

_MARGIN_DAYS = 60
_RENEWED_AFTER_SECONDS = 30 * 86_400
_COMPACTED = {
    # Smaller files are put together, to files of no more than the other; both in bytes.
    "spark.databricks.delta.optimize.minFileSize": str(128 << 20),
    "spark.databricks.delta.optimize.maxFileSize": str(256 << 20),
}
_VACUUMED_AT_ONCE = 4
_VACUUMED = {
    # Without this Delta goes by the table's property, which is the longer.
    "spark.databricks.delta.vacuum.retentionWindowIgnore.enabled": "false",
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    # Two commits to every table each time would tell nothing but that.
    "spark.databricks.delta.vacuum.logging.enabled": "false",
}
_LISTING_TASKS = "spark.sql.sources.parallelPartitionDiscovery.parallelism"
"""Spark's own: how many tasks list the folders of a table, 10,000 by default."""


@dataclass(frozen=True)
class Stored:
    """What of a table lies on disk.

    Attributes:
        files: Data files of the latest version.
        all_files: Those, and files of other versions or of none.
        size: Of all files, in bytes.
    """

    files: int
    all_files: int
    size: int


@dataclass(frozen=True)
class _Told:
    """What Delta tells of a version: its data files, the table's properties, its commit's time."""

    files: int
    properties: Mapping[str, str]
    committed_at: float


class Upkeep:
    """The upkeep of the tables that a run writes."""

    def __init__(self, tables: Tables) -> None:
        """Nothing is read yet."""
        self._tables = tables
        self._spark = tables.spark
        self._files = Files(tables.spark)
        self._locations: dict[str, str] = {}
        self._told: dict[tuple[str, int], _Told] = {}

    def compact(self, name: str) -> None:
        """Put small files together; the rows stay as they are."""
        with _set(self._spark, _COMPACTED):
            optimize = f"OPTIMIZE {self._tables.place.identifier(name)}"
            self._tables.commit(name, lambda: self._spark.sql(optimize))

    def keep_versions(self, name: str, days: int) -> None:
        """See that a version can be read for some days after it was the latest.

        Delta counts from a version's commit instead, and a table that seldom changes is read at an
        old one. So the table's properties are longer by a margin, and a commit that changes nothing
        takes the place of one that is too old for it.
        """
        wanted = versions_kept(days + _MARGIN_DAYS)
        found = self._tells(name)
        is_old = found.committed_at < time.time() - _RENEWED_AFTER_SECONDS
        if is_old or any(found.properties.get(key) != value for key, value in wanted.items()):
            table = self._tables.place.identifier(name)
            alter = f"ALTER TABLE {table} SET TBLPROPERTIES ({sql_pairs(wanted)})"
            self._tables.commit(name, lambda: self._spark.sql(alter))

    def vacuum(self, names: Sequence[str], days: int) -> None:
        """Remove the files that no version needs which was the latest within the last days.

        It commits nothing.

        Raises:
            LeaseError: If a table does not stand at its published version, or at what this run
                made of it: files that readers need would count as long gone.
        """
        tables = self._tables
        for name in names:
            if name in tables.versions and tables.latest_version(name) != tables.versions[name]:
                raise written_meanwhile(name)
        few = self._spark.conf.get("spark.sql.shuffle.partitions")
        vacuums = [
            f"VACUUM {tables.place.identifier(name)} RETAIN {24 * days} HOURS" for name in names
        ]
        with (
            _set(self._spark, {**_VACUUMED, _LISTING_TASKS: str(few)}),
            ThreadPoolExecutor(_VACUUMED_AT_ONCE) as pool,
        ):
            list(pool.map(self._spark.sql, vacuums))

    def stored(self, name: str) -> Stored:
        """What of a table lies on disk, its log left out."""
        location = self._location(name)
        everything, of_log = (
            self._files.amount(location),
            self._files.amount(f"{location}/_delta_log"),
        )
        return Stored(
            self._tells(name).files,
            everything.files - of_log.files,
            everything.size - of_log.size,
        )

    def _tells(self, name: str) -> _Told:
        """What is told of a table at its version, asked once."""
        asked = (name, self._tables.versions[name])
        if asked not in self._told:
            self._told[asked] = self._by_checksum(*asked) or self._by_query(name)
        return self._told[asked]

    def _by_checksum(self, name: str, version: int) -> _Told | None:
        """What Delta noted beside a commit, if it did: its own command makes up the table's state.

        For all tables of a small lakehouse that was a quarter of a maintain.
        """
        commit = f"{self._location(name)}/_delta_log/{version:020}"
        committed_at = self._files.changed_at(f"{commit}.json")
        try:
            told = json.loads(self._files.text(f"{commit}.crc") or "null")
            files, properties = told["numFiles"], told["metadata"]["configuration"]
        except (Py4JJavaError, ValueError, KeyError, TypeError):
            return None  # none, torn, or of a writer that notes less
        return None if committed_at is None else _Told(files, properties, committed_at)

    def _by_query(self, name: str) -> _Told:
        columns = ("numFiles", "properties", "CAST(lastModified AS double) AS committed_at")
        told = self._spark.sql(f"DESCRIBE DETAIL {self._tables.place.identifier(name)}")
        found = told.selectExpr(*columns).collect()[0]
        return _Told(found.numFiles, found.properties, found.committed_at)

    def _location(self, name: str) -> str:
        if name not in self._locations:
            self._locations[name] = self._tables.location(name)
        return self._locations[name]


@contextmanager
def _set(spark: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    """Sets Spark's configuration for a while."""
    before = {key: spark.conf.get(key, None) for key in settings}
    for key, value in settings.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, earlier in before.items():
            if earlier is None:
                spark.conf.unset(key)
            else:
                spark.conf.set(key, earlier)
