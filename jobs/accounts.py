"""The tables ``accounts`` and ``registrations_without_account``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame

from jobs.others import Others, with_others
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.accounts import accounts, carried_accounts, registrations_without_account


def run(
    tables: Tables,
    settings: Settings,
    dates: Sequence[date],
    history: DataFrame,
    others: Others | None = None,
) -> None:
    """Replace the slices of the given dates: from the history, and for others from their slices."""
    persons = tables.read("persons")
    anew = accounts(history, persons, dates, settings.accounts.recent)
    on = carried_accounts(others.slices("accounts"), persons) if others else None
    tables.replace_slices("accounts", with_others(anew, on), dates)
    slices = tables.read_slices("accounts", dates)
    without_account = registrations_without_account(persons, slices, dates)
    tables.replace_slices("registrations_without_account", without_account, dates)
