"""Whether a registration has what reaches a person (spec §7 "valid values", §8)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from transforms.validity import is_filled, words_reason
from transforms.validity_contacts import (
    cep_reason,
    cleaned_cep,
    cleaned_email,
    cleaned_phone,
    email_reason,
    known_state,
    mobile_reason,
)

_CLEANED = {"email": cleaned_email, "mobile": cleaned_phone, "cep": cleaned_cep}


def with_contacts(persons: DataFrame) -> DataFrame:
    """Adds ``has_email``, ``has_mobile``, ``has_cep``, ``has_name`` and ``has_address``.

    Args:
        persons: Rows with these fields as received, and the ``state`` of the address.

    Returns:
        The rows; a flag tells whether the field is filled and valid, and is never null.
    """
    # In steps, so that a value is cleaned once, however often its rules ask for it.
    cleaned = {f"_{name}": clean(F.col(name)) for name, clean in _CLEANED.items()}
    email, mobile, cep = (F.col(name) for name in cleaned)
    has = {
        "has_email": email.isNotNull() & email_reason(F.col("email"), email).isNull(),
        "has_mobile": mobile.isNotNull() & mobile_reason(F.col("mobile"), mobile).isNull(),
        "has_cep": cep.isNotNull() & cep_reason(F.col("cep"), cep, F.col("_state")).isNull(),
    }
    has |= {
        f"has_{name}": is_filled(F.col(name)) & words_reason(F.col(name)).isNull()
        for name in ("name", "address")
    }
    return (
        persons.withColumns({**cleaned, "_state": known_state(F.col("state"))})
        .withColumns(has)
        .drop(*cleaned, "_state")
    )
