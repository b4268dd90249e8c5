"""One writer at a time, and readers who see whole runs (design, principle 3).

A run takes the lease, which is one row of ``runs`` changed by MERGE, brings every table back to the
last publication if a run before it died, writes, and publishes with one commit that holds the
version of every table. Whoever lost the lease cannot publish: the same commit requires its token.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timezone
from types import TracebackType

import structlog
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from typing_extensions import Self

from jobs.code_version import code_version
from jobs.errors import ClientelaError, LakehouseError, LeaseError
from jobs.failpoints import CommitCounter
from jobs.lease import Lease
from jobs.place import Place
from jobs.tables import Tables
from schemas import RUNS, TABLES
from schemas.runs import LEASE

log = structlog.get_logger()

_CREATED_AT_ONCE = 4
COMPLETE_JOBS = ("daily", "backfill")
"""The jobs that compute every table of a date."""

VERSIONS_GIVEN_UP = "versions_given_up"
"""What ``maintain`` counts if it removed what the next run would have compared with."""


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
    return _newest(spark, place, F.col("run_id") != LEASE)


def dates_computed(
    spark: SparkSession, place: Place, until: Publication | None = None
) -> set[date]:
    """Every processing date that some published run computed in all tables.

    Args:
        spark: The session.
        place: The lakehouse.
        until: Runs after this publication are not looked at; none: all are.
    """
    if not Tables(spark, place, {}).exists(RUNS.name):
        return set()
    runs = spark.table(place.identifier(RUNS.name)).where(F.col("job").isin(*COMPLETE_JOBS))
    if until is not None:
        runs = runs.where(F.col("sequence") <= until.sequence)
    rows = runs.select(F.explode("as_of")).distinct().collect()
    return {row[0] for row in rows}


def dates_kept(spark: SparkSession, place: Place, until: Publication | None = None) -> set[date]:
    """Every processing date computed in all tables whose slices are still there.

    A date that was pruned is kept again once a later run computes it in all tables.

    Args:
        spark: The session.
        place: The lakehouse.
        until: Runs after this publication are not looked at; none: all are.
    """
    return _not_pruned(spark, place, lambda job: job in COMPLETE_JOBS, until)


def dates_with_slices(spark: SparkSession, place: Place) -> set[date]:
    """Every processing date computed in any table and not pruned since."""
    return _not_pruned(spark, place, lambda _job: True)


def _not_pruned(
    spark: SparkSession,
    place: Place,
    counts: Callable[[str], bool],
    until: Publication | None = None,
) -> set[date]:
    """The dates that jobs which count computed and no later run pruned."""
    if not Tables(spark, place, {}).exists(RUNS.name):
        return set()
    runs = spark.table(place.identifier(RUNS.name)).where(F.col("run_id") != LEASE)
    if until is not None:
        runs = runs.where(F.col("sequence") <= until.sequence)
    kept: set[date] = set()
    for run in runs.orderBy("sequence").select("job", "as_of", "pruned").collect():
        # A run that does both prunes first.
        kept.difference_update(run.pruned)
        if counts(run.job):
            kept.update(run.as_of)
    return kept


def days_since_computed(spark: SparkSession, place: Place) -> int:
    """The days, begun ones too, since all tables were computed last; 0 if they never were."""
    runs = spark.table(place.identifier(RUNS.name)).where(F.col("job").isin(*COMPLETE_JOBS))
    last = F.max("published_at").cast("double")
    passed = F.current_timestamp().cast("double") - last
    return int(runs.select(F.ceil(passed / 86_400)).collect()[0][0] or 0)


@dataclass(frozen=True)
class ComputingRun:
    """A published run that computed something."""

    parameters: str
    code_version: str
    key_fingerprint: str | None
    versions: Mapping[str, int]
    sequence: int = 0


def computing_runs(spark: SparkSession, place: Place) -> list[ComputingRun]:
    """The last run that computed every table, and the later ones that computed any, in order.

    Those of other jobs that computed dates are among them, such as an erasure.
    """
    if not Tables(spark, place, {}).exists(RUNS.name):
        return []
    names = [each.name for each in fields(ComputingRun)]
    rows = (
        spark.table(place.identifier(RUNS.name))
        .where((F.size("as_of") > 0) & (F.col("run_id") != LEASE))
        .orderBy("sequence")
        .select("job", *names)
        .collect()
    )
    last = max((n for n, row in enumerate(rows) if row.job in COMPLETE_JOBS), default=len(rows))
    return [ComputingRun(*(row[name] for name in names)) for row in rows[last:]]


def parameters_behind(
    spark: SparkSession, place: Place, publication: Publication, as_of: date, part: str
) -> str:
    """The settings, as JSON, of the newest run that computed a part of a date.

    Args:
        spark: The session.
        place: The lakehouse.
        publication: Runs after it are not looked at.
        as_of: The date.
        part: The job that computes this part alone, e.g. pareto.

    Returns:
        An object without keys if no run computed it.
    """
    rows = (
        spark.table(place.identifier(RUNS.name))
        .where(F.col("job").isin(*COMPLETE_JOBS, part))
        .where(F.col("sequence") <= publication.sequence)
        .where(F.array_contains("as_of", F.lit(as_of)))
        .orderBy(F.col("sequence").desc())
        .select("parameters")
        .limit(1)
        .collect()
    )
    return str(rows[0].parameters) if rows else "{}"


def last_that_counted(spark: SparkSession, place: Place, count: str) -> Publication | None:
    """The last publication whose run counted something, or None."""
    if not Tables(spark, place, {}).exists(RUNS.name):
        return None
    return _newest(spark, place, F.col("counts").getItem(count).isNotNull())


def _newest(spark: SparkSession, place: Place, condition: Column) -> Publication | None:
    columns = [each.name for each in fields(Publication)]
    rows = (
        spark.table(place.identifier(RUNS.name))
        .where(condition)
        .orderBy(F.col("sequence").desc())
        .select(*columns)
        .limit(1)
        .collect()
    )
    return Publication(**rows[0].asDict()) if rows else None


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
        self._refuse_without_runs()
        self._lease.acquire(self._wait_seconds)
        try:
            self.before = latest_publication(self._spark, self._place)
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
        if error is None:
            self._publish()
        else:
            self._give_back(error)

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
        only then are the tables compared with the last publication.
        """
        versions = self.tables.versions
        new = [name for name in TABLES if name not in versions]
        # Creating one is all waiting for small files and plans, so they wait together.
        with ThreadPoolExecutor(_CREATED_AT_ONCE) as pool:
            list(pool.map(self.tables.create, (TABLES[name] for name in new)))
        versions.update(dict.fromkeys(new, 0))
        if self._lease.left_clean:
            self._refuse_unknown(new)
            return
        for name in TABLES:
            published, found = versions[name], self.tables.latest_version(name)
            versions[name] = found
            if found != published:
                log.warning("restoring", table=name, found=found, published=published)
                self.tables.restore(name, published)

    def _refuse_without_runs(self) -> None:
        """Refuses a lakehouse whose table of runs was lost, before one is made for it.

        With a new one the next restore would take all tables back to their beginning.
        """
        tables = Tables(self._spark, self._place, {})
        if not tables.exists(RUNS.name):
            found = next((name for name in tables.found() if tables.latest_version(name)), None)
            # Another run may have begun the lakehouse meanwhile.
            if found is not None and not tables.exists(RUNS.name):
                raise self._unknown(found)

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
        self._commits.committed(RUNS.name, sequence)
