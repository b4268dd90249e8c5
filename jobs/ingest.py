"""Reads delivered files into the lakehouse: sales lines and registries.

Every input takes the same way: rows are read as text through the mapping (``source_reading``),
typed (``typed_rows``), split into sound and rejected ones, and settled with what the table already
holds (``settling``); the ledger tells what became of each file (``ledger``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import unquote

import structlog
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.customer_key import find_key, fingerprint, key_row, suppression_key
from jobs.errors import ClientelaError, CustomerKeyError, SourceError
from jobs.files import DeliveredFile, Files
from jobs.kept import kept
from jobs.ledger import add_to_ledger, check_rejected_share, days_of, profiles, refuse_damaged
from jobs.publication import Run
from jobs.registry.persons import settle_persons
from jobs.settings import Settings
from jobs.settling import Arrival, settle
from jobs.source_groups import NewFile
from jobs.source_mapping import INPUTS, InputName, SourceMapping, contract_columns, table_of
from jobs.source_reading import read_rows
from jobs.typed_rows import NOTHING, Reader, Suppression, typed_rows
from schemas import TABLES
from transforms.deliveries import with_occurrence
from transforms.identity import compared_codes, is_valid_code, with_keyed_digest
from transforms.suppression import mentions_suppressed

log = structlog.get_logger()

_READ_FAILURE = ("FAILED_READ_FILE", "CANNOT_READ_FILE", "PATH_NOT_FOUND")


def ingest(run: Run, settings: Settings, mapping: SourceMapping, paths: Sequence[str]) -> None:
    """Read what is new among the files of a delivery into the tables of a run.

    Raises:
        SourceError: If a file cannot be read or lacks a column.
        DeliveryConflictError: If a ticket or registration came twice, differently, none newer.
        RejectedShareError: If more rows were rejected than settings allow.
        CustomerKeyError: If the key is missing or wrong, or two codes collide.
    """
    known = run.before.key_fingerprint if run.before else None
    key = find_key(run.tables.place, known)
    run.outcome.key_fingerprint = fingerprint(key)
    reader = Reader(mapping, settings, key_row(run.tables.spark, key), _suppression(run))
    found = _new_files(run, mapping, paths)
    for name in INPUTS:
        if found.get(name):
            with unreadable_files_named(found[name]):
                _ingest_input(run, reader, name, found[name])
    check_rejected_share(run.outcome.counts, settings.ingest.max_rejected_share)
    settle_persons(run)


def _suppression(run: Run) -> Suppression | None:
    """How to know those who were erased; None if nobody ever was.

    Raises:
        CustomerKeyError: If the key of the entries is missing or another one.
    """
    # ``maintain`` commits to every table, so that one was written to does not mean it has rows.
    entries = run.tables.read("suppressions")
    if not run.tables.was_written("suppressions") or entries.isEmpty():
        return None
    return Suppression(entries, key_row(run.tables.spark, suppression_key(run.place, entries)))


@contextmanager
def unreadable_files_named(files: Sequence[NewFile]) -> Iterator[None]:
    """Turns Spark's failure to read a delivered file to its end into one that names the file."""
    try:
        yield
    except ClientelaError:
        raise
    except Exception as error:
        text = unquote(str(error))
        # The tables of the lakehouse are read beside the delivery, and may be what is damaged.
        named = (each.file.name for each in files if _is_named(each.file, text))
        unreadable = next(named, None) if any(sign in text for sign in _READ_FAILURE) else None
        if unreadable is None:
            raise
        message = (
            f"{unreadable}: cannot be read to its end: it is gone, truncated, damaged, or not in "
            "the format that the mapping names; have it delivered again"
        )
        raise SourceError(message) from error


def _is_named(file: DeliveredFile, text: str) -> bool:
    return any(_without_scheme(address) in text for address in (file.plain_path, file.glob))


def _without_scheme(address: str) -> str:
    return re.sub(r"^[a-z][a-z0-9+.-]*:/*", "/", address)


def _new_files(
    run: Run, mapping: SourceMapping, paths: Sequence[str]
) -> dict[InputName, list[NewFile]]:
    """The files of each input whose content was not read before, by the ledger."""
    files = Files(run.tables.spark)
    fitting = fitting_files(files.listed(paths), mapping, paths)
    ledger = run.tables.read("ingested_files").where(F.col("source") == mapping.source)
    read = {tuple(row) for row in ledger.select("input", "file_id").collect()}
    found: dict[InputName, list[NewFile]] = {}
    for name, file in fitting:
        file_id = files.digest(file)
        if (name, file_id) in read:
            log.info("already read", file=file.name, input=name)
            continue
        read.add((name, file_id))
        found.setdefault(name, []).append(NewFile(file, file_id))
    return found


def fitting_files(
    listed: Sequence[DeliveredFile], mapping: SourceMapping, paths: Sequence[str]
) -> list[tuple[InputName, DeliveredFile]]:
    """The inputs that each file belongs to, by its name.

    Raises:
        SourceError: If none fits.
    """
    fitting = [
        (name, file)
        for file in listed
        for name, given in mapping.inputs.items()
        if file.matches(given.files)
    ]
    if not fitting:
        patterns = ", ".join(given.files for given in mapping.inputs.values())
        message = (
            f"none of the {len(listed)} files under {', '.join(paths)} fits the mapping "
            f"{mapping.source}, which reads {patterns}"
        )
        raise SourceError(message)
    return fitting


def _ingest_input(run: Run, reader: Reader, name: InputName, files: Sequence[NewFile]) -> None:
    mapping, table = reader.mapping, table_of(name)
    given = mapping.inputs[name]
    log.info("reading", input=name, files=len(files))
    parts = read_rows(run.tables.spark, given, contract_columns(name), mapping.time_zone, files)
    with kept(typed_rows(parts, reader, name)) as typed:
        profile = profiles(typed)
        refuse_damaged(profile, files)
        is_sound = F.size("reasons") == 0
        if any(row.rows_rejected for row in profile.values()):
            _add_rejected(run, reader, name, typed.where(~is_sound))
        sound = typed.where(is_sound)
        if "customer_code" in typed.columns:
            _add_codes(run, mapping, sound)
        arrival = Arrival(
            name,
            sound.select(*table.column_names, "file_id"),
            days_of(profile),
            comes_whole=name == "sales" and "line_number" not in given.columns,
        )
        add_to_ledger(run, mapping.source, name, files, profile, settle(run, arrival))
    # Only now, since rows that did not stay in memory are read from their file again.
    opener = Files(run.tables.spark)
    for each in files:
        opener.refuse_changed(each.file, each.file_id)


def _add_rejected(run: Run, reader: Reader, name: InputName, rejected: DataFrame) -> None:
    table = TABLES["rejected_rows"]
    if reader.suppression is not None:
        rejected = rejected.transform(_without_mentions, reader, reader.suppression)
    rows = (
        rejected.withColumn("source", F.lit(reader.mapping.source))
        .withColumn("input", F.lit(name))
        .transform(with_keyed_digest, message=F.col("raw_row"), key=reader.key, name="row_id")
        .transform(with_occurrence)
        .select(*table.column_names)
    )
    run.tables.append(table.name, rows)
    by_reason = rejected.select(F.explode("reasons").alias("reason")).groupBy("reason").count()
    for row in by_reason.collect():
        log.warning("rejected", input=name, reason=row["reason"], rows=row["count"])


def _without_mentions(rejected: DataFrame, reader: Reader, suppression: Suppression) -> DataFrame:
    """Rejected rows that name somebody erased, such as those that could not be read, emptied."""
    named = rejected.transform(
        with_keyed_digest, message=F.col("raw_row"), key=reader.key, name="row_id"
    )
    mentions = mentions_suppressed(named, suppression.entries, suppression.key)
    is_named = F.coalesce("is_named", F.lit(False))
    return (
        named.join(mentions.withColumn("is_named", F.lit(True)), on="row_id", how="left")
        .withColumn("raw_row", F.when(is_named, F.lit(NOTHING)).otherwise(F.col("raw_row")))
        .drop("is_named", "row_id")
    )


def _add_codes(run: Run, mapping: SourceMapping, sound: DataFrame) -> None:
    table = TABLES["customer_codes"]
    kind, code = mapping.customer_code.kind, F.col("customer_code")
    # Judged once for each code, and not in each of its lines.
    judged = {"code_kind": F.lit(kind), "code_valid": is_valid_code(code, kind)}
    codes = sound.where(code.isNotNull()).select("customer_id", "customer_code").distinct()
    given = codes.withColumns(judged).select(*table.column_names)
    with kept(compared_codes(given, run.tables.read(table.name))) as compared:
        found = compared.agg(
            F.count_if("is_new").alias("new"), F.count_if("collides").alias("colliding")
        ).collect()[0]
        if found.colliding:
            message = (
                f"two customer codes of source {mapping.source} share one customer id "
                "(customer_codes): nothing was published. Start the lakehouse with another key"
            )
            raise CustomerKeyError(message)
        if found.new:
            run.tables.append(table.name, compared.where("is_new").select(*table.column_names))
