"""Who is registered when: the newest registry, as processing dates look at it (spec §3, §7, §8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.periods import ALWAYS, on_dates


def registered_since() -> Column:
    """The day from which a registration counts; without date it always does. Never null."""
    return F.coalesce("registered_on", F.lit(ALWAYS))


def has_role_customer() -> Column:
    """Whether a person is in the registry as a customer; not known is no."""
    return F.coalesce(F.array_contains("roles", "customer"), F.lit(False))


def registered(persons: DataFrame, dates: Sequence[date]) -> DataFrame:
    """Everybody in the registry, once for each date on which she is registered.

    Args:
        persons: The newest registry, one row per person.
        dates: The processing dates.

    Returns:
        Key (as_of, customer_id): the columns of ``persons``. Without date of registration she
        always is.

    Source: spec §3.
    """
    return on_dates(persons, registered_since(), None, dates)


def registered_customers(persons: DataFrame, dates: Sequence[date]) -> DataFrame:
    """Everybody with role customer, once for each date on which she is registered.

    Args and returned rows are those of ``registered``. Who has no known role is no customer.

    Source: spec §7, §8.
    """
    return registered(persons.where(has_role_customer()), dates)
