"""What every engine makes, and how it says how long each table took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

AS_OF = date(2025, 12, 31)
DAY_BEFORE = date(2025, 12, 30)
CORES = 2
TABLES = ("purchases", "accounts", "life_cycle", "allocations", "rfv", "pareto_curve")
"""In the order in which they are made; of rfv and pareto_curve the network alone."""

ROOT = Path(__file__).resolve().parent.parent.parent.parent
DOOR = ROOT / "spark-submit.sh"


@contextmanager
def timed(steps: dict[str, float], name: str) -> Iterator[None]:
    """Notes how many seconds the block took."""
    started = time.monotonic()
    yield
    steps[name] = round(time.monotonic() - started, 2)
