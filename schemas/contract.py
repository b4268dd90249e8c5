"""What a published table promises: its columns, key, grain and rules.

One ``Table`` is everything that is said about a table in one place. The contract check before a
write, the Delta table itself (types, comments, constraints, statistics), the page in ``docs/`` and
the search for personal data all follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from pyspark.sql.types import StructType

MONEY = "decimal(18,4)"
"""Exact money: up to 99,999,999,999,999.9999; only a report rounds it."""

QUANTITY = "decimal(18,3)"
"""Exact quantities: pieces, or kilograms and litres to the gram and millilitre."""

MEAN = "decimal(18,6)"
"""A frequency or a mean interval, rounded half-up once."""


@dataclass(frozen=True)
class Column:
    """One column of a published table.

    Attributes:
        name: The column's name, in the words of the glossary.
        type: Its Spark SQL type, as Spark spells it (``bigint``, ``decimal(18,4)``).
        english: What it means, in one sentence.
        portuguese: The same in Brazilian Portuguese.
        required: Whether null is refused.
        personal: Whether it can name or reach a person. Statistics are off for such a column, and
            it is never in a partition, a constraint, a predicate literal or a log line.
    """

    name: str
    type: str
    english: str
    portuguese: str
    required: bool = False
    personal: bool = False

    @property
    def comment(self) -> str:
        """The comment that readers of the Delta table see, in both languages."""
        return f"{self.english} | {self.portuguese}"


AS_OF = Column("as_of", "date", "Processing date", "Data de processamento", required=True)
CUSTOMER = Column("customer_id", "bigint", "Customer", "Cliente", required=True)
"""What most tables of results begin with."""

CUSTOMER_IDS = ("customer_id", "other_customer_id", "surviving_id")
"""The columns that hold customer ids, in whatever table."""


@dataclass(frozen=True)
class Table:
    """The contract of one published table.

    Attributes:
        name: The table's name.
        english: What it holds, in one sentence.
        portuguese: The same in Brazilian Portuguese.
        grain: What one row is, in words.
        key: The columns that tell rows apart.
        columns: All columns, in order.
        constraints: Rules that every row keeps, by name, as SQL conditions. A null passes, as in
            SQL's CHECK. None may name a personal column, because Delta prints the values it
            refuses.
        partitioned_by: Partition columns. ``("as_of",)`` marks a table that holds one slice per
            processing date.
        keeps_changes: Whether Delta keeps which rows each commit added and took away.
    """

    name: str
    english: str
    portuguese: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    constraints: dict[str, str] = field(default_factory=dict)
    partitioned_by: tuple[str, ...] = ()
    keeps_changes: bool = False

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """The columns that can name or reach a person."""
        return tuple(column.name for column in self.columns if column.personal)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns that refuse null."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def ddl(self) -> str:
        """The columns as SQL declares them, comments left out."""
        return ", ".join(
            f"{column.name} {column.type}{' NOT NULL' if column.required else ''}"
            for column in self.columns
        )

    def differences(self, given: StructType) -> list[str]:
        """Everything in which a DataFrame's columns differ from this contract.

        Types are compared whole, so that ``decimal(10,2)`` does not pass as ``decimal(18,4)``.
        Order does not matter. Nullability is a matter of rows, which the write checks.

        Args:
            given: The schema of what is about to be written.

        Returns:
            One sentence per difference, empty when there is none.
        """
        types = {column.name: column.type for column in self.columns}
        found = {part.name: part.dataType.simpleString() for part in given.fields}
        missing = [f"column {name} is missing" for name in types if name not in found]
        extra = [f"column {name} is not in the contract" for name in found if name not in types]
        wrong = [
            f"column {name} is {found[name]}, the contract says {types[name]}"
            for name in types
            if name in found and found[name] != types[name]
        ]
        return missing + extra + wrong
