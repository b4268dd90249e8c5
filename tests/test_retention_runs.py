"""A late sale of before pruned dates: rebuilt from there, pruned again, and as if never late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import commands, daily
from jobs.customer_key import KEY_VARIABLE
from jobs.ingest import ingest
from jobs.past_runs import dates_kept
from jobs.place import Place
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping
from tests import lakehouses
from tests.lakehouses import everything, line, write

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "12345678909"  # made up
MONTH_END, NEWEST, NEXT = date(2024, 2, 29), date(2024, 3, 2), date(2024, 3, 3)
PRUNED = {date(2024, 2, day) for day in range(20, 29)}
SOLD = [
    line("1", day="05/01/2024", cpf=ANA),
    line("2", day="20/01/2024", cpf=RUI, store="02", amount="50,00"),
    line("3", day="21/02/2024", cpf=ANA, store="02", amount="5,00"),
    line("4", day="25/02/2024", cpf=RUI, amount="8,00"),
    line("5", day="01/03/2024", cpf=EVA, amount="3,00"),
]
LATE = [
    line("6", day="22/02/2024", cpf=ANA, store="02", amount="90,00"),
    line("7", day="22/02/2024", cpf=EVA, store="01", amount="20,00"),
]
"""They arrive when the dates from 20 to 28 February are pruned."""


def night(
    spark: SparkSession, settings: Settings, source: SourceMapping, file: Path, *dates: date
) -> Sequence[date]:
    with lakehouses.started(spark, settings) as run:
        ingest(run, settings, source, [str(file)])
        daily.compute(run, settings, dates)
    return run.outcome.as_of


def apart_from_files(lakehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but the one that tells which line came in which file."""
    return {name: rows for name, rows in everything(lakehouse).items() if name != "ingested_files"}


def accounts_of(found: dict[str, list[tuple[Any, ...]]], day: date) -> list[tuple[Any, ...]]:
    return [row for row in found["accounts"] if row[0] == day]


def test_a_late_sale_rebuilds_what_was_pruned_and_pruning_it_again_leaves_no_trace(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "c3" * 32)  # one key, so that ids are the same
    parts = ("accounts", "allocation", "life_cycle", "rfv", "pareto", "movement")
    monkeypatch.setattr(daily, "PARTS", parts)
    session, source = lakehouses.small_session(spark), lakehouses.mapping(tmp_path)
    policy = (
        "processing_calendar.every=day",
        "processing_calendar.start_before_first_run=11 days",
        "retention.days_kept=2",
    )
    late, never = (lakehouses.settings_for(tmp_path / name, *policy) for name in ("late", "never"))
    place = Place.of(late.lakehouse)

    sold, came_late = write(tmp_path / "vendas_1.csv", SOLD), write(tmp_path / "vendas_2.csv", LATE)
    night(session, late, source, sold, NEWEST)
    assert dates_kept(session, place) == {*PRUNED, MONTH_END, date(2024, 3, 1), NEWEST}
    commands.maintain(late)
    kept = dates_kept(session, place)
    assert kept == {MONTH_END, date(2024, 3, 1), NEWEST}
    before = apart_from_files(tmp_path / "late")

    rebuilt = set(night(session, late, source, came_late, NEXT))
    # What a day says of since when rests on the day before, and no date before these is kept.
    assert rebuilt == {*PRUNED, *kept, NEXT}
    commands.maintain(late)
    assert dates_kept(session, place) == {*kept, NEXT}
    after = apart_from_files(tmp_path / "late")

    in_time = write(tmp_path / "vendas_3.csv", [*SOLD, *LATE])
    night(session, never, source, in_time, NEWEST, NEXT)
    commands.maintain(never)
    clean = apart_from_files(tmp_path / "never")
    assert [name for name, rows in clean.items() if rows != after[name]] == []
    assert accounts_of(after, MONTH_END) != accounts_of(before, MONTH_END)
