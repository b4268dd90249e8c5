"""The table ``purchases``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jobs.settings import Settings
from jobs.tables import Tables
from transforms.purchases import purchases


def run(tables: Tables, settings: Settings, dates: Sequence[date]) -> None:
    """Sum the accepted lines of all days up to tickets; no date or setting changes them."""
    del settings, dates
    tables.overwrite("purchases", tables.read("sales").transform(purchases))
