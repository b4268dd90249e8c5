"""The tables on the quality of registrations, and the registry cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jobs.kept import keeping
from jobs.past_runs import dates_kept
from jobs.scopes import way_for
from jobs.session import short_methods
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.persons_cleaned import checked_persons, persons_cleaned
from transforms.registration_quality import (
    STORE_LIST,
    accounts_to_register,
    accounts_without_registration,
    registration_quality,
)


def run(tables: Tables, settings: Settings, dates: Sequence[date]) -> None:
    """Clean the registry anew, and replace the slices of the dates.

    Accounts and allocations of those dates must be there.
    """
    codes = tables.read("customer_codes")
    allocated = tables.read_slices("allocations", dates)
    with short_methods(tables.spark), keeping() as keep:
        checked = keep(checked_persons(tables.read("persons"), codes))
        quality = registration_quality(checked, allocated, dates)
        tables.replace_slices("registration_quality", quality, dates)
        tables.overwrite("persons_cleaned", persons_cleaned(checked, last_date(tables, dates)))
        accounts, basis = tables.read_slices("accounts", dates), settings.network.value_basis
        unregistered = keep(accounts_without_registration(accounts, allocated, codes, basis))
        way = way_for(unregistered, STORE_LIST, keep)
        listed = accounts_to_register(unregistered, way)
        tables.replace_slices("accounts_to_register", listed, dates)


def last_date(tables: Tables, dates: Sequence[date]) -> date:
    """The last date of all, which computing an earlier one again does not change."""
    return max({*dates, *dates_kept(tables.spark, tables.place)})
