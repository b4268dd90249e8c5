"""The job ``duplicates``: finds registrations of one person, merges them, and takes that back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.changes import Keep
from jobs.errors import UsageError
from jobs.kept import keeping
from jobs.printing import say
from jobs.publication import Run
from jobs.registry import linking
from jobs.registry.merging import contradictory, groups_of
from jobs.registry.people_files import read_people_file
from jobs.registry.persons import settle_persons
from jobs.session import local_rows
from jobs.settings import Duplicates, Settings
from jobs.tables import Tables
from jobs.writing import writing_run
from schemas import TABLES
from schemas.duplicates import State
from transforms.duplicates import (
    PROBABILISTIC,
    alike_exactly,
    alike_probably,
    bearers,
    comparable,
    linkable,
    pairs_found,
)
from transforms.person_history import as_said
from transforms.persons_cleaned import checked_persons
from transforms.validity import birth_date_reason

_SHOWN = 10
BY_SEARCH = "search"
"""``decided_by`` of what no person decided."""


def find(settings: Settings, *, probabilistic: bool = False) -> None:
    """Search the registry, and merge or propose what is found, by the settings.

    Args:
        settings: All of them.
        probabilistic: Whether to search with the model of ``jobs.registry.linking`` too.
    """
    if probabilistic:
        linking.check_packages()
    with writing_run(settings, "duplicates") as run:
        settle_persons(run)
        _search(run, settings.duplicates, probabilistic=probabilistic)
    counts = run.outcome.counts
    say(
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
        UsageError: If a pair is of customers whom nobody knows, or if two would be kept apart and
            yet be one, by way of others.
    """
    asked = sorted({(min(pair), max(pair)) for pair in pairs})
    with writing_run(settings, "duplicates") as run:
        _refuse_unknown(run.tables, asked)
        _refuse_contradiction(run.tables.read("duplicates"), asked, state)
        now = datetime.now(timezone.utc)
        rows = [
            dict(zip(TABLES["duplicates"].key, pair, strict=True))
            | {"passes": [], "evidence": [], "score": Decimal(1), "state": state.value}
            | {"decided_at": now, "decided_by": by, "why": why, "sequence": run.sequence}
            for pair in asked
        ]
        decided = local_rows(run.tables.spark, rows, TABLES["duplicates"].ddl)
        _replace(run.tables, decided)
    say(f"{len(asked):,} pairs are {state.value} now; that counts from the next daily on")


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


def _search(run: Run, rules: Duplicates, *, probabilistic: bool) -> None:
    tables = run.tables
    with keeping() as keep, linking.forgetting(tables.spark):
        people = keep(people_compared(tables, datetime.now(timezone.utc).date()))
        alike = keep(alike_exactly(people, rules.most_sharing))
        if probabilistic:
            alike = alike.unionByName(_probable(people, alike, rules, keep))
        before = tables.read("duplicates")
        key = list(TABLES["duplicates"].key)
        found = keep(pairs_found(alike).join(before, on=key, how="left_anti"))
        is_merged = _is_merged(rules)
        unsure = _unsure(tables, found.where(is_merged), before)
        new = keep(
            found.join(F.broadcast(unsure), on=key, how="left").withColumn(
                "is_ambiguous", F.coalesce("is_unsure", "is_ambiguous")
            )
        )
        decided = {
            "state": F.when(is_merged, State.MERGED.value).otherwise(State.PROPOSED.value),
            "decided_at": F.lit(datetime.now(timezone.utc)),
            "decided_by": F.lit(BY_SEARCH),
            "why": F.lit(None).cast("string"),
            "sequence": F.lit(run.sequence).cast("bigint"),
        }
        counted = {row[0]: row[1] for row in new.groupBy(is_merged).count().collect()}
        if counted:
            columns = TABLES["duplicates"].column_names
            tables.append("duplicates", new.withColumns(decided).select(*columns))
        run.outcome.counts["pairs_merged"] = counted.get(True, 0)
        run.outcome.counts["pairs_proposed"] = counted.get(False, 0)


def _unsure(tables: Tables, to_merge: DataFrame, before: DataFrame) -> DataFrame:
    """The pairs that would make one person of two, marked ``is_unsure``."""
    key = TABLES["duplicates"].key
    merged = before.where(F.col("state") == State.MERGED.value)
    apart = before.where(F.col("state") == State.KEPT_APART.value)
    both = to_merge.select(*key).unionByName(merged.select(*key))
    members = both.select(F.explode(F.array(*key)).alias("customer_id")).distinct()
    codes = tables.read("customer_codes").join(members, on="customer_id", how="left_semi")
    known: dict[int, list[int]] = {}
    for customer_id, bearer in bearers(codes).collect():
        known.setdefault(customer_id, []).append(bearer)
    wrong = contradictory(_pairs(to_merge), _pairs(merged), _pairs(apart), known)
    rows = [dict(zip(key, pair, strict=True)) | {"is_unsure": True} for pair in sorted(wrong)]
    ddl = "customer_id bigint, other_customer_id bigint, is_unsure boolean"
    return local_rows(tables.spark, rows, ddl)


def _pairs(rows: DataFrame) -> list[tuple[int, ...]]:
    return [tuple(row) for row in rows.select(*TABLES["duplicates"].key).collect()]


def _probable(people: DataFrame, exact: DataFrame, rules: Duplicates, keep: Keep) -> DataFrame:
    """The pairs of the model, in the form of those of the exact passes."""
    compared = keep(linkable(people, rules.most_sharing))
    registrations = compared.count()
    pairs = exact.select(*TABLES["duplicates"].key).distinct().count()
    scored = linking.scored_pairs(compared, registrations, pairs, rules.propose_from)
    return alike_probably(people, scored)


def _is_merged(rules: Duplicates) -> Column:
    """Whether a pair is merged at once; the rest is proposed."""
    is_exact = F.exists("passes", lambda name: name != PROBABILISTIC)
    is_sure = F.lit(False) if rules.merge_from is None else F.col("score") >= rules.merge_from
    return F.when(is_exact, F.lit(rules.merge_exact)).otherwise(is_sure) & ~F.col("is_ambiguous")


def people_compared(tables: Tables, today: date) -> DataFrame:
    """What the registrations are compared by, corrections among it and nobody merged."""
    persons = as_said(tables.read("persons_received"), tables.read("person_history"))
    codes = tables.read("customer_codes")
    reason = birth_date_reason(F.col("birth_date"), F.lit(today))
    checked = checked_persons(persons, codes).withColumn("birth_date_reason", reason)
    return comparable(persons, checked, codes)


def _refuse_contradiction(
    before: DataFrame, asked: Sequence[tuple[int, int]], state: State
) -> None:
    """Refuse a decision after which two are kept apart and one by way of others."""
    states: dict[tuple[int, ...], State] = {}
    for each in (State.MERGED, State.KEPT_APART):
        states |= dict.fromkeys(_pairs(before.where(F.col("state") == each.value)), each)
    states |= dict.fromkeys(asked, state)
    merged = [pair for pair, each in states.items() if each == State.MERGED]
    groups = groups_of(merged)
    decided = {each for pair in asked for each in pair}
    for pair in sorted(each for each, held in states.items() if held == State.KEPT_APART):
        together = groups.get(pair[0], set())
        if pair[1] in together and decided & together:
            chain = sorted(each for each in merged if set(each) <= together)
            told = ", ".join(f"{one} and {other}" for one, other in chain[:_SHOWN])
            message = (
                f"{pair[0]} and {pair[1]} are kept apart, and yet one by way of others. These of "
                f"their group are merged: {told}. Keep apart those that are wrong, all in one file"
            )
            raise UsageError(message)


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
