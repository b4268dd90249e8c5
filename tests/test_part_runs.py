"""What a run between two nights computed may rest on what is no more when the next one comes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from jobs import commands, daily
from jobs.errors import LakehouseError
from jobs.ingest import ingest
from jobs.registry.erasing import Asked, erase
from jobs.registry.whom import Whom
from jobs.source_mapping import load_mapping
from tests import lakehouses
from tests.lakehouses import line, write

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"  # made up
JANUARY = date(2024, 1, 31)
STORES = "loja;abertura;fim"


class Nights:
    """A lakehouse whose newer files correct the older ones."""

    def __init__(self, spark: SparkSession, folder: Path, *assignments: str) -> None:
        self.spark, self.folder = spark, folder
        self.settings = lakehouses.settings_for(folder / "lakehouse", *assignments)
        content = yaml.safe_load(yaml.safe_dump(lakehouses.TILL))
        for name, prefix in (("sales", "vendas"), ("stores", "lojas")):
            content["inputs"][name]["newer_by"] = {
                "file_name": rf"{prefix}_(\d{{8}})",
                "pattern": "yyyyMMdd",
            }
        file = folder / "till.yaml"
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        self.source = load_mapping(file)

    def deliver(self, name: str, *rows: str, header: str = lakehouses.HEADER) -> None:
        """Ingest a file, and compute nothing."""
        file = write(self.folder / name, rows, header)
        with lakehouses.started(self.spark, self.settings, "ingest") as run:
            ingest(run, self.settings, self.source, [str(file)])

    def night(self, *dates: date) -> str | None:
        """Compute dates as a nightly run does; returns why everyone was, if everyone was."""
        with lakehouses.started(self.spark, self.settings) as run:
            daily.compute(run, self.settings, dates)
        return run.outcome.reason

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        return lakehouses.rows(self.spark, self.settings, table, *columns)


@pytest.fixture
def spark_of_few(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> SparkSession:
    monkeypatch.setattr(daily, "PARTS", ("accounts", "allocation"))
    return lakehouses.small_session(spark)


def test_a_sale_that_an_erasure_counted_and_a_correction_moved_counts_once(
    spark_of_few: SparkSession, tmp_path: Path
) -> None:
    nights = Nights(spark_of_few, tmp_path)
    nights.deliver(
        "vendas_20240201.csv", line("1", cpf=ANA), line("2", cpf=RUI), line("3", cpf=EVA)
    )
    assert nights.night(JANUARY) == "nothing was computed before"
    nights.deliver("vendas_20240202.csv", line("4", cpf=RUI))
    erase(nights.settings, Asked([Whom(EVA)], "dpo"), None)
    ids = dict(nights.rows("customer_codes", "customer_code", "customer_id"))
    found = nights.rows("accounts", "customer_id", "purchases")
    assert found == sorted([(ids[ANA], 1), (ids[RUI], 2)], key=repr)
    nights.deliver("vendas_20240203.csv", line("4", cpf=ANA))
    assert nights.night(JANUARY) is None
    found = nights.rows("accounts", "customer_id", "purchases")
    assert found == sorted([(ids[ANA], 2), (ids[RUI], 1)], key=repr)


def test_a_registry_that_an_allocation_by_hand_read_and_a_correction_took_back_is_gone(
    spark_of_few: SparkSession, tmp_path: Path
) -> None:
    nights = Nights(spark_of_few, tmp_path)
    nights.deliver("vendas_20240201.csv", line("1", cpf=ANA), line("2", cpf=RUI))
    first, second = "01;01/01/2020;", "02;01/01/2020;"
    nights.deliver("lojas_20240201.csv", first, second, header=STORES)
    nights.night(JANUARY)
    columns = ("customer_id", "store_code", "routine")
    right = nights.rows("allocations", *columns)
    assert {row[1:] for row in right} == {("01", "sales")}
    nights.deliver("lojas_20240202.csv", f"{first}10/01/2024", second, header=STORES)
    commands.allocation(nights.settings, JANUARY)
    assert {row[1:] for row in nights.rows("allocations", *columns)} == {(None, "none")}
    # In another order, since a file that was read already is not read once more.
    nights.deliver("lojas_20240203.csv", second, first, header=STORES)
    assert nights.night(JANUARY) is None
    assert nights.rows("allocations", *columns) == right


def test_what_looks_back_on_a_pruned_date_is_refused(
    spark_of_few: SparkSession, tmp_path: Path
) -> None:
    nights = Nights(
        spark_of_few,
        tmp_path,
        "processing_calendar.every=day",
        "processing_calendar.start_before_first_run=4 days",
        "retention.days_kept=1",
    )
    nights.deliver("vendas_20240201.csv", line("1", cpf=ANA))
    nights.night(date(2024, 2, 2))
    commands.maintain(nights.settings)
    # The end of January is kept, and the days before it are not.
    for job in (commands.allocation, commands.rfv):
        with pytest.raises(LakehouseError, match=r"2024-01-31 looks back on 2024-01-\d\d, which"):
            job(nights.settings, JANUARY)
