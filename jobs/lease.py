"""The right to write to a lakehouse, held by one run at a time (design, principle 3).

It is one row of ``runs`` with an owner, a token and an expiry, changed by MERGE alone, so that of
two who change it at once one fails. Whoever holds it renews it while the run lives, and gives signs
of life (``jobs.heartbeat``) for when Spark has no core left to renew it. On a disk of this machine
each change holds the lock of a file beside it (``jobs.lock``).
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping

import structlog
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from jobs.commit_files import remove_begun
from jobs.errors import LeaseError
from jobs.faults import is_conflict
from jobs.heartbeat import Heartbeat
from jobs.lock import LOCK, Lock
from jobs.place import Place
from jobs.session import local_rows
from jobs.tables import Tables
from schemas import RUNS
from schemas.runs import LEASE

log = structlog.get_logger()

_LOST = "the lease was lost"
_NEVER = "timestamp_seconds(0)"
"""When a lease that was given back ends: before now, even if the clock is set back."""
_POLL_SECONDS = 1.0
_RELEASES_TRIED = 3


class Lease:
    """The right to write, held by one run at a time.

    Attributes:
        left_clean: Whether its last holder published, so that no table needs a look.
    """

    def __init__(self, spark: SparkSession, place: Place, seconds: int) -> None:
        """Describe a lease; ``acquire`` takes it."""
        self._spark = spark
        self._tables = Tables(spark, place, {})
        self._folder = place.local_path
        self._identifier = place.identifier(RUNS.name)
        self._heartbeat = Heartbeat(spark, place, seconds)
        self._seconds = seconds
        # With it a renewal is made in time, even if a process that stands still keeps the lock.
        self._patience = seconds / 3
        self._token = str(uuid.uuid4())
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._lock = Lock(place.local_path, self._owner)
        self._ended = threading.Event()
        self._renewal: threading.Thread | None = None
        self._beside: SparkSession | None = None
        self._renewing = threading.Lock()
        self._good_until = 0.0
        self._lost = False
        self.left_clean = False

    def acquire(self, wait_seconds: float) -> None:
        """Take the lease, waiting for a run that holds it.

        Raises:
            LeaseError: If another run still holds it after ``wait_seconds``.
        """
        deadline = time.monotonic() + wait_seconds
        told = False
        while (other := self._try_acquire()) is not None:
            if time.monotonic() >= deadline:
                message = (
                    f"another run ({other}) is writing to this lakehouse and did not end "
                    f"within {wait_seconds:.0f} s: try again later, or raise "
                    "lakehouse.lease_wait_seconds"
                )
                raise LeaseError(message)
            if not told:
                log.info("waiting for another run", holder=other)
                told = True
            time.sleep(_POLL_SECONDS)
        self._heartbeat.begin(self._token)
        self._renewal = threading.Thread(target=self._renew, daemon=True)
        self._renewal.start()

    def check(self) -> None:
        """Ask, before something is written, whether the lease is still ours.

        The row is read only if it should have been renewed by now: a run that stood still for long
        must not write beside the one that took over.

        Raises:
            LeaseError: If another run has taken it.
        """
        if not self._lost and time.time() >= self._good_until:
            self._renew_once()
        if self._lost:
            raise _lost_error()

    def release(self, *, clean: bool = False) -> None:
        """Give the lease back, if it is still ours; one that cannot be given back expires.

        Args:
            clean: Whether the tables are as the last publication left them.
        """
        self._stop_renewal()
        token = "NULL" if clean else "token"
        for _ in range(_RELEASES_TRIED):
            try:
                with self._lock.alone(self._patience):
                    self._update(self._spark, expires_at=_NEVER, token=token)
            except Exception as error:  # noqa: BLE001 - what ended the run is what people must see
                log.warning("lease not given back", error=type(error).__name__)
                if is_conflict(error):
                    continue
            break
        self._heartbeat.end(self._token)

    def publish(self, row: Mapping[str, object]) -> None:
        """Add the row of a publication and give the lease back, in one commit.

        Raises:
            LeaseError: If another run has taken the lease meanwhile; nothing is published then.
        """
        self._stop_renewal()
        try:
            self._insert_and_release(row)
        except Exception as error:
            if _LOST in str(error) or is_conflict(error):
                raise _lost_error() from error
            raise
        finally:
            self._heartbeat.end(self._token)

    def _try_acquire(self) -> str | None:
        """Take the lease if it is free or there is none yet; of two at once one conflicts.

        Returns:
            Who keeps this run from it; None if it was taken.
        """
        # Without the lock, which a process that is stopped keeps: whoever only waits never has it.
        before = self._seen()
        if before is not None and not self._is_free(before):
            return _described(before)
        with self._lock.alone(wait_seconds=0) as is_alone:
            if not is_alone:
                return f"{self._lock.holder()} has locked {LOCK}: if it stands still, end it"
            return None if self._claim(before) else "it has just begun"

    def _seen(self) -> Row | None:
        """The lease's row; none too if it cannot be read: why, a claim will tell."""
        try:
            return self._row() if self._tables.exists(RUNS.name) else None
        except Exception:  # noqa: BLE001 - such as while another process creates the table
            return None

    def _claim(self, before: Row | None) -> bool:
        """Take the lease if it is still as it was seen, or there is none; done alone."""
        self._good_until = time.time() + self._seconds
        try:
            if before is None:
                self._create_runs()
            self.left_clean = before is None or before.token is None
            claim = {
                "run_id": LEASE,
                "owner": self._owner,
                "token": self._token,
            }
            held = f"'{before.token}'" if before and before.token else "NULL"
            changed = self._spark.sql(
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
            if is_conflict(error):
                return False
            raise
        is_ours = bool(changed.collect()[0]["num_affected_rows"])
        if is_ours and before is not None and before.token:
            self._heartbeat.forget(before.token)
        return is_ours

    def _create_runs(self) -> None:
        if self._folder is not None:
            remove_begun(self._folder / RUNS.name)
        if not self._tables.exists(RUNS.name):
            self._tables.create(RUNS)

    def _is_free(self, row: Row) -> bool:
        """Whether a lease was given back, or has ended and its holder is silent."""
        return bool(row.has_ended) and not (row.token and self._heartbeat.is_heard(row.token))

    def _renew(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            self._renew_once()

    def _renew_once(self) -> None:
        with self._renewing:
            try:
                # A session of its own, since the job's runs one statement at a time. Most runs end
                # before they need it, and the first statement of a new session costs much.
                self._beside = self._beside or self._spark.newSession()
                with self._lock.alone(self._patience):
                    asked = time.time()
                    renewed = self._update(self._beside, expires_at=self._expiry())
            except Exception as error:  # noqa: BLE001 - whatever it is, publishing will decide
                log.warning("lease not renewed", error=type(error).__name__)
                return
            self._good_until = asked + self._seconds
            if not renewed:
                self._lost = True
                other = self._seen()
                log.warning("lease lost", holder=other and other.owner)

    def _update(self, spark: SparkSession, **changes: str) -> bool:
        """Change the lease row if it is ours; two at once conflict, and one fails."""
        assignments = ", ".join(f"{column} = {value}" for column, value in changes.items())
        changed = spark.sql(
            f"UPDATE {self._identifier} SET {assignments} "
            f"WHERE run_id = '{LEASE}' AND token = '{self._token}'"
        )
        return bool(changed.collect()[0]["num_affected_rows"])

    def _insert_and_release(self, row: Mapping[str, object]) -> None:
        """Insert a publication and end the lease in one commit; an error if it is not ours."""
        lease = {"run_id": LEASE, "token": self._token}
        with self._lock.alone(self._patience):
            self._spark.sql(
                f"MERGE INTO {self._identifier} AS kept USING {{mine}} AS mine "
                "ON kept.run_id = mine.run_id "
                "WHEN MATCHED AND kept.token = mine.token "
                f"THEN UPDATE SET expires_at = {_NEVER}, token = NULL "
                f"WHEN MATCHED THEN UPDATE SET owner = raise_error('{_LOST}') "
                "WHEN NOT MATCHED THEN INSERT *",
                mine=local_rows(self._spark, [lease, row], RUNS.ddl),
            )

    def _expiry(self) -> str:
        return f"current_timestamp() + INTERVAL '{self._seconds}' SECOND"

    def _row(self) -> Row | None:
        has_ended = F.expr("expires_at <= current_timestamp()").alias("has_ended")
        # As text, since an instant that is collected is shown in the zone of this process.
        until = F.date_format("expires_at", "yyyy-MM-dd HH:mm:ss").alias("until")
        runs = self._spark.table(self._identifier).select("*", has_ended, until)
        rows = runs.where(F.col("run_id") == LEASE).collect()
        return rows[0] if rows else None

    def _stop_renewal(self) -> None:
        self._ended.set()
        if self._renewal is not None:
            self._renewal.join()


def _described(row: Row) -> str:
    """Who holds a lease that is not free, and until when if it is not renewed."""
    if row.has_ended:
        return f"{row.owner}, its lease ended {row.until} UTC, but it gives signs of life"
    return f"{row.owner}, its lease ends {row.until} UTC"


def _lost_error() -> LeaseError:
    message = (
        "this run lost its lease to another one and published nothing: run it again; "
        "if it stood still for long, raise lakehouse.lease_seconds"
    )
    return LeaseError(message)
