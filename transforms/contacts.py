"""Which contact data may reach a person, for indicators and search (spec §7 "valid values").

Looser than ``validity_contacts``, by which registrations are judged (docs/registry.md).
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

_MOBILE = r"^(1[1-9]|[2-9][0-9])9[0-9]{8}\z"
_EMAIL = r"^[^\s@]+@[^\s@]+\.[^\s@.]{2,}\z"


def mobile_digits(mobile: Column) -> Column:
    """The digits of a phone number, without Brazil's country code. Null in, null out."""
    digits = F.regexp_replace(mobile, "[^0-9]", "")
    has_country = F.length(digits).isin(12, 13) & digits.startswith("55")
    return F.when(has_country, F.substring(digits, 3, 11)).otherwise(digits)


def is_valid_mobile(mobile: Column) -> Column:
    """Whether a text holds a mobile number: area code (11 to 99), then 9 and eight digits."""
    return F.coalesce(mobile_digits(mobile).rlike(_MOBILE), F.lit(False))


def is_valid_cep(cep: Column) -> Column:
    """Whether a text holds a postal code: eight digits that are not all the same."""
    digits = F.regexp_replace(cep, "[^0-9]", "")
    return F.coalesce(digits.rlike("^[0-9]{8}$") & ~digits.rlike(r"^(.)\1*$"), F.lit(False))


def is_valid_email(email: Column) -> Column:
    """Whether a text has the form of an e-mail address, name@host.domain."""
    return F.coalesce(email.rlike(_EMAIL), F.lit(False))


def is_given(text: Column) -> Column:
    """Whether a text says anything."""
    return F.coalesce(text.rlike(r"\S"), F.lit(False))
