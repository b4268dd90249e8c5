"""What people ask of their registration: corrections, blocks, consent; one at a time or by file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import NoReturn

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.errors import UsageError
from jobs.kept import kept
from jobs.printing import say
from jobs.publication import Run
from jobs.registry.people_files import read_people_file
from jobs.registry.said_by import IS_REGISTRY, is_registry
from jobs.registry.whom import Whom, found_persons
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.writing import writing_run
from schemas import TABLES
from schemas.person_history import ALL_CHANNELS, CHANNELS, CORRECTABLE, FEATURES, Kind
from transforms.person_requests import NOBODY, SEVERAL, UNREGISTERED, checked_requests

FIELDS_OF = {
    Kind.CORRECT: CORRECTABLE,
    Kind.BLOCK: FEATURES,
    Kind.UNBLOCK: FEATURES,
    Kind.OPT_OUT: (ALL_CHANNELS, *CHANNELS),
    Kind.OPT_IN: (ALL_CHANNELS, *CHANNELS),
}
"""What each kind of request may name."""

COLUMNS = ("cpf", "rg", "kind", "field", "value", "by", "why")
"""The columns of a file of requests; ``cpf`` or ``rg`` says whom, ``value`` is a correction's."""

_SHOWN = 10
_SAID = {
    NOBODY: "nobody in this lakehouse bears that code or RG",
    SEVERAL: (
        "several people bear that code or RG: name one by her code, or merge those who are one"
    ),
    UNREGISTERED: "she is not registered, so there is nothing to correct",
}


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        whom: Whom it is about.
        kind: What is asked.
        field: The field, channel or feature.
        value: The new value of a correction.
        by: Who asks it of the suite.
        why: Why.
    """

    whom: Whom
    kind: Kind
    field: str
    value: str | None
    by: str
    why: str


def read_requests(file: Path) -> list[Request]:
    """The requests of a CSV file with semicolons and a header line.

    Raises:
        UsageError: Naming the file, and every line that lacks something; no value of it.
    """
    rows = read_people_file(file, COLUMNS)
    problems = [f"line {n}: {told}" for n, row in enumerate(rows, 2) for told in _wrong(row)]
    if problems:
        _refuse(str(file), problems)
    return [
        Request(
            Whom(row["cpf"] or None, row["rg"] or None),
            Kind(row["kind"]),
            row["field"],
            row["value"] or None,
            row["by"],
            row["why"],
        )
        for row in rows
    ]


def carry_out(settings: Settings, requests: Sequence[Request], source: str | None = None) -> None:
    """Check all requests, and write them down, or none of them; they count from the next run on.

    Args:
        settings: All of them.
        requests: At least one.
        source: The file that they come from, if any, for messages.

    Raises:
        UsageError: Naming every request that cannot be carried out, by its line.
    """
    with writing_run(settings, "person") as run, kept(_checked(run, requests)) as checked:
        wrong = checked.where(F.col("problem").isNotNull()).orderBy("position")
        problems = wrong.select("position", "field", "problem").collect()
        if problems:
            _refuse(source, [_problem(row, file=source) for row in problems])
        run.tables.append("person_history", _as_history(checked, run.sequence))
        run.outcome.counts["requests"] = len(requests)
    say(
        f"{len(requests):,} requests were written down in {run.place}; they count from the next "
        "daily or ingest on"
    )


def _wrong(row: dict[str, str]) -> Iterator[str]:
    """What a line of a file lacks; its values are told by the name of their column alone."""
    if bool(row["cpf"]) == bool(row["rg"]):
        yield "give either cpf or rg"
    kinds = [each.value for each in FIELDS_OF]
    if row["kind"] not in kinds:
        yield f"kind must be one of {', '.join(kinds)}"
    elif row["field"] not in FIELDS_OF[Kind(row["kind"])]:
        yield f"field must be one of {', '.join(FIELDS_OF[Kind(row['kind'])])}"
    elif bool(row["value"]) != (row["kind"] == Kind.CORRECT.value):
        yield "value goes with correct, and only with it"
    yield from (f"{name} is empty" for name in ("by", "why") if not row[name])
    if is_registry(row["by"]):
        yield f"by {IS_REGISTRY}"


def _checked(run: Run, requests: Sequence[Request]) -> DataFrame:
    asked = list(enumerate(requests, 1))
    rows = [
        {"position": n, "kind": each.kind.value, "field": each.field, "value": each.value}
        | {"said_at": _now(), "said_by": each.by, "why": each.why}
        for n, each in asked
    ]
    columns = (
        "position int, kind string, field string, value string, said_at timestamp, "
        "said_by string, why string"
    )
    tables = run.tables
    return checked_requests(
        local_rows(tables.spark, rows, columns),
        found_persons(run, [(n, each.whom) for n, each in asked]),
        tables.read("persons"),
        F.lit(datetime.now(timezone.utc).date()),
    )


def _as_history(checked: DataFrame, sequence: int) -> DataFrame:
    columns = TABLES["person_history"].column_names
    return checked.withColumn("sequence", F.lit(sequence).cast("bigint")).select(*columns)


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _problem(row: Row, file: str | None) -> str:
    told = _SAID.get(row.problem, f"its value is no valid {row.field}: {row.problem}")
    # The first line of a file is its header.
    return f"line {row.position + 1}: {told}" if file else told


def _refuse(source: str | None, problems: Sequence[str]) -> NoReturn:
    more = f"; and {len(problems) - _SHOWN:,} more" if len(problems) > _SHOWN else ""
    where = f"{source}: " if source else ""
    message = f"{where}nothing was written down: {'; '.join(problems[:_SHOWN])}{more}"
    raise UsageError(message)
