"""Newly delivered rows and those that a table holds: what stands is written, the rest goes.

Most deliveries bring nothing that was there before. So the few units of which several deliveries
exist are found first, and only their rows are weighed against each other (see
``transforms.deliveries``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.errors import DeliveryConflictError
from jobs.kept import kept
from jobs.ledger import Share, readable_money
from jobs.publication import Run
from jobs.source_mapping import InputName, table_of
from schemas import Table
from transforms.deliveries import KEPT, contested_units, settled, with_line_numbers
from transforms.purchases import TICKET
from transforms.registry import content
from transforms.sale_lines import LINE_CONTENT

_EXAMPLES = 3
_STORED = "stored_line_number"
_UNITS: dict[InputName, tuple[str, ...]] = {
    "sales": TICKET,
    "persons": ("customer_id",),
    "stores": ("store_code",),
    "salespeople": ("salesperson_code",),
    "products": ("product_code",),
    "past_actions": ("action_code",),
    "past_contacts": ("action_code", "customer_id"),
    "past_redemptions": ("action_code", "customer_id", "coupon_code", "redeemed_on"),
}


@dataclass(frozen=True)
class Arrival:
    """Sound rows of one input, just delivered.

    Attributes:
        name: The input, and the table of the same name.
        rows: The table's columns and ``file_id``.
        days: For sales, the first and last business day among the rows.
        comes_whole: Whether its lines bear no numbers, so that a ticket comes in one file.
    """

    name: InputName
    rows: DataFrame
    days: tuple[date, date] | None
    comes_whole: bool

    @property
    def table(self) -> Table:
        """The contract of the table that the rows are for."""
        return table_of(self.name)

    @property
    def unit(self) -> tuple[str, ...]:
        """What is delivered whole; all stints of one salesperson come together."""
        return _UNITS[self.name]

    @property
    def is_whole(self) -> bool:
        """Whether a delivery has all rows of a unit, so that one with others differs."""
        return self.comes_whole or self.name == "salespeople"

    @property
    def content(self) -> tuple[str, ...]:
        """What a row says beyond its key."""
        return LINE_CONTENT if self.name == "sales" else content(self.table)

    @property
    def numbered(self) -> DataFrame:
        """The rows, with line numbers where the source has none."""
        if not self.comes_whole:
            return self.rows
        return self.rows.transform(with_line_numbers, unit=self.unit, content=self.content)


def settle(run: Run, arrival: Arrival) -> dict[str, Share]:
    """Write what stands, delete what it replaces, and tell what was superseded in each file.

    Raises:
        DeliveryConflictError: If a unit came twice, differently, and nothing says which is newer.
    """
    known = _known(run, arrival)
    with kept(_contested(arrival, known)) as contested:
        if contested.isEmpty():
            run.outcome.counts[f"{arrival.name}_replaced"] = 0
            fresh = arrival.numbered.select(*arrival.table.column_names)
            run.tables.append(arrival.table.name, fresh)
            return {}
        unit = list(arrival.unit)
        fresh = arrival.numbered
        everything = fresh if known is None else fresh.unionByName(known)
        weighed = everything.join(contested, on=unit, how="left_semi")
        judged = _numbered_anew(arrival, weighed).transform(
            settled,
            unit=unit,
            key=arrival.table.key,
            content=arrival.content,
            whole=arrival.is_whole,
            repeats=arrival.name != "sales",
        )
        free = fresh.join(contested, on=unit, how="left_anti")
        return _settle_contested(run, arrival, judged, free)


def _known(run: Run, arrival: Arrival) -> DataFrame | None:
    """The rows that the table holds where delivered units may be, or None if it never had any."""
    name = arrival.table.name
    if not run.tables.was_written(name):
        return None
    known = run.tables.read(name).withColumn("file_id", F.lit(KEPT))
    if arrival.days is not None:
        # Sales arrive by day, so the days delivered tell Delta which files to read.
        first, last = arrival.days
        known = known.where(F.col("business_day").between(F.lit(first), F.lit(last)))
    return known


def _contested(arrival: Arrival, known: DataFrame | None) -> DataFrame:
    unit, key = list(arrival.unit), None if arrival.comes_whole else arrival.table.key
    rows = arrival.rows
    if known is not None:
        delivered = rows.select(*unit).distinct()
        rows = rows.unionByName(known.join(delivered, on=unit, how="left_semi"))
    return contested_units(rows, unit, key)


def _numbered_anew(arrival: Arrival, rows: DataFrame) -> DataFrame:
    """Rows without numbers of the source in the order of what they say now.

    An erasure or a new key changed what stored ones say since they were numbered. ``_STORED`` is
    the number under which they lie in the table.
    """
    if not arrival.comes_whole:
        return rows
    stored = rows.withColumn(_STORED, F.col("line_number"))
    return stored.transform(with_line_numbers, unit=arrival.unit, content=arrival.content)


def _settle_contested(
    run: Run, arrival: Arrival, weighed: DataFrame, free: DataFrame
) -> dict[str, Share]:
    """Write what stands of contested units beside all of the others."""
    name, columns = arrival.table.name, arrival.table.column_names
    is_kept, stands = F.col("file_id") == KEPT, F.col("stands")
    with kept(weighed) as judged:
        lost = _lost(judged)
        if any(row.in_conflict for row in lost.values()):
            _refuse_conflicts(arrival, judged)
        replaced = lost[KEPT].rows if KEPT in lost else 0
        run.outcome.counts[f"{arrival.name}_replaced"] = replaced
        if replaced:
            gone = judged.where(is_kept & ~stands)
            if arrival.comes_whole:
                gone = gone.withColumn("line_number", F.col(_STORED))
            run.tables.delete(name, gone)
        new = judged.where(~is_kept & stands).select(*columns)
        run.tables.append(name, new.unionByName(free.select(*columns)))
        return {file: (row.rows, row.amount) for file, row in lost.items() if file != KEPT}


def _lost(judged: DataFrame) -> Mapping[str, Row]:
    """Of each file's contested rows, those that do not stand, and whether any are in conflict."""
    lost = ~F.col("stands")
    nothing = F.lit(Decimal(0))
    amount = readable_money(lost) if "amount" in judged.columns else nothing
    rows = judged.groupBy("file_id").agg(
        F.count_if("in_conflict").alias("in_conflict"),
        F.count_if(lost).alias("rows"),
        amount.alias("amount"),
    )
    return {row.file_id: row for row in rows.collect()}


def _refuse_conflicts(arrival: Arrival, judged: DataFrame) -> None:
    unit = arrival.unit
    rows = judged.where("in_conflict").select(*unit).distinct().orderBy(*unit).limit(_EXAMPLES)
    examples = "; ".join(", ".join(f"{key} {row[key]}" for key in unit) for row in rows.collect())
    or_else = ""
    if arrival.name == "salespeople":
        or_else = ", or have all stints of a salesperson delivered in one file"
    message = (
        f"{arrival.name}: delivered twice with different content, and nothing says which is newer: "
        f"{examples}. Name newer_by in the mapping (a column, or a date in the file's name)"
        f"{or_else}"
    )
    raise DeliveryConflictError(message)
