"""From the rows of a sales export to sale lines (spec §1, §2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.rejected_rows import Reason
from transforms.exact import MONEY_SCALE, QUANTITY_SCALE
from transforms.identity import bare_code, code_class, padded_code
from transforms.source_rows import (
    day,
    exact_number,
    flag,
    number,
    reasons,
    wall_time,
    whole_number,
)

TEXT_COLUMNS = (
    "store_code",
    "business_day",
    "sold_at",
    "sale_number",
    "line_number",
    "customer_code",
    "salesperson_code",
    "channel",
    "by_queue",
    "product_code",
    "quantity",
    "list_amount",
    "unit_price",
    "amount",
    "discount_amount",
    "is_return",
    "is_cancelled",
)
"""What a mapping may say of a line; all text."""

_SCALES = {
    "quantity": QUANTITY_SCALE,
    "list_amount": MONEY_SCALE,
    "unit_price": MONEY_SCALE,
    "amount": MONEY_SCALE,
    "discount_amount": MONEY_SCALE,
}

_FLAGS = ("by_queue", "is_return", "is_cancelled")

LINE_CONTENT = (
    "product_code",
    "kind",
    "quantity",
    "list_amount",
    "discount_amount",
    "code_class",
    "customer_id",
    "salesperson_code",
    "channel",
    "by_queue",
    "sold_at",
)
"""What a line says beyond its key: equal in equal lines, and the order of unnumbered ones."""


@dataclass(frozen=True)
class SaleConventions:
    """How one source writes its sales.

    Attributes:
        decimal_mark: ``.`` or ``,``.
        patterns: Date patterns, first fitting one first.
        source_zone: The time zone that its times are in.
        network_zone: The time zone whose days are the business days.
        earliest: The first business day accepted.
        latest: The last business day accepted.
        code_kind: ``cpf``, ``cnpj`` or ``text``.
        sentinels: Customer codes that stand for nobody.
        numbers_lines: Whether the source numbers the lines of a ticket.
    """

    decimal_mark: str
    patterns: Sequence[str]
    source_zone: str
    network_zone: str
    earliest: date
    latest: date
    code_kind: str
    sentinels: Sequence[str]
    numbers_lines: bool


def line_kind(
    is_cancelled: Column, is_return: Column, quantity: Column, list_amount: Column
) -> Column:
    """What a line is, first rule first.

    - ``cancelled``: the source marks it so. It stays in ``sales`` and leaves no trace elsewhere.
    - ``return``: the source marks it so.
    - ``stock_adjustment``: quantity of zero or less that nothing marks as a return. Outside
      accounts.
    - ``price_adjustment``: a negative price. It counts in the net amount only.
    - ``sold``: quantity above zero, price of zero or more. Only such a line makes a purchase.

    The marks are never null; quantity and list amount neither. Source: spec §1 "sold item", §2.
    """
    return (
        F.when(is_cancelled, F.lit("cancelled"))
        .when(is_return, F.lit("return"))
        .when(quantity <= 0, F.lit("stock_adjustment"))
        .when(list_amount < 0, F.lit("price_adjustment"))
        .otherwise(F.lit("sold"))
    )


def sale_lines(rows: DataFrame, conventions: SaleConventions) -> DataFrame:
    """Reads text rows as sale lines.

    Money: the list amount is the one given, else price times quantity (rounded half-up to four
    decimals once), else amount plus discount. The discount is the one given, else list amount less
    amount, else zero. The amount is list amount less discount, always.

    Days: the business day is the one given, else the day of ``sold_at`` in the network's zone.

    Args:
        rows: Text columns as ``TEXT_COLUMNS`` names them, trimmed by ``transforms.texts.text``;
            other columns pass through.
        conventions: How the source writes.

    Returns:
        The rows with the columns of ``schemas.sales`` but ``customer_id``, with ``customer_code``
        (normalised, null unless the class is ``coded``), ``reasons`` (empty for a sound row) and
        ``values_unreadable``. ``line_number`` is null where the source gives none.

    Source: spec §1 "line", "sold item", §2.
    """
    others = [name for name in rows.columns if name not in TEXT_COLUMNS]
    return (
        rows.withColumns(_first_readings(conventions))
        .withColumns(_second_readings(conventions))
        .withColumns(_third_readings(conventions))
        .select(
            *others,
            "store_code",
            F.col("_business_day").alias("business_day"),
            "sale_number",
            F.col("_line_number").alias("line_number"),
            F.col("_sold_at").alias("sold_at"),
            line_kind(
                F.coalesce("_is_cancelled", F.lit(False)),
                F.coalesce("_is_return", F.lit(False)),
                F.col("_quantity"),
                F.col("_list"),
            ).alias("kind"),
            F.col("_code_class").alias("code_class"),
            F.when(F.col("_code_class") == "coded", F.col("_code")).alias("customer_code"),
            "salesperson_code",
            "channel",
            F.col("_by_queue").alias("by_queue"),
            "product_code",
            F.col("_quantity").alias("quantity"),
            F.col("_list").alias("list_amount"),
            F.col("_discount").alias("discount_amount"),
            F.col("_paid").alias("amount"),
            reasons(_problems(conventions)).alias("reasons"),
            _is_left("by_queue").cast("int").alias("values_unreadable"),
        )
    )


def _first_readings(conventions: SaleConventions) -> dict[str, Column]:
    """What is read once, as columns, so that what follows from it does not read it again."""
    numbers = {
        f"_{name}": exact_number(F.col(name), conventions.decimal_mark, scale)
        for name, scale in _SCALES.items()
    }
    flags = {f"_{name}": flag(F.col(name)).value for name in _FLAGS}
    return {
        "_wall": wall_time(F.col("sold_at"), conventions.patterns).value,
        "_given_day": day(F.col("business_day"), conventions.patterns).value,
        "_bare_code": bare_code(F.col("customer_code"), conventions.code_kind),
        "_line_number": whole_number(F.col("line_number")).value,
        **numbers,
        **flags,
    }


def _second_readings(conventions: SaleConventions) -> dict[str, Column]:
    amount, price, discount = (
        F.col(f"_{name}") for name in ("amount", "unit_price", "discount_amount")
    )
    nothing = F.lit(0).cast("decimal(18,4)")
    by_price = _as_money(F.round(price * F.col("_quantity"), MONEY_SCALE))
    before_discount = _as_money(amount + F.coalesce(discount, nothing))
    list_amount = F.coalesce("_list_amount", by_price, before_discount)
    sold_at = F.to_utc_timestamp("_wall", conventions.source_zone)
    if conventions.source_zone == conventions.network_zone:
        day_sold = F.to_date("_wall")
    else:
        day_sold = F.to_date(F.from_utc_timestamp(sold_at, conventions.network_zone))
    return {
        "_list": list_amount,
        "_discount": F.coalesce(discount, _as_money(list_amount - amount), nothing),
        "_sold_at": sold_at,
        "_business_day": F.coalesce(F.col("_given_day"), day_sold),
        "_code": padded_code(F.col("_bare_code"), conventions.code_kind),
    }


def _third_readings(conventions: SaleConventions) -> dict[str, Column]:
    return {
        "_paid": _as_money(F.col("_list") - F.col("_discount")),
        "_code_class": code_class(F.col("customer_code"), F.col("_code"), conventions.sentinels),
    }


def _problems(conventions: SaleConventions) -> list[tuple[Reason, Column]]:
    def is_empty(name: str) -> Column:
        return F.col(name).isNull()

    mark = conventions.decimal_mark
    numbers = [
        number(F.col(name), F.col(f"_{name}"), mark, scale) for name, scale in _SCALES.items()
    ]
    misread = [_is_left(name) for name in _SCALES]
    in_range = F.col("_business_day").between(
        F.lit(conventions.earliest), F.lit(conventions.latest)
    )
    no_amount = is_empty("list_amount") & is_empty("unit_price") & is_empty("amount")
    is_read = ~reduce(Column.__or__, misread) & F.col("_quantity").isNotNull() & ~no_amount
    overflows = is_read & F.col("_paid").isNull()
    required = ["store_code", "sale_number"]
    required += ["line_number"] if conventions.numbers_lines else []
    return [
        *((Reason.MISSING_KEY, is_empty(name)) for name in required),
        (Reason.MISSING_DAY, is_empty("business_day") & is_empty("sold_at")),
        (Reason.UNREADABLE_DAY, ~is_empty("business_day") & F.col("_given_day").isNull()),
        (Reason.UNREADABLE_DAY, ~is_empty("sold_at") & F.col("_wall").isNull()),
        (Reason.DAY_OUT_OF_RANGE, ~in_range),
        (Reason.MISSING_QUANTITY, is_empty("quantity")),
        (Reason.MISSING_AMOUNT, no_amount),
        *(problem for reading in numbers for problem in reading.problems.items()),
        (Reason.UNREADABLE_FLAG, _is_left("is_return") | _is_left("is_cancelled")),
        (Reason.UNREADABLE_NUMBER, _is_left("line_number")),
        (Reason.UNREADABLE_NUMBER, overflows),
    ]


def _is_left(name: str) -> Column:
    """Whether there is text of which ``_first_readings`` could make nothing."""
    return F.col(name).isNotNull() & F.col(f"_{name}").isNull()


def _as_money(value: Column) -> Column:
    return value.try_cast("decimal(18,4)")
