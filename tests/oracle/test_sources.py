"""The loaders against control totals counted elsewhere.

Data that ``tests.real_data`` does not find is skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests import real_data

from . import accounts as oracle

TOTALS = """
    SELECT count(*), count(DISTINCT sale_number), count(DISTINCT customer_code),
           count(DISTINCT store_code), count(DISTINCT salesperson_code), sum(amount),
           CAST(min(business_day) AS VARCHAR), CAST(max(business_day) AS VARCHAR)
    FROM lines
"""

SOURCES: list[tuple[Callable[[duckdb.DuckDBPyConnection, Path], None], str, tuple[Any, ...]]] = [
    (
        oracle.load_online_retail,
        "online_retail/onlineretail.csv.gz",
        (541909, 25900, 4372, 1, 0, Decimal("9747747.934"), "2010-12-01", "2011-12-09"),
    ),
    (
        oracle.load_complete_journey,
        "complete_journey/transactions.parquet",
        (1469307, 155848, 2469, 457, 0, Decimal("4596039.58"), "2017-01-01", "2017-12-31"),
    ),
    (
        oracle.load_adventureworks_resellers,
        "adventureworks/FactResellerSales.parquet",
        (60855, 3796, 635, 10, 17, Decimal("80450596.9823"), "2010-12-29", "2013-11-29"),
    ),
    (
        oracle.load_adventureworks_internet,
        "adventureworks/FactInternetSales.parquet",
        (60398, 27659, 18484, 1, 0, Decimal("29358677.2207"), "2010-12-29", "2014-01-28"),
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("load", "file", "expected"), SOURCES, ids=[file for _, file, _ in SOURCES]
)
def test_control_totals(
    load: Callable[[duckdb.DuckDBPyConnection, Path], None], file: str, expected: tuple[Any, ...]
) -> None:
    folder, name = file.split("/")
    con = oracle.connect()
    load(con, real_data.folder(folder) / name)
    assert con.execute(TOTALS).fetchone() == expected
