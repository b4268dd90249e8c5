"""A copy of a lakehouse without people, for those who try things out."""

from __future__ import annotations

import secrets

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.customer_key import key_row
from jobs.errors import UsageError
from jobs.files import Files
from jobs.past_runs import dates_kept
from jobs.place import place_for
from jobs.printing import say
from jobs.publication import Run
from jobs.reading import published
from jobs.settings import Settings
from schemas import TABLES
from schemas.contract import CUSTOMER_IDS
from transforms.rotation import pairs_in_order
from transforms.sandbox import with_other_ids, without_personal

LEFT_OUT = (
    "customer_codes",
    "person_history",
    "rejected_rows",
    "suppressions",
    "erasures",
)
"""Tables that are about people and not about their purchases; they are empty in the copy."""

_MADE_OF = {"persons_received": "persons"}
"""Tables of the copy that are made of another one.

Any news lets a later run make ``persons`` anew of what was received, merges and history, and a
commit of ``maintain`` counts as such. In the copy it must find the same registrations there.
"""


def copy_without_people(settings: Settings, out: str) -> None:
    """Write every table into a new lakehouse, personal columns empty and ids of its own.

    The ids are made with a key that is thrown away: nobody can tell from the copy who is who, nor
    join two copies by id.

    Raises:
        UsageError: If the new lakehouse exists already, or its path means one place to the suite
            and another to Spark.
    """
    tables, publication = published(settings, "sandbox")
    lakehouse = settings.lakehouse.model_copy(
        update={"path": out, "catalog": None, "schema_": None}
    )
    place = place_for(tables.spark, lakehouse)
    if Files(tables.spark).has_anything(str(place)):
        message = f"{out} holds something already: name a folder that does not exist"
        raise UsageError(message)
    key = key_row(tables.spark, secrets.token_bytes(32))
    run = Run(
        tables.spark,
        place,
        "daily",
        lease_seconds=settings.lakehouse.lease_seconds,
        wait_seconds=settings.lakehouse.lease_wait_seconds,
    )
    with run:
        for name in TABLES:
            source = _MADE_OF.get(name, name)
            if name not in LEFT_OUT and tables.was_written(source):
                run.tables.append(name, _people_free(tables.read(source), name, key))
        run.outcome.as_of = sorted(dates_kept(tables.spark, tables.place, publication))
        run.outcome.calendar_from = publication.calendar_from
    say(f"copied {len(TABLES) - len(LEFT_OUT)} tables into {place}, without people")


def _people_free(rows: DataFrame, name: str, key: DataFrame) -> DataFrame:
    table = TABLES[name]
    columns = [each for each in table.column_names if each in CUSTOMER_IDS]
    free = rows.transform(without_personal, table)
    for column in columns:
        free = free.transform(with_other_ids, column, key)
    if name == "duplicates":
        free = free.transform(pairs_in_order)
    return free.select(*(F.col(each) for each in table.column_names))
