"""What the rows that were kept as received may name people by."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.registry.whom import Whom
from jobs.session import local_rows
from jobs.tables import Tables
from transforms.erasure import RG, values_corrected, values_of, values_of_few

_NAMING = ("customer_id", "name", "identity_document", "email", "mobile", "phone")


def codes_sought(tables: Tables, people: DataFrame, asked: Sequence[Whom]) -> DataFrame:
    """The codes of those who are held, and those given of who is not: she may come tomorrow.

    Args:
        tables: The tables.
        people: ``customer_id`` of those held.
        asked: Everyone who is asked for.

    Returns:
        ``code``, which may come twice.
    """
    held = tables.read("customer_codes").join(people, on="customer_id", how="left_semi")
    given = [{"code": whom.cpf} for whom in asked if whom.cpf]
    return held.select(F.col("customer_code").alias("code")).unionByName(
        local_rows(tables.spark, given, "code string")
    )


def values_sought(tables: Tables, people: DataFrame, asked: Sequence[Whom]) -> DataFrame:
    """What else names those who are held, as received and as corrected, and the RGs given.

    Args:
        tables: The tables.
        people: ``customer_id`` of those held.
        asked: Everyone who is asked for.

    Returns:
        Key kind, value, as ``transforms.erasure.rows_that_name`` takes them.
    """
    held = _registrations(tables).join(people, on="customer_id", how="left_semi")
    told = tables.read("person_history").join(people, on="customer_id", how="left_semi")
    given = [{"kind": RG, "value": whom.rg} for whom in asked if whom.rg]
    return (
        values_of(held)
        .unionByName(values_corrected(told))
        .select("kind", "value")
        .unionByName(local_rows(tables.spark, given, "kind string, value string"))
        .distinct()
    )


def values_of_few_sought(tables: Tables, people: DataFrame, most_sharing: int) -> DataFrame:
    """As ``values_sought``, those alone by which a row may be shown to whom it names.

    Args:
        tables: The tables.
        people: ``customer_id`` of those held.
        most_sharing: How many registrations may have a value.
    """
    sought, everybodys = values_sought(tables, people, ()), values_of(_registrations(tables))
    return values_of_few(sought, everybodys, most_sharing)


def _registrations(tables: Tables) -> DataFrame:
    """As received, and as they hold, corrections among it; both of one person."""
    received, held = (
        tables.read(name).select(*_NAMING) for name in ("persons_received", "persons")
    )
    return received.unionByName(held)
