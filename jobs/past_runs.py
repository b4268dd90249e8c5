"""What the table ``runs`` tells of runs before: the last publication, dates kept, parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from jobs.errors import LakehouseError
from jobs.place import Place
from jobs.tables import Tables
from schemas import RUNS
from schemas.runs import LEASE

COMPLETE_JOBS = ("daily", "backfill")
"""The jobs that compute every table of a date."""

VERSIONS_GIVEN_UP = "versions_given_up"
"""What ``maintain`` counts if it removed what the next run would have compared with."""


def nothing_published(place: Place) -> LakehouseError:
    """What a job meets that needs what others published, where nobody did."""
    message = (
        f"lakehouse {place} has no publication: check where it lies (--lakehouse, lakehouse.path), "
        "or begin it by ingest, or by daily with --source and --input"
    )
    return LakehouseError(message)


@dataclass(frozen=True)
class Publication:
    """What one published run lets readers see."""

    run_id: str
    sequence: int
    versions: Mapping[str, int]
    calendar_from: date | None
    key_fingerprint: str | None
    code_version: str | None = None


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
