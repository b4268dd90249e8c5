"""A writing run by the settings, for the jobs of the command line."""

from __future__ import annotations

from jobs.place import place_for
from jobs.publication import Run
from jobs.session import start_session
from jobs.settings import Settings


def writing_run(settings: Settings, job: str, *, may_begin: bool = False) -> Run:
    """A run on the lakehouse of the settings; nothing is taken or read yet.

    Args:
        settings: All of them.
        job: Its name.
        may_begin: Whether it makes a lakehouse where there is none; whoever brings no delivery
            would make an empty one wherever a path was mistyped.

    Raises:
        UsageError: If the path means one place to the suite and another to Spark.
    """
    spark = start_session(job)
    run = Run(
        spark,
        place_for(spark, settings.lakehouse),
        job,
        lease_seconds=settings.lakehouse.lease_seconds,
        wait_seconds=settings.lakehouse.lease_wait_seconds,
        may_begin=may_begin,
    )
    run.outcome.parameters = settings.model_dump_json(by_alias=True)
    return run
