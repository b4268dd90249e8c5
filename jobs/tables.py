"""The Delta tables of a lakehouse: the only module that reads or writes their rows.

A write checks the rows against the table's contract and advances the version that this process
reads. What other processes read is decided by ``jobs.publication``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, DataFrameWriterV2, SparkSession
from pyspark.sql import functions as F

from jobs.commit_files import bypass_torn, refuse_unfit, remove_begun
from jobs.contracts import breach, conformed, sql_dates, sql_pairs, sql_text, table_properties
from jobs.errors import ContractError, LakehouseError, LeaseError
from jobs.faults import is_conflict, is_without_version, without_published
from jobs.files import Files
from jobs.place import Place
from jobs.session import local_rows, name_work
from schemas import TABLES, Table

_COMMIT = re.compile(r"\d{20}\.json")
_LAST_COMMIT = "spark.databricks.delta.lastCommitVersionInSession"
"""Delta's own: the version of the last commit of this session, to whatever table."""

_AGE_CHECKED = "spark.databricks.delta.vacuum.enforceTimeTravelWithinDeletedFileRetentionDuration"
"""Delta's own: whether it refuses a version by the age of its commit, though all files are there.

A table that seldom changes is read at an old one, and brought back to it.
"""


class Tables:
    """The tables of one lakehouse as one process sees them.

    Attributes:
        versions: The Delta version at which each table is read; a table without one is empty.
    """

    def __init__(
        self,
        spark: SparkSession,
        place: Place,
        versions: Mapping[str, int],
        after_commit: Callable[[str, int], None] = lambda _table, _version: None,
        before_commit: Callable[[], None] = lambda: None,
    ) -> None:
        """Look at a lakehouse at given versions; nothing is read yet.

        Args:
            spark: The session.
            place: Where it lies.
            versions: The version at which each table is read.
            after_commit: Told of each commit: the table and its new version.
            before_commit: Asked before each; raises if nothing may be written any more.
        """
        spark.conf.set(_AGE_CHECKED, "false")
        self.spark = spark
        self.place = place
        self.versions = dict(versions)
        self._after_commit = after_commit
        self._before_commit = before_commit
        self._looked_at: set[str] = set()

    def read(self, name: str) -> DataFrame:
        """A table at the version that this process sees; empty if it was never written.

        Raises:
            LakehouseError: If the table has not that version.
        """
        table = TABLES[name]
        if name not in self.versions:
            return local_rows(self.spark, [], table.ddl)
        self._look_at(name)
        identifier, version = self.place.identifier(name), self.versions[name]
        try:
            return self.spark.sql(f"SELECT * FROM {identifier} VERSION AS OF {version}")
        except PySparkException as error:
            # Where its log was not looked into beforehand, as on an object store.
            if is_without_version(error) and (newest := self.latest_version(name)) < version:
                raise without_published(name, version, newest) from error
            raise

    def read_slices(self, name: str, dates: Iterable[date]) -> DataFrame:
        """The slices of some processing dates of a table of results."""
        return self.read(name).where(F.col("as_of").isin(sorted(set(dates))))

    def changes(self, name: str, since: int) -> DataFrame:
        """The rows that came or went after a version of a table that keeps its changes.

        A row that came and went again is among them.
        """
        self._look_at(name)
        reader = (
            self.spark.read.format("delta")
            .option("readChangeFeed", "true")
            .option("startingVersion", since + 1)
            .option("endingVersion", self.versions[name])
        )
        if self.place.path is None:
            return reader.table(self.place.identifier(name))
        return reader.load(f"{self.place.path}/{name}")

    def was_written(self, name: str) -> bool:
        """Whether anything was ever written to a table; one that was may be empty all the same."""
        return self.versions.get(name, 0) > 0

    def append(self, name: str, rows: DataFrame) -> None:
        """Add rows."""
        self._write(name, rows, lambda writer: writer.append())

    def overwrite(self, name: str, rows: DataFrame) -> None:
        """Replace the whole table."""
        if not self.was_written(name):
            self.append(name, rows)
            return
        self._write(name, rows, lambda writer: writer.overwrite(F.lit(True)))

    def replace_slices(self, name: str, rows: DataFrame, dates: Sequence[date]) -> None:
        """Replace exactly the slices of the given processing dates, with nothing if rows lack one.

        Raises:
            ContractError: If a row is of another date.
        """
        wanted = sorted(set(dates))
        slices = F.col("as_of").isin([F.lit(each) for each in wanted])
        # To look for what there is to replace takes Delta as long as all else of a small write.
        if self._is_without_slices(name, wanted):
            self._write(name, rows, lambda writer: writer.append(), wanted)
        else:
            self._write(name, rows, lambda writer: writer.overwrite(slices), wanted)

    def delete(self, name: str, keys: DataFrame, by: Sequence[str] | None = None) -> None:
        """Delete the rows whose key is among ``keys``.

        The keys come as rows, because a predicate's text stays in the table's log.

        Args:
            name: The table.
            keys: Distinct.
            by: The columns of table and keys that are compared; none: the table's key.
        """
        self._merge(name, keys, by or TABLES[name].key, "DELETE")

    def update(
        self, name: str, keys: DataFrame, by: Sequence[str], values: Mapping[str, str]
    ) -> None:
        """Give columns new values, SQL of the row itself, where some columns are among ``keys``."""
        given = ", ".join(f"kept.{column} = {value}" for column, value in values.items())
        self._merge(name, keys, by, f"UPDATE SET {given}")

    def _merge(self, name: str, keys: DataFrame, by: Sequence[str], action: str) -> None:
        matches = " AND ".join(f"kept.{column} = gone.{column}" for column in by)
        merge = (
            f"MERGE INTO {self.place.identifier(name)} AS kept USING {{gone}} AS gone "
            f"ON {matches} WHEN MATCHED THEN {action}"
        )
        self.commit(name, lambda: self.spark.sql(merge, gone=keys.select(*by)))

    def delete_slices(self, name: str, dates: Iterable[date]) -> None:
        """Delete the slices of some processing dates of a table of results."""
        gone = sql_dates(sorted(set(dates)))
        delete = f"DELETE FROM {self.place.identifier(name)} WHERE as_of IN ({gone})"
        self.commit(name, lambda: self.spark.sql(delete))

    def restore(self, name: str, version: int) -> None:
        """Bring a table back to what it held at a version, whatever was committed since."""
        if self.place.local_path is not None:
            bypass_torn(self.place.local_path / name, version)
        restore = f"RESTORE TABLE {self.place.identifier(name)} TO VERSION AS OF {version}"
        self.commit(name, lambda: self.spark.sql(restore))

    def create(self, table: Table) -> None:
        """Create a table, empty and with its whole contract, unless it exists.

        Nobody else may create it at the same time.
        """
        folder = self.place.local_path
        if folder is not None:
            remove_begun(folder / table.name)
        columns = ", ".join(
            f"{each.name} {each.type}{' NOT NULL' if each.required else ''} "
            f"COMMENT {sql_text(each.comment)}"
            for each in table.columns
        )
        properties = sql_pairs(table_properties(table))
        partitions = f"PARTITIONED BY ({', '.join(table.partitioned_by)})"
        self.spark.sql(
            f"CREATE TABLE IF NOT EXISTS {self.place.identifier(table.name)} ({columns}) "
            f"USING delta COMMENT {sql_text(f'{table.english} | {table.portuguese}')} "
            f"{partitions if table.partitioned_by else ''} TBLPROPERTIES ({properties})"
        )

    def location(self, name: str) -> str:
        """The address of a table's folder, wherever a catalog has put it."""
        if self.place.path is not None:
            return f"{self.place.path}/{name}"
        told = self.spark.sql(f"DESCRIBE DETAIL {self.place.identifier(name)}")
        return str(told.select("location").collect()[0][0])

    def found(self) -> list[str]:
        """The tables that exist, published or not."""
        if self.place.path is None:
            return [name for name in TABLES if self.exists(name)]
        files = Files(self.spark)
        names = set(files.names(self.place.path)) if files.has_anything(self.place.path) else ()
        return [name for name in TABLES if name in names and self.exists(name)]

    def exists(self, name: str) -> bool:
        """Whether the table exists, published or not."""
        try:
            self.spark.sql(f"DESCRIBE TABLE {self.place.identifier(name)}")
        except PySparkException as error:
            if _is_missing(error):
                return False
            raise
        return True

    def latest_version(self, name: str) -> int:
        """The newest Delta version of a table, published or not.

        Raises:
            LakehouseError: If its log has no commit.
        """
        if self.place.local_path is not None:
            # The log names its commits by their version; DESCRIBE HISTORY reads them all again.
            # Not so everywhere: on S3 the newest may stand in a table of DynamoDB alone.
            log = Files(self.spark).names(f"{self.place.path}/{name}/_delta_log")
            commits = [int(file[:20]) for file in log if _COMMIT.fullmatch(file)]
            if not commits:
                message = (
                    f"table {name}: its log (_delta_log) has no entry. Bring the whole lakehouse "
                    "back from a backup (docs/faults.md)"
                )
                raise LakehouseError(message)
            return max(commits)
        history = self.spark.sql(f"DESCRIBE HISTORY {self.place.identifier(name)} LIMIT 1")
        return int(history.select("version").collect()[0][0])

    def _is_without_slices(self, name: str, dates: Sequence[date]) -> bool:
        """Whether no file can be of any of the dates, as each slice has its folder.

        Only asked of a disk of this machine: elsewhere each question may take as long as it spares.
        A path without scheme may mean another file system, Hadoop's default: the log tells.
        """
        folder = self.place.local_path
        if folder is None or not (folder / name / "_delta_log").is_dir():
            return False
        return not any((folder / name / f"as_of={each}").exists() for each in dates)

    def _write(
        self,
        name: str,
        rows: DataFrame,
        commit: Callable[[DataFrameWriterV2], None],
        dates: Sequence[date] | None = None,
    ) -> None:
        if name not in self.versions:
            self.create(TABLES[name])
        fitting = conformed(rows, TABLES[name], dates)
        name_work(self.spark, f"table {name}")
        try:
            self.commit(name, lambda: commit(fitting.writeTo(self.place.identifier(name))))
        except Exception as error:
            broken = breach(error)
            if broken is None:
                raise
            raise ContractError(broken) from error

    def commit(self, name: str, statement: Callable[[], object]) -> None:
        """Run a statement that changes a table, and go on from the version that it makes.

        Raises:
            LeaseError: If another run wrote to the table since this one began.
            LakehouseError: If the table is older than this process takes it to be.
        """
        self._look_at(name)
        self._before_commit()
        before = self.versions.get(name)
        try:
            made = self._version_made(statement)
        except Exception as error:
            if is_conflict(error):
                raise written_meanwhile(name) from error
            raise
        if made is None and before is not None:
            return  # there was nothing to change, and Delta made no version of it
        version = self.latest_version(name) if made is None else made
        self.versions[name] = version
        self._after_commit(name, version)
        if before is not None and version <= before:
            raise without_published(name, before, version - 1)
        if before is not None and version != before + 1:
            # What was committed may rest on rows of a run that lost its lease.
            raise written_meanwhile(name)

    def _look_at(self, name: str) -> None:
        """Once for each table, before anything is made of it, see that no commit is missing."""
        folder = self.place.local_path
        if folder is not None and name in self.versions and name not in self._looked_at:
            refuse_unfit(folder / name, self.versions[name])
        self._looked_at.add(name)

    def _version_made(self, statement: Callable[[], object]) -> int | None:
        """The version that a statement commits, or None if it commits none.

        A session runs one statement at a time here: the lease is renewed in another one.
        """
        self.spark.conf.unset(_LAST_COMMIT)
        statement()
        made = self.spark.conf.get(_LAST_COMMIT, None)
        return int(made) if made else None


def written_meanwhile(name: str) -> LeaseError:
    """What a run meets that another wrote beside."""
    message = (
        f"table {name}: another run wrote to it meanwhile, one that lost its lease or took ours; "
        "nothing was published: run it again, and the next run takes away what the other left"
    )
    return LeaseError(message)


def _is_missing(error: PySparkException) -> bool:
    condition = error.getCondition() or ""
    return condition.startswith(
        ("TABLE_OR_VIEW_NOT_FOUND", "DELTA_TABLE_NOT_FOUND", "DELTA_MISSING")
    )
