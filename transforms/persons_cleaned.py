"""The registry cleaned and judged, field by field (spec §8)."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from schemas.registration_quality import FIELDS
from transforms.validity import birth_date_reason, is_filled, words_reason
from transforms.validity_contacts import (
    cep_reason,
    cleaned_cep,
    cleaned_email,
    cleaned_phone,
    email_reason,
    known_state,
    landline_reason,
    mobile_reason,
)
from transforms.validity_documents import cleaned_rg, rg_reason, tax_id_reason

_TEXTS = ("name", "identity_document", "email", "mobile", "phone", "address", "cep")
_CLEANED = {
    "identity_document": cleaned_rg,
    "email": cleaned_email,
    "mobile": cleaned_phone,
    "phone": cleaned_phone,
    "cep": cleaned_cep,
}


def checked_persons(persons: DataFrame, codes: DataFrame) -> DataFrame:
    """Every person with what is filled, its cleaned value, and why it is invalid.

    Args:
        persons: The newest registry, one row per person.
        codes: The table ``customer_codes``, whose codes are normalised already.

    Returns:
        Key customer_id: ``roles``, ``registered_on``, ``store_code`` and ``birth_date`` as in the
        registry; for each field ``<field>_filled``, never null, and ``<field>_reason``, null where
        it is valid or not filled, but none for the birth date, since that depends on the date; and
        the cleaned values, under the names of the fields.
    """
    code, kind = F.col("customer_code"), F.col("code_kind")
    received = {
        **{name: F.col(name) for name in _TEXTS},
        **{name: F.when(kind == name, code) for name in ("cpf", "cnpj")},
    }
    cleaned = {name: clean(F.col(name)) for name, clean in _CLEANED.items()}
    own = ("customer_id", "roles", "registered_on", "store_code", "birth_date", *_CLEANED)
    reasons = {f"{name}_reason": reason for name, reason in _reasons().items()}
    # In steps, so that what a step makes is made once, however often the next one names it.
    return (
        persons.join(codes.select("customer_id", code, kind), on="customer_id", how="left")
        .select(
            *("customer_id", "roles", "registered_on", "store_code", "birth_date"),
            *(value.alias(f"received_{name}") for name, value in received.items()),
            *(value.alias(name) for name, value in cleaned.items()),
            known_state(F.col("state")).alias("known_state"),
        )
        .withColumns(reasons)
        .select(*own, *reasons, *(_filled(name).alias(f"{name}_filled") for name in FIELDS))
    )


def persons_cleaned(checked: DataFrame, as_of: date) -> DataFrame:
    """The table ``persons_cleaned``: key customer_id.

    Args:
        checked: What ``checked_persons`` returns.
        as_of: The day on which birth dates are judged.
    """
    reason = birth_date_reason(F.col("birth_date"), F.lit(as_of))
    return checked.withColumn("birth_date_reason", reason).select(
        *TABLES["persons_cleaned"].column_names
    )


def _filled(field: str) -> Column:
    """Whether a field is filled; what is cleaned to something or invalid is."""
    if field == "birth_date":
        return F.col(field).isNotNull()
    if field in _CLEANED:
        return F.col(field).isNotNull() | F.col(f"{field}_reason").isNotNull()
    return is_filled(F.col(f"received_{field}"))


def _reasons() -> dict[str, Column]:
    received = {name: F.col(f"received_{name}") for name in (*_TEXTS, "cpf", "cnpj")}
    rg, email, mobile, phone, cep = (F.col(name) for name in _CLEANED)
    return {
        "cpf": tax_id_reason(received["cpf"], received["cpf"], "cpf"),
        "cnpj": tax_id_reason(received["cnpj"], received["cnpj"], "cnpj"),
        "name": words_reason(received["name"]),
        "identity_document": rg_reason(received["identity_document"], rg),
        "email": email_reason(received["email"], email),
        "mobile": mobile_reason(received["mobile"], mobile),
        "phone": landline_reason(received["phone"], phone),
        "address": words_reason(received["address"]),
        "cep": cep_reason(received["cep"], cep, F.col("known_state")),
    }
