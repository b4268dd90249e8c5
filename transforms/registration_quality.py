"""How good registrations are, and whom to register next (spec §8; Linx manual §2 and §3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.registration_quality import FIELDS, IDENTIFIED, UNIQUE_FIELDS
from transforms.allocation_salespeople import whose
from transforms.exact import MONEY_SCALE, to_minor
from transforms.ranking import SEGMENTS, with_position
from transforms.registered import has_role_customer, registered_customers, registered_since
from transforms.rfv_measures import ValueBasis
from transforms.scopes import codes_of_levels, known_codes
from transforms.segments import Way
from transforms.validity import birth_date_reason

STORE_LIST = ("as_of", "listed_in")
"""Within what accounts to register are ranked: a date and a store, the latter empty for none."""

_IDENTIFIES = ("name", "address", "cep")
_TOLD_APART_BY_CODE = ("cpf", "cnpj")
_COUNTS = ("filled", "valid", "unique_values")
_KEY = ["as_of", "customer_id"]


def registration_quality(
    checked: DataFrame, allocated: DataFrame, dates: Sequence[date]
) -> DataFrame:
    """Which share of registered customers has each field filled, valid and to herself.

    Stores and months are those of the registration, since whoever registers answers for it; the
    registry names no salesperson, so that is whose portfolio she is in. Who has no store, month or
    salesperson counts in the other levels.

    Args:
        checked: What ``transforms.persons_cleaned.checked_persons`` returns.
        allocated: The table ``allocations`` on the dates.
        dates: The processing dates; the newest registry counts for each.

    Returns:
        The table ``registration_quality``: key (as_of, level, level_code, field).

    Source: spec §8; Linx manual §2 "Clientes Identificados", §3 "Qualidade do Cadastro".
    """
    place = ("store_code", "salesperson_code", "registration_month")
    codes = codes_of_levels(*place)
    conditions = _conditions()
    # Repeated for each level first: stores, salespeople and months together are nearly as many as
    # persons, so that sums of them would be no fewer.
    by_level = (
        _facts(checked, allocated, dates)
        .withColumns(conditions)
        .select("as_of", F.explode(known_codes(codes, "level")).alias("at"), *conditions)
        .groupBy("as_of", "at.level", "at.level_code")
        .agg(
            F.count(F.lit(1)).alias("persons"),
            *(F.count_if(name).alias(name) for name in conditions),
        )
    )
    rates = {
        f"{count.removesuffix('_values')}_rate": F.col(count) / F.col("persons")
        for count in _COUNTS
    }
    return (
        by_level.select(
            *("as_of", "level", "level_code", "persons"),
            F.inline(F.array(*(_counts(field, conditions) for field in (*FIELDS, IDENTIFIED)))),
        )
        .withColumns(rates)
        .select(*TABLES["registration_quality"].column_names)
    )


def first_shared(customers: DataFrame) -> DataFrame:
    """From which day on somebody else has a value that a customer has.

    Args:
        customers: Rows of ``checked_persons``, one per customer.

    Returns:
        Key customer_id, of those who share a valid value: ``<field>_shared_from`` for each of the
        fields that should be unique, but the codes that tell customers apart. Null: nobody else
        has hers; the least day there is: somebody registered without date does.
    """
    fields = [field for field in UNIQUE_FIELDS if field not in _TOLD_APART_BY_CODE]
    values = [
        F.struct(
            F.lit(field).alias("field"),
            F.when(F.col(f"{field}_reason").isNull(), F.col(field)).alias("value"),
        )
        for field in fields
    ]
    in_order = Window.partitionBy("field", "value").orderBy("since", "customer_id")
    up_to_here = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    is_first = F.row_number().over(in_order) == 1
    # The first has her value to herself until the second comes, nobody else ever has.
    shared_from = F.when(is_first, F.lead("since").over(in_order)).otherwise(
        F.min("since").over(up_to_here)
    )
    return (
        customers.select(
            "customer_id",
            registered_since().alias("since"),
            F.inline(F.array(*values)),
        )
        .where(F.col("value").isNotNull())
        .select("customer_id", "field", shared_from.alias("shared_from"))
        .where(F.col("shared_from").isNotNull())
        .groupBy("customer_id")
        .agg(
            *(
                F.min(F.when(F.col("field") == field, F.col("shared_from"))).alias(
                    f"{field}_shared_from"
                )
                for field in fields
            )
        )
    )


def accounts_without_registration(
    accounts: DataFrame, allocated: DataFrame, codes: DataFrame, basis: ValueBasis
) -> DataFrame:
    """The accounts that nobody in the registry bears and that have value.

    Args:
        accounts: The table ``accounts`` on the processing dates.
        allocated: The table ``allocations`` on them.
        codes: The table ``customer_codes``.
        basis: net or gross.

    Returns:
        Key (as_of, customer_id): the columns of ``accounts_to_register`` but the rank, and
        ``listed_in``.

    Source: spec §3 "accounts without registration", §8.
    """
    value = F.col(f"{basis}_amount")
    return (
        accounts.where(~F.col("registered") & (value > 0))
        .select(*_KEY, value.alias("value"), "purchases", "last_purchase_on")
        .join(whose(allocated), on=_KEY, how="left")
        .join(codes.select("customer_id", "code_valid"), on="customer_id", how="left")
        .withColumn("listed_in", F.coalesce("store_code", F.lit("")))
    )


def accounts_to_register(unregistered: DataFrame, way: Way = SEGMENTS) -> DataFrame:
    """The accounts worth registering of each store, best first.

    Args:
        unregistered: What ``accounts_without_registration`` returns.
        way: How is ranked within ``STORE_LIST``.

    Returns:
        The table ``accounts_to_register``: key (as_of, customer_id); ``rank`` within the store by
        value descending, then customer_id.

    Source: spec §3 "accounts without registration", §8.
    """
    return (
        unregistered.withColumn("value_down", -to_minor(F.col("value"), MONEY_SCALE))
        .transform(
            with_position,
            scope=STORE_LIST,
            order=["value_down", "customer_id"],
            into="rank",
            way=way,
        )
        .select(*TABLES["accounts_to_register"].column_names)
    )


def _facts(checked: DataFrame, allocated: DataFrame, dates: Sequence[date]) -> DataFrame:
    """Each registered customer on each date, with all that is counted of her."""
    # The store is the registration's.
    salespeople = whose(allocated).drop("store_code")
    shared = first_shared(checked.where(has_role_customer()))
    born, month = F.col("birth_date"), F.date_format("registered_on", "yyyy-MM")
    return (
        registered_customers(checked, dates)
        .join(shared, on="customer_id", how="left")
        .join(salespeople, on=_KEY, how="left")
        .withColumn("birth_date_reason", birth_date_reason(born, F.col("as_of")))
        .withColumn("registration_month", month)
    )


def _conditions() -> dict[str, Column]:
    """Whether somebody has each field filled, valid, to herself: ``<field>_<count>``."""
    filled = {field: F.col(f"{field}_filled") for field in FIELDS}
    valid = {field: filled[field] & F.col(f"{field}_reason").isNull() for field in FIELDS}
    every = reduce(Column.__and__, (filled[field] for field in _IDENTIFIES))
    every_valid = reduce(Column.__and__, (valid[field] for field in _IDENTIFIES))
    own = {
        field: valid[field]
        if field in _TOLD_APART_BY_CODE
        else valid[field] & F.coalesce(F.col(f"{field}_shared_from") > F.col("as_of"), F.lit(True))
        for field in UNIQUE_FIELDS
    }
    by_count = {
        "filled": {**filled, IDENTIFIED: every},
        "valid": {**valid, IDENTIFIED: every_valid},
        "unique_values": own,
    }
    return {
        f"{field}_{count}": condition
        for count, of_fields in by_count.items()
        for field, condition in of_fields.items()
    }


def _counts(field: str, counted: Collection[str]) -> Column:
    parts = {
        count: F.col(name)
        if (name := f"{field}_{count}") in counted
        else F.lit(None).cast("bigint")
        for count in _COUNTS
    }
    return F.struct(
        F.lit(field).alias("field"), *(part.alias(count) for count, part in parts.items())
    )
