"""What makes a run compute everyone, and what it says of that."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs import daily
from jobs.ingest import ingest
from jobs.publication import Outcome
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping
from tests import lakehouses
from tests.lakehouses import line, write

pytestmark = pytest.mark.slow

ANA, RUI = "52998224725", "11144477735"  # made up
NEWER = {"file_name": r"vendas_(\d{8})", "pattern": "yyyyMMdd"}
JANUARY, FEBRUARY = date(2024, 1, 31), date(2024, 2, 29)


@pytest.fixture(autouse=True)
def accounts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "PARTS", ("accounts",))


def night(
    spark: SparkSession, settings: Settings, source: SourceMapping, file: Path | None, as_of: date
) -> Outcome:
    with lakehouses.started(lakehouses.small_session(spark), settings) as run:
        if file is not None:
            ingest(run, settings, source, [str(file)])
        daily.compute(run, settings, [as_of])
    return run.outcome


def test_changes_that_are_gone_and_a_changed_setting_make_everyone_be_computed(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    source = lakehouses.mapping(tmp_path, newer_by=NEWER)
    first = [line("1", cpf=ANA), line("2", cpf=RUI, amount="20,00")]
    file = write(tmp_path / "vendas_20240201.csv", first)
    assert night(spark, settings, source, file, JANUARY).reason == "nothing was computed before"

    # A correction takes a line away; of which one, only the change data tell.
    corrected = [line("1", cpf=ANA, amount="7,00")]
    with lakehouses.started(lakehouses.small_session(spark), settings, "ingest") as run:
        file = write(tmp_path / "vendas_20240202.csv", corrected)
        ingest(run, settings, source, [str(file)])
    taken = list((tmp_path / "lakehouse" / "sales" / "_change_data").glob("*.parquet"))
    assert taken
    for each in taken:
        each.unlink()
    told = night(spark, settings, source, None, FEBRUARY)
    assert told.reason == "what sales held then is not kept any more"
    assert told.as_of == [JANUARY, FEBRUARY]
    columns = ("as_of", "net_amount")
    expected = sorted((day, amount) for day in told.as_of for amount in ("7.0000", "20.0000"))
    found = lakehouses.rows(spark, settings, "accounts", *columns)
    assert sorted((day, str(amount)) for day, amount in found) == expected

    # Nothing is new, so nobody is computed anew, and nothing but the date asked for.
    told = night(spark, settings, source, None, FEBRUARY)
    assert (told.reason, told.as_of) == (None, [FEBRUARY])
    assert told.counts["customers_anew"] == 0
    assert lakehouses.rows(spark, settings, "accounts", *columns) == found

    other = lakehouses.settings_for(tmp_path / "lakehouse", "accounts.recent=30 days")
    told = night(spark, other, source, None, FEBRUARY)
    assert told.reason == "setting accounts.recent was changed"
    assert told.as_of == [JANUARY, FEBRUARY]
