"""The same files in any order, and cut anywhere between tickets, give equal tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import daily
from jobs.customer_key import KEY_VARIABLE
from schemas import TABLES
from tests import lakehouses
from tests.lakehouses import HEADER, everything, line, write

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"  # made up
DATES = [date(2024, 1, 31), date(2024, 2, 29)]
BY_FILE = ("ingested_files", "rejected_rows")
"""The tables whose rows name a file; all others must be equal to the last value."""

# One ticket an entry: its lines, each with the day on which it was delivered.
TICKETS: list[list[str]] = [
    [f"{line('1', 1, cpf=ANA)};06/01/2024", f"{line('1', 2, cpf=ANA, product='p2')};06/01/2024"],
    [f"{line('2', 1, cpf='consumidor')};06/01/2024"],
    [f"{line('3', 1, cpf=RUI, seller='v2')};06/01/2024"],
    [f"{line('4', 1, cpf=ANA, day='20/01/2024', kind='D', amount='3,00')};21/01/2024"],
    [f"{line('5', 1, quantity='x')};21/01/2024", f"{line('5', 2, amount='4,00')};21/01/2024"],
    # The first ticket again, corrected: one line less, and another customer.
    [f"{line('1', 1, cpf=RUI, amount='8,00')};22/01/2024"],
    [f"{line('6', 1, cpf=EVA, day='03/02/2024')};04/02/2024"],
    # The third again as it was, and then cancelled.
    [f"{line('3', 1, cpf=RUI, seller='v2')};06/01/2024"],
    [f"{line('3', 1, cpf=RUI, seller='v2', kind='C')};05/02/2024"],
    [f"{line('7', 1, cpf=ANA, day='10/02/2024')};11/02/2024", f"{line('', 1)};11/02/2024"],
]


def deliveries(folder: Path, *pieces: Sequence[list[str]]) -> list[Path]:
    """A file per piece, which holds whole tickets."""
    return [
        write(
            folder / f"vendas{number}.csv",
            [each for ticket in piece for each in ticket],
            header=f"{HEADER};enviado",
        )
        for number, piece in enumerate(pieces)
    ]


def apart_from_files(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, object]:
    """What must be equal of the tables by file.

    Of the ledger: received and rejected in all, and what was accepted or superseded together, since
    which of two deliveries is superseded on arrival depends on the order. Of the rejected rows: all
    but the file and the count within it.
    """
    entries = [
        dict(zip(TABLES["ingested_files"].column_names, row, strict=True))
        for row in found["ingested_files"]
    ]
    totals = {
        f"{unit}_{part}": sum(entry[f"{unit}_{part}"] for entry in entries)
        for unit in ("rows", "amount")
        for part in ("received", "accepted", "rejected", "superseded")
    }
    for unit in ("rows", "amount"):
        totals[f"{unit}_sound"] = totals.pop(f"{unit}_accepted") + totals.pop(f"{unit}_superseded")
    rejected = Counter(
        tuple(
            str(value)
            for name, value in zip(TABLES["rejected_rows"].column_names, row, strict=True)
            if name not in ("file_id", "file_name", "occurrence")
        )
        for row in found["rejected_rows"]
    )
    others = {name: rows for name, rows in found.items() if name not in BY_FILE}
    return {**others, "ledger": totals, "rejected": rejected}


def test_order_and_cuts_change_nothing_and_neither_does_a_second_daily(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "c3" * 32)  # one key, so that ids are the same
    # What rests on sales and purchases is made of them alone, so a few of it are enough.
    monkeypatch.setattr(daily, "PARTS", ("accounts", "allocation", "life_cycle", "pareto"))
    session = lakehouses.small_session(spark)
    source = lakehouses.mapping(tmp_path, newer_by={"column": "enviado"})
    cut = deliveries(tmp_path / "b", TICKETS[:1], TICKETS[1:6], TICKETS[6:9], TICKETS[9:])
    # Every version of a ticket lies in another file than before, and the later ones come first.
    shuffled = deliveries(tmp_path / "c", TICKETS[::-2], TICKETS[-2::-2])
    ways: dict[str, list[list[Path]]] = {
        "cut": [cut],
        "shuffled": [[each] for each in shuffled],
    }
    made = {}
    for way, runs in ways.items():
        settings = lakehouses.settings_for(tmp_path / way)
        for number, paths in enumerate(runs, start=1):
            dates = DATES if number == len(runs) else ()
            lakehouses.deliver(session, settings, source, *paths, dates=dates)
        made[way] = apart_from_files(everything(tmp_path / way))
    assert sorted(row[2] for row in everything(tmp_path / "cut")["sales"]) == list("1234567")
    assert made["shuffled"] == made["cut"]

    settings = lakehouses.settings_for(tmp_path / "cut")
    once = everything(tmp_path / "cut")
    lakehouses.deliver(session, settings, source, tmp_path / "b")
    with lakehouses.started(session, settings) as run:
        daily.compute(run, settings, DATES)
    assert lakehouses.published(session, settings).sequence == 3
    assert everything(tmp_path / "cut") == once
