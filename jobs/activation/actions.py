"""The actions of a lakehouse: declared, moved from state to state, and read again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from pyspark.sql import Row

from jobs.campaigns.campaign_settings import Declared, declared_in, load_actions
from jobs.campaigns.states import State, ended, moved
from jobs.errors import UsageError
from jobs.printing import say
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.tables import Tables
from jobs.writing import writing_run
from jobs.yaml_models import nearest
from schemas import TABLES


def declare(settings: Settings, files: Sequence[Path]) -> None:
    """Write the actions of files down as drafts; a draft may be declared anew, nothing else.

    Raises:
        UsageError: If one of them was drawn or given up already.
    """
    declared = load_actions(files)
    with writing_run(settings, "campaign") as run:
        held = rows_of(run.tables)
        for code in declared:
            if code in held and held[code].state != State.DRAFT.value:
                message = (
                    f"action {code} is {held[code].state}: only a draft can be declared anew; "
                    "give the new action a code of its own"
                )
                raise UsageError(message)
        replace(run.tables, [_row(each) for each in declared.values()])
    say(f"declared: {', '.join(declared)}")


def move(settings: Settings, code: str, to: State) -> None:
    """Give an action another state, such as start one whose list is made.

    Raises:
        UsageError: If it is unknown, or may not become that.
    """
    with writing_run(settings, "campaign") as run:
        _move(run.tables, one(run.tables, code), to)
    say(f"action {code} is {to.value}")


def close(settings: Settings, code: str) -> None:
    """Close an action that runs, or give up one that never did.

    Raises:
        UsageError: If it is unknown, or has ended already.
    """
    with writing_run(settings, "campaign") as run:
        row = one(run.tables, code)
        to = ended(State(row.state))
        _move(run.tables, row, to)
    say(f"action {code} is {to.value}")


def refuse_late_list(row: Row, as_of: date) -> None:
    """Refuses a list that comes too late: nothing that it brings in could be measured.

    Args:
        row: The row of ``actions``.
        as_of: The date of its list.

    Raises:
        UsageError: If the validity ends by the date, whose sales the list knows.
    """
    if as_of >= row.valid_to:
        message = (
            f"action {row.action_code} is valid until {row.valid_to}: a list as of {as_of} comes "
            "too late, since nothing that it brings in could be measured; give an earlier date, or "
            "declare a longer validity"
        )
        raise UsageError(message)


def rows_of(tables: Tables) -> dict[str, Row]:
    """The rows of ``actions`` by code, in the order of the codes."""
    rows = tables.read("actions").orderBy("action_code").collect()
    return {row.action_code: row for row in rows}


def one(tables: Tables, code: str) -> Row:
    """The row of an action.

    Raises:
        UsageError: If nobody declared it, naming the nearest code.
    """
    held = rows_of(tables)
    if code not in held:
        message = f"no action {code!r} was declared{nearest(code, tuple(held))}"
        raise UsageError(message)
    return held[code]


def declared_again(row: Row) -> Declared:
    """The action as its file declared it."""
    found = declared_in(json.loads(row.declaration), f"action {row.action_code}")
    return next(each for each in found if each.action.code == row.action_code)


def changed(row: Row, **values: object) -> dict[str, object]:
    """A row of ``actions`` with some columns changed."""
    return {**row.asDict(), **values, "changed_at": datetime.now(timezone.utc)}


def replace(tables: Tables, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows of ``actions`` in the place of those of the same codes."""
    new = local_rows(tables.spark, rows, TABLES["actions"].ddl)
    # The others are not collected: a time that was has lost its zone.
    others = tables.read("actions").join(
        new.select("action_code"), on="action_code", how="left_anti"
    )
    tables.overwrite("actions", others.unionByName(new))


def _move(tables: Tables, row: Row, to: State) -> None:
    new = moved(row.action_code, State(row.state), to)
    replace(tables, [changed(row, state=new.value)])


def _row(declared: Declared) -> dict[str, object]:
    action, campaign = declared.action, declared.campaign
    return {
        "action_code": action.code,
        "title": action.title,
        "campaign_code": campaign and campaign.code,
        "campaign_title": campaign and campaign.title,
        "objective": declared.objective,
        "channel": action.channel,
        "valid_from": action.valid_from,
        "valid_to": action.valid_to,
        "state": State.DRAFT.value,
        "declaration": json.dumps(declared.content, default=str, ensure_ascii=False),
        "changed_at": datetime.now(timezone.utc),
    }
