"""The command line, job after job, on a till of five tickets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from pyspark.sql import SparkSession

from jobs import daily
from jobs.customer_key import KEY_VARIABLE
from jobs.errors import CustomerKeyError, UsageError
from jobs.run import cli
from tests import lakehouses
from tests.lakehouses import line, write

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"  # made up
JANUARY, FEBRUARY = date(2024, 1, 31), date(2024, 2, 29)
BETWEEN = date(2024, 2, 9)
MONTHS = ("--from", "2024-01-01", "--to", "2024-02-29", "--every", "month-end")


def invoked(place: Path, *arguments: str, key: str | None = None) -> Result:
    return CliRunner().invoke(
        cli,
        [*arguments, f"--lakehouse={place}", "--set", "processing_calendar.every=none"],
        env={KEY_VARIABLE: key},
    )


def done(place: Path, *arguments: str) -> str:
    result = invoked(place, *arguments)
    assert result.exception is None, result.exception
    return result.output


def jobs_published(place: Path) -> list[str]:
    runs = pl.read_delta(f"{place}/runs").filter(pl.col("run_id") != "lease").sort("sequence")
    return runs["job"].to_list()


@pytest.mark.slow
def test_jobs_that_are_started_one_by_one_publish_what_they_say(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the jobs alone are asked for here rests on these; the rest would take a minute more.
    monkeypatch.setattr(daily, "PARTS", ("accounts", "allocation"))
    place = tmp_path / "lakehouse"
    settings = lakehouses.settings_for(place)
    lakehouses.started(spark, settings)  # its empty tables; nothing is published yet
    lakehouses.mapping(tmp_path)
    first = write(
        tmp_path / "vendas_1.csv",
        [
            line("1", cpf=ANA, day="05/01/2024"),
            line("2", cpf=ANA, day="20/01/2024"),
            line("3", cpf=ANA, day="10/02/2024"),
            line("4", cpf=RUI, day="10/02/2024"),
            line("5", day="10/02/2024"),  # nobody known
        ],
    )
    second = write(tmp_path / "vendas_2.csv", [line("6", cpf=EVA, day="05/01/2024")])

    def ingest(file: Path) -> tuple[str, ...]:
        return ("ingest", "--source", str(tmp_path / "till.yaml"), "--input", str(file))

    def purchases() -> set[tuple[date, str, int]]:
        names = ("customer_id", "customer_code")
        codes = dict(lakehouses.rows(spark, settings, "customer_codes", *names))
        found = lakehouses.rows(spark, settings, "accounts", "as_of", "customer_id", "purchases")
        return {(as_of, codes[who], bought) for as_of, who, bought in found}

    said = done(place, *ingest(first))
    assert "sales: 5 received, 5 accepted, 0 rejected, 0 superseded, 0 replaced" in said

    # Under another key Ana would be somebody else from now on.
    refused = invoked(place, *ingest(second), key="0f" * 32)
    assert isinstance(refused.exception, CustomerKeyError)
    assert jobs_published(place) == ["ingest"]

    said = done(place, "backfill", *MONTHS)
    assert f"computed 2 dates, {JANUARY} to {FEBRUARY}; published in {place}" in said
    at_the_ends = {(JANUARY, ANA, 2), (FEBRUARY, ANA, 3), (FEBRUARY, RUI, 1)}
    assert purchases() == at_the_ends

    said = done(place, "accounts", "--as-of", str(BETWEEN))
    assert f"computed 1 dates, {BETWEEN} to {BETWEEN}; published in {place}" in said
    assert purchases() == {*at_the_ends, (BETWEEN, ANA, 2)}

    assert lakehouses.rows(spark, settings, "life_cycle") == []
    said = done(place, "life-cycle", "--as-of", str(FEBRUARY))
    assert f"computed 1 dates, {FEBRUARY} to {FEBRUARY}; published in {place}" in said
    intervals = lakehouses.rows(spark, settings, "life_cycle", "valid_from", "segment", "cause")
    # Each is new from the day of her first purchase on.
    assert [(began, cause) for began, segment, cause in intervals if segment == "new"] == [
        (date(2024, 1, 5), "purchase"),
        (date(2024, 2, 10), "purchase"),
    ]
    flows = lakehouses.rows(spark, settings, "life_cycle_matrix", "as_of", "level")
    assert set(flows) == {(FEBRUARY, each) for each in ("network", "store", "salesperson")}

    assert jobs_published(place) == ["ingest", "backfill", "accounts", "life-cycle"]


def test_a_backfill_without_a_date_is_refused_before_anything_starts(tmp_path: Path) -> None:
    place = tmp_path / "lakehouse"
    days = ("--from", "2024-02-01", "--to", "2024-02-28", "--every", "month-end")
    error = invoked(place, "backfill", *days).exception
    assert isinstance(error, UsageError)
    assert str(error) == (
        "no month-end lies between 2024-02-01 and 2024-02-28: check --from, --to and --every"
    )
    assert list(tmp_path.iterdir()) == []
