"""The table of actions: what changes one, and that it leaves the others as they were."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.activation import actions
from jobs.errors import UsageError
from jobs.place import Place
from jobs.session import local_rows
from jobs.tables import Tables
from schemas import TABLES
from tests import lakehouses

AT = datetime(2024, 1, 31, 12, 30, tzinfo=timezone.utc)


def draft(code: str) -> dict[str, object]:
    return {
        "action_code": code,
        "title": code,
        "objective": "sales",
        "channel": "email",
        "valid_from": date(2024, 2, 1),
        "valid_to": date(2024, 2, 10),
        "state": "draft",
        "declaration": "{}",
        "changed_at": AT,
    }


@pytest.fixture
def _in_sao_paulo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process in another zone than Spark's session, as on a machine of the chain."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/Sao_Paulo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_in_sao_paulo")
def test_other_actions_keep_their_times_in_any_zone(spark: SparkSession, tmp_path: Path) -> None:
    tables = Tables(spark, Place(str(tmp_path / "lakehouse"), None), {})
    drafts = [draft("mail"), draft("store")]
    tables.append("actions", local_rows(spark, drafts, TABLES["actions"].ddl))
    row = actions.one(tables, "store")
    new = actions.changed(row, state="listed", listed_as_of=AT.date(), control_share=Decimal("0.1"))
    actions.replace(tables, [new])
    at = F.date_format("changed_at", "yyyy-MM-dd HH:mm").alias("at")
    found = tables.read("actions").select("action_code", "state", "listed_as_of", at).collect()
    others = [tuple(each) for each in found if each.action_code != "store"]
    assert others == [("mail", "draft", None, "2024-01-31 12:30")]
    (store,) = (each for each in found if each.action_code == "store")
    assert (store.state, store.listed_as_of) == ("listed", AT.date())
    assert store.at > "2024-01-31 12:30"


@pytest.mark.slow
def test_closing_ends_what_runs_and_gives_up_what_never_ran(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    states = ("draft", "listed", "running", "closed", "given_up")
    rows = [{**draft(f"was-{each}"), "state": each} for each in states]
    with lakehouses.started(spark, settings) as run:
        run.tables.append("actions", local_rows(spark, rows, TABLES["actions"].ddl))
    for each in ("draft", "listed", "running"):
        actions.close(settings, f"was-{each}")
    for each in ("closed", "given_up"):
        said = f"action was-{each} is {each} and cannot become closed: it may become nothing else"
        with pytest.raises(UsageError, match=said):
            actions.close(settings, f"was-{each}")
    assert lakehouses.rows(spark, settings, "actions", "action_code", "state") == [
        ("was-closed", "closed"),
        ("was-draft", "given_up"),
        ("was-given_up", "given_up"),
        ("was-listed", "given_up"),
        ("was-running", "closed"),
    ]
