"""The job ``duplicates``: finds registrations of one person, merges them, and takes that back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import click
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.errors import UsageError
from jobs.kept import keeping
from jobs.publication import Run
from jobs.registry.people_files import read_people_file
from jobs.registry.persons import settle_persons
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.tables import Tables
from jobs.writing import writing_run
from schemas import TABLES
from schemas.duplicates import State
from transforms.duplicates import comparable, exact_pairs
from transforms.person_history import as_said
from transforms.persons_cleaned import checked_persons
from transforms.validity import birth_date_reason

BY_SEARCH = "search"
"""``decided_by`` of what no person decided."""


def find(settings: Settings) -> None:
    """Search the registry, and merge or propose what is found, by the settings."""
    with writing_run(settings, "duplicates") as run:
        settle_persons(run)
        _search(run, settings)
    counts = run.outcome.counts
    click.echo(
        f"{counts['pairs_merged']:,} pairs were merged and {counts['pairs_proposed']:,} proposed; "
        f"published in {run.place}. Merges count from the next daily on"
    )


def read_pairs(file: Path) -> list[tuple[int, int]]:
    """The pairs of a CSV file with semicolons and the header ``customer_id;other_customer_id``.

    Raises:
        UsageError: Naming the file and the first line that is no pair.
    """
    rows = [tuple(row.values()) for row in read_people_file(file, TABLES["duplicates"].key)]
    for line, row in enumerate(rows, 2):
        if not all(re.fullmatch(r"-?\d{1,19}", each) for each in row):
            message = f"{file}: line {line} is not two customer ids"
            raise UsageError(message)
    return [(int(one), int(other)) for one, other in rows]


def decide(
    settings: Settings, pairs: Sequence[tuple[int, int]], state: State, by: str, why: str
) -> None:
    """Merge pairs, or keep them apart, whatever was found or decided before.

    Raises:
        UsageError: If a pair is of customers whom nobody knows.
    """
    asked = sorted({(min(pair), max(pair)) for pair in pairs})
    with writing_run(settings, "duplicates") as run:
        _refuse_unknown(run.tables, asked)
        now = datetime.now(timezone.utc)
        rows = [
            dict(zip(TABLES["duplicates"].key, pair, strict=True))
            | {"passes": [], "evidence": [], "score": Decimal(1), "state": state.value}
            | {"decided_at": now, "decided_by": by, "why": why, "sequence": run.sequence}
            for pair in asked
        ]
        decided = local_rows(run.tables.spark, rows, TABLES["duplicates"].ddl)
        _replace(run.tables, decided)
    click.echo(f"{len(asked):,} pairs are {state.value} now; that counts from the next daily on")


def _replace(tables: Tables, decided: DataFrame) -> None:
    """Put decisions in the place of what the table says of their pairs; the evidence stays."""
    key, before = list(TABLES["duplicates"].key), tables.read("duplicates")
    stays = ("passes", "evidence", "score")
    found = before.select(*key, *(F.col(name).alias(f"found_{name}") for name in stays))
    with_evidence = decided.join(found, on=key, how="left").withColumns(
        {name: F.coalesce(f"found_{name}", name) for name in stays}
    )
    others = before.join(decided, on=key, how="left_anti")
    tables.overwrite("duplicates", others.unionByName(with_evidence.select(*before.columns)))


def _search(run: Run, settings: Settings) -> None:
    tables, rules = run.tables, settings.duplicates
    with keeping() as keep:
        people = keep(people_compared(tables, datetime.now(timezone.utc).date()))
        pairs = exact_pairs(people, rules.most_sharing).withColumn("score", F.lit(Decimal(1)))
        before = tables.read("duplicates")
        key = list(TABLES["duplicates"].key)
        new = keep(pairs.join(before, on=key, how="left_anti"))
        is_merged = F.lit(rules.merge_exact) & ~F.col("is_ambiguous")
        decided = {
            "state": F.when(is_merged, State.MERGED.value).otherwise(State.PROPOSED.value),
            "decided_at": F.lit(datetime.now(timezone.utc)),
            "decided_by": F.lit(BY_SEARCH),
            "why": F.lit(None).cast("string"),
            "sequence": F.lit(run.sequence).cast("bigint"),
            "score": F.col("score").cast("decimal(18,6)"),
        }
        counted = {row[0]: row[1] for row in new.groupBy(is_merged).count().collect()}
        if counted:
            columns = TABLES["duplicates"].column_names
            tables.append("duplicates", new.withColumns(decided).select(*columns))
        run.outcome.counts["pairs_merged"] = counted.get(True, 0)
        run.outcome.counts["pairs_proposed"] = counted.get(False, 0)


def people_compared(tables: Tables, today: date) -> DataFrame:
    """What the registrations are compared by, corrections among it and nobody merged."""
    persons = as_said(tables.read("persons_received"), tables.read("person_history"))
    codes = tables.read("customer_codes")
    reason = birth_date_reason(F.col("birth_date"), F.lit(today))
    checked = checked_persons(persons, codes).withColumn("birth_date_reason", reason)
    return comparable(persons, checked, codes)


def _refuse_unknown(tables: Tables, pairs: Sequence[tuple[int, int]]) -> None:
    asked = {each for pair in pairs for each in pair}
    rows = [{"customer_id": each} for each in sorted(asked)]
    wanted = local_rows(tables.spark, rows, "customer_id bigint")
    known = wanted.join(tables.read("customer_codes"), on="customer_id", how="left_semi").count()
    alike = sum(one == other for one, other in pairs)
    if known < len(asked) or alike:
        message = (
            f"{len(asked) - known} of the ids given are no customer's, and {alike} pairs name one "
            "twice: take the ids from the table duplicates or customer_codes"
        )
        raise UsageError(message)
