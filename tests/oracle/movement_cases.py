"""Lines of small networks, and the oracle run on them, for tests of movement and search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import duckdb

from . import accounts

# What a line of each kind has: the sign of quantity and of amount, of the price, and two marks.
KINDS = {
    "sold": (1, 1, 1, False, False),
    "return": (-1, -1, 1, True, False),
    "price_adjustment": (1, -1, -1, False, False),
    "stock_adjustment": (-1, -1, 1, False, False),
    "cancelled": (1, 1, 1, False, True),
}


@dataclass(frozen=True)
class Line:
    """A line of a ticket. Lines of one store, day and number are one ticket."""

    day: str
    customer: str | None
    amount: str = "10"
    store: str = "S1"
    kind: str = "sold"
    product: str | None = None
    quantity: int = 1
    number: str = ""  # that of the customer, if none is given

    @property
    def key(self) -> tuple[str, str, str]:
        return self.store, self.day, self.number or f"of {self.customer}"


def run(
    con: duckdb.DuckDBPyConnection,
    lines: Sequence[Line],
    dates: Iterable[str],
    *,
    main_stores: Mapping[str, str] | None = None,
    categories: Mapping[str, str | None] | None = None,
    online: Iterable[str] = (),
) -> None:
    """Purchases, accounts and allocations of the lines, which are numbered as they come."""
    for table in ("lines", "line_products", "dates", "products", "stores"):
        con.execute(f"DELETE FROM {table}")
    for number, one in enumerate(lines, start=1):
        of_quantity, of_amount, price, is_return, is_cancelled = KINDS[one.kind]
        whose = (one.customer, "coded" if one.customer else "none")
        cells = (*whose, None, None, of_quantity * one.quantity, of_amount * Decimal(one.amount))
        _insert(con, "lines", (*one.key, number, None, *cells, price, is_return, is_cancelled))
        if one.product:
            _insert(con, "line_products", (*one.key, number, one.product))
    for day in dates:
        _insert(con, "dates", (day,))
    for of_product in (categories or {}).items():
        _insert(con, "products", of_product)
    for store in online:
        _insert(con, "stores", (store, None, None, True, None))
    accounts.purchases(con)
    accounts.accounts(con)
    con.execute(
        "CREATE OR REPLACE TABLE allocations AS SELECT as_of, customer_code, 'S1' AS store_code, "
        "NULL::VARCHAR AS salesperson_code, 'store' AS portfolio FROM accounts"
    )
    for customer, store in (main_stores or {}).items():
        con.execute(
            "UPDATE allocations SET store_code = ? WHERE customer_code = ?", [store, customer]
        )


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query, sorted."""
    return con.execute(f"SELECT * FROM ({query}) ORDER BY ALL").fetchall()


def some_lines(rng: Random, count: int) -> list[Line]:
    """Lines of few customers, stores, days and prices: nearly everything ties."""
    kinds = ("sold",) * 5 + ("return",) * 5 + tuple(KINDS)[2:]
    return [
        Line(
            day=f"2024-0{rng.randint(1, 4)}-{rng.choice(['01', '08', '15', '28'])}",
            customer=rng.choice([None, *(f"C{each}" for each in range(20))]),
            amount=rng.choice(["10", "10", "20", "0.0001", "33.3333"]),
            store=rng.choice(["S1", "S2", "S3"]),
            kind=rng.choice(kinds),
            product=rng.choice(["p1", "p2", "p3", "p4", None]),
            quantity=rng.choice([1, 1, 2]),
            number=str(rng.randint(1, 3)),
        )
        for _ in range(count)
    ]


def _insert(con: duckdb.DuckDBPyConnection, table: str, cells: Iterable[Any]) -> None:
    given = list(cells)
    con.execute(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in given)})", given)
