"""The jobs ``rfv`` and ``pareto``: the calendar's order does not matter, and who asks too early."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import commands, daily
from jobs.errors import LakehouseError
from jobs.settings import Settings, load_settings
from schemas import TABLES
from tests import lakehouses
from tests.lakehouses import line

GROCER = Path(__file__).parent.parent / "conf" / "overlays" / "grocer.yaml"
MONTH_ENDS = [date(2024, month, day) for month, day in ((1, 31), (2, 29), (3, 31))]
MIDDLE, BEFORE_ALL = MONTH_ENDS[1], date(2023, 11, 30)
OF_RFV = ("rfv", "rfv_left", "rfv_first_tops", "rfv_bands", "rfv_cells")
OF_PARETO = ("pareto_curve", "pareto_summary", "network_customers", "store_customers")


def purchases(customers: int) -> list[str]:
    """Made-up sales of three months, in which customers come, stay away and come back."""
    rng = Random(11)
    cpfs = [f"{rng.randrange(10**9):09d}00" for _ in range(customers)]
    once = line("once", cpf="52998224725", day="05/01/2024")
    return [once] + [
        line(
            str(number),
            cpf=rng.choice(cpfs[: 3 + number // 4]),
            day=f"{1 + number % 28:02d}/{1 + number // 28:02d}/2024",
            store=rng.choice(("01", "02")),
            amount=f"{rng.randrange(5, 300)},00",
        )
        for number in range(3 * 28)
    ]


def settings_for(lakehouse: Path) -> Settings:
    # Who did not buy for 60 days is not ranked, and so leaves.
    choices = ("rfv.population=active", "rfv.top_share=0.2")
    calendar = ("every=month-end", "start_before_first_run=1 day")
    quick = (f"lakehouse.path={lakehouse}", "ingest.max_rejected_share=1")
    named = (f"processing_calendar.{each}" for each in calendar)
    return load_settings([GROCER], [*quick, *choices, *named])


def results(spark: SparkSession, settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: lakehouses.rows(spark, settings, name, *TABLES[name].column_names)
        for name in OF_RFV + OF_PARETO
    }


@pytest.fixture(scope="module")
def in_one_pass(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("rfv")
    lakehouses.write(folder / "in" / "vendas.csv", purchases(customers=20))
    settings = settings_for(folder / "lakehouse")
    source = lakehouses.mapping(folder)
    lakehouses.deliver(spark, settings, source, folder / "in", dates=MONTH_ENDS)
    return settings


def test_one_by_one_in_one_pass_or_with_the_middle_again(
    spark: SparkSession, in_one_pass: Settings, tmp_path: Path
) -> None:
    expected = results(spark, in_one_pass)
    classes = {row[list(TABLES["rfv"].column_names).index("top_class")] for row in expected["rfv"]}
    assert classes == {"top", "was_top", "other"}
    assert expected["rfv_left"]

    # With the same key customers have the same ids, which decide between equals.
    shutil.copy2(f"{in_one_pass.lakehouse.path}.key", tmp_path / "lakehouse.key")
    one_by_one = settings_for(tmp_path / "lakehouse")
    source = lakehouses.mapping(tmp_path)
    delivered = Path(in_one_pass.lakehouse.path).parent / "in"
    lakehouses.deliver(spark, one_by_one, source, delivered)
    for as_of in MONTH_ENDS:
        with lakehouses.started(spark, one_by_one) as run:
            daily.compute(run, one_by_one, [as_of])
    assert results(spark, one_by_one) == expected

    with lakehouses.started(spark, one_by_one) as run:
        daily.compute(run, one_by_one, [MIDDLE])
    assert results(spark, one_by_one) == expected


def test_the_jobs_of_their_own_change_nothing_that_is_right(
    spark: SparkSession, in_one_pass: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = results(spark, in_one_pass)
    commands.rfv(in_one_pass, MIDDLE)
    assert "computed 2 dates, 2024-02-29 to 2024-03-31" in capsys.readouterr().out
    commands.pareto(in_one_pass, MIDDLE)
    assert "computed 1 dates, 2024-02-29 to 2024-02-29" in capsys.readouterr().out
    assert results(spark, in_one_pass) == expected


@pytest.mark.parametrize("job", [commands.rfv, commands.pareto])
def test_a_date_without_accounts_is_refused(job: Any, in_one_pass: Settings) -> None:
    with pytest.raises(LakehouseError, match=r"accounts of 2024-02-28 .* run daily --as-of"):
        job(in_one_pass, date(2024, 2, 28))


def test_before_the_first_sale_slices_are_empty(spark: SparkSession, in_one_pass: Settings) -> None:
    expected = results(spark, in_one_pass)
    sequence = lakehouses.published(spark, in_one_pass).sequence
    with lakehouses.started(spark, in_one_pass) as run:
        daily.compute(run, in_one_pass, [BEFORE_ALL])
    assert lakehouses.published(spark, in_one_pass).sequence == sequence + 1
    assert results(spark, in_one_pass) == expected
