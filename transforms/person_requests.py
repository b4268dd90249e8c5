"""Requests of people, or of whoever serves them, checked before they count (spec §8, SAC)."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.person_history import CORRECTABLE, Kind
from schemas.validity import Invalid
from transforms.source_rows import day
from transforms.texts import text
from transforms.validity import birth_date_reason
from transforms.validity_contacts import (
    cleaned_email,
    cleaned_phone,
    email_reason,
    mobile_reason,
)

NOBODY, SEVERAL, UNREGISTERED = "nobody", "several", "unregistered"
"""Why a request cannot be carried out, beside a value that is invalid (``schemas.validity``)."""

DAYS = ("yyyy-MM-dd", "dd/MM/yyyy")
"""How birth dates are written in requests."""


def checked_requests(
    requests: DataFrame, found: DataFrame, persons: DataFrame, on: Column
) -> DataFrame:
    """Says of every request whom it is about, what was there before, and what speaks against it.

    Args:
        requests: Key position: ``kind``, ``field``, ``value`` and columns that pass through.
        found: Whom each request may mean: ``position``, ``customer_id``, distinct.
        persons: The table ``persons``.
        on: The day on which birth dates are judged.

    Returns:
        The requests with ``customer_id``, ``old_value`` and ``new_value`` (cleaned; both null but
        for corrections), and ``problem``: null, ``nobody``, ``several``, ``unregistered``, or why
        the value is invalid.
    """
    whom = found.groupBy("position").agg(
        F.min("customer_id").alias("customer_id"), F.count(F.lit(1)).alias("persons")
    )
    held = persons.select(
        "customer_id",
        F.lit(True).alias("is_registered"),
        *(F.col(name).cast("string").alias(f"held_{name}") for name in CORRECTABLE),
    )
    is_correction = F.col("kind") == Kind.CORRECT.value
    return (
        requests.join(whom, on="position", how="left")
        .join(held, on="customer_id", how="left")
        .withColumn("new_value", F.when(is_correction, _of_field(_cleaned())))
        .withColumn("old_value", F.when(is_correction, _of_field(_before())))
        .withColumn(
            "problem",
            F.when(F.col("customer_id").isNull(), F.lit(NOBODY))
            .when(F.col("persons") > 1, F.lit(SEVERAL))
            .when(is_correction & F.col("is_registered").isNull(), F.lit(UNREGISTERED))
            .when(is_correction, F.coalesce(_of_field(_reasons(on)), _unusable())),
        )
        .drop("persons", "is_registered", *(f"held_{name}" for name in CORRECTABLE))
    )


def _of_field(values: Mapping[str, Column]) -> Column:
    """The value of the field that a request names."""
    return F.coalesce(*(F.when(F.col("field") == name, value) for name, value in values.items()))


def _cleaned() -> Mapping[str, Column]:
    value = F.col("value")
    return {
        "birth_date": day(text(value), DAYS).value.cast("string"),
        "email": cleaned_email(value),
        "mobile": cleaned_phone(value),
    }


def _before() -> Mapping[str, Column]:
    return {name: F.col(f"held_{name}") for name in CORRECTABLE}


def _reasons(on: Column) -> Mapping[str, Column]:
    value, cleaned = F.col("value"), F.col("new_value")
    return {
        "birth_date": birth_date_reason(cleaned.cast("date"), on),
        "email": email_reason(value, cleaned),
        "mobile": mobile_reason(value, cleaned),
    }


def _unusable() -> Column:
    """The reason of a value of which nothing is left, such as a date that is none."""
    is_empty = F.col("new_value").isNull() | text(F.col("value")).isNull()
    return F.when(is_empty, F.lit(Invalid.NOTHING_USABLE.value))
