"""All that is held of a person, for whoever asks it by law: as JSON, and as a page to read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from functools import partial
from importlib import resources
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.changes import Keep
from jobs.errors import UsageError
from jobs.files import JAVA_ERRORS, Files
from jobs.kept import keeping
from jobs.packages import require_packages
from jobs.printing import say
from jobs.publication import Run
from jobs.registry.erasing import customer_columns
from jobs.registry.looking import look_ups
from jobs.registry.mentions import codes_sought, values_of_few_sought
from jobs.registry.whom import Whom, found_persons, with_all_ids, with_merged
from jobs.settings import Settings
from jobs.tables import Tables
from jobs.writing import writing_run
from schemas import TABLES
from transforms.erasure import rows_that_name
from transforms.identity import is_tax_id

_JSON, _HTML = ".json", ".html"
_REJECTED = "rejected_rows"


def export(settings: Settings, whom: Whom, by: str, out: str) -> None:
    """Write what every table holds of a person, under any kind of her code, merged ids included.

    Of whom nothing else is held, rejected rows may hold her code all the same.

    Args:
        settings: All of them.
        whom: She; a code or RG of several is refused, and one that leads to ids not merged yet.
        by: Who asks.
        out: What both files are named, without ending.

    Raises:
        MissingPackageError: If the package of pages is not installed.
        UsageError: If nothing is found, or several people are, or the files cannot be written; the
            look-up is written down all the same.
    """
    require_packages(("jinja2",), "report", "privacy export")
    held: dict[str, list[dict[str, Any]]] = {}
    with writing_run(settings, "privacy") as run, keeping() as keep:
        found = keep(found_persons(run, [(1, whom)]).select("customer_id").distinct())
        found = keep(with_all_ids(run, found))
        ids = [row.customer_id for row in found.orderBy("customer_id").collect()]
        run.tables.append("person_history", look_ups(run, "export", ids, by))
        if len(ids) <= 1:
            people = keep(with_merged(run.tables, found))
            codes = keep(codes_sought(run.tables, people, [whom]))
            if not ids:
                # Any other word stands in rows of others, which are not hers to be given.
                codes = codes.where(is_tax_id(F.col("code")))
            most = settings.duplicates.most_sharing
            rejected = partial(_rejected, run.tables, people, codes, most, keep)
            held = _held(run, people, TABLES if ids else (_REJECTED,), rejected)
    if len(ids) > 1 or not (ids or held):
        message = (
            "several people bear that code or RG: name one by her code, or merge those who are one"
            if ids
            else "nobody in this lakehouse bears that code or RG; the look-up was written down"
        )
        raise UsageError(message)
    # Only now: nobody may have files of a look-up that was not published.
    _write(Files(run.tables.spark), out, held)
    rows = sum(len(each) for each in held.values())
    say(f"written {out}{_JSON} and {out}{_HTML}: {rows:,} rows of {len(held)} tables")


def _held(
    run: Run, people: DataFrame, names: Iterable[str], rejected: Callable[[], DataFrame]
) -> dict[str, list[dict[str, Any]]]:
    """By table, the rows that name the people by id, or by anything in a rejected row."""
    held = {}
    for name in names:
        rows = rejected() if name == _REJECTED else _of(run.tables, name, people)
        if rows is not None:
            table = TABLES[name]
            found = rows.select(*table.column_names).orderBy(*table.key).collect()
            if found:
                held[name] = [row.asDict(recursive=True) for row in found]
    return held


def _rejected(
    tables: Tables, people: DataFrame, codes: DataFrame, most_sharing: int, keep: Keep
) -> DataFrame:
    """The rejected rows that name people by their codes, or by what few others can have."""
    values = keep(values_of_few_sought(tables, people, most_sharing))
    return rows_that_name(tables.read(_REJECTED), codes, values)


def _of(tables: Tables, name: str, people: DataFrame) -> DataFrame | None:
    columns = customer_columns(name)
    if not columns:
        return None
    rows = tables.read(name)
    for column in columns:
        theirs = people.select(
            F.col("customer_id").alias(column), F.lit(True).alias(f"is_{column}")
        )
        rows = rows.join(F.broadcast(theirs), on=column, how="left")
    return rows.where(F.coalesce(*(F.col(f"is_{column}") for column in columns)))


def _write(files: Files, out: str, held: dict[str, list[dict[str, Any]]]) -> None:
    text = json.dumps(held, default=str, ensure_ascii=False, indent=1)
    page = _page(held)
    try:
        files.write(f"{out}{_JSON}", text.encode())
        files.write(f"{out}{_HTML}", page.encode())
    except JAVA_ERRORS as error:
        message = (
            f"--out {out}: cannot be written to; check the folder and its permissions. The look-up "
            "was written down"
        )
        raise UsageError(message) from error


def _page(held: dict[str, list[dict[str, Any]]]) -> str:
    import jinja2  # noqa: PLC0415 - its package may be missing

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    template = (resources.files("conf") / "privacy" / "person.html").read_text(encoding="utf-8")
    tables = [
        {
            "name": name,
            "english": TABLES[name].english,
            "portuguese": TABLES[name].portuguese,
            "columns": TABLES[name].columns,
            "rows": rows,
        }
        for name, rows in held.items()
    ]
    made_at = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M}"
    return environment.from_string(template).render(tables=tables, made_at=made_at)
