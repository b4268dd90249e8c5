"""Incremental equals full: whatever was delivered in whatever order, ``--full`` changes nothing.

A lakehouse holds many little chains, each with stores, salespeople, customers and a sequence of
deliveries of its own, drawn by Hypothesis: they share nothing but the processing dates. So one run
is a run of every chain, and a chain whose slices were carried on wrongly shows as rows that the
full run at the end makes otherwise.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs import commands, daily
from jobs.ingest import ingest
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping, load_mapping
from tests import lakehouses
from tests.lakehouses import everything

pytestmark = pytest.mark.slow

CHAINS = 104
"""Little chains of each kind in the lakehouse, each with its own sequence of deliveries."""

FIRST_DAY = date(2022, 12, 1)
START = date(2024, 2, 27)
"""The first processing date; around it lie the ends of a leap February and of a year ago."""

MAPPING = """
source: chains
title: Made-up chains
time_zone: America/Sao_Paulo
customer_code: {kind: text}
inputs:
  sales:
    files: sales*.csv
    format: csv
    separator: ","
    decimal_mark: "."
    dates: [yyyy-MM-dd]
    newer_by: {column: sent}
    columns:
      store_code: store
      business_day: day
      sale_number: ticket
      line_number: line
      customer_code: customer
      salesperson_code: seller
      product_code: product
      quantity: quantity
      amount: amount
      is_return: {sql: "kind = 'R'"}
      is_cancelled: {sql: "kind = 'C'"}
  persons:
    files: persons*.csv
    format: csv
    separator: ","
    dates: [yyyy-MM-dd]
    newer_by: {column: sent}
    columns:
      person_code: customer
      registered_on: registered
      store_code: store
      opted_out: opted_out
      loyalty_programme: programme
      roles: {constant: customer}
  stores:
    files: stores*.csv
    format: csv
    separator: ","
    dates: [yyyy-MM-dd]
    newer_by: {column: sent}
    columns: {store_code: store, opened_on: opened, closed_on: closed, is_online: online,
              successor_store_code: successor}
  salespeople:
    files: stints*.csv
    format: csv
    separator: ","
    dates: [yyyy-MM-dd]
    newer_by: {column: sent}
    columns: {salesperson_code: seller, store_code: store, works_from: from, works_to: to}
  products:
    files: products*.csv
    format: csv
    separator: ","
    dates: [yyyy-MM-dd]
    newer_by: {column: sent}
    columns: {product_code: product, category: category}
"""
HEADERS = {
    "sales": "store,day,ticket,line,customer,seller,product,quantity,amount,kind,sent",
    "persons": "customer,registered,store,opted_out,programme,sent",
    "stores": "store,opened,closed,online,successor,sent",
    "salespeople": "seller,store,from,to,sent",
    "products": "product,category,sent",
}

Row = dict[str, Any]


T = TypeVar("T")
CHAIN = "#"
"""Stands for the number of a chain in what is drawn."""

STEPS = 3

ANY_DAY, RECENT_DAYS = "any day", "recent days"
"""What later deliveries speak of. Chains of the first kind make every date be computed again; the
last delivery of all is of recent days, so that most dates stay as they are."""

# Days before the first processing date, near the edges of windows, and after it.
any_day = st.one_of(
    st.dates(FIRST_DAY, START),
    st.sampled_from([START - timedelta(days=each) for each in (0, 1, 363, 364, 365, 366, 367)]),
    st.dates(START, START + timedelta(days=40)),
)
sometimes = st.sampled_from([False, False, False, True])


def days_of(kind: str, step: int) -> st.SearchStrategy[date]:
    """The days that a delivery may speak of: any, or only those since the run before."""
    if kind == ANY_DAY or step == 0:
        return any_day
    return st.dates(START + timedelta(days=step - 1), START + timedelta(days=40))


@st.composite
def tickets(draw: st.DrawFn, chain: str, step: int, kind: str) -> list[Row]:
    """The lines of a ticket; of few numbers, so that later ones correct or cancel earlier ones."""
    number = draw(st.integers(1, 6))
    # A ticket's day and store are a part of its key: the number tells them, so that it recurs.
    usual = FIRST_DAY + timedelta(days=number * 75)
    if kind == RECENT_DAYS:
        usual = START + timedelta(days=step + number // 2 - 1)
    day = draw(days_of(kind, step)) if draw(sometimes) else usual
    key = {"store": f"{chain}{'ab'[number % 2]}", "day": day, "ticket": number}
    said = st.fixed_dictionaries(
        {
            "customer": st.sampled_from(["", f"{chain}x", f"{chain}y", f"{chain}z"]),
            "seller": st.sampled_from(["", *(f"{chain}{name}" for name in "stu")]),
            "product": st.sampled_from([f"{chain}p", f"{chain}q"]),
            "quantity": st.sampled_from(["1", "2"]),
            "amount": st.sampled_from(["10", "25", "0"]),
            "kind": st.sampled_from(["V", "V", "V", "R", "C"]),
            "sent": st.just(START + timedelta(days=step)),
        }
    )
    lines = draw(st.lists(said, min_size=1, max_size=2))
    return [key | {"line": place} | line for place, line in enumerate(lines, start=1)]


@st.composite
def registries(draw: st.DrawFn, chain: str, step: int, kind: str) -> dict[str, list[Row]]:
    """What a step says of a chain's persons, stores and salespeople; nothing, as a rule.

    Of recent days it brings new persons and stints only: a changed one may be of any day.
    """
    sent = START + timedelta(days=step)
    may_change = kind == ANY_DAY or step == 0
    near = st.dates(START - timedelta(days=5), START + timedelta(days=40))
    said_days = days_of(kind, step)
    found: dict[str, list[Row]] = {}
    if draw(sometimes):
        person = {
            "customer": f"{chain}{draw(st.sampled_from('xw' if may_change else 'yzz'[step:]))}",
            "registered": draw(st.one_of(st.just(""), said_days) if may_change else said_days),
            "store": draw(st.sampled_from(["", f"{chain}a", f"{chain}b", f"{chain}c"])),
            "opted_out": draw(st.sampled_from(["", "true", "false"])),
            "programme": draw(st.sampled_from(["", "club"])),
        }
        found["persons"] = [person | {"sent": sent}]
    if step == 0 or (may_change and draw(sometimes)):
        stores = [
            {
                "store": f"{chain}{name}",
                "opened": draw(st.one_of(st.just(""), near)),
                "closed": draw(st.sampled_from(["", "2024-04-15", "2024-03-01"])),
                "online": draw(st.sampled_from(["", "true"])),
                "successor": f"{chain}b" if name == "a" else "",
                "sent": sent,
            }
            for name in draw(st.sampled_from(["abc", "ab", "a"]))
        ]
        found["stores"] = [
            each
            for each in stores
            if not each["closed"] or str(each["opened"]) < str(each["closed"])
        ]
    if step == 0 or draw(sometimes):
        seller = f"{chain}{draw(st.sampled_from('st')) if may_change else 'uv'[step - 1]}"
        began = draw(st.one_of(st.just(FIRST_DAY), near) if may_change else said_days)
        ended = draw(st.sampled_from(["", began + timedelta(days=10), START + timedelta(days=60)]))
        stint = {"seller": seller, "store": f"{chain}a", "from": began, "to": ended, "sent": sent}
        found["salespeople"] = [stint]
    if may_change and draw(sometimes):
        category = draw(st.sampled_from(["", "one", "other"]))
        found["products"] = [{"product": f"{chain}p", "category": category, "sent": sent}]
    return found


@st.composite
def deliveries(draw: st.DrawFn, chain: str, step: int, kind: str) -> dict[str, list[Row]]:
    """What a chain delivers in a step: many tickets first, later few, often none."""
    most = 8 if step == 0 else 3
    # Left to itself, Hypothesis draws three lines for a chain.
    least = draw(st.sampled_from([0, most // 2, most]))
    files = draw(registries(chain, step, kind))
    found = {
        (row["store"], row["day"], row["ticket"]): ticket
        for ticket in draw(st.lists(tickets(chain, step, kind), min_size=least, max_size=most))
        for row in ticket[:1]
    }
    return files | {"sales": [row for ticket in found.values() for row in ticket]}


@st.composite
def processing_dates(draw: st.DrawFn) -> list[tuple[date, ...]]:
    """The dates of each run: on, gaps, several at once, the same again, and back.

    In a step without any an allocation by hand reads what was delivered.
    The last run of all goes on from an earlier date, whatever the calendar.
    """
    onward, others = ["on", "gap", "several", "again"], ["back", "none", "none"]
    asked: list[tuple[date, ...]] = [(START,)]
    last = START
    for step in range(1, STEPS):
        kind = draw(st.sampled_from(onward if step == STEPS - 1 else [*others, *onward]))
        if kind == "back":
            asked.append((last - timedelta(days=draw(st.integers(1, 3))),))
        elif kind == "none":
            asked.append(())
        else:
            first = last + timedelta(days={"on": 1, "again": 0}.get(kind, 3))
            last = first + timedelta(days=2 if kind == "several" else 0)
            asked.append((first, last) if kind == "several" else (last,))
    return asked


CALENDARS = [
    ("day", "2 days"),
    ("day", "2 days"),
    ("week", "20 days"),
    ("month-end", "70 days"),
    ("none", "2 days"),
]
"""How often a date is computed of itself, and since when before the first run."""

CHOICES = {
    "network.value_basis": ["net", "gross"],
    "accounts.recent": ["12 months", "60 days"],
    "life_cycle.inactive_after": ["12 months", "120 days"],
    "life_cycle.after_return": ["normal", "new"],
    "life_cycle.new_ends_on_second_purchase": ["false", "true"],
    "rfv.population": ["all", "active"],
    "rfv.history": ["all", "90 days"],
    "rfv.scoring": ["percent_rank", "ntile", "quantile"],
    "allocation.routines": [
        "[sales, accounts, registry, store, network]",
        "[accounts, registry, network, sales]",
        "[registry, network, store, sales, accounts]",
    ],
    "allocation.on_tie": ["narrow", "restart"],
    "allocation.online_candidates": ["true", "false"],
    "allocation.recent": ["30 days", "365 days"],
    "allocation.last_purchases": ["2", "3"],
}


@st.composite
def assignments(draw: st.DrawFn) -> list[str]:
    """The settings of a lakehouse."""
    every, start = draw(st.sampled_from(CALENDARS))
    calendar = {"every": every, "start_before_first_run": start}
    said = {name: draw(st.sampled_from(values)) for name, values in CHOICES.items()}
    said |= {f"processing_calendar.{name}": value for name, value in calendar.items()}
    return [f"{name}={value}" for name, value in said.items()]


@st.composite
def sequences(draw: st.DrawFn, kind: str) -> list[dict[str, list[Row]]]:
    """What one chain delivers, step by step. Its name stands for that of any."""
    kinds = [kind] * (STEPS - 1) + [RECENT_DAYS]
    return [draw(deliveries(CHAIN, step, of_step)) for step, of_step in enumerate(kinds)]


def drawn(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """So many examples, each as large as one may be: one draw of all would be too large.

    Hypothesis begins with the simplest of all, which is always the same: it is left out.
    """
    found: list[T] = []

    @settings(max_examples=count + 1, deadline=None, phases=[Phase.generate], database=None)
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found[-count:]


def of_chain(row: Row, chain: int) -> Row:
    """A row of the chain of that number."""
    return {
        name: value.replace(CHAIN, f"{chain:03}") if isinstance(value, str) else value
        for name, value in row.items()
    }


def lakehouse_of(chains: Sequence[list[dict[str, list[Row]]]]) -> list[dict[str, list[Row]]]:
    """The deliveries of all chains, step by step."""
    return [
        {
            name: [
                of_chain(row, number)
                for number, chain in enumerate(chains)
                for row in chain[step].get(name, [])
            ]
            for name in HEADERS
        }
        for step in range(STEPS)
    ]


def write(folder: Path, files: dict[str, list[Row]]) -> list[str]:
    """The files of a delivery, of those inputs that have rows."""
    folder.mkdir(parents=True)
    paths = []
    for name, rows in files.items():
        if rows:
            file_name = "stints" if name == "salespeople" else name
            path = folder / f"{file_name}_{folder.name}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, HEADERS[name].split(","))
                writer.writeheader()
                writer.writerows(rows)
            paths.append(str(path))
    return paths


def run_of(
    spark: SparkSession,
    chosen: Settings,
    source: SourceMapping,
    paths: Sequence[str],
    dates: Sequence[date],
    *,
    full: bool = False,
) -> dict[str, int]:
    with lakehouses.started(spark, chosen) as run:
        if paths:
            ingest(run, chosen, source, paths)
        if dates:
            daily.compute(run, chosen, dates, full=full)
    return run.outcome.counts


def test_incremental_equals_full(spark: SparkSession, tmp_path: Path) -> None:
    mapping = tmp_path / "chains.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    source = load_mapping(mapping)
    asked = drawn(processing_dates(), 1)[0]
    chains = [each for kind in (ANY_DAY, RECENT_DAYS) for each in drawn(sequences(kind), CHAINS)]
    steps = lakehouse_of(chains)
    stores = [store["store"] for store in steps[0]["stores"]]
    default = drawn(st.sampled_from(["null", *stores]), 1)[0]
    said = [*drawn(assignments(), 1)[0], f"allocation.default_store={default}"]
    chosen = lakehouses.settings_for(tmp_path / "lakehouse", *said)
    anew = 0
    for number, (files, dates) in enumerate(zip(steps, asked, strict=True)):
        counts = run_of(spark, chosen, source, write(tmp_path / str(number), files), dates)
        anew += counts.get("customers_anew", 0)
        if not dates:
            commands.allocation(chosen, START)
    incremental = everything(tmp_path / "lakehouse")
    assert anew > 0, (asked, said)
    run_of(spark, chosen, source, [], [max(day for dates in asked for day in dates)], full=True)
    full = everything(tmp_path / "lakehouse")
    different = [name for name, rows in full.items() if rows != incremental[name]]
    found = {name: _differences(incremental[name], full[name]) for name in different}
    assert found == {}, (asked, said)


def _differences(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> tuple[Any, Any]:
    """A few rows that only one side has."""
    here, there = Counter(map(repr, one)), Counter(map(repr, other))
    return sorted((here - there).elements())[:4], sorted((there - here).elements())[:4]
