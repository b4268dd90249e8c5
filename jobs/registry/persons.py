"""The table ``persons``: brought up to what was received, and to what was said of people since."""

from __future__ import annotations

from pyspark.sql import functions as F

from jobs.code_version import code_version
from jobs.kept import kept
from jobs.past_runs import last_that_counted
from jobs.publication import Run
from jobs.registry.merging import settle_merges
from schemas.person_history import Kind
from transforms.consent import consent_said_by_registry
from transforms.person_history import persons

_MADE = "persons_made"
"""The count of the runs that made ``persons``, by which the last of them is found."""


def settle_persons(run: Run) -> None:
    """Make ``persons`` anew if anything came since it was made, and log the registry's consents."""
    if _MADE in run.outcome.counts or not _has_news(run):
        return
    tables = run.tables
    settle_merges(tables)
    received, history = tables.read("persons_received"), tables.read("person_history")
    with kept(consent_said_by_registry(received, history, run.sequence)) as said:
        if not said.isEmpty():
            tables.append("person_history", said)
    now = persons(received, tables.read("person_history"), tables.read("merges"))
    tables.overwrite("persons", now)
    run.outcome.counts[_MADE] = 1


def _has_news(run: Run) -> bool:
    """Whether registry or history hold what ``persons`` was not made of; a look-up is no news.

    Other code may make another table of them.
    """
    made = last_that_counted(run.tables.spark, run.place, _MADE)
    if made is not None and made.code_version != code_version():
        return True
    before, now = made.versions if made else {}, run.tables.versions
    if any(now[name] != before.get(name, 0) for name in ("persons_received", "duplicates")):
        return True
    if now["person_history"] == before.get("person_history", 0):
        return False
    is_newer = F.col("sequence") > (made.sequence if made else 0)
    is_said = F.col("kind") != Kind.LOOK_UP.value
    return not run.tables.read("person_history").where(is_newer & is_said).isEmpty()
