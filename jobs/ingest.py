"""Reads delivered files into the lakehouse: sales lines and registries.

Every input takes the same way: rows are read as text through the mapping, typed, split into sound
and rejected ones, brought together with what the tables already hold, and the newest delivery of
each ticket or registration stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import structlog
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from jobs.customer_key import find_key, fingerprint, key_row
from jobs.errors import (
    ClientelaError,
    CustomerKeyError,
    DeliveryConflictError,
    RejectedShareError,
    SourceError,
)
from jobs.files import Files
from jobs.publication import Run
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.source_mapping import INPUTS, Input, InputName, SourceMapping, contract_columns
from jobs.source_reading import TYPED, NewFile, read_rows
from schemas import TABLES
from schemas.ingested_files import LEDGER_MONEY
from schemas.rejected_rows import Reason
from transforms.deliveries import (
    KEPT,
    contested_units,
    settled,
    with_line_numbers,
    with_occurrence,
)
from transforms.identity import (
    colliding_ids,
    is_valid_code,
    with_customer_id,
    with_keyed_digest,
)
from transforms.purchases import TICKET
from transforms.registry import content, registry_rows, with_usable_codes
from transforms.sale_lines import LINE_CONTENT, SaleConventions, sale_lines

log = structlog.get_logger()

_EXAMPLES = 3
_READ_FAILURE = r"(?:FAILED_READ_FILE|CANNOT_READ_FILE)[^\n]*?file:? ?(\S+?)[.\s]*(?:\n|SQLSTATE|$)"
_UNITS: dict[InputName, tuple[str, ...]] = {
    "sales": TICKET,
    "persons": ("customer_id",),
    "stores": ("store_code",),
    "salespeople": ("salesperson_code",),
    "products": ("product_code",),
}
"""What is delivered whole; all stints of one salesperson come together."""


@dataclass(frozen=True)
class Delivery:
    """What one call of ingest was given: a mapping, the paths, and the key."""

    mapping: SourceMapping
    paths: Sequence[str]
    key: DataFrame


def ingest(run: Run, settings: Settings, mapping: SourceMapping, paths: Sequence[str]) -> None:
    """Read what is new among the files of a delivery into the tables of a run.

    Raises:
        SourceError: If a file cannot be read or lacks a column.
        DeliveryConflictError: If a ticket or registration came twice, differently, none newer.
        RejectedShareError: If more rows were rejected than settings allow.
        CustomerKeyError: If the key is missing or wrong, or two codes collide.
    """
    spark = run.tables.spark
    known = run.before.key_fingerprint if run.before else None
    key = find_key(run.tables.place, known)
    run.outcome.key_fingerprint = fingerprint(key)
    delivery = Delivery(mapping, paths, key_row(spark, key))
    found = _new_files(run, delivery)
    for name in INPUTS:
        if found.get(name):
            with _unreadable_files_named():
                _ingest_input(run, settings, delivery, name, found[name])
    _check_rejected_share(run, settings)


@contextmanager
def _unreadable_files_named() -> Iterator[None]:
    """Turns Spark's failure to read a file to its end into one that names the file."""
    try:
        yield
    except ClientelaError:
        raise
    except Exception as error:
        found = re.search(_READ_FAILURE, str(error))
        if found is None:
            raise
        message = (
            f"{found[1].rsplit('/', 1)[-1]}: cannot be read to its end: it is truncated, damaged, "
            "or not in the format that the mapping names; have it delivered again"
        )
        raise SourceError(message) from error


def _new_files(run: Run, delivery: Delivery) -> dict[InputName, list[NewFile]]:
    """The files of each input whose content was not read before, by the ledger."""
    files = Files(run.tables.spark)
    listed = files.listed(delivery.paths)
    ledger = run.tables.read("ingested_files").where(F.col("source") == delivery.mapping.source)
    read = {tuple(row) for row in ledger.select("input", "file_id").collect()}
    found: dict[InputName, list[NewFile]] = {}
    matched = 0
    for file in listed:
        for name, given in delivery.mapping.inputs.items():
            if not file.matches(given.files):
                continue
            matched += 1
            file_id = files.digest(file)
            if (name, file_id) in read:
                log.info("already read", file=file.name, input=name)
                continue
            read.add((name, file_id))
            found.setdefault(name, []).append(NewFile(file, file_id))
    if matched == 0:
        patterns = ", ".join(given.files for given in delivery.mapping.inputs.values())
        message = (
            f"none of the {len(listed)} files under {', '.join(delivery.paths)} fits the mapping "
            f"{delivery.mapping.source}, which reads {patterns}"
        )
        raise SourceError(message)
    return found


def _ingest_input(
    run: Run, settings: Settings, delivery: Delivery, name: InputName, files: Sequence[NewFile]
) -> None:
    given = delivery.mapping.inputs[name]
    log.info("reading", input=name, files=len(files))
    rows = read_rows(
        run.tables.spark, given, contract_columns(name), delivery.mapping.time_zone, files
    )
    typed = _typed(rows, settings, delivery, name).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        profile = _profile(typed)
        _refuse_damaged(profile, files)
        is_sound = F.size("reasons") == 0
        if any(row.rows_rejected for row in profile.values()):
            _add_rejected(run, delivery, name, typed.where(~is_sound))
        sound = typed.where(is_sound).drop("reasons", "raw_row", "damaged")
        _add_codes(run, delivery, sound)
        superseded = _settle(run, given, name, sound)
        _add_to_ledger(run, delivery, name, files, profile, superseded)
    finally:
        typed.unpersist()


def _profile(typed: DataFrame) -> dict[str, Row]:
    """What each file holds, in rows and readable money: one row per file that has rows."""
    is_sound = F.size("reasons") == 0

    def money(condition: Column) -> Column:
        return F.coalesce(F.sum(F.when(condition, F.col("amount"))), F.lit(0)).cast(LEDGER_MONEY)

    rows = typed.groupBy("file_id").agg(
        F.count(F.lit(1)).alias("rows_received"),
        F.count_if(~is_sound).alias("rows_rejected"),
        money(F.lit(True)).alias("amount_received"),
        money(~is_sound).alias("amount_rejected"),
        F.coalesce(F.sum(F.when(is_sound, F.col("values_unreadable"))), F.lit(0)).alias(
            "unreadable"
        ),
        F.min("damaged").alias("damaged"),
        F.count("damaged").alias("rows_damaged"),
    )
    return {row.file_id: row for row in rows.collect()}


def _typed(rows: DataFrame, settings: Settings, delivery: Delivery, name: InputName) -> DataFrame:
    """Rows of any input with the contract's columns, ``reasons`` and ``amount`` where sold."""
    given = delivery.mapping.inputs[name]
    code = delivery.mapping.customer_code
    patterns = (*given.dates, TYPED)
    generic = (*settings.ingest.generic_customer_codes, *code.generic)
    if name == "sales":
        conventions = SaleConventions(
            decimal_mark=given.decimal_mark,
            patterns=patterns,
            source_zone=delivery.mapping.time_zone,
            network_zone=settings.network.time_zone,
            earliest=settings.ingest.earliest_business_day,
            latest=settings.ingest.latest_business_day,
            code_kind=code.kind,
            sentinels=generic,
            numbers_lines="line_number" in given.columns,
        )
        typed = rows.transform(sale_lines, conventions=conventions)
    else:
        typed = rows.transform(registry_rows, table=TABLES[name], patterns=patterns)
        typed = typed.withColumn("amount", F.lit(None).cast("decimal(18,4)"))
    if name == "persons":
        typed = typed.transform(with_usable_codes, kind=code.kind, sentinels=generic)
    if name in ("sales", "persons"):
        typed = typed.transform(
            with_customer_id, code=F.col("customer_code"), kind=code.kind, key=delivery.key
        )
        typed = typed.withColumn("code_kind", F.lit(code.kind)).withColumn(
            "code_valid", is_valid_code(F.col("customer_code"), code.kind)
        )
    malformed = F.array(F.lit(Reason.MALFORMED_ROW.value))
    misdated = F.array_union("reasons", F.array(F.lit(Reason.UNREADABLE_DAY.value)))
    return (
        typed.withColumn(
            "reasons",
            F.when(F.col("is_malformed"), malformed)
            .when(F.col("is_misdated"), misdated)
            .otherwise(F.col("reasons")),
        )
        .withColumn("raw_row", F.when(F.size("reasons") > 0, F.col("raw_row")))
        .drop("is_malformed", "is_misdated")
    )


def _refuse_damaged(profile: dict[str, Row], files: Sequence[NewFile]) -> None:
    names = {each.file_id: each.file.name for each in files}
    damaged = [
        f"{names[file_id]}, column {row.damaged}, {row.rows_damaged} rows"
        for file_id, row in profile.items()
        if row.damaged is not None
    ]
    if damaged:
        places = "; ".join(sorted(damaged)[:_EXAMPLES])
        message = f"text is not in the encoding that the mapping names: {places}; correct encoding"
        raise SourceError(message)


def _add_rejected(run: Run, delivery: Delivery, name: InputName, rejected: DataFrame) -> None:
    table = TABLES["rejected_rows"]
    rows = (
        rejected.withColumn("source", F.lit(delivery.mapping.source))
        .withColumn("input", F.lit(name))
        .transform(with_keyed_digest, message=F.col("raw_row"), key=delivery.key, name="row_id")
        .transform(with_occurrence)
        .select(*table.column_names)
    )
    run.tables.append(table.name, rows)
    by_reason = rejected.select(F.explode("reasons").alias("reason")).groupBy("reason").count()
    for row in by_reason.collect():
        log.warning("rejected", input=name, reason=row["reason"], rows=row["count"])


def _add_codes(run: Run, delivery: Delivery, sound: DataFrame) -> None:
    if "customer_code" not in sound.columns:
        return
    table = TABLES["customer_codes"]
    same = ["customer_id", "customer_code", "code_kind"]
    codes = sound.where(F.col("customer_code").isNotNull()).select(*table.column_names).distinct()
    known = run.tables.read(table.name)
    new = codes.join(known, on=same, how="left_anti").persist()
    try:
        if new.isEmpty():
            return
        if not colliding_ids(new.unionByName(known)).isEmpty():
            message = (
                f"two customer codes of source {delivery.mapping.source} share one customer id "
                "(customer_codes): nothing was published. Start the lakehouse with another key"
            )
            raise CustomerKeyError(message)
        run.tables.append(table.name, new)
    finally:
        new.unpersist()


def _settle(
    run: Run, given: Input, name: InputName, sound: DataFrame
) -> dict[str, tuple[int, Decimal]]:
    """Write what stands, delete what it replaces, and tell what was superseded in each file."""
    is_sales = name == "sales"
    unit, table = _UNITS[name], TABLES[name]
    says = LINE_CONTENT if is_sales else content(table)
    comes_whole = is_sales and "line_number" not in given.columns
    columns = [*table.column_names, "file_id"]
    fresh = sound.select(*columns)
    everything = fresh.unionByName(_kept_rows(run, name, fresh).select(*columns))
    contested = contested_units(everything, unit, None if comes_whole else table.key).persist()
    if comes_whole:
        fresh = fresh.transform(with_line_numbers, unit=unit, content=says)
    try:
        if contested.isEmpty():
            run.outcome.counts[f"{name}_replaced"] = 0
            run.tables.append(name, fresh.select(*table.column_names))
            return {}
        kept = _kept_rows(run, name, fresh).select(*columns)
        judged = (
            fresh.unionByName(kept)
            .join(contested, on=list(unit), how="left_semi")
            .transform(
                settled,
                unit=unit,
                key=table.key,
                content=says,
                whole=comes_whole,
                repeats=not is_sales,
            )
        )
        free = fresh.join(contested, on=list(unit), how="left_anti")
        return _settle_contested(run, name, judged, free)
    finally:
        contested.unpersist()


def _settle_contested(
    run: Run, name: InputName, judged: DataFrame, free: DataFrame
) -> dict[str, tuple[int, Decimal]]:
    """Write what stands of contested units beside all of the others."""
    table = TABLES[name]
    judged = judged.persist(StorageLevel.MEMORY_AND_DISK)
    is_kept, stands = F.col("file_id") == KEPT, F.col("stands")
    try:
        _refuse_conflicts(name, _UNITS[name], judged)
        replaced = judged.where(is_kept & ~stands)
        count = replaced.count()
        run.outcome.counts[f"{name}_replaced"] = count
        if count:
            run.tables.delete(name, replaced)
        new = judged.where(~is_kept & stands).select(*table.column_names)
        run.tables.append(name, new.unionByName(free.select(*table.column_names)))
        lost = judged.where(~is_kept & ~stands)
        return _counted(lost.withColumn("amount", _amount(lost)))
    finally:
        judged.unpersist()


def _kept_rows(run: Run, name: InputName, fresh: DataFrame) -> DataFrame:
    """The rows that a table already holds of the units delivered."""
    kept = run.tables.read(name).withColumn("file_id", F.lit(KEPT))
    if kept.isEmpty():
        return kept
    if name == "sales":
        # Sales arrive by day, so the days delivered tell Delta which files to read.
        first, last = fresh.agg(F.min("business_day"), F.max("business_day")).collect()[0]
        if first is not None:
            kept = kept.where(F.col("business_day").between(F.lit(first), F.lit(last)))
    units = fresh.select(*_UNITS[name]).distinct()
    return kept.join(units, on=list(_UNITS[name]), how="left_semi")


def _refuse_conflicts(name: InputName, unit: Sequence[str], judged: DataFrame) -> None:
    rows = (
        judged.where("in_conflict")
        .select(*unit)
        .distinct()
        .orderBy(*unit)
        .limit(_EXAMPLES)
        .collect()
    )
    if rows:
        examples = "; ".join(", ".join(f"{key} {row[key]}" for key in unit) for row in rows)
        message = (
            f"{name}: delivered twice with different content, and nothing says which is newer: "
            f"{examples}. Name newer_by in the mapping (a column, or a date in the file's name)"
        )
        raise DeliveryConflictError(message)


def _add_to_ledger(
    run: Run,
    delivery: Delivery,
    name: InputName,
    files: Sequence[NewFile],
    profile: dict[str, Row],
    superseded: dict[str, tuple[int, Decimal]],
) -> None:
    entries = [
        {
            "source": delivery.mapping.source,
            "input": name,
            "file_id": each.file_id,
            "file_name": each.file.name,
            "bytes": each.file.size,
            **_balance(profile.get(each.file_id), superseded.get(each.file_id, (0, Decimal(0)))),
        }
        for each in files
    ]
    table = TABLES["ingested_files"]
    run.tables.append(table.name, local_rows(run.tables.spark, entries, table.ddl))
    counts = {
        f"{name}_{part}": sum(int(str(entry[f"rows_{part}"])) for entry in entries)
        for part in ("received", "accepted", "rejected", "superseded")
    }
    run.outcome.counts.update(counts)
    log.info("ingested", input=name, files=len(files), **counts)


def _balance(profile: Row | None, superseded: tuple[int, Decimal]) -> dict[str, object]:
    """A file's rows and money: received = accepted + rejected + superseded."""
    rows = (profile.rows_received, profile.rows_rejected) if profile else (0, 0)
    money = (
        (profile.amount_received, profile.amount_rejected) if profile else (Decimal(0), Decimal(0))
    )
    return {
        "rows_received": rows[0],
        "rows_rejected": rows[1],
        "rows_superseded": superseded[0],
        "rows_accepted": rows[0] - rows[1] - superseded[0],
        "amount_received": money[0],
        "amount_rejected": money[1],
        "amount_superseded": superseded[1],
        "amount_accepted": money[0] - money[1] - superseded[1],
        "values_unreadable": profile.unreadable if profile else 0,
    }


def _counted(rows: DataFrame) -> dict[str, tuple[int, Decimal]]:
    """Rows and readable money of each file."""
    amount = F.coalesce(F.sum("amount"), F.lit(0)).cast(LEDGER_MONEY)
    grouped = rows.groupBy("file_id").agg(F.count(F.lit(1)).alias("rows"), amount.alias("amount"))
    return {row.file_id: (row.rows, row.amount) for row in grouped.collect()}


def _amount(rows: DataFrame) -> Column:
    return F.col("amount") if "amount" in rows.columns else F.lit(None).cast("decimal(18,4)")


def _check_rejected_share(run: Run, settings: Settings) -> None:
    counts = run.outcome.counts
    received = sum(counts.get(f"{name}_received", 0) for name in INPUTS)
    rejected = sum(counts.get(f"{name}_rejected", 0) for name in INPUTS)
    limit = settings.ingest.max_rejected_share
    if received and Decimal(rejected) / received > limit:
        message = (
            f"{rejected} of {received} rows were rejected, more than ingest.max_rejected_share "
            f"({limit}) allows: nothing was published. The log names the reasons; correct the "
            "mapping or the files, or raise the limit"
        )
        raise RejectedShareError(message)
