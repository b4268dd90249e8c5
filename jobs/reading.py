"""Reading a lakehouse as it was published last, for what writes nothing."""

from __future__ import annotations

from jobs.errors import LakehouseError
from jobs.publication import Publication, latest_publication
from jobs.session import start_session
from jobs.settings import Settings
from jobs.tables import Place, Tables


def published(settings: Settings, job: str) -> tuple[Tables, Publication]:
    """The tables at the versions of the last publication, and that publication.

    Raises:
        LakehouseError: If the lakehouse has no publication.
    """
    place = Place.of(settings.lakehouse)
    spark = start_session(job)
    publication = latest_publication(spark, place)
    if publication is None:
        message = f"lakehouse {place} has no publication: run daily or ingest first"
        raise LakehouseError(message)
    return Tables(spark, place, publication.versions), publication
