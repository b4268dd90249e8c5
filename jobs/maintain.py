"""Keep a lakehouse small: prune slices, compact files, remove what no reader needs any more.

All of it happens under the lease, the removal of files too, before anything is published. Removing
is safe there, and would be beside any run: a file goes only once it has belonged to no latest
version for as long as publications are kept, so neither a reader nor the restore after a killed run
asks for it.
"""

from __future__ import annotations

from datetime import date

import structlog
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.past_runs import (
    VERSIONS_GIVEN_UP,
    Publication,
    dates_kept,
    dates_with_slices,
    days_since_computed,
)
from jobs.place import Place
from jobs.processing_dates import dates_between
from jobs.publication import Run
from jobs.retention import dates_pruned
from jobs.settings import Settings
from jobs.tables import Tables
from jobs.upkeep import Stored, Upkeep
from schemas import RUNS, TABLES

log = structlog.get_logger()


def dates_to_prune(
    spark: SparkSession, publication: Publication, place: Place, settings: Settings
) -> list[date]:
    """The dates whose slices the policy does not keep, those that a later run rebuilt among them.

    Args:
        spark: The session.
        publication: The last.
        place: The lakehouse.
        settings: The policy, and the processing calendar.
    """
    computed = dates_kept(spark, place)
    if not computed:
        return []
    newest, start = max(computed), publication.calendar_from
    every = settings.processing_calendar.every
    calendar = dates_between(every, start, newest) if start else []
    return dates_pruned(dates_with_slices(spark, place), newest, calendar, settings.retention)


def maintain(run: Run, before: Publication, settings: Settings) -> None:
    """Prune, compact and remove, and tell the run's outcome.

    Args:
        run: The run that publishes.
        before: The publication that it starts from.
        settings: For how long slices and publications are kept.
    """
    tables = run.tables
    spark, place = tables.spark, tables.place
    gone = dates_to_prune(spark, before, place, settings)
    slices = len(dates_with_slices(spark, place))
    needed, days = _days_kept(tables, settings)
    log.info("maintaining", pruned=len(gone), kept=slices - len(gone), days=days)
    upkeep = Upkeep(tables)
    found = {name: upkeep.stored(name) for name in TABLES}
    for name, table in TABLES.items():
        has_slices = "as_of" in table.partitioned_by
        upkeep.keep_versions(name, days)
        if gone and has_slices and found[name].files:
            tables.delete_slices(name, gone)
        # One file for each slice is as few as there can be.
        if found[name].files > (slices if has_slices else 1):
            upkeep.compact(name)
    # What this run takes out of the tables is too new to go. The table of runs needs no compaction,
    # since whoever publishes writes it anew.
    others = [name for name, stored in found.items() if stored.all_files > stored.files]
    upkeep.vacuum([*others, RUNS.name], days)
    run.outcome.pruned = gone
    after = {name: upkeep.stored(name) for name in TABLES}
    run.outcome.counts = {**_counted(found, after), "versions_kept_days": days}
    if days < needed:
        run.outcome.counts[VERSIONS_GIVEN_UP] = 1


def days_until_gone(settings: Settings) -> int:
    """After how many days no file holds what a run took out, if maintain runs every day.

    A version goes with the first maintain after its days; both may begin late on their day.
    """
    return settings.lakehouse.publications_kept_days + 2


def _days_kept(tables: Tables, settings: Settings) -> tuple[int, int]:
    """For how many days the next run needs versions, and for how many they are kept.

    It computes what changed since all tables were computed last, and reads them as they were then.
    But of nobody who was erased more is kept than was promised: the next run computes everyone.
    """
    since = days_since_computed(tables.spark, tables.place)
    # One day more, since this run takes time itself.
    days, promised = since + 1, settings.lakehouse.publications_kept_days
    reach = F.current_timestamp() - F.make_dt_interval(F.lit(days))
    # Of whom nothing else was held, rejected rows may have been removed all the same.
    removed = (F.col("persons") > 0) | (F.size("removed") > 0)
    erased = tables.read("erasures").where((F.col("erased_at") >= reach) & removed)
    kept = promised if days <= promised or not erased.isEmpty() else days
    return days, kept


def _counted(before: dict[str, Stored], after: dict[str, Stored]) -> dict[str, int]:
    for name, stored in after.items():
        earlier = before[name]
        log.info(
            "maintained",
            table=name,
            files_before=earlier.files,
            files=stored.files,
            files_on_disk_before=earlier.all_files,
            files_on_disk=stored.all_files,
            bytes_before=earlier.size,
            bytes=stored.size,
        )
    return {
        "files_before": sum(each.files for each in before.values()),
        "files": sum(each.files for each in after.values()),
        "bytes_before": sum(each.size for each in before.values()),
        "bytes": sum(each.size for each in after.values()),
    }
