"""One writer at a time, and readers who see whole runs (design, principle 3).

A run takes the lease, which is one row of ``runs`` changed by MERGE, brings every table back to the
last publication if a run before it died, writes, and publishes with one commit that holds the
version of every table. Whoever lost the lease cannot publish: the same commit requires its token.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from types import TracebackType

import structlog
from pyspark.sql import SparkSession
from typing_extensions import Self

from jobs.code_version import code_version
from jobs.errors import ClientelaError, LakehouseError, LeaseError
from jobs.failpoints import CommitCounter
from jobs.faults import without_published
from jobs.lease import Lease
from jobs.past_runs import Publication, latest_publication, nothing_published
from jobs.place import Place
from jobs.printing import PUBLISHED
from jobs.tables import Tables
from schemas import RUNS, TABLES

log = structlog.get_logger()

_CREATED_AT_ONCE = 4


@dataclass
class Outcome:
    """What a run tells its publication, filled in as it goes."""

    counts: dict[str, int] = field(default_factory=dict)
    as_of: list[date] = field(default_factory=list)
    pruned: list[date] = field(default_factory=list)
    calendar_from: date | None = None
    key_fingerprint: str | None = None
    parameters: str = "{}"
    reason: str | None = None


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
        may_begin: bool = True,
    ) -> None:
        """Say what will run, and if it may begin a lakehouse; nothing is taken or read yet."""
        self._spark = spark
        self._place = place
        self._job = job
        self._wait_seconds = wait_seconds
        self._may_begin = may_begin
        self._lease = Lease(spark, place, lease_seconds)
        self._commits = CommitCounter()
        self.outcome = Outcome()

    def __enter__(self) -> Self:
        """Take the lease and bring the tables to the last publication.

        Raises:
            LakehouseError: If there is none and the run may not begin a lakehouse, or if tables
                hold what no publication names.
            LeaseError: If another run holds the lease.
        """
        self._refuse_without_runs()
        self._lease.acquire(self._wait_seconds)
        try:
            self.before = latest_publication(self._spark, self._place)
            if self.before is None:
                self._refuse_to_begin()
                log.info("a new lakehouse begins", place=str(self._place))
            versions = dict(self.before.versions) if self.before else {}
            self.tables = Tables(
                self._spark, self._place, versions, self._commits.committed, self._lease.check
            )
            self._create_and_restore()
        except BaseException as error:
            self._give_back(error)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Publish, or leave without a trace for readers."""
        if error is not None:
            self._give_back(error)
            return
        try:
            self._publish()
        except Exception as failure:
            # If it was committed all the same, the lease is nobody's and this changes nothing.
            self._give_back(failure)
            raise

    @property
    def key_fingerprint(self) -> str | None:
        """That of the key behind the customer ids, None before the first."""
        before = self.before.key_fingerprint if self.before else None
        return self.outcome.key_fingerprint or before

    @property
    def sequence(self) -> int:
        """That of its publication."""
        return self.before.sequence + 1 if self.before else 1

    @property
    def place(self) -> Place:
        """The lakehouse that the run writes to."""
        return self._place

    @property
    def commits(self) -> Sequence[tuple[str, int]]:
        """What the run has committed so far: table and version; for ``runs``, the sequence."""
        return tuple(self._commits.commits)

    def _give_back(self, error: BaseException) -> None:
        """Give the lease back; as clean only if the suite itself stopped before it wrote."""
        refused = isinstance(error, ClientelaError) and not isinstance(error, LeaseError)
        untouched = refused and not self._commits.commits
        self._lease.release(clean=self._lease.left_clean and untouched)

    def _create_and_restore(self) -> None:
        """Create what is missing, and undo what a run wrote that did not publish.

        A run that publishes leaves the lease without token. Any other leaves its token behind, and
        only then are the tables compared with the last publication; those that it does not name
        are always, since a run of newer code may have written them that never published.

        Raises:
            LakehouseError: If a table is older than it, or holds something before any publication.
        """
        versions = self.tables.versions
        new = [name for name in TABLES if name not in versions]
        # Creating one is all waiting for small files and plans, so they wait together.
        with ThreadPoolExecutor(_CREATED_AT_ONCE) as pool:
            list(pool.map(self.tables.create, (TABLES[name] for name in new)))
        versions.update(dict.fromkeys(new, 0))
        if self._lease.left_clean and self.before is None:
            self._refuse_unknown(new)
            return
        for name in new if self._lease.left_clean else TABLES:
            published, found = versions[name], self.tables.latest_version(name)
            if found < published:
                raise without_published(name, published, found)
            versions[name] = found
            if found != published:
                log.warning("restoring", table=name, found=found, published=published)
                self.tables.restore(name, published)

    def _refuse_without_runs(self) -> None:
        """Refuses a lakehouse whose table of runs was lost, before one is made for it.

        With a new one the next restore would take all tables back to their beginning.
        """
        tables = Tables(self._spark, self._place, {})
        if tables.exists(RUNS.name):
            return
        found = next((name for name in tables.found() if tables.latest_version(name)), None)
        if found is None:
            # Before the lease is taken, which would make a folder there.
            self._refuse_to_begin()
        # Another run may have begun the lakehouse meanwhile.
        elif not tables.exists(RUNS.name):
            raise self._unknown(found)

    def _refuse_to_begin(self) -> None:
        """Refuses a place where nothing was published, unless the run may begin a lakehouse."""
        if not self._may_begin:
            raise nothing_published(self._place)

    def _refuse_unknown(self, names: Sequence[str]) -> None:
        """Refuses tables that hold something although no publication ever named them.

        Raises:
            LakehouseError: Naming the first of them.
        """
        for name in names:
            if self.tables.latest_version(name) > 0:
                raise self._unknown(name)

    def _unknown(self, name: str) -> LakehouseError:
        message = (
            f"lakehouse {self._place}: table {name} holds something, but no publication "
            "names it: the folder runs was lost, or is another lakehouse's. Bring the "
            "whole lakehouse back from a backup (docs/faults.md)"
        )
        return LakehouseError(message)

    def _publish(self) -> None:
        before, sequence = self.before, self.sequence
        row = {
            "run_id": str(uuid.uuid4()),
            "sequence": sequence,
            "job": self._job,
            "published_at": datetime.now(timezone.utc),
            "as_of": sorted(set(self.outcome.as_of)),
            "pruned": sorted(set(self.outcome.pruned)),
            "calendar_from": self.outcome.calendar_from
            or (before.calendar_from if before else None),
            "versions": dict(sorted(self.tables.versions.items())),
            "counts": self.outcome.counts,
            "parameters": self.outcome.parameters,
            "code_version": code_version(),
            "key_fingerprint": self.key_fingerprint,
        }
        self._lease.publish(row)
        PUBLISHED.set(True)
        self._commits.committed(RUNS.name, sequence)
