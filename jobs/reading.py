"""Reading a lakehouse as it was published last, for what writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from jobs.errors import LakehouseError
from jobs.past_runs import (
    Publication,
    dates_computed,
    dates_kept,
    latest_publication,
    nothing_published,
)
from jobs.place import place_for
from jobs.session import start_session
from jobs.settings import Settings
from jobs.tables import Tables


def published(settings: Settings, job: str) -> tuple[Tables, Publication]:
    """The tables at the versions of the last publication, and that publication.

    Raises:
        LakehouseError: If the lakehouse has no publication.
        UsageError: If its path means one place to the suite and another to Spark.
    """
    spark = start_session(job)
    place = place_for(spark, settings.lakehouse)
    publication = latest_publication(spark, place)
    if publication is None:
        raise nothing_published(place)
    return Tables(spark, place, publication.versions), publication


def refuse_pruned(tables: Tables, publication: Publication, dates: Iterable[date]) -> None:
    """Refuses dates that were computed and whose slices were pruned.

    Args:
        tables: The published tables.
        publication: That publication.
        dates: Those whose slices are to be read.

    Raises:
        LakehouseError: Naming the first of them, and how to get it back.
    """
    spark, place = tables.spark, tables.place
    pruned = dates_computed(spark, place, publication) - dates_kept(spark, place, publication)
    asked = sorted(pruned.intersection(dates))
    if asked:
        message = (
            f"the slices of {asked[0]} were pruned (section retention of the settings): run daily "
            f"--as-of {asked[0]}, which computes them again, until the next maintain"
        )
        raise LakehouseError(message)
