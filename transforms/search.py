"""The customer search of Reshop's dashboard: filters that combine, and what the found are worth."""

from __future__ import annotations

from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.contacts import with_contacts
from transforms.exact import MONEY_SCALE, from_minor, rounded_quotient, to_minor
from transforms.registered import has_role_customer, registered
from transforms.search_filters import Filters, conditions

_ACCOUNT = (
    "first_purchase_on",
    "last_purchase_on",
    "purchases",
    "net_amount",
    "average_ticket",
    "recency_days",
)
_LAST_12M = ("purchases_12m", "net_amount_12m")
_ALLOCATED = ("store_code", "salesperson_code", "portfolio")
_RANKED = (
    "category",
    "top_class",
    "recency_band",
    "frequency_band",
    "value_band",
    "weighted_rank",
)
FOUND = ("customer_id", "store_code", "segment", *_ACCOUNT)
"""The columns of a list of customers; personal ones are added only by name."""

MORE = (*_LAST_12M, "salesperson_code", "portfolio", *_RANKED, "abc_class")
"""Other columns of accounts, allocation and ranks that a list may have."""


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
        allocation, ``category``, top class, bands and rank of RFV.
    """
    is_customer = has_role_customer()
    known = registered(persons, [as_of]).withColumn("is_customer", is_customer)
    bought = (
        accounts.select("customer_id", *_ACCOUNT, *_LAST_12M)
        .join(habits.drop("as_of"), on="customer_id", how="left")
        .join(allocated.select("customer_id", *_ALLOCATED), on="customer_id", how="left")
        .join(segments.select("customer_id", "segment"), on="customer_id", how="left")
        .join(ranked.select("customer_id", *_RANKED), on="customer_id", how="left")
    )
    return (
        known.drop("as_of", "store_code")
        .withColumn("is_registered", F.lit(True))
        .join(bought, on="customer_id", how="full")
        .where(F.col("purchases").isNotNull() | F.col("is_customer"))
        .drop("is_customer")
        .withColumn("as_of", F.lit(as_of))
    )


def with_classes(customers: DataFrame, by_value: DataFrame, due: DataFrame) -> DataFrame:
    """Adds ``abc_class``, and ``becoming``: the segments that she enters soon unless she buys.

    Args:
        customers: What ``customers_on`` returns.
        by_value: The table ``network_customers`` on the date; who is not in it has no class.
        due: The table ``due_to_change`` on the date; ``becoming`` is null for who is not in it.
    """
    segments = F.array_sort(F.collect_set("to_segment")).alias("becoming")
    return customers.join(
        by_value.select("customer_id", "abc_class"), on="customer_id", how="left"
    ).join(due.groupBy("customer_id").agg(segments), on="customer_id", how="left")


def search(
    customers: DataFrame, history: DataFrame, filters: Filters, products: DataFrame | None = None
) -> DataFrame:
    """The customers who fulfil every filter that is given.

    Args:
        customers: What ``customers_on`` returns.
        history: Tickets of real customers, for the months in which somebody bought.
        filters: What to search by. Who lacks what a filter asks about is not found by it.
        products: What was sold to whom, for ``product`` and ``product_category``: ``customer_id``,
            ``product_code``, ``category``.

    Returns:
        Rows of ``customers``.

    Source: spec §7, Reshop's search; Reshop "Pesquisa".
    """
    found = _judged(customers, filters)
    for condition in conditions(filters).values():
        found = found.where(F.coalesce(condition, F.lit(False)))
    for name, buyers in _buyers(history, products, filters).items():
        how = "left_anti" if name == "not_bought_in" else "left_semi"
        found = found.join(buyers, on="customer_id", how=how)
    return found.select(*customers.columns)


def funnel(
    customers: DataFrame, history: DataFrame, filters: Filters, products: DataFrame | None = None
) -> DataFrame:
    """How many customers each filter leaves, one after the other.

    Args:
        customers: What ``customers_on`` returns.
        history: Tickets of real customers.
        filters: Whose effect to look at.
        products: As in ``search``.

    Returns:
        Key place, from 0 on: ``filter``, its name, ``everybody`` at place 0; ``alone``, the
        customers who fulfil it; ``left``, those who fulfil it and all before it. The last place has
        as many left as ``search`` finds.

    Source: spec §9; Reshop "Pesquisa".
    """
    asked = {"everybody": F.lit(True), **conditions(filters)}
    flagged = _judged(customers, filters)
    for name, buyers in _buyers(history, products, filters).items():
        flag = buyers.distinct().withColumn(f"_{name}", F.lit(True))
        flagged = flagged.join(flag, on="customer_id", how="left")
        is_buyer = F.coalesce(F.col(f"_{name}"), F.lit(False))
        asked[name] = ~is_buyer if name == "not_bought_in" else is_buyer
    names = list(asked)
    fulfilled = flagged.select(
        F.array(*(F.coalesce(each, F.lit(False)) for each in asked.values())).alias("is")
    )
    counts = [
        F.struct(
            F.lit(place).alias("place"),
            F.lit(name).alias("filter"),
            F.count_if(_has(place)).alias("alone"),
            F.count_if(reduce(Column.__and__, map(_has, range(place + 1)))).alias("left"),
        )
        for place, name in enumerate(names)
    ]
    return fulfilled.agg(F.array(*counts).alias("counts")).select(F.inline("counts"))


def _judged(customers: DataFrame, filters: Filters) -> DataFrame:
    """Adds what of the registrations is valid, if a filter asks for it: to judge all costs much."""
    return customers if filters.incomplete is None else customers.transform(with_contacts)


def _has(place: int) -> Column:
    return F.get("is", F.lit(place))


def buyers_in(history: DataFrame, day: date) -> DataFrame:
    """Who bought in the month of a day: ``customer_id``, perhaps more than once."""
    is_in = F.trunc("business_day", "month") == F.lit(day.replace(day=1))
    return history.where("is_purchase").where(is_in).select("customer_id")


def _buyers(
    history: DataFrame, products: DataFrame | None, filters: Filters
) -> dict[str, DataFrame]:
    """Who bought what each filter of ``OF_SALES`` that is given asks about."""
    found = {
        name: buyers_in(history, day)
        for name in ("bought_in", "not_bought_in")
        if (day := getattr(filters, name)) is not None
    }
    for name, column in (("product", "product_code"), ("product_category", "category")):
        wanted = getattr(filters, name)
        if wanted is not None and products is not None:
            found[name] = products.where(F.col(column).isin(*wanted)).select("customer_id")
    return found


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
