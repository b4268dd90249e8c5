"""A delivery begins a lakehouse; whatever else runs where nothing was published is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from structlog.testing import capture_logs

from jobs import commands, publication
from jobs.activation import actions
from jobs.campaigns.states import State
from jobs.errors import LakehouseError
from jobs.registry import duplicates, erasing, looking, rotating
from jobs.registry.whom import Whom
from jobs.session import local_rows
from jobs.settings import Settings
from schemas import TABLES
from tests import lakehouses
from tests.lakehouses import line, write

ANA = Whom(cpf="52998224725")  # made up
AS_OF = date(2024, 1, 31)
JOBS: Mapping[str, Callable[[Settings], object]] = {
    "daily": lambda settings: commands.daily(settings, AS_OF, None, []),
    "backfill": lambda settings: commands.backfill(settings, AS_OF, AS_OF, "day"),
    "accounts": lambda settings: commands.accounts(settings, AS_OF),
    "erase": lambda settings: erasing.erase(settings, erasing.Asked([ANA], "dpo"), None),
    "rotate": rotating.rotate,
    "show": lambda settings: looking.show(settings, ANA, "sac", as_json=True),
    "find": lambda settings: duplicates.find(settings, probabilistic=False),
    "start": lambda settings: actions.move(settings, "mail", State.RUNNING),
}


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("job", JOBS)
def test_a_job_without_a_delivery_makes_nothing_where_there_is_no_lakehouse(
    tmp_path: Path, job: str
) -> None:
    mistyped = tmp_path / "lakehuose"
    with pytest.raises(LakehouseError) as refused:
        JOBS[job](lakehouses.settings_for(mistyped))
    assert f"lakehouse {mistyped} has no publication: check where it lies" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_first_run_that_died_has_begun_no_lakehouse(spark: SparkSession, tmp_path: Path) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    with pytest.raises(KeyError), lakehouses.started(spark, settings):
        raise KeyError
    with pytest.raises(LakehouseError, match="has no publication"):
        commands.daily(settings, AS_OF, None, [])
    with lakehouses.started(spark, settings):
        pass
    assert lakehouses.published(spark, settings).sequence == 1


def test_a_delivery_begins_a_lakehouse_and_says_so_once(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = tmp_path / "lakehouse"
    settings = lakehouses.settings_for(place)
    lakehouses.mapping(tmp_path)
    file = write(tmp_path / "vendas.csv", [line()])
    lakehouses.started(spark, settings)  # its empty tables; nothing is published yet
    with capture_logs() as first:
        commands.ingest(settings, tmp_path / "till.yaml", [str(file)])
    assert [each["place"] for each in first if "new lakehouse" in each["event"]] == [str(place)]
    with capture_logs() as second, lakehouses.started(spark, settings):
        pass
    assert not [each for each in second if "new lakehouse" in each["event"]]
    assert lakehouses.published(spark, settings).sequence == 2


def test_what_newer_code_left_unpublished_is_taken_back_when_it_comes_again(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    older = {name: table for name, table in TABLES.items() if name != "holdout"}
    drawn = {"holdout": "h", "customer_id": 1, "is_held_out": True, "drawn_on": AS_OF}
    with monkeypatch.context() as patched:
        patched.setattr(publication, "TABLES", older)
        with lakehouses.started(spark, settings):
            pass

    def dies(run: publication.Run) -> None:
        rows = [{**drawn, "share": Decimal("0.1")}]
        run.tables.append("holdout", local_rows(spark, rows, TABLES["holdout"].ddl))
        raise KeyError

    with pytest.raises(KeyError), lakehouses.started(spark, settings) as run:
        dies(run)
    with monkeypatch.context() as patched:
        patched.setattr(publication, "TABLES", older)
        with lakehouses.started(spark, settings):
            pass
    with lakehouses.started(spark, settings) as run:
        assert run.tables.read("holdout").isEmpty()
    assert lakehouses.rows(spark, settings, "holdout") == []
