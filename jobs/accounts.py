"""The tables ``accounts`` and ``registrations_without_account``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jobs.settings import Settings
from jobs.tables import Tables
from transforms.accounts import accounts, registrations_without_account


def run(tables: Tables, settings: Settings, dates: Sequence[date]) -> None:
    """Replace the slices of the given dates."""
    tickets, persons = tables.read("purchases"), tables.read("persons")
    slices = accounts(tickets, persons, dates, settings.accounts.recent)
    tables.replace_slices("accounts", slices, dates)
    without_account = registrations_without_account(persons, tickets, dates)
    tables.replace_slices("registrations_without_account", without_account, dates)
