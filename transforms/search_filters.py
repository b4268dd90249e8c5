"""The filters of the customer search: what each of them asks of a customer.

Every filter is a field of ``Filters``; one that is None asks for nothing. Values of the registry
compare without regard to case and outer blanks, since they are as received.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F

from transforms.contacts import is_given, is_valid_cep, is_valid_email, is_valid_mobile
from transforms.periods import Period, after, whole_months_between
from transforms.texts import trimmed

OF_MONTHS = ("bought_in", "not_bought_in")
"""The filters that ask about the tickets of a month; all others ask about the customer's row."""


@dataclass(frozen=True)
class Filters:
    """What customers are searched by.

    Attributes:
        birthday: First and last (month, day), both included; it may pass the end of the year.
        registered_within: Registered less than this long before ``as_of``.
        online: Whether she ever bought in an online store.
        loyalty_programme: The programme she takes part in.
        loyalty_category: Her category in it.
        in_loyalty: Whether she takes part in any.
        incomplete: Registered without a valid value in one of these columns.
        last_purchase: The first and the last day that her last purchase may be on.
        bought_in: Any day of a month in which she bought.
        not_bought_in: Any day of a month in which she did not buy.
        preferred_store: Her preferred store of the last 12 months.
        sex: As received.
        marital_status: As received.
        age: Youngest and oldest, in whole years on ``as_of``.
        with_purchases: Whether she has bought at all.
        frequency: Her frequency class.
        segment: The segments of the life cycle that she may be in.
        rfv_category: Her RFV categories, likewise.
        main_store: Her main stores, likewise.
        salesperson: Whose portfolio she may be in.
        total_purchases: The least and the most purchases.
        total_value: The least and the most net value.
    """

    birthday: tuple[tuple[int, int], tuple[int, int]] | None = None
    registered_within: Period | None = None
    online: bool | None = None
    loyalty_programme: str | None = None
    loyalty_category: str | None = None
    in_loyalty: bool | None = None
    incomplete: Sequence[str] | None = None
    last_purchase: tuple[date, date] | None = None
    bought_in: date | None = None
    not_bought_in: date | None = None
    preferred_store: str | None = None
    sex: str | None = None
    marital_status: str | None = None
    age: tuple[int, int] | None = None
    with_purchases: bool | None = None
    frequency: str | None = None
    segment: Sequence[str] | None = None
    rfv_category: Sequence[str] | None = None
    main_store: Sequence[str] | None = None
    salesperson: Sequence[str] | None = None
    total_purchases: tuple[int, int] | None = None
    total_value: tuple[Decimal, Decimal] | None = None


def names_of(filters: Filters) -> list[str]:
    """The filters that are given, in the order in which they are told."""
    months = [name for name in OF_MONTHS if getattr(filters, name) is not None]
    return [*conditions(filters), *months]


def conditions(filters: Filters) -> dict[str, Column]:
    """One condition for each filter that is given, by its name, but those of months.

    Null where somebody lacks what the filter asks about.
    """
    given = {each.name: getattr(filters, each.name) for each in fields(filters)}
    as_received = ("loyalty_programme", "loyalty_category", "sex", "marital_status")
    is_in_portfolio = F.col("portfolio") == "salesperson"
    found = {
        **{name: _is_same(name, given[name]) for name in as_received},
        "frequency": _is_one_of("frequency_class", filters.frequency),
        "preferred_store": _is_one_of("preferred_store_code", filters.preferred_store),
        "online": _holds(F.coalesce(F.col("online_purchases"), F.lit(0)) > 0, filters.online),
        "in_loyalty": _holds(is_given(F.col("loyalty_programme")), filters.in_loyalty),
        "with_purchases": _holds(F.col("purchases").isNotNull(), filters.with_purchases),
        "birthday": _birthday(filters.birthday),
        "registered_within": _registered_within(filters.registered_within),
        "incomplete": _incomplete(filters.incomplete),
        "last_purchase": _is_between("last_purchase_on", filters.last_purchase),
        "age": None if filters.age is None else _age().between(*filters.age),
        "segment": _is_among("segment", filters.segment),
        "rfv_category": _is_among("category", filters.rfv_category),
        "main_store": _is_among("store_code", filters.main_store),
        "salesperson": _is_among(
            F.when(is_in_portfolio, F.col("salesperson_code")), given["salesperson"]
        ),
        "total_purchases": _is_between("purchases", filters.total_purchases),
        "total_value": _is_between("net_amount", filters.total_value),
    }
    return {name: each for name, each in found.items() if each is not None}


def _is_between(
    name: str, ends: tuple[date, date] | tuple[int, int] | tuple[Decimal, Decimal] | None
) -> Column | None:
    return None if ends is None else F.col(name).between(*ends)


def _is_among(value: str | Column, asked: Sequence[str] | None) -> Column | None:
    column = F.col(value) if isinstance(value, str) else value
    return None if asked is None else column.isin(*asked)


def _is_same(name: str, value: str | None) -> Column | None:
    return (
        None if value is None else F.upper(trimmed(F.col(name))) == F.upper(trimmed(F.lit(value)))
    )


def _is_one_of(name: str, value: str | None) -> Column | None:
    return None if value is None else F.col(name) == value


def _holds(condition: Column, asked: bool | None) -> Column | None:  # noqa: FBT001 - a filter's value
    return None if asked is None else condition == F.lit(asked)


def _birthday(asked: tuple[tuple[int, int], tuple[int, int]] | None) -> Column | None:
    if asked is None:
        return None
    first, last = (month * 100 + day for month, day in asked)
    born = F.month("birth_date") * 100 + F.dayofmonth("birth_date")
    if first <= last:
        return born.between(first, last)
    return (born >= first) | (born <= last)


def _registered_within(period: Period | None) -> Column | None:
    return None if period is None else F.col("as_of") < after(F.col("registered_on"), period)


def _incomplete(names: Sequence[str] | None) -> Column | None:
    if names is None:
        return None
    valid = {"email": is_valid_email, "mobile": is_valid_mobile, "cep": is_valid_cep}
    complete = F.lit(True)
    for name in names:
        column = F.col(name)
        is_there = column.isNotNull() if name == "birth_date" else valid.get(name, is_given)(column)
        complete = complete & is_there
    return F.col("is_registered") & ~complete


def _age() -> Column:
    years = whole_months_between(F.col("birth_date"), F.col("as_of")) / F.lit(12)
    return F.floor(years)
