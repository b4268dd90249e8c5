"""A lakehouse in a schema of a catalog instead of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs import commands
from jobs.customer_key import KEY_VARIABLE
from jobs.errors import CustomerKeyError, RejectedShareError
from jobs.place import Place
from jobs.settings import Settings
from jobs.tables import Tables
from schemas import RUNS, TABLES
from tests import lakehouses
from tests.lakehouses import everything, line, write

ANA, RUI = "52998224725", "11144477735"  # made up
SCHEMA = "clientela_test"
AS_OF = date(2024, 1, 31)


@pytest.fixture(scope="module")
def spark(spark: SparkSession) -> SparkSession:
    """A session for a few rows, among the slow tests too."""
    return lakehouses.small_session(spark)


def settings_of(tmp_path: Path, *assignments: str) -> Settings:
    in_catalog = ("lakehouse.catalog=spark_catalog", f"lakehouse.schema={SCHEMA}")
    return lakehouses.settings_for(tmp_path / "unused", *in_catalog, *assignments)


@pytest.fixture
def settings(spark: SparkSession, tmp_path: Path) -> Iterator[Settings]:
    spark.sql(f"CREATE SCHEMA {SCHEMA} LOCATION '{tmp_path}/schema'")
    yield settings_of(tmp_path)
    spark.sql(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.mark.slow
def test_a_catalog_holds_the_same_tables_and_keeps_no_key(
    spark: SparkSession,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = lakehouses.mapping(tmp_path)
    files = [
        write(tmp_path / "a" / "vendas1.csv", [line("1", cpf=ANA), line("2", quantity="x")]),
        write(tmp_path / "b" / "vendas2.csv", [line("3", cpf=RUI), line("4", quantity="x")]),
    ]
    # There is no folder beside which a key could be kept.
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with pytest.raises(CustomerKeyError, match=f"set {KEY_VARIABLE}"):
        lakehouses.deliver(spark, settings, source, files[0])
    monkeypatch.setenv(KEY_VARIABLE, "5a" * 32)
    lakehouses.deliver(spark, settings, source, files[0], dates=[AS_OF])
    first = everything(tmp_path / "schema")
    assert [len(first[name]) for name in ("sales", "rejected_rows", "accounts")] == [1, 1, 1]
    assert lakehouses.rows(spark, settings, "accounts", "as_of", "purchases") == [(AS_OF, 1)]

    # What a run wrote that did not publish is taken back by the next.
    strict = settings_of(tmp_path, "ingest.max_rejected_share=0.1")
    with pytest.raises(RejectedShareError):
        lakehouses.deliver(spark, strict, source, files[1])
    with lakehouses.started(spark, settings):
        pass
    assert everything(tmp_path / "schema") == first
    versions = lakehouses.published(spark, settings).versions
    place = Place.of(settings.lakehouse)
    assert Tables(spark, place, {}).latest_version("sales") == versions["sales"] == 3

    in_catalog = {row.tableName for row in spark.sql(f"SHOW TABLES IN {SCHEMA}").collect()}
    assert in_catalog == {*TABLES, RUNS.name}
    assert not list(tmp_path.rglob("*.key"))
    commands.describe(settings)
    said = capsys.readouterr().out
    assert f"Lakehouse `spark_catalog`.`{SCHEMA}`, publication 2" in said
    assert f"accounts (version {versions['accounts']})" in said
