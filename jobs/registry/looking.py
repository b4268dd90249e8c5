"""What is held of a person: looked up by code or RG, and every look-up written down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import click
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.errors import UsageError
from jobs.publication import Run
from jobs.registry.whom import Whom, found_persons
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.tables import Tables
from jobs.writing import writing_run
from schemas import TABLES
from schemas.person_history import ALL_CHANNELS, NOBODY, Kind
from transforms.consent import consents
from transforms.duplicates import with_survivors
from transforms.life_cycle_flows import segments_on
from transforms.person_history import blocks
from transforms.persons_cleaned import checked_persons
from transforms.validity import birth_date_reason

Row = dict[str, Any]

_OF_ACCOUNT = (
    "as_of",
    "first_purchase_on",
    "last_purchase_on",
    "purchases",
    "net_amount",
    "store_code",
    "salesperson_code",
    "stage",
    "segment",
)


def show(settings: Settings, whom: Whom, by: str, *, as_json: bool) -> None:
    """Print what the registry, consents, blocks and the newest account say of a person.

    Raises:
        UsageError: If nobody is found; the look-up is written down all the same.
    """
    with writing_run(settings, "person") as run:
        ids = _looked_up(run, whom, "show", by)
        shown = [_shown(run.tables, each) for each in ids]
    _print(shown, as_json=as_json)


def history(settings: Settings, whom: Whom, by: str, *, as_json: bool) -> None:
    """Print what was said, asked and looked up of a person, in the order of time.

    Raises:
        UsageError: As in ``show``.
    """
    with writing_run(settings, "person") as run:
        ids = _looked_up(run, whom, "history", by)
        shown = [
            {
                "customer_id": each,
                "history": _rows(_of(_told(run.tables), each), _IN_TIME),
            }
            for each in ids
        ]
    _print(shown, as_json=as_json)


_IN_TIME = ("said_at", "sequence", "position")


def look_ups(run: Run, command: str, ids: Sequence[int], by: str) -> DataFrame:
    """Rows of ``person_history`` that say who looked; of nobody in particular, if none was found.

    Args:
        run: The run that looks.
        command: What was asked for.
        ids: Who was found.
        by: Who asked.
    """
    found = ids or [NOBODY]
    rows: list[Mapping[str, object]] = [
        {"sequence": run.sequence, "position": n, "kind": Kind.LOOK_UP.value, "field": command}
        | {"customer_id": each, "said_at": datetime.now(timezone.utc), "said_by": by}
        for n, each in enumerate(found, 1)
    ]
    return local_rows(run.tables.spark, rows, TABLES["person_history"].ddl)


def _looked_up(run: Run, whom: Whom, command: str, by: str) -> list[int]:
    """Who is meant; the look-up is added to the run."""
    found = found_persons(run, [(1, whom)]).orderBy("customer_id").collect()
    ids = [row.customer_id for row in found]
    run.tables.append("person_history", look_ups(run, command, ids, by))
    return ids


def _shown(tables: Tables, customer_id: int) -> Row:
    told = _told(tables)
    registered = _of(tables.read("persons"), customer_id)
    codes = _of(tables.read("customer_codes"), customer_id)
    rows = _rows(registered)
    return {
        "customer_id": customer_id,
        "codes": _rows(codes),
        "registration": rows[0] if rows else None,
        "invalid": _invalid(registered, codes) if rows else {},
        "opt_outs": _opt_outs(tables, customer_id),
        "blocks": _rows(_of(blocks(told), customer_id), ("feature",)),
        "account": _account(tables, customer_id),
    }


def _opt_outs(tables: Tables, customer_id: int) -> list[str]:
    """The channels that she refuses, registered or not; ``all`` is first."""
    said = consents(tables.read("person_history"), tables.read("merges"))
    for row in _rows(_of(said, customer_id)):
        general = [ALL_CHANNELS] if row["opted_out"] else []
        return [*general, *(row["channels_opted_out"] or [])]
    return []


def _invalid(registered: DataFrame, codes: DataFrame) -> Row:
    """Why values of a registration are invalid today, by field."""
    today = F.lit(datetime.now(timezone.utc).date())
    checked = checked_persons(registered, codes)
    judged = checked.withColumn("birth_date_reason", birth_date_reason(F.col("birth_date"), today))
    names = [name for name in judged.columns if name.endswith("_reason")]
    row = _rows(judged.select(*names))[0]
    return {name.removesuffix("_reason"): why for name, why in row.items() if why is not None}


def _told(tables: Tables) -> DataFrame:
    """What was said of each, those included who were merged into her."""
    return tables.read("person_history").transform(with_survivors, tables.read("merges"))


def _account(tables: Tables, customer_id: int) -> Row | None:
    """The account on the last date of which there is one, with store and segment then."""
    mine = _of(tables.read("accounts"), customer_id)
    last = mine.agg(F.max("as_of")).collect()[0][0]
    if last is None:
        return None
    allocated = _of(tables.read_slices("allocations", [last]), customer_id)
    segment = segments_on(_of(tables.read("life_cycle"), customer_id), [last])
    both = mine.where(F.col("as_of") == last)
    for more in (allocated, segment):
        both = both.join(more, on=["as_of", "customer_id"], how="left")
    return _rows(both.select(*_OF_ACCOUNT))[0]


def _of(rows: DataFrame, customer_id: int) -> DataFrame:
    """The rows of one person; her id comes as a row, since a literal would stand in plans."""
    one = local_rows(rows.sparkSession, [{"customer_id": customer_id}], "customer_id bigint")
    return rows.join(F.broadcast(one), on="customer_id", how="left_semi")


def _rows(rows: DataFrame, order: Sequence[str] = ()) -> list[Row]:
    ordered = rows.orderBy(*order) if order else rows
    return [row.asDict(recursive=True) for row in ordered.collect()]


def _print(shown: Sequence[Row], *, as_json: bool) -> None:
    if not shown:
        message = "nobody in this lakehouse bears that code or RG; the look-up was written down"
        raise UsageError(message)
    if as_json:
        click.echo(json.dumps(shown, default=str, ensure_ascii=False, indent=2))
        return
    for number, each in enumerate(shown):
        if number:
            click.echo()
        for line in _lines(each, ""):
            click.echo(line)


def _lines(value: Row, margin: str) -> Iterator[str]:
    for name, each in value.items():
        if isinstance(each, dict):
            yield f"{margin}{name}:"
            yield from _lines(each, f"{margin}  ")
        elif isinstance(each, list) and each and isinstance(each[0], dict):
            yield f"{margin}{name}:"
            for item in each:
                said = ", ".join(f"{key} {what}" for key, what in item.items() if what is not None)
                yield f"{margin}  {said}"
        elif isinstance(each, list):
            yield f"{margin}{name}: {', '.join(map(str, each)) or 'none'}"
        elif each is not None:
            yield f"{margin}{name}: {each}"
