"""The job ``allocation``: what it publishes, explains and tries, and what it refuses."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from jobs import allocation_views, daily
from jobs.errors import LakehouseError, SettingsError, UsageError
from jobs.place import Place
from jobs.registries import longest_succession, registries
from jobs.settings import Settings, load_settings, overlaid
from jobs.source_mapping import CustomerCode, load_mapping
from jobs.tables import Tables
from tests import lakehouses
from tests.lakehouses import line

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"  # made up
FEBRUARY, MARCH = date(2024, 2, 29), date(2024, 3, 31)
SALESPEOPLE = {
    "files": "vendedores*.csv",
    "format": "csv",
    "separator": ";",
    "dates": ["dd/MM/yyyy"],
    "columns": {
        "salesperson_code": "vendedor",
        "store_code": "loja",
        "works_from": "entrada",
        "works_to": "saida",
    },
}


@pytest.fixture(scope="module")
def lakehouse(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("allocation")
    given = folder / "in"
    lakehouses.write(
        given / "vendas.csv",
        [
            # Ana: store 01 by number; it closes in March, and v2 of store 02 leaves.
            line("1", cpf=ANA, day="05/01/2024", store="01", seller="v1"),
            line("2", cpf=ANA, day="06/01/2024", store="01", seller="v1"),
            line("3", cpf=ANA, day="10/02/2024", store="02", seller="v2"),
            # Rui: nobody attends him, then v3 does.
            line("4", cpf=RUI, day="10/02/2024", store="02", seller=""),
            line("5", cpf=RUI, day="20/03/2024", store="02", seller="v3"),
            # Eva: bought in a store that is gone, which the other one succeeds.
            line("6", cpf=EVA, day="07/01/2024", store="01", seller="v1"),
        ],
    )
    lakehouses.write(
        given / "lojas.csv",
        ["01;01/01/2020;01/03/2024;02", "02;01/01/2020;;"],
        header="loja;abertura;fim;sucessora",
    )
    lakehouses.write(
        given / "vendedores.csv",
        ["v1;01;01/01/2020;01/03/2024", "v2;02;01/01/2020;10/03/2024", "v3;02;01/01/2020;"],
        header="vendedor;loja;entrada;saida",
    )
    mapping = yaml.safe_load(yaml.safe_dump(lakehouses.TILL))
    mapping["inputs"]["salespeople"] = SALESPEOPLE
    mapping["inputs"]["stores"]["columns"]["successor_store_code"] = "sucessora"
    (folder / "till.yaml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    place = f"lakehouse.path={folder / 'lakehouse'}"
    settings = load_settings((), [place, "processing_calendar.start_before_first_run=1 day"])
    source = load_mapping(folder / "till.yaml")
    lakehouses.deliver(spark, settings, source, given, dates=[FEBRUARY, MARCH])
    return settings


def by_code(spark: SparkSession, settings: Settings, table: str) -> dict[tuple[date, str], Any]:
    codes = lakehouses.read(spark, settings, "customer_codes").select(
        "customer_id", "customer_code"
    )
    rows = lakehouses.read(spark, settings, table).join(codes, on="customer_id", how="left")
    return {(row.as_of, row.customer_code): row for row in rows.collect()}


def test_everybody_is_somebodys(spark: SparkSession, lakehouse: Settings) -> None:
    found = {
        who: (row.store_code, row.portfolio, row.salesperson_code, row.routine, row.criterion)
        for who, row in by_code(spark, lakehouse, "allocations").items()
    }
    assert found == {
        (FEBRUARY, ANA): ("01", "salesperson", "v1", "sales", "purchases_recent"),
        (FEBRUARY, RUI): ("02", "store", None, "sales", "purchases_recent"),
        (FEBRUARY, EVA): ("01", "salesperson", "v1", "sales", "purchases_recent"),
        (MARCH, ANA): ("02", "transition", "v2", "sales", "purchases_recent"),
        (MARCH, RUI): ("02", "salesperson", "v3", "sales", "purchases_recent"),
        (MARCH, EVA): ("02", "store", None, "store", None),
    }
    since = by_code(spark, lakehouse, "allocations")[MARCH, ANA]
    assert (since.allocated_since, since.previous_store_code) == (MARCH, "01")


def test_who_moved_and_why(spark: SparkSession, lakehouse: Settings) -> None:
    moves = by_code(spark, lakehouse, "allocation_moves")
    assert {who: row.cause for who, row in moves.items()} == {
        (MARCH, ANA): "store_closed",
        (MARCH, RUI): "sale",
        (MARCH, EVA): "store_closed",
    }
    row = moves[MARCH, ANA]
    assert (row.from_store_code, row.from_salesperson_code) == ("01", "v1")
    assert (row.to_store_code, row.to_portfolio) == ("02", "transition")


def test_portfolios_have_everybody_and_sales_go_by_the_date_before(
    spark: SparkSession, lakehouse: Settings
) -> None:
    sizes = lakehouses.rows(
        spark, lakehouse, "portfolios", "as_of", "store_code", "portfolio", "customers"
    )
    assert sizes == [
        (FEBRUARY, "01", "salesperson", 2),
        (FEBRUARY, "02", "store", 1),
        (MARCH, "02", "salesperson", 1),
        (MARCH, "02", "store", 1),
        (MARCH, "02", "transition", 1),
    ]
    names = ("as_of", "store_code", "salesperson_code", "relation", "purchases")
    # Rui was in the store's own portfolio when v3 sold to him.
    assert lakehouses.rows(spark, lakehouse, "portfolio_sales", *names) == [
        (FEBRUARY, "02", "", "unallocated", 1),
        (FEBRUARY, "02", "v2", "unallocated", 1),
        (MARCH, "02", "v3", "outside", 1),
    ]


def test_one_customer_is_explained(lakehouse: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    allocation_views.explain(lakehouse, ANA, FEBRUARY)
    said = capsys.readouterr().out
    assert "Store, by sales: 01, 02" in said
    assert "last_purchases   01 0, 02 0; leaves 01, 02" in said
    assert "purchases_recent 01 2, 02 1; leaves 01" in said
    assert "purchases_total" not in said
    assert "Main store: 01, by routine sales" in said
    assert "Portfolio: salesperson of v1" in said
    assert ANA not in said

    allocation_views.explain(lakehouse, ANA, MARCH)
    said = capsys.readouterr().out
    assert "Store, by sales: 02\n" in said
    assert "accounts   01" not in said
    assert "Chosen: v2, by purchases_recent" in said
    assert "Portfolio: transition of v2" in said

    allocation_views.explain(lakehouse, EVA, MARCH)
    said = capsys.readouterr().out
    assert "Store, by sales: no candidate" in said
    assert "store      02" in said
    assert "Portfolio: store" in said


def test_a_single_candidate_is_explained_until_the_criterion_that_decides(
    lakehouse: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    allocation_views.explain(lakehouse, EVA, FEBRUARY)
    said = capsys.readouterr().out
    assert "Store, by sales: 01\n" in said
    assert said.count("last_purchases   01 0; leaves 01\n") == 1
    assert said.count("purchases_recent 01 1; leaves 01\n") == 1
    assert "purchases_recent v1 1; leaves v1\n" in said
    assert "Chosen: v1, by purchases_recent" in said


def test_each_customer_whom_a_code_means_is_explained_by_herself(
    spark: SparkSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(daily, "PARTS", ("accounts",))
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    till = lakehouses.mapping(tmp_path)
    shop = till.model_copy(update={"source": "shop", "customer_code": CustomerCode(kind="text")})
    for source, store, seller in ((till, "01", "v1"), (shop, "02", "v9")):
        sold = [line(store, cpf=RUI, store=store, seller=seller)]
        file = lakehouses.write(tmp_path / source.source / "vendas.csv", sold)
        lakehouses.deliver(spark, settings, source, file, dates=[FEBRUARY])
    capsys.readouterr()  # what was logged of the deliveries
    allocation_views.explain(settings, RUI, FEBRUARY)
    said = capsys.readouterr().out
    first, second = said.split("Customer 2 of 2 whom that code means\n")
    assert first.startswith("Customer 1 of 2 whom that code means\n")
    for store, seller in (("01", "v1"), ("02", "v9")):
        [hers] = [part for part in (first, second) if f"Store, by sales: {store}\n" in part]
        assert f"Salesperson, by sales: {seller}\n" in hers
        assert f"Main store: {store}, by routine sales\n" in hers
        assert f"Portfolio: salesperson of {seller}\n" in hers


def test_who_has_not_bought_yet_is_a_clear_error(lakehouse: Settings) -> None:
    with pytest.raises(UsageError, match="no purchase until 2024-01-31: give a later --as-of"):
        allocation_views.explain(lakehouse, RUI, date(2024, 1, 31))


def test_other_rules_are_tried_without_writing(
    spark: SparkSession, lakehouse: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = lakehouses.published(spark, lakehouse)
    overlay = tmp_path / "rules.yaml"
    overlay.write_text("allocation: {criteria: [last_store]}\n", encoding="utf-8")
    allocation_views.dry_run(overlaid(lakehouse, overlay), FEBRUARY)
    said = capsys.readouterr().out
    assert "1 of 3 customers would move on 2024-02-29: 1 to another store, 0 to another" in said
    assert "         1  01 → 02" in said
    assert "         1  01 salesperson v1 → 02 salesperson v2" in said
    allocation_views.dry_run(lakehouse, MARCH)
    assert "0 of 3 customers would move on 2024-03-31" in capsys.readouterr().out
    assert lakehouses.published(spark, lakehouse) == before


def test_a_date_that_was_not_allocated_cannot_be_tried(lakehouse: Settings) -> None:
    with pytest.raises(LakehouseError, match="no allocations of 2024-02-28 are published"):
        allocation_views.dry_run(lakehouse, date(2024, 2, 28))


def test_a_default_store_that_is_none_is_refused(spark: SparkSession, lakehouse: Settings) -> None:
    versions = lakehouses.published(spark, lakehouse).versions
    tables = Tables(spark, Place.of(lakehouse.lakehouse), versions)
    chosen = load_settings((), ["allocation.default_store='09'"]).allocation
    with pytest.raises(SettingsError, match="default_store 09 is not in table stores"):
        registries(tables, chosen)


def test_successors_in_a_circle_are_refused() -> None:
    assert longest_succession({"1": "2", "2": "3", "3": None, "4": "9"}) == 2
    with pytest.raises(LakehouseError, match="goes in a circle, 2 → 3 → 2"):
        longest_succession({"1": "2", "2": "3", "3": "2"})
    with pytest.raises(LakehouseError, match="goes in a circle, 1 → 1"):
        longest_succession({"1": "1"})
