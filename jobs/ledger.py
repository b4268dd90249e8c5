"""What each delivered file held and what became of it (README, "Deliveries").

Per file, in rows and in money: received = accepted + rejected + superseded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import structlog
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from jobs.errors import RejectedShareError, SourceError
from jobs.publication import Run
from jobs.session import local_rows
from jobs.source_groups import NewFile
from jobs.source_mapping import INPUTS, InputName
from schemas import TABLES
from schemas.ingested_files import LEDGER_MONEY

log = structlog.get_logger()

_EXAMPLES = 3
_PARTS = ("received", "accepted", "rejected", "superseded")
_NOTHING = (0, Decimal(0))

Share = tuple[int, Decimal]
"""Rows of a file, and their money."""


def readable_money(condition: Column) -> Column:
    """An aggregate: the money of the rows that fulfil a condition, as far as it can be read."""
    return F.coalesce(F.sum(F.when(condition, F.col("amount"))), F.lit(0)).cast(LEDGER_MONEY)


def profiles(typed: DataFrame) -> dict[str, Row]:
    """What each file holds: one entry per file that has rows, by its id.

    Args:
        typed: What ``jobs.typed_rows`` returns. One pass over it tells all that ingest must know
            before it writes.
    """
    is_sound = F.size("reasons") == 0
    sound_day = F.when(is_sound, F.col("business_day")) if "business_day" in typed.columns else None
    days = F.lit(None).cast("date") if sound_day is None else sound_day
    rows = typed.groupBy("file_id").agg(
        F.count(F.lit(1)).alias("rows_received"),
        F.count_if(~is_sound).alias("rows_rejected"),
        readable_money(F.lit(True)).alias("amount_received"),
        readable_money(~is_sound).alias("amount_rejected"),
        F.coalesce(F.sum(F.when(is_sound, F.col("values_unreadable"))), F.lit(0)).alias(
            "unreadable"
        ),
        F.min("damaged").alias("damaged"),
        F.count("damaged").alias("rows_damaged"),
        F.min(days).alias("first_day"),
        F.max(days).alias("last_day"),
    )
    return {row.file_id: row for row in rows.collect()}


def days_of(profile: Mapping[str, Row]) -> tuple[date, date] | None:
    """The first and the last business day of the sound rows, if there are any."""
    firsts = [row.first_day for row in profile.values() if row.first_day is not None]
    lasts = [row.last_day for row in profile.values() if row.last_day is not None]
    return (min(firsts), max(lasts)) if firsts else None


def refuse_damaged(profile: Mapping[str, Row], files: Sequence[NewFile]) -> None:
    """Refuses files whose text was decoded wrongly.

    Raises:
        SourceError: Naming files, columns and numbers of rows.
    """
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


def add_to_ledger(
    run: Run,
    source: str,
    name: InputName,
    files: Sequence[NewFile],
    profile: Mapping[str, Row],
    superseded: Mapping[str, Share],
) -> None:
    """Write down the files as read, and count their rows for the publication."""
    entries = [
        {
            "source": source,
            "input": name,
            "file_id": each.file_id,
            "file_name": each.file.name,
            "bytes": each.file.size,
            **_balance(profile.get(each.file_id), superseded.get(each.file_id, _NOTHING)),
        }
        for each in files
    ]
    table = TABLES["ingested_files"]
    run.tables.append(table.name, local_rows(run.tables.spark, entries, table.ddl))
    counts = {
        f"{name}_{part}": sum(int(str(entry[f"rows_{part}"])) for entry in entries)
        for part in _PARTS
    }
    run.outcome.counts.update(counts)
    log.info("ingested", input=name, files=len(files), **counts)


def check_rejected_share(counts: Mapping[str, int], limit: Decimal) -> None:
    """Refuses a delivery of which too much was rejected.

    Raises:
        RejectedShareError: Naming the numbers of rows and the limit.
    """
    received = sum(counts.get(f"{name}_received", 0) for name in INPUTS)
    rejected = sum(counts.get(f"{name}_rejected", 0) for name in INPUTS)
    if received and Decimal(rejected) / received > limit:
        message = (
            f"{rejected} of {received} rows were rejected, more than ingest.max_rejected_share "
            f"({limit}) allows: nothing was published. The log names the reasons; correct the "
            "mapping or the files, or raise the limit"
        )
        raise RejectedShareError(message)


def _balance(profile: Row | None, superseded: Share) -> dict[str, object]:
    """A file's rows and money: received = accepted + rejected + superseded."""
    received: Share = (profile.rows_received, profile.amount_received) if profile else _NOTHING
    rejected: Share = (profile.rows_rejected, profile.amount_rejected) if profile else _NOTHING
    return {
        "rows_received": received[0],
        "rows_rejected": rejected[0],
        "rows_superseded": superseded[0],
        "rows_accepted": received[0] - rejected[0] - superseded[0],
        "amount_received": received[1],
        "amount_rejected": rejected[1],
        "amount_superseded": superseded[1],
        "amount_accepted": received[1] - rejected[1] - superseded[1],
        "values_unreadable": profile.unreadable if profile else 0,
    }
