"""Jobs that look back: the calendar's order does not matter, and who asks too early."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import allocation as allocation_job
from jobs import commands
from jobs import rfv as rfv_job
from jobs.customer_history import customer_history
from jobs.errors import LakehouseError, UsageError
from jobs.place import Place
from jobs.plan import refuse_far
from jobs.processing_dates import view_of_pass
from jobs.settings import Settings, load_settings
from jobs.tables import Tables
from schemas import TABLES
from tests import lakehouses
from tests.lakehouses import line

pytestmark = pytest.mark.slow

GROCER = Path(__file__).parent.parent / "conf" / "overlays" / "grocer.yaml"
MONTH_ENDS = [date(2024, month, day) for month, day in ((1, 31), (2, 29), (3, 31))]
MIDDLE = MONTH_ENDS[1]
OF_CALENDAR = (
    "allocations",
    "allocation_moves",
    "rfv",
    "rfv_left",
    "rfv_first_tops",
    "rfv_bands",
    "rfv_cells",
    "rfv_scopes",
    "rfv_scope_tops",
)
OF_PARETO = (
    "pareto_curve",
    "pareto_summary",
    "network_customers",
    "store_customers",
    "portfolio_customers",
)


def purchases(customers: int) -> list[str]:
    """Made-up sales of three months, in which customers come, stay away and come back."""
    rng = Random(11)
    cpfs = [f"{rng.randrange(10**9):09d}00" for _ in range(customers)]
    once = line("once", cpf="52998224725", day="05/01/2024")
    return [once] + [
        line(
            str(number),
            cpf=rng.choice(cpfs[: 3 + number // 4]),
            seller=rng.choice(("v1", "v2", "")),
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


def slices(tables: Tables, names: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: sorted((tuple(row) for row in tables.read(name).collect()), key=repr)
        for name in names
    }


@pytest.fixture(scope="module")
def in_one_pass(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("rfv")
    lakehouses.write(folder / "in" / "vendas.csv", purchases(customers=20))
    settings = settings_for(folder / "lakehouse")
    source = lakehouses.mapping(folder)
    lakehouses.deliver(spark, settings, source, folder / "in", dates=MONTH_ENDS)
    return settings


def test_one_by_one_equals_in_one_pass(spark: SparkSession, in_one_pass: Settings) -> None:
    with lakehouses.started(spark, in_one_pass, "rfv") as run:
        expected = slices(run.tables, OF_CALENDAR)
        top_class = TABLES["rfv"].column_names.index("top_class")
        assert {row[top_class] for row in expected["rfv"]} == {"top", "was_top", "other"}
        assert expected["rfv_left"]
        since = TABLES["allocations"].column_names.index("allocated_since")
        assert len({row[since] for row in expected["allocations"]}) == len(MONTH_ENDS)
        for name in OF_CALENDAR:
            nothing = run.tables.read(name).where("false")
            run.tables.replace_slices(name, nothing, MONTH_ENDS)

        def computed(as_of: date, already: Sequence[date]) -> tuple[date, ...]:
            view = view_of_pass("month-end", MONTH_ENDS[0], [as_of], already, already)
            with customer_history(run.tables) as history:
                allocation_job.run(run.tables, in_one_pass, view, history)
                rfv_job.run(run.tables, in_one_pass, view, history)
            return view.dates

        for number, as_of in enumerate(MONTH_ENDS):
            assert computed(as_of, MONTH_ENDS[:number]) == (as_of,)
        assert slices(run.tables, OF_CALENDAR) == expected


def test_with_the_middle_again_by_the_jobs_of_their_own_nothing_changes(
    spark: SparkSession, in_one_pass: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = published(spark, in_one_pass)
    commands.rfv(in_one_pass, MIDDLE)
    assert "computed 2 dates, 2024-02-29 to 2024-03-31" in capsys.readouterr().out
    commands.allocation(in_one_pass, MIDDLE)
    assert "computed 2 dates, 2024-02-29 to 2024-03-31" in capsys.readouterr().out
    commands.pareto(in_one_pass, MIDDLE)
    assert "computed 1 dates, 2024-02-29 to 2024-02-29" in capsys.readouterr().out
    assert published(spark, in_one_pass) == expected


def published(spark: SparkSession, settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    versions = lakehouses.published(spark, settings).versions
    tables = Tables(spark, Place.of(settings.lakehouse), versions)
    return slices(tables, OF_CALENDAR + OF_PARETO)


def test_a_date_long_after_the_last_sale_is_taken_for_a_slip_of_the_pen(
    spark: SparkSession, in_one_pass: Settings
) -> None:
    before = lakehouses.published(spark, in_one_pass)
    last = date(2024, 3, 28)  # of the sales above
    with pytest.raises(UsageError, match=r"2124-03-31 lies 36,527 days after .* of 2024-03-28"):
        commands.daily(in_one_pass, date(2124, 3, 31), None, [])
    with lakehouses.started(spark, in_one_pass) as run:
        refuse_far(run, in_one_pass, [last + timedelta(days=366), last])
        with pytest.raises(UsageError):
            refuse_far(run, in_one_pass, [last, last + timedelta(days=367)])
    assert lakehouses.published(spark, in_one_pass).versions == before.versions


@pytest.mark.parametrize("job", [commands.allocation, commands.rfv, commands.pareto])
def test_a_date_without_accounts_is_refused(job: Any, in_one_pass: Settings) -> None:
    with pytest.raises(LakehouseError, match=r"accounts of 2024-02-28 .* run daily --as-of"):
        job(in_one_pass, date(2024, 2, 28))
