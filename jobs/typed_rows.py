"""Delivered rows of any input in the types of its contract, with every reason against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, FloatType, StructType

from jobs.settings import Settings
from jobs.source_mapping import OF_PEOPLE, InputName, SourceMapping, table_of
from jobs.source_reading import TYPED
from schemas.rejected_rows import Reason
from transforms.identity import with_customer_id
from transforms.registry import registry_rows, with_usable_codes
from transforms.sale_lines import SaleConventions, sale_lines
from transforms.source_rows import plain_number
from transforms.suppression import with_is_suppressed

NOTHING = "{}"
"""The ``raw_row`` of a rejected row of which nothing may be kept."""


@dataclass(frozen=True)
class Suppression:
    """What it takes to know the codes of erased people: the table, and the key of its own."""

    entries: DataFrame
    key: DataFrame


@dataclass(frozen=True)
class Reader:
    """What it takes to read the rows of one source: its mapping, settings, keys, and the erased."""

    mapping: SourceMapping
    settings: Settings
    key: DataFrame
    suppression: Suppression | None = None

    @property
    def sentinels(self) -> tuple[str, ...]:
        """The customer codes that stand for nobody, by conf and by the mapping."""
        ours = self.settings.ingest.generic_customer_codes
        return (*ours, *self.mapping.customer_code.generic)

    def patterns(self, name: InputName) -> tuple[str, ...]:
        """The date patterns of an input."""
        return (*self.mapping.inputs[name].dates, TYPED)


def typed_rows(parts: Sequence[DataFrame], reader: Reader, name: InputName) -> DataFrame:
    """Types the rows of one input.

    Args:
        parts: What ``jobs.source_reading.read_rows`` returns.
        reader: How the source writes.
        name: The input.

    Returns:
        The rows with the contract's columns, ``reasons`` (empty for a sound row), ``raw_row`` (of
        the others only), ``values_unreadable``, ``damaged``, the columns that tell the file, and
        ``amount``, which is null where nothing is sold.
    """
    read = _sales if name == "sales" else _registry
    typed = reduce(
        DataFrame.unionByName,
        [
            part.transform(read, reader=reader, name=name).transform(_with_reasons_of_reading)
            for part in parts
        ],
    )
    if name in OF_PEOPLE:
        typed = typed.transform(_with_codes, reader=reader)
    if reader.suppression is None or "customer_code" not in typed.columns:
        return typed
    return typed.transform(_without_erased, reader, reader.suppression)


def _sales(rows: DataFrame, reader: Reader, name: InputName) -> DataFrame:
    mapping, ingest = reader.mapping, reader.settings.ingest
    given = mapping.inputs[name]
    conventions = SaleConventions(
        decimal_mark=given.decimal_mark,
        patterns=reader.patterns(name),
        source_zone=mapping.time_zone,
        network_zone=reader.settings.network.time_zone,
        earliest=ingest.earliest_business_day,
        latest=ingest.latest_business_day,
        code_kind=mapping.customer_code.kind,
        sentinels=reader.sentinels,
        numbers_lines="line_number" in given.columns,
    )
    return rows.transform(sale_lines, conventions=conventions)


def _registry(rows: DataFrame, reader: Reader, name: InputName) -> DataFrame:
    typed = rows.transform(registry_rows, table=table_of(name), patterns=reader.patterns(name))
    if name in OF_PEOPLE:
        kind = reader.mapping.customer_code.kind
        typed = typed.transform(with_usable_codes, kind=kind, sentinels=reader.sentinels)
    return typed.withColumn("amount", F.lit(None).cast("decimal(18,4)"))


def _with_codes(typed: DataFrame, reader: Reader) -> DataFrame:
    code, kind = F.col("customer_code"), reader.mapping.customer_code.kind
    return typed.transform(with_customer_id, code=code, kind=kind, key=reader.key)


def _with_reasons_of_reading(typed: DataFrame) -> DataFrame:
    """Adds the reasons that only reading the file could tell; only rejected rows stay whole."""
    malformed = F.array(F.lit(Reason.MALFORMED_ROW.value))
    misdated = F.array_union("reasons", F.array(F.lit(Reason.UNREADABLE_DAY.value)))
    reasons = (
        F.when(F.col("malformed").isNotNull(), malformed)
        .when(F.col("is_misdated"), misdated)
        .otherwise(F.col("reasons"))
    )
    # Sound rows are not written as JSON in vain.
    raw_row = F.coalesce("malformed", F.to_json(_received(typed)))
    return (
        typed.withColumn("reasons", reasons)
        .withColumn("raw_row", F.when(F.size("reasons") > 0, raw_row))
        .drop("received", "malformed", "is_misdated")
    )


def _received(typed: DataFrame) -> Column:
    """The values of the file, those of floating point as text: a code is sought by its digits."""
    struct = typed.schema["received"].dataType
    fields = struct.fields if isinstance(struct, StructType) else []
    floating = [each.name for each in fields if isinstance(each.dataType, DoubleType | FloatType)]
    received = F.col("received")
    return reduce(
        lambda row, name: row.withField(
            "`{}`".format(name.replace("`", "``")), plain_number(received.getField(name))
        ),
        floating,
        received,
    )


def _without_erased(typed: DataFrame, reader: Reader, suppression: Suppression) -> DataFrame:
    """Sales of erased people as sales of nobody, and their registrations as rejected and empty."""
    is_erased = F.col("is_suppressed")
    nothing = {
        "customer_code": F.when(~is_erased, F.col("customer_code")),
        "customer_id": F.when(~is_erased, F.col("customer_id")),
    }
    if "code_class" in typed.columns:
        nothing["code_class"] = F.when(is_erased, F.lit("none")).otherwise(F.col("code_class"))
        raw_row = F.when(F.col("raw_row").isNotNull() & is_erased, F.lit(NOTHING))
    else:
        erased = F.array(F.lit(Reason.ERASED.value))
        nothing["reasons"] = F.when(is_erased, erased).otherwise(F.col("reasons"))
        raw_row = F.when(is_erased, F.lit(NOTHING))
    nothing["raw_row"] = F.coalesce(raw_row, "raw_row")
    return (
        typed.withColumn("code_kind", F.lit(reader.mapping.customer_code.kind))
        .transform(with_is_suppressed, suppressions=suppression.entries, key=suppression.key)
        .withColumns(nothing)
        .drop("is_suppressed", "code_kind")
    )
