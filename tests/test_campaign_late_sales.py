"""What is delivered between an action's list and its return: late, corrected, cancelled sales."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from jobs import daily
from jobs.activation import actions, listing
from jobs.campaigns.states import State
from jobs.customer_key import KEY_VARIABLE
from jobs.ingest import ingest
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping, load_mapping
from tests import lakehouses
from tests.lakehouses import TILL, everything, line, write

pytestmark = pytest.mark.slow

CUSTOMERS = [f"c{number}" for number in range(1, 17)]
NOBODY = "stranger"
"""She buys for the first time after the list was drawn."""
LISTED, FIRST, LAST = date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 10)
MIDDLE, AFTER = date(2024, 2, 5), date(2024, 2, 12)
"""The dates on which the return is measured: within the validity, and after it."""
ACTION = {
    "code": "store",
    "title": "In the store",
    "objective": "sales",
    "channel": "in_store",
    "message": "Come in",
    "valid_from": FIRST,
    "valid_to": LAST,
    "filters": {},
    "contacted_within": "none",
    "control": {"share": 0.5},
}
FOR_LISTS = ("accounts", "allocation", "life_cycle", "movement")
FOR_RETURNS = ("accounts", "returns")
MEASURED = ("total_customers", "total_purchases", "total_quantity", "total_value", "before")


@dataclass(frozen=True)
class Sale:
    """A sale of one line as it is known at some moment."""

    customer: str
    day: date
    amount: str = "10.00"
    kind: str = "V"

    def written(self, sale: str) -> str:
        """As a line of the till."""
        day, amount = f"{self.day:%d/%m/%Y}", self.amount.replace(".", ",")
        return line(sale, day=day, cpf=self.customer, amount=amount, kind=self.kind)


def days(number: int) -> date:
    return FIRST + timedelta(days=number)


BEFORE = {f"b{each}": Sale(each, date(2024, 1, 25)) for each in CUSTOMERS}
WITHIN = {f"w{each}": Sale(each, days(2), "20.00") for each in CUSTOMERS[:12]}
SINCE = {
    "late": Sale("c1", days(3), "7.00"),  # on both dates
    "late2": Sale("c13", days(8), "3.50"),  # on the later date only
    "wc2": Sale("c2", days(2), "45.00"),  # another amount
    "wc3": Sale("c3", days(2), "20.00", "C"),  # cancelled
    "wc4": Sale("c5", days(2), "20.00"),  # somebody else's
    "wc6": Sale("c6", days(2), "20.00", "D"),  # a return, it turns out
    "given": Sale("c7", days(7), "10.00", "D"),  # what she bought before is given back
    "bc8": Sale("c8", date(2024, 1, 25), "99.00"),  # the value before the list
    "bc9": Sale("c9", date(2024, 1, 25), "10.00", "C"),  # her only purchase before it
    "new": Sale(NOBODY, days(4), "500.00"),  # on no list
    "old": Sale("c10", date(2024, 1, 3), "60.00"),  # earlier than the value before reaches
}
"""Late, corrected and cancelled sales, whichever group of the two their customers are in."""


def by_hand(sales: dict[str, Sale], groups: dict[str, str], as_of: date) -> list[tuple[Any, ...]]:
    """Customers and sums of each group until a date, in the units of ``action_sums``."""
    sold = [each for each in sales.values() if each.kind != "C"]

    def of(name: str, first: date, last: date) -> list[Sale]:
        return [each for each in sold if each.customer == name and first <= each.day <= last]

    def value(found: list[Sale]) -> Decimal:
        return sum(
            (Decimal(each.amount) * (-1 if each.kind == "D" else 1) for each in found), Decimal(0)
        )

    made = []
    for group in ("control", "list"):
        names = [name for name in CUSTOMERS if groups[name] == group]
        theirs = [of(name, FIRST, min(as_of, LAST)) for name in names]
        bought = [[each for each in found if each.kind == "V"] for found in theirs]
        # As many days before the list as the action is valid.
        earlier = [of(name, LISTED - (LAST - FIRST), LISTED) for name in names]
        quantity = sum(1 if each.kind == "V" else -1 for found in theirs for each in found)
        made.append(
            (
                group,
                len(names),
                sum(1 for each in bought if each),
                sum(map(len, bought)),
                quantity * 1000,
                int(sum(map(value, theirs)) * 10_000),
                int(sum(map(value, earlier)) * 10_000),
            )
        )
    return made


@dataclass(frozen=True)
class Nights:
    """A lakehouse, and the file of each night."""

    spark: SparkSession
    settings: Settings
    source: SourceMapping
    folder: Path

    def run(self, *dates: date, sales: dict[str, Sale], full: bool = False) -> dict[str, int]:
        """A night's delivery, if there is one, and its ``daily``."""
        with lakehouses.started(self.spark, self.settings) as run:
            if sales:
                lines = [sale.written(number) for number, sale in sales.items()]
                earlier = len(list(self.folder.glob("vendas_*")))
                name = f"vendas_{20240201 + earlier}.csv"  # newer than those before
                ingest(run, self.settings, self.source, [str(write(self.folder / name, lines))])
            daily.compute(run, self.settings, dates, full=full)
        return run.outcome.counts

    def found(self, as_of: date) -> list[tuple[Any, ...]]:
        """The published sums of the action until a date."""
        rows = lakehouses.read(self.spark, self.settings, "action_sums").where(
            f"as_of = DATE'{as_of}' AND level = 'action'"
        )
        return sorted(map(tuple, rows.select("list_group", "customers", *MEASURED).collect()))


@pytest.fixture
def nights(spark: SparkSession, tmp_path: Path) -> Nights:
    content = yaml.safe_load(yaml.safe_dump(TILL)) | {"customer_code": {"kind": "text"}}
    content["inputs"]["sales"]["newer_by"] = {
        "file_name": r"vendas_(\d{8})",
        "pattern": "yyyyMMdd",
    }
    file = tmp_path / "till.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    return Nights(lakehouses.small_session(spark), settings, load_mapping(file), tmp_path)


def test_sales_count_as_they_stand_on_every_date_that_they_change(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "c3" * 32)  # the key tells who is drawn for which group
    monkeypatch.setattr(daily, "PARTS", FOR_LISTS)
    nights.run(LISTED, sales=BEFORE)
    action = nights.folder / "store.yaml"
    action.write_text(yaml.safe_dump({"action": ACTION}), encoding="utf-8")
    actions.declare(nights.settings, [action])
    listing.make_list(nights.settings, "store", LISTED)
    actions.move(nights.settings, "store", State.RUNNING)
    place = nights.folder / "lakehouse"
    drawn = everything(place, {"action_lists"})
    codes = dict(
        lakehouses.rows(
            nights.spark, nights.settings, "customer_codes", "customer_id", "customer_code"
        )
    )
    groups = {
        codes[each]: group
        for each, group in lakehouses.rows(
            nights.spark, nights.settings, "action_lists", "customer_id", "list_group"
        )
    }
    assert set(groups) == set(CUSTOMERS)
    assert len(set(groups.values())) == 2

    monkeypatch.setattr(daily, "PARTS", FOR_RETURNS)
    known = BEFORE | WITHIN
    nights.run(MIDDLE, AFTER, sales=WITHIN)
    for as_of in (MIDDLE, AFTER):
        assert nights.found(as_of) == by_hand(known, groups, as_of)
    then = {as_of: nights.found(as_of) for as_of in (MIDDLE, AFTER)}

    counts = nights.run(AFTER, sales=SINCE)
    assert 0 < counts["customers_anew"] < len(CUSTOMERS)
    known |= SINCE
    for as_of in (MIDDLE, AFTER):
        assert nights.found(as_of) == by_hand(known, groups, as_of)
        assert nights.found(as_of) != then[as_of]
    assert everything(place, {"action_lists"}) == drawn

    told = {"action_sums", "action_results", "accounts"}
    carried_on = everything(place, told)
    nights.run(AFTER, sales={}, full=True)
    assert everything(place, told) == carried_on
