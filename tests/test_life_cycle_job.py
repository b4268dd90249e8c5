"""The job ``life-cycle`` on a made-up chain: tables, views, and how often customers are moved."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pyspark.sql import SparkSession

from jobs import daily, life_cycle_views
from jobs.errors import SettingsError, UsageError
from jobs.settings import Settings, load_settings, overlaid
from tests import lakehouses
from tests.lakehouses import everything, line

pytestmark = pytest.mark.slow


class Exchange(NamedTuple):
    """Rows moved once, and the tables that were made of them."""

    what: str
    serves: set[str]


ANA, BIA = "52998224725", "11144477735"
BEFORE_ALL, AS_OF = date(2023, 12, 31), date(2025, 3, 1)


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """What ``daily`` moved by customer, filled by the fixture ``lakehouse``."""
    return []


@pytest.fixture(scope="module")
def lakehouse(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, exchanges: list[Exchange]
) -> Settings:
    folder = tmp_path_factory.mktemp("life_cycle")
    lakehouses.write(
        folder / "in" / "vendas_20240105.csv",
        [
            line("1", cpf=ANA, day="05/01/2024"),
            line("2", cpf=ANA, day="20/01/2024"),
            line("3", cpf=BIA, day="05/01/2024", amount="20,00"),
            line("4", cpf=BIA, day="10/02/2025"),
            line("5", cpf="", day="10/02/2025"),
            line("6", cpf=BIA, day="11/02/2025", kind="D"),
        ],
    )
    settings = lakehouses.settings_for(folder / "lakehouse")
    lakehouses.deliver(spark, settings, lakehouses.mapping(folder), folder / "in")
    last = last_execution(spark)
    with lakehouses.started(spark, settings) as run:
        daily.compute(run, settings, [AS_OF])
    exchanges += moved_by_customer(spark, after=last)
    return settings


def executions(spark: SparkSession) -> list[Any]:
    """The executions that Spark still remembers, which are the last thousand or so."""
    listed = spark._jsparkSession.sharedState().statusStore().executionsList()
    return [listed.apply(place) for place in range(listed.size())]


def last_execution(spark: SparkSession) -> int:
    return max((each.executionId() for each in executions(spark)), default=-1)


def moved_by_customer(spark: SparkSession, after: int) -> list[Exchange]:
    """Every exchange by customer in the plans executed after a given one, each physical one once.

    A plan that reads kept rows shows the exchange that made them again; its metrics tell that it
    is the same one. The registry is so small here that joining it moves nothing.
    """
    store = spark._jsparkSession.sharedState().statusStore()
    seen: dict[Any, Exchange] = {}
    for execution in executions(spark):
        if execution.executionId() <= after:
            continue
        nodes = store.planGraph(execution.executionId()).allNodes()
        for each in range(nodes.size()):
            node = nodes.apply(each)
            if "Exchange" in node.name() and "hashpartitioning(customer_id" in node.desc():
                metrics = node.metrics()
                ids = tuple(metrics.apply(n).accumulatorId() for n in range(metrics.size()))
                moved = seen.setdefault(ids, Exchange(node.desc(), set()))
                moved.serves.add(execution.description().removeprefix("clientela: table "))
    return list(seen.values())


@pytest.mark.usefixtures("lakehouse")
def test_one_exchange_by_customer_serves_all_that_is_made_of_tickets(
    exchanges: list[Exchange],
) -> None:
    # Who shares a value with whom in the registry is no matter of tickets.
    of_tickets = [each for each in exchanges if each.serves != {"registration_quality"}]
    assert all("REPARTITION" in each.what for each in of_tickets), of_tickets
    # Sale lines are no tickets: those that name a product move once more, for all that they serve.
    tickets, lines = sorted(of_tickets, key=lambda each: len(each.serves), reverse=True)
    assert {"accounts", "allocations", "life_cycle", "due_to_change"} <= tickets.serves
    assert {"portfolio_sales", "indicators", "cohorts", "store_returns"} <= tickets.serves
    assert lines.serves == {"customer_products", "customer_habits"}


def test_the_tables_are_published(spark: SparkSession, lakehouse: Settings) -> None:
    counts = {
        name: len(lakehouses.rows(spark, lakehouse, name))
        for name in ("life_cycle", "life_cycle_transitions", "growth_accounting")
    }
    # Ana: new, normal, risk, three inactive, two lost. Bia: new, loyalty process, normal, risk,
    # two inactive until she returns, then reactivated, normal, risk, three inactive, two lost.
    # Growth by day, month and year: of the network, and of the one store and its salesperson.
    assert counts == {"life_cycle": 8 + 14, "life_cycle_transitions": 22, "growth_accounting": 9}
    year = [
        row
        for row in lakehouses.read(spark, lakehouse, "growth_accounting").collect()
        if (row.period, row.level) == ("year", "network")
    ]
    # On 31 December 2024 both were active; Ana became inactive on 20 January, Bia on 5 January.
    assert [
        (row.active_start, row.inactivated, row.reactivated, row.active_end, row.inactive_end)
        for row in year
    ] == [(2, 2, 1, 1, 1)]


def test_one_customer_is_explained(
    lakehouse: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("111.444.777-35\n"))
    life_cycle_views.explain(lakehouse, "-")
    said = capsys.readouterr().out.splitlines()
    tickets = [said.index("Tickets (day, store, number: items, net)"), said.index("Life cycle")]
    assert said[tickets[0] + 1 : tickets[1] - 1] == [
        "  2024-01-05  01  3: 1.000  20.00",
        "  2025-02-10  01  4: 1.000  10.00",
        "  2025-02-11  01  6: 0.000  -10.00  no purchase: nothing was sold on it",
    ]
    returned = [each for each in said if "reactivated" in each]
    assert len(returned) == 1
    assert "2025-02-10 to 2025-03-12" in returned[0]
    assert "within 30 days of a purchase made while inactive" in returned[0]
    assert not any("44477735" in each for each in said)


def test_a_code_that_nobody_bears_is_an_error_that_does_not_repeat_it(lakehouse: Settings) -> None:
    with pytest.raises(UsageError, match="no ticket bears that customer code") as refused:
        life_cycle_views.explain(lakehouse, "12345678909")
    assert "12345678909" not in str(refused.value)


def test_other_rules_are_tried_without_writing(
    spark: SparkSession,
    lakehouse: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = lakehouses.published(spark, lakehouse)
    overlay = tmp_path / "longer.yaml"
    overlay.write_text("life_cycle: {inactive_after: 18 months}\n", encoding="utf-8")
    life_cycle_views.what_if(lakehouse, overlaid(lakehouse, overlay), AS_OF)
    said = {each.split()[0]: each.split()[1:] for each in capsys.readouterr().out.splitlines()}
    # Ana bought last on 20 January 2024: 90 days before 20 July 2025 she is at no risk yet.
    # Bia never became inactive, and bought more than 210 days after her first day.
    assert said["recently_inactivated"] == ["0", "0", "+0"]
    assert said["normal_inactive"] == ["1", "0", "-1"]
    assert said["reactivated"] == ["1", "0", "-1"]
    assert said["normal_active"] == ["0", "2", "+2"]
    assert " ".join(said["2"]) == "customers would be in another segment; nothing was written"
    assert lakehouses.published(spark, lakehouse) == before


def test_waits_are_printed(lakehouse: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    life_cycle_views.waits(lakehouse, AS_OF)
    said = capsys.readouterr().out
    # Ana came back after 15 days, Bia after 402.
    assert "2 times a customer came back" in said
    assert "50% within 15 days" in said
    assert "95% within 402 days" in said
    life_cycle_views.waits(lakehouse, BEFORE_ALL)
    assert "50% within - days" in capsys.readouterr().out


def test_before_the_first_sale_slices_are_empty_and_the_timeline_stays(
    spark: SparkSession, lakehouse: Settings
) -> None:
    place = Path(lakehouse.lakehouse.path)
    before = everything(place)
    sequence = lakehouses.published(spark, lakehouse).sequence
    with lakehouses.started(spark, lakehouse) as run:
        daily.compute(run, lakehouse, [BEFORE_ALL])
    assert lakehouses.published(spark, lakehouse).sequence == sequence + 1
    assert everything(place) == before


def test_periods_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"recovered_for .* must together be shorter"):
        load_settings(
            (),
            [
                "life_cycle.after_return=new",
                "life_cycle.recovered_for=7 months",
                "life_cycle.new_for=6 months",
            ],
        )
