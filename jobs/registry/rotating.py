"""Key rotation: every customer gets a new id, in all tables and in one publication (spec §8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs import daily
from jobs.customer_key import (
    NEW_KEY_VARIABLE,
    find_key,
    find_new_key,
    fingerprint,
    key_row,
    put_new_key_in_place,
)
from jobs.errors import CustomerKeyError
from jobs.kept import keeping
from jobs.past_runs import dates_kept, dates_with_slices
from jobs.printing import say
from jobs.publication import Run
from jobs.registry.persons import settle_persons
from jobs.settings import Settings
from jobs.tables import Tables
from jobs.writing import writing_run
from schemas import TABLES
from transforms.identity import with_keyed_digest
from transforms.person_history import persons
from transforms.rotation import new_ids, pairs_in_order, with_new_id

_COMPUTED_FROM: Mapping[str, tuple[str, ...]] = {
    "sales": ("customer_id",),
    "persons_received": ("customer_id",),
    "person_history": ("customer_id",),
    "customer_codes": ("customer_id",),
    "merges": ("customer_id", "surviving_id"),
    # Lists and holdouts keep their members and groups, whatever the new key would draw.
    "action_lists": ("customer_id",),
    "holdout": ("customer_id",),
    "past_contacts": ("customer_id",),
    "past_redemptions": ("customer_id",),
}
"""The tables that nothing is computed into but themselves, and their columns of ids."""


def rotate(settings: Settings) -> None:
    """Give every customer the id that a new key makes, and compute every kept date anew.

    Ranks break ties by id, so they are computed and not only renamed. A rotation that is killed
    leaves readers the old ids; the next one goes on with the same new key.

    Raises:
        CustomerKeyError: If the new key is missing, the old one, or gives two codes one id.
    """
    with writing_run(settings, "key") as run:
        old = find_key(run.place, run.key_fingerprint)
        new = find_new_key(run.place)
        if new == old:
            message = "the new key is the old one: make another (openssl rand -hex 32)"
            raise CustomerKeyError(message)
        settle_persons(run)
        _rename(run, new)
        run.outcome.key_fingerprint = fingerprint(new)
        kept = dates_kept(run.tables.spark, run.place)
        stale = sorted(dates_with_slices(run.tables.spark, run.place) - kept)
        if stale:
            _drop(run.tables, stale)
            run.outcome.pruned = stale
        if kept:
            daily.compute(run, settings, [max(kept)], full=True)
    put_new_key_in_place(run.place, fingerprint(new))
    say(
        f"every customer of {run.place} has a new id, in {len(kept):,} dates; the key's "
        f"fingerprint is {fingerprint(new)}"
    )


def _rename(run: Run, new: bytes) -> None:
    """Write the tables that everything is computed from with the new ids."""
    tables = run.tables
    key = key_row(tables.spark, new)
    with keeping() as keep:
        ids = keep(new_ids(tables.read("customer_codes"), key))
        _refuse_shared(ids)
        for name, columns in _COMPUTED_FROM.items():
            rows = tables.read(name)
            for column in columns:
                rows = rows.transform(with_new_id, ids, column)
            tables.overwrite(name, rows.select(*TABLES[name].column_names))
        sources = (tables.read(each) for each in ("persons_received", "person_history", "merges"))
        tables.overwrite("persons", persons(*sources))
        pairs = tables.read("duplicates")
        for column in ("customer_id", "other_customer_id"):
            pairs = pairs.transform(with_new_id, ids, column)
        tables.overwrite("duplicates", pairs.transform(pairs_in_order))
        rejected = tables.read("rejected_rows").drop("row_id")
        digested = rejected.transform(
            with_keyed_digest, message=F.col("raw_row"), key=key, name="row_id"
        )
        tables.overwrite("rejected_rows", digested)


def _refuse_shared(ids: DataFrame) -> None:
    """Refuse a key under which two codes are one customer.

    Raises:
        CustomerKeyError: If it makes such ids.
    """
    codes = ids.groupBy("new_id").agg(F.count(F.lit(1)).alias("codes"))
    if not codes.where(F.col("codes") > 1).isEmpty():
        message = (
            "two customer codes share one customer id under the new key (customer_codes): nothing "
            "was published. Remove the file beside the lakehouse that ends in .new.key, or set "
            f"another {NEW_KEY_VARIABLE}"
        )
        raise CustomerKeyError(message)


def _drop(tables: Tables, dates: Sequence[date]) -> None:
    """Delete slices of dates that were computed in part, which no daily would compute anew."""
    for name, table in TABLES.items():
        if "as_of" in table.partitioned_by and tables.was_written(name):
            tables.delete_slices(name, dates)
