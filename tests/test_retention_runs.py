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
from jobs.publication import dates_kept
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping
from jobs.tables import Place
from tests import lakehouses
from tests.lakehouses import everything, line, write

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "12345678909"  # made up
FIRST, MONTH_END, NEWEST, NEXT = (
    date(2024, 1, 31),
    date(2024, 2, 29),
    date(2024, 3, 4),
    date(2024, 3, 5),
)
PRUNED = {date(2024, 2, day) for day in range(1, 29)}
SOLD = [
    line("1", day="05/01/2024", cpf=ANA),
    line("2", day="20/01/2024", cpf=RUI, store="02", amount="50,00"),
    line("3", day="12/02/2024", cpf=ANA, store="02", amount="5,00"),
    line("4", day="25/02/2024", cpf=RUI, amount="8,00"),
    line("5", day="02/03/2024", cpf=EVA, amount="3,00"),
]
LATE = [
    line("6", day="08/02/2024", cpf=ANA, store="02", amount="90,00"),
    line("7", day="08/02/2024", cpf=EVA, store="01", amount="20,00"),
]
"""They arrive when the dates from 8 to 28 February are pruned."""

BY_FILE = ("ingested_files", "customer_codes")


def night(
    spark: SparkSession, settings: Settings, source: SourceMapping, file: Path, as_of: date
) -> Sequence[date]:
    with lakehouses.started(spark, settings) as run:
        ingest(run, settings, source, [str(file)])
        daily.compute(run, settings, [as_of])
    return run.outcome.as_of


def told_apart(lakehouse: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows for name, rows in everything(lakehouse).items() if name not in BY_FILE}


def test_a_late_sale_rebuilds_what_was_pruned_and_pruning_it_again_leaves_no_trace(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "c3" * 32)  # one key, so that ids are the same
    monkeypatch.setattr(
        daily, "PARTS", ("accounts", "allocation", "life_cycle", "rfv", "pareto", "movement")
    )
    session, source = lakehouses.small_session(spark), lakehouses.mapping(tmp_path)
    policy = (
        "processing_calendar.every=day",
        "processing_calendar.start_before_first_run=33 days",
        "retention.days_kept=2",
    )
    late, never = (lakehouses.settings_for(tmp_path / name, *policy) for name in ("late", "never"))
    place = Place.of(late.lakehouse)

    sold, lines_late = (
        write(tmp_path / "vendas_1.csv", SOLD),
        write(tmp_path / "vendas_2.csv", LATE),
    )
    night(session, late, source, sold, NEWEST)
    assert FIRST in dates_kept(session, place)
    commands.maintain(late)
    kept = dates_kept(session, place)
    assert not PRUNED & kept
    assert {FIRST, MONTH_END, NEWEST} <= kept
    before = told_apart(tmp_path / "late")

    rebuilt = night(session, late, source, lines_late, NEXT)
    assert set(rebuilt) >= {day for day in kept if day > date(2024, 2, 8)}
    assert FIRST not in rebuilt
    commands.maintain(late)
    assert dates_kept(session, place) == {*kept, NEXT}
    after = told_apart(tmp_path / "late")

    everything_sold = write(tmp_path / "vendas_3.csv", [*SOLD, *LATE])
    night(session, never, source, everything_sold, NEWEST)
    with lakehouses.started(session, never) as run:
        daily.compute(run, never, [NEXT])
    commands.maintain(never)
    clean = told_apart(tmp_path / "never")
    different = [name for name, rows in clean.items() if rows != after[name]]
    assert different == []
    month_end = [row for row in after["accounts"] if row[0] == MONTH_END]
    assert month_end != [row for row in before["accounts"] if row[0] == MONTH_END]
    assert [row for row in after["accounts"] if row[0] == FIRST] == [
        row for row in before["accounts"] if row[0] == FIRST
    ]
