"""The customer search of Reshop's dashboard: filters that combine, and what the found are worth.

Every filter is a field of ``Filters``; one that is None asks for nothing. Values of the registry
compare without regard to case and outer blanks, since they are as received.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.contacts import is_given, is_valid_cep, is_valid_email, is_valid_mobile
from transforms.exact import MONEY_SCALE, from_minor, rounded_quotient, to_minor
from transforms.indicators_of_registrations import has_role_customer, registered
from transforms.periods import Period, after, whole_months_between
from transforms.texts import trimmed

COMPLETE = ("name", "birth_date", "sex", "email", "mobile", "cep", "address")
"""What a complete registration has."""

_ACCOUNT = (
    "first_purchase_on",
    "last_purchase_on",
    "purchases",
    "net_amount",
    "average_ticket",
    "recency_days",
)
_ALLOCATED = ("store_code", "salesperson_code", "portfolio")
FOUND = ("customer_id", "store_code", "segment", *_ACCOUNT)
"""The columns of a list of customers; personal ones are added only by name."""


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


def customers_on(
    as_of: date,
    persons: DataFrame,
    accounts: DataFrame,
    habits: DataFrame,
    allocated: DataFrame,
    segments: DataFrame,
    ranked: DataFrame,
) -> DataFrame:
    """Everybody who can be found: who has bought, and who is registered as a customer.

    Whoever has bought is known by her registration in whatever role.

    Args:
        as_of: The processing date.
        persons: The newest registry.
        accounts: The table ``accounts`` on the date.
        habits: The table ``customer_habits`` on the date.
        allocated: The table ``allocations`` on the date.
        segments: ``customer_id`` and ``segment`` on the date.
        ranked: The table ``rfv`` on the date; who is not ranked has no category.

    Returns:
        Key customer_id: the registration's columns, null for who is not registered; the account's,
        null for who has not bought; ``store_code``, ``salesperson_code`` and ``portfolio`` of her
        allocation, and ``category`` of RFV.
    """
    is_customer = has_role_customer()
    known = registered(persons, [as_of]).withColumn("is_customer", is_customer)
    bought = (
        accounts.select("customer_id", *_ACCOUNT)
        .join(habits.drop("as_of"), on="customer_id", how="left")
        .join(allocated.select("customer_id", *_ALLOCATED), on="customer_id", how="left")
        .join(segments.select("customer_id", "segment"), on="customer_id", how="left")
        .join(ranked.select("customer_id", "category"), on="customer_id", how="left")
    )
    return (
        known.drop("as_of", "store_code")
        .withColumn("is_registered", F.lit(True))
        .join(bought, on="customer_id", how="full")
        .where(F.col("purchases").isNotNull() | F.col("is_customer"))
        .drop("is_customer")
        .withColumn("as_of", F.lit(as_of))
    )


def search(customers: DataFrame, history: DataFrame, filters: Filters) -> DataFrame:
    """The customers who fulfil every filter that is given.

    Args:
        customers: What ``customers_on`` returns.
        history: Tickets of real customers, for the months in which somebody bought.
        filters: What to search by. Who lacks what a filter asks about is not found by it.

    Returns:
        Rows of ``customers``.

    Source: spec §7, Reshop's search; Reshop "Pesquisa".
    """
    found = customers
    for condition in conditions(filters).values():
        found = found.where(F.coalesce(condition, F.lit(False)))
    for day, how in ((filters.bought_in, "left_semi"), (filters.not_bought_in, "left_anti")):
        if day is not None:
            found = found.join(buyers_in(history, day), on="customer_id", how=how)
    return found


def buyers_in(history: DataFrame, day: date) -> DataFrame:
    """Who bought in the month of a day: ``customer_id``, perhaps more than once."""
    is_in = F.trunc("business_day", "month") == F.lit(day.replace(day=1))
    return history.where("is_purchase").where(is_in).select("customer_id")


def selection_value(found: DataFrame) -> DataFrame:
    """What the found are worth: one row.

    Returns:
        ``customers``; ``buyers``, those with an account; ``purchases``; ``net_amount``;
        ``mean_sale_value``, net ÷ purchases, and ``mean_customer_value``, net ÷ buyers, null where
        nobody bought.

    Source: spec §7, mean sale value of the selection; Reshop "Média de clientes".
    """
    summed = found.agg(
        F.count(F.lit(1)).alias("customers"),
        F.count("purchases").alias("buyers"),
        F.coalesce(F.sum("purchases"), F.lit(0)).alias("purchases"),
        F.coalesce(F.sum(to_minor(F.col("net_amount"), MONEY_SCALE)), F.lit(0)).alias("net"),
    )
    means = {"mean_sale_value": "purchases", "mean_customer_value": "buyers"}
    return summed.select(
        "customers",
        "buyers",
        "purchases",
        from_minor(F.col("net"), MONEY_SCALE).alias("net_amount"),
        *(
            from_minor(
                rounded_quotient(F.col("net"), F.when(F.col(count) > 0, F.col(count))), MONEY_SCALE
            ).alias(name)
            for name, count in means.items()
        ),
    )


def rfv_report(found: DataFrame, history: DataFrame, first: date, last: date) -> DataFrame:
    """Last purchase, purchases and value of each found customer in a period.

    Args:
        found: Rows with ``customer_id``.
        history: Tickets of real customers.
        first: The first day of the period.
        last: The last.

    Returns:
        Key customer_id, of those with a ticket in the period: ``last_purchase_on`` in it, null for
        who only returned; ``purchases`` and ``net_amount`` in it.

    Source: spec §7, RFV report; Reshop "Análise RFV".
    """
    bought_on = F.when(F.col("is_purchase"), F.col("business_day"))
    return (
        history.where(F.col("business_day").between(first, last))
        .join(found.select("customer_id"), on="customer_id", how="left_semi")
        .groupBy("customer_id")
        .agg(
            F.max(bought_on).alias("last_purchase_on"),
            F.count_if("is_purchase").alias("purchases"),
            F.sum(to_minor(F.col("net_amount"), MONEY_SCALE)).alias("net"),
        )
        .withColumn("net_amount", from_minor(F.col("net"), MONEY_SCALE))
        .drop("net")
    )


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
