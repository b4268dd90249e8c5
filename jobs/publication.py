"""One writer at a time, and readers who see whole runs (design, principle 3).

A run takes the lease, which is one row of ``runs`` changed by MERGE, brings every table back to the
last publication if a run before it died, writes, and publishes with one commit that holds the
version of every table. Whoever lost the lease cannot publish: the same commit requires its token.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from types import TracebackType

import structlog
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F
from typing_extensions import Self

from jobs import VERSION
from jobs.errors import LeaseError
from jobs.failpoints import CommitCounter
from jobs.session import local_rows
from jobs.tables import Place, Tables
from schemas import RUNS, TABLES
from schemas.runs import LEASE

log = structlog.get_logger()

_CONFLICTS = (
    "DELTA_CONCURRENT",
    "DELTA_METADATA_CHANGED",
    "DELTA_PROTOCOL_CHANGED",
    "ALREADY_EXISTS",
)
_LOST = "the lease was lost"
_POLL_SECONDS = 1.0
_CREATED_AT_ONCE = 4
COMPLETE_JOBS = ("daily", "backfill")
"""The jobs that compute every table of a date; the others compute one."""


@dataclass(frozen=True)
class Publication:
    """What one published run lets readers see."""

    run_id: str
    sequence: int
    versions: Mapping[str, int]
    calendar_from: date | None
    key_fingerprint: str | None


def latest_publication(spark: SparkSession, place: Place) -> Publication | None:
    """The last publication of a lakehouse, or None if it has none."""
    if not Tables(spark, place, {}).exists(RUNS.name):
        return None
    published = F.col("run_id") != LEASE
    columns = ("run_id", "sequence", "versions", "calendar_from", "key_fingerprint")
    rows = (
        spark.table(place.identifier(RUNS.name))
        .where(published)
        .orderBy(F.col("sequence").desc())
        .select(*columns)
        .limit(1)
        .collect()
    )
    return Publication(**rows[0].asDict()) if rows else None


def dates_computed(spark: SparkSession, place: Place) -> set[date]:
    """Every processing date that some published run computed in all tables."""
    if not Tables(spark, place, {}).exists(RUNS.name):
        return set()
    runs = spark.table(place.identifier(RUNS.name)).where(F.col("job").isin(*COMPLETE_JOBS))
    rows = runs.select(F.explode("as_of")).distinct().collect()
    return {row[0] for row in rows}


@dataclass
class Outcome:
    """What a run tells its publication, filled in as it goes."""

    counts: dict[str, int] = field(default_factory=dict)
    as_of: list[date] = field(default_factory=list)
    calendar_from: date | None = None
    key_fingerprint: str | None = None
    parameters: str = "{}"


class Run:
    """A writing run: ``with Run(...) as run:`` holds the lease, and publishes at the end.

    An exception inside leaves everything unpublished: readers keep the last publication, and the
    next run restores it.

    Attributes:
        tables: The tables, starting at the last publication.
        before: That publication.
        outcome: What will be published beside the versions.
    """

    tables: Tables
    before: Publication | None

    def __init__(
        self,
        spark: SparkSession,
        place: Place,
        job: str,
        *,
        lease_seconds: int,
        wait_seconds: int,
    ) -> None:
        """Say what will run; nothing is taken or read yet."""
        self._spark = spark
        self._place = place
        self._job = job
        self._wait_seconds = wait_seconds
        self._lease = Lease(spark, place, lease_seconds)
        self._commits = CommitCounter()
        self.outcome = Outcome()

    def __enter__(self) -> Self:
        """Take the lease and bring the tables to the last publication."""
        self._lease.acquire(self._wait_seconds)
        try:
            self.before = latest_publication(self._spark, self._place)
            versions = dict(self.before.versions) if self.before else {}
            self.tables = Tables(self._spark, self._place, versions, self._commits.committed)
            self._create_and_restore()
        except BaseException:
            self._lease.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Publish, or leave without a trace for readers."""
        if kind is None:
            self._publish()
        else:
            self._lease.release(clean=self._lease.left_clean and not self._commits.commits)

    @property
    def place(self) -> Place:
        """The lakehouse that the run writes to."""
        return self._place

    @property
    def commits(self) -> Sequence[tuple[str, int]]:
        """What the run has committed so far: table and version; for ``runs``, the sequence."""
        return tuple(self._commits.commits)

    def _create_and_restore(self) -> None:
        """Create what is missing, and undo what a run wrote that did not publish.

        A run that publishes leaves the lease without token. Any other leaves its token behind, and
        only then are the tables compared with the last publication.
        """
        new = [table for name, table in TABLES.items() if name not in self.tables.versions]
        # Creating one is all waiting for small files and plans, so they wait together.
        with ThreadPoolExecutor(_CREATED_AT_ONCE) as pool:
            list(pool.map(self.tables.create, new))
        self.tables.versions.update(dict.fromkeys((table.name for table in new), 0))
        if self._lease.left_clean:
            return
        for name in TABLES:
            published = self.tables.versions[name]
            found = self.tables.latest_version(name)
            self.tables.versions[name] = found
            if found != published:
                log.warning("restoring", table=name, found=found, published=published)
                self.tables.restore(name, published)

    def _publish(self) -> None:
        before = self.before
        sequence = before.sequence + 1 if before else 1
        row = {
            "run_id": str(uuid.uuid4()),
            "sequence": sequence,
            "job": self._job,
            "published_at": datetime.now(timezone.utc),
            "as_of": sorted(set(self.outcome.as_of)),
            "calendar_from": self.outcome.calendar_from
            or (before.calendar_from if before else None),
            "versions": dict(sorted(self.tables.versions.items())),
            "counts": self.outcome.counts,
            "parameters": self.outcome.parameters,
            "code_version": VERSION,
            "key_fingerprint": self.outcome.key_fingerprint
            or (before.key_fingerprint if before else None),
        }
        self._lease.publish(row)
        self._commits.committed(RUNS.name, sequence)


class Lease:
    """The right to write, held by one run at a time.

    Attributes:
        left_clean: Whether its last holder published, so that no table needs a look.
    """

    def __init__(self, spark: SparkSession, place: Place, seconds: int) -> None:
        """Describe a lease; ``acquire`` takes it."""
        # A session of its own: its statements are tiny, and run beside those of the job.
        self._spark = spark.newSession()
        self._spark.conf.set("spark.sql.shuffle.partitions", "1")
        self._tables = Tables(self._spark, place, {})
        self._identifier = place.identifier(RUNS.name)
        self._seconds = seconds
        self._token = str(uuid.uuid4())
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._ended = threading.Event()
        self._renewal: threading.Thread | None = None
        self.left_clean = False

    def acquire(self, wait_seconds: float) -> None:
        """Take the lease, waiting for a run that holds it.

        Raises:
            LeaseError: If another run still holds it after ``wait_seconds``.
        """
        deadline = time.monotonic() + wait_seconds
        told = False
        while not self._try_acquire():
            if time.monotonic() >= deadline:
                message = (
                    f"another run ({self._holder()}) is writing to this lakehouse and did not end "
                    f"within {wait_seconds:.0f} s: try again later, or raise "
                    "lakehouse.lease_wait_seconds"
                )
                raise LeaseError(message)
            if not told:
                log.info("waiting for another run", owner=self._holder())
                told = True
            time.sleep(_POLL_SECONDS)
        self._renewal = threading.Thread(target=self._renew, daemon=True)
        self._renewal.start()

    def release(self, *, clean: bool = False) -> None:
        """Give the lease back, if it is still ours.

        Args:
            clean: Whether the tables are as the last publication left them.
        """
        self._stop_renewal()
        token = "NULL" if clean else "token"
        self._update(f"token = '{self._token}'", expires_at="current_timestamp()", token=token)

    def publish(self, row: Mapping[str, object]) -> None:
        """Add the row of a publication and give the lease back, in one commit.

        Raises:
            LeaseError: If another run has taken the lease meanwhile; nothing is published then.
        """
        self._stop_renewal()
        try:
            self._insert_and_release(row)
        except Exception as error:
            if _LOST in str(error) or _is_conflict(error):
                message = (
                    "this run lost its lease to another one and published nothing: run it again; "
                    "if it stood still for long, raise lakehouse.lease_seconds"
                )
                raise LeaseError(message) from error
            raise

    def _try_acquire(self) -> bool:
        """Take the lease if it is free or there is none yet; of two at once one conflicts."""
        try:
            self._tables.create(RUNS)
            before = self._row()
            self.left_clean = before is None or before.token is None
            claim = {
                "run_id": LEASE,
                "owner": self._owner,
                "token": self._token,
            }
            held = f"'{before.token}'" if before and before.token else "NULL"
            self._spark.sql(
                f"MERGE INTO {self._identifier} AS kept USING {{mine}} AS mine "
                "ON kept.run_id = mine.run_id "
                "WHEN MATCHED AND kept.expires_at <= current_timestamp() "
                f"AND kept.token <=> {held} THEN UPDATE SET "
                "owner = mine.owner, token = mine.token, expires_at = mine.expires_at "
                "WHEN NOT MATCHED THEN INSERT *",
                mine=local_rows(self._spark, [claim], RUNS.ddl).withColumn(
                    "expires_at", F.expr(self._expiry())
                ),
            )
        except Exception as error:
            if _is_conflict(error):
                return False
            raise
        after = self._row()
        return after is not None and bool(after.token == self._token)

    def _renew(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            self._renew_once()

    def _renew_once(self) -> None:
        try:
            self._update(f"token = '{self._token}'", expires_at=self._expiry())
        except Exception as error:  # noqa: BLE001 - whatever it is, publishing will decide
            log.warning("lease not renewed", error=type(error).__name__)

    def _update(self, condition: str, **changes: str) -> None:
        """Change the lease row if the condition holds; two at once conflict, and one fails."""
        assignments = ", ".join(f"{column} = {value}" for column, value in changes.items())
        self._spark.sql(
            f"UPDATE {self._identifier} SET {assignments} WHERE run_id = '{LEASE}' AND {condition}"
        )

    def _insert_and_release(self, row: Mapping[str, object]) -> None:
        """Insert a publication and end the lease in one commit; an error if it is not ours."""
        lease = {"run_id": LEASE, "token": self._token}
        self._spark.sql(
            f"MERGE INTO {self._identifier} AS kept USING {{mine}} AS mine "
            "ON kept.run_id = mine.run_id "
            "WHEN MATCHED AND kept.token = mine.token "
            "THEN UPDATE SET expires_at = current_timestamp(), token = NULL "
            f"WHEN MATCHED THEN UPDATE SET owner = raise_error('{_LOST}') "
            "WHEN NOT MATCHED THEN INSERT *",
            mine=local_rows(self._spark, [lease, row], RUNS.ddl),
        )

    def _expiry(self) -> str:
        return f"current_timestamp() + INTERVAL '{self._seconds}' SECOND"

    def _row(self) -> Row | None:
        rows = self._spark.table(self._identifier).where(F.col("run_id") == LEASE).collect()
        return rows[0] if rows else None

    def _holder(self) -> str:
        row = self._row()
        return str(row.owner) if row else "unknown"

    def _stop_renewal(self) -> None:
        self._ended.set()
        if self._renewal is not None:
            self._renewal.join()


def _is_conflict(error: Exception) -> bool:
    return any(sign in str(error) for sign in _CONFLICTS)
