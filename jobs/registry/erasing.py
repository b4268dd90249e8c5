"""Erasure: people leave every table, their sales stay as sales of nobody (spec §8, LGPD).

One run does it all, and publishes once: readers see the tables with them, or without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs import daily
from jobs.activation.returning import remember_erased
from jobs.changes import Keep
from jobs.customer_key import fingerprint, key_row, suppression_key
from jobs.errors import UsageError
from jobs.kept import keeping
from jobs.maintain import days_until_gone
from jobs.past_runs import dates_kept
from jobs.printing import say
from jobs.publication import Run
from jobs.registry.mentions import codes_sought, values_sought
from jobs.registry.people_files import read_people_file
from jobs.registry.persons import settle_persons
from jobs.registry.source_files import files_that_hold
from jobs.registry.whom import Whom, found_persons, with_all_ids, with_merged
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping
from jobs.tables import Tables
from jobs.writing import writing_run
from schemas import TABLES
from schemas.contract import CUSTOMER_IDS
from transforms.erasure import rows_that_name
from transforms.suppression import code_digests, codes_of_every_kind

NOBODYS = {"customer_id": "NULL", "code_class": "'none'"}
"""What a line of an erased person says of its customer."""

ANONYMOUS = ("sales",)
"""The tables whose rows stay, of nobody."""

_FIRST = (
    "persons_received",
    "persons",
    "customer_codes",
    "person_history",
    "action_lists",
    "holdout",
    "past_contacts",
    "past_redemptions",
)
"""What is computed from besides sales: they leave it before the dates are computed anew."""

_SHOWN = 10


@dataclass(frozen=True)
class Asked:
    """Who is to be erased, and who asks it.

    Attributes:
        whom: Everyone, by code or RG.
        by: Who carries the requests in.
    """

    whom: Sequence[Whom]
    by: str


@dataclass(frozen=True)
class Delivered:
    """Source files to be looked into: their mapping, and where they lie."""

    mapping: SourceMapping
    paths: Sequence[str]


def customer_columns(name: str) -> tuple[str, ...]:
    """The columns of a table that hold customer ids."""
    return tuple(column for column in TABLES[name].column_names if column in CUSTOMER_IDS)


def read_asked(file: Path, by: str) -> Asked:
    """Whom a file of requests names: CSV with semicolons and the header ``cpf;rg``.

    Raises:
        UsageError: Naming the file, and the lines that do not name one or the other.
    """
    rows = read_people_file(file, ("cpf", "rg"))
    wrong = [str(line) for line, row in enumerate(rows, 2) if bool(row["cpf"]) == bool(row["rg"])]
    if wrong:
        message = f"{file}: give either cpf or rg in line {', '.join(wrong[:_SHOWN])}"
        raise UsageError(message)
    return Asked([Whom(row["cpf"] or None, row["rg"] or None) for row in rows], by)


def erase(settings: Settings, asked: Asked, delivered: Delivered | None) -> None:
    """Erase people, compute every kept date anew that knew them, and publish the proof.

    Raises:
        UsageError: If several people bear an RG, naming its lines; nobody is erased.
    """
    with writing_run(settings, "privacy") as run, keeping() as keep:
        settle_persons(run)
        found = keep(found_persons(run, list(enumerate(asked.whom, 1))))
        _refuse_shared(found, asked.whom)
        not_found = len(asked.whom) - found.select("position").distinct().count()
        survivors = keep(with_all_ids(run, found.select("customer_id").distinct()))
        persons = survivors.count()
        gone = keep(with_merged(run.tables, survivors))
        codes = keep(codes_sought(run.tables, gone, asked.whom))
        _suppress(run, codes)
        # A row that could not be read, or a file, may be all that is held of somebody.
        values = keep(values_sought(run.tables, gone, asked.whom))
        removed, files = _remove_rejected(run.tables, codes, values, keep)
        if delivered is not None:
            mapping, paths = delivered.mapping, delivered.paths
            hold = files_that_hold(run, settings, mapping, paths, gone, codes)
            files = sorted({*files, *hold})
        if persons:
            remember_erased(run, gone)
            removed |= _remove(run, gone)
            kept = dates_kept(run.tables.spark, run.place)
            if kept:
                daily.compute(run, settings, [max(kept)])
            for name, rows in _sweep(run.tables, gone):
                removed[name] = removed.get(name, 0) + rows
        gone_by = _today() + timedelta(days=days_until_gone(settings))
        proof = {
            "sequence": run.sequence,
            "erased_at": datetime.now(timezone.utc),
            "persons": persons,
            "not_found": not_found,
            "removed": removed,
            "gone_by": gone_by,
            "source_files": files,
            "requested_by": asked.by,
        }
        proofs = local_rows(run.tables.spark, [proof], TABLES["erasures"].ddl)
        run.tables.append("erasures", proofs)
    _print(persons, not_found, removed, gone_by, files, looked_into=delivered is not None)


def _refuse_shared(found: DataFrame, whom: Sequence[Whom]) -> None:
    """Refuse RGs of several people: nobody knows which of them asks, and none comes back."""
    people = found.groupBy("position").agg(F.count(F.lit(1)).alias("people"))
    several = people.where(F.col("people") > 1).orderBy("position").collect()
    # The first line of a file is its header.
    lines = [str(row.position + 1) for row in several if whom[row.position - 1].rg]
    if lines:
        message = (
            f"line {', '.join(lines[:_SHOWN])}: several people bear that RG: name each by her code"
        )
        raise UsageError(message)


def _remove_rejected(
    tables: Tables, codes: DataFrame, values: DataFrame, keep: Keep
) -> tuple[dict[str, int], list[str]]:
    """Take out the rejected rows that name people; returns rows by table, and their files."""
    key, rejected = TABLES["rejected_rows"].key, tables.read("rejected_rows")
    naming = keep(rows_that_name(rejected, codes, values).select(*key, "file_name").distinct())
    files = sorted(row.file_name for row in naming.select("file_name").distinct().collect())
    rows = naming.count()
    if rows:
        tables.delete("rejected_rows", naming.select(*key))
    return ({"rejected_rows": rows} if rows else {}), files


def _remove(run: Run, gone: DataFrame) -> dict[str, int]:
    """Take people out of what everything is computed from; returns rows by table."""
    tables = run.tables
    removed: dict[str, int] = {}
    lines = tables.read("sales").join(gone, on="customer_id", how="left_semi").count()
    if lines:
        tables.update("sales", gone, ["customer_id"], NOBODYS)
        removed["sales"] = lines
    for name in _FIRST:
        if rows := _delete(tables, name, "customer_id", gone):
            removed[name] = rows
    return removed


def _suppress(run: Run, codes: DataFrame) -> None:
    """See that the codes stay out when old files are read again."""
    known = run.tables.read("suppressions")
    key = suppression_key(run.place, known)
    entries = (
        code_digests(codes_of_every_kind(codes), key_row(run.tables.spark, key))
        .select(
            "digest",
            F.lit(fingerprint(key)).alias("key_fingerprint"),
            F.lit(_today()).alias("erased_on"),
        )
        .join(known, on="digest", how="left_anti")
    )
    run.tables.append("suppressions", entries)


def _sweep(tables: Tables, gone: DataFrame) -> Iterator[tuple[str, int]]:
    """Take out of every table what names them still; yields tables and rows."""
    for name in TABLES:
        for column in customer_columns(name):
            if name not in ANONYMOUS and (rows := _delete(tables, name, column, gone)):
                yield name, rows


def _delete(tables: Tables, name: str, column: str, gone: DataFrame) -> int:
    keys = gone.select(F.col("customer_id").alias(column))
    rows = tables.read(name).join(F.broadcast(keys), on=column, how="left_semi").count()
    if rows:
        tables.delete(name, keys, [column])
    return rows


def _today() -> date:
    return datetime.now(timezone.utc).date()


def _print(
    persons: int,
    not_found: int,
    removed: Mapping[str, int],
    gone_by: date,
    files: Sequence[str],
    *,
    looked_into: bool,
) -> None:
    say(
        f"{persons:,} people were erased, {not_found:,} were not held; the codes of all stay out. "
        f"Readers of earlier versions may find them until {gone_by}, if maintain runs every day"
    )
    if removed:
        told = ", ".join(f"{name} {rows:,}" for name, rows in sorted(removed.items()))
        say(f"rows removed, or made anonymous in sales: {told}")
    if files:
        say("source files that still hold them, which are not ours to delete:")
        for each in files:
            say(f"  {each}")
    elif not looked_into:
        say("no source files were looked into: name them by --source and --input")
