"""A delivery begins a lakehouse; whatever else runs where nothing was published is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from structlog.testing import capture_logs

from jobs import commands
from jobs.activation import actions
from jobs.campaigns.states import State
from jobs.errors import LakehouseError
from jobs.registry import duplicates, erasing, looking, rotating
from jobs.registry.whom import Whom
from jobs.settings import Settings
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
