"""The right to write to a lakehouse, held by one run at a time (design, principle 3).

It is one row of ``runs`` with an owner, a token and an expiry, changed by MERGE alone, so that of
two who change it at once one fails. Whoever holds it renews it while the run lives.
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

from jobs.errors import LeaseError
from jobs.session import local_rows
from jobs.tables import Place, Tables
from schemas import RUNS
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


class Lease:
    """The right to write, held by one run at a time.

    Attributes:
        left_clean: Whether its last holder published, so that no table needs a look.
    """

    def __init__(self, spark: SparkSession, place: Place, seconds: int) -> None:
        """Describe a lease; ``acquire`` takes it."""
        self._spark = spark
        self._tables = Tables(spark, place, {})
        self._identifier = place.identifier(RUNS.name)
        self._seconds = seconds
        self._token = str(uuid.uuid4())
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._ended = threading.Event()
        self._renewal: threading.Thread | None = None
        self._beside: SparkSession | None = None
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
        ended = {"expires_at": "current_timestamp()", "token": token}
        self._update(self._spark, f"token = '{self._token}'", **ended)

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
            if not self._tables.exists(RUNS.name):
                self._tables.create(RUNS)
            before = self._row()
            # Asked first, since a MERGE that changes nothing commits a version all the same.
            if before is not None and not before.has_ended:
                return False
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
            if _is_conflict(error):
                return False
            raise
        return bool(changed.collect()[0]["num_affected_rows"])

    def _renew(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            self._renew_once()

    def _renew_once(self) -> None:
        try:
            # A session of its own, since the job's runs one statement at a time. Most runs end
            # before they need it, and the first statement of a new session costs much.
            self._beside = self._beside or self._spark.newSession()
            self._update(self._beside, f"token = '{self._token}'", expires_at=self._expiry())
        except Exception as error:  # noqa: BLE001 - whatever it is, publishing will decide
            log.warning("lease not renewed", error=type(error).__name__)

    def _update(self, spark: SparkSession, condition: str, **changes: str) -> None:
        """Change the lease row if the condition holds; two at once conflict, and one fails."""
        assignments = ", ".join(f"{column} = {value}" for column, value in changes.items())
        spark.sql(
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
        has_ended = F.expr("expires_at <= current_timestamp()").alias("has_ended")
        runs = self._spark.table(self._identifier).select("*", has_ended)
        rows = runs.where(F.col("run_id") == LEASE).collect()
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
