"""The tables ``accounts`` and ``registrations_without_account``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame

from jobs.settings import Settings
from jobs.tables import Tables
from transforms.accounts import accounts, registrations_without_account


def run(tables: Tables, settings: Settings, dates: Sequence[date], history: DataFrame) -> None:
    """Replace the slices of the given dates."""
    persons = tables.read("persons")
    slices = accounts(history, persons, dates, settings.accounts.recent)
    tables.replace_slices("accounts", slices, dates)
    without_account = registrations_without_account(persons, history, dates)
    tables.replace_slices("registrations_without_account", without_account, dates)
