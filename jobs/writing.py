"""A writing run by the settings, for the jobs of the command line."""

from __future__ import annotations

from jobs.place import Place
from jobs.publication import Run
from jobs.session import start_session
from jobs.settings import Settings


def writing_run(settings: Settings, job: str) -> Run:
    """A run on the lakehouse of the settings; nothing is taken or read yet."""
    run = Run(
        start_session(job),
        Place.of(settings.lakehouse),
        job,
        lease_seconds=settings.lakehouse.lease_seconds,
        wait_seconds=settings.lakehouse.lease_wait_seconds,
    )
    run.outcome.parameters = settings.model_dump_json(by_alias=True)
    return run
