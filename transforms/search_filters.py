"""The filters of the customer search: what each of them asks of a customer.

Every filter is a field of ``Filters``; one that is None asks for nothing. Values of the registry
compare without regard to case and outer blanks, since they are as received.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from transforms.allocation_salespeople import own_salesperson
from transforms.periods import Period, after, whole_months_between
from transforms.texts import trimmed
from transforms.validity import birth_date_reason, is_filled

OF_SALES = ("bought_in", "not_bought_in", "product", "product_category")
"""The filters that ask about what was sold to her; all others ask about the customer's row."""

Ends = tuple[int, int] | tuple[Decimal, Decimal] | tuple[date, date]
"""The least and the greatest of a range, both included."""


_BANDS = ("recency_band", "frequency_band", "value_band")
_28_FEBRUARY, _LEAP_DAY = 228, 229


@dataclass(frozen=True)
class Filters:
    """What customers are searched by.

    Attributes:
        birthday: First and last (month, day), both included; it may pass the end of the year. Who
            was born on 29 February has her birthday on the 28th too if the February of ``as_of``,
            or else the next one, has no other.
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
        purchases_12m: The least and the most purchases of the account's last 12 months.
        value_12m: Net value of them, likewise.
        average_ticket: Likewise.
        recency_days: The fewest and the most days since her last purchase.
        registered: Whether she is registered on the date.
        portfolio: The kinds of portfolio she may be in (``allocations.portfolio``).
        top_class: Her RFV top classes, likewise.
        recency_band: The least and the greatest band.
        frequency_band: Likewise.
        value_band: Likewise.
        weighted_rank: The best and the worst rank by the weighted mean.
        abc_class: Her ABC classes of the network.
        becomes: The segments of which she enters one soon unless she buys (``due_to_change``).
        product: The products of which she ever bought one.
        product_category: The categories, likewise.
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
    purchases_12m: tuple[int, int] | None = None
    value_12m: tuple[Decimal, Decimal] | None = None
    average_ticket: tuple[Decimal, Decimal] | None = None
    recency_days: tuple[int, int] | None = None
    registered: bool | None = None
    portfolio: Sequence[str] | None = None
    top_class: Sequence[str] | None = None
    recency_band: tuple[int, int] | None = None
    frequency_band: tuple[int, int] | None = None
    value_band: tuple[int, int] | None = None
    weighted_rank: tuple[int, int] | None = None
    abc_class: Sequence[str] | None = None
    becomes: Sequence[str] | None = None
    product: Sequence[str] | None = None
    product_category: Sequence[str] | None = None


def names_of(filters: Filters) -> list[str]:
    """The filters that are given, in the order in which they are told."""
    of_sales = [name for name in OF_SALES if getattr(filters, name) is not None]
    return [*conditions(filters), *of_sales]


def conditions(filters: Filters) -> dict[str, Column]:
    """One condition for each filter that is given, by its name, but those of ``OF_SALES``.

    Null where somebody lacks what the filter asks about; a birth date that is not valid is lacking.
    """
    given = {each.name: getattr(filters, each.name) for each in fields(filters)}
    as_received = ("loyalty_programme", "loyalty_category", "sex", "marital_status")
    as_published = ("portfolio", "top_class", "abc_class")
    ranges = ("purchases_12m", "average_ticket", "recency_days", "weighted_rank", *_BANDS)
    found = {
        **{name: _is_same(name, given[name]) for name in as_received},
        "frequency": _is_one_of("frequency_class", filters.frequency),
        "preferred_store": _is_one_of("preferred_store_code", filters.preferred_store),
        "online": _holds(F.coalesce(F.col("online_purchases"), F.lit(0)) > 0, filters.online),
        "in_loyalty": _holds(is_filled(F.col("loyalty_programme")), filters.in_loyalty),
        "with_purchases": _holds(F.col("purchases").isNotNull(), filters.with_purchases),
        "birthday": _birthday(filters.birthday),
        "registered_within": _registered_within(filters.registered_within),
        "incomplete": _incomplete(filters.incomplete),
        "last_purchase": _is_between("last_purchase_on", filters.last_purchase),
        "age": None if filters.age is None else _age().between(*filters.age),
        "segment": _is_among("segment", filters.segment),
        "rfv_category": _is_among("category", filters.rfv_category),
        "main_store": _is_among("store_code", filters.main_store),
        "salesperson": _is_among(own_salesperson(), given["salesperson"]),
        "total_purchases": _is_between("purchases", filters.total_purchases),
        "total_value": _is_between("net_amount", filters.total_value),
        "value_12m": _is_between("net_amount_12m", filters.value_12m),
        "registered": _holds(F.coalesce("is_registered", F.lit(False)), filters.registered),
        "becomes": _becomes(filters.becomes),
        **{name: _is_between(name, given[name]) for name in ranges},
        **{name: _is_among(name, given[name]) for name in as_published},
    }
    return {name: each for name, each in found.items() if each is not None}


def _is_between(name: str, ends: Ends | None) -> Column | None:
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
    born_on = _born_on()
    born = F.month(born_on) * 100 + F.dayofmonth(born_on)
    if first <= last:
        has_28_february = first <= _28_FEBRUARY <= last
        is_in = born.between(first, last)
    else:
        has_28_february = first <= _28_FEBRUARY or last >= _28_FEBRUARY
        is_in = (born >= first) | (born <= last)
    if not has_28_february:
        return is_in
    # In January and February the year is that of as_of, from March on the next.
    year_of_february = F.year(F.add_months("as_of", 10))
    end_of_february = F.last_day(F.make_date(year_of_february, F.lit(2), F.lit(1)))
    is_in_common_year = F.dayofmonth(end_of_february) < _LEAP_DAY % 100
    return is_in | ((born == _LEAP_DAY) & is_in_common_year)


def _becomes(segments: Sequence[str] | None) -> Column | None:
    if segments is None:
        return None
    return F.arrays_overlap("becoming", F.array(*(F.lit(each) for each in segments)))


def _registered_within(period: Period | None) -> Column | None:
    return None if period is None else F.col("as_of") < after(F.col("registered_on"), period)


def _incomplete(names: Sequence[str] | None) -> Column | None:
    if names is None:
        return None
    has = {name: F.col(f"has_{name}") for name in ("name", "email", "mobile", "cep", "address")}
    has["birth_date"] = _born_on().isNotNull()
    has["sex"] = is_filled(F.col("sex"))
    complete = reduce(Column.__and__, (has[name] for name in names))
    return F.col("is_registered") & ~complete


def _age() -> Column:
    years = whole_months_between(_born_on(), F.col("as_of")) / F.lit(12)
    return F.floor(years)


def _born_on() -> Column:
    """Her birth date; null if it is not valid on ``as_of``, as a till's placeholder is not."""
    born = F.col("birth_date")
    return F.when(birth_date_reason(born, F.col("as_of")).isNull(), born)
