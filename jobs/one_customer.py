"""One customer's tickets, for jobs that explain their results."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.customer_history import tickets_by_customer
from jobs.customer_key import find_key, key_row
from jobs.errors import UsageError
from jobs.kept import kept
from jobs.past_runs import Publication
from jobs.session import local_rows
from jobs.tables import Tables
from schemas.customer_codes import CODE_KINDS
from transforms.duplicates import with_survivors
from transforms.identity import with_customer_id
from transforms.suppression import codes_of_every_kind


@contextmanager
def tickets_of_one(
    tables: Tables, publication: Publication, code: str
) -> Iterator[tuple[DataFrame, list[Row]]]:
    """The tickets of whoever bears a code, as Spark's rows and in the order of time.

    A code may mean several customers: of different kinds it is of different ones until they are
    merged. Of whom was merged the tickets are those of who stands for her.

    Args:
        tables: The published tables.
        publication: Which names the key of the lakehouse.
        code: The customer's code as a till or the registry writes it; ``-`` reads it from standard
            input, which keeps it out of shell histories and process lists.

    Raises:
        UsageError: If nobody with that code has a ticket.
    """
    given = sys.stdin.readline().strip() if code == "-" else code
    with kept(_tickets_of(tables, publication, given)) as tickets:
        bought = tickets.orderBy("customer_id", "business_day", "sold_at", "sale_number").collect()
        if not bought:
            message = "no ticket bears that customer code: check it, or give it as the till does"
            raise UsageError(message)
        yield tickets, bought


def ids_of_codes(key: DataFrame, codes: DataFrame) -> DataFrame:
    """The ids that codes may stand for, whatever kind of code they are and however spelt.

    Args:
        key: The key of the lakehouse, as ``key_row`` gives it.
        codes: ``code``, as a till or the registry writes it, and columns that pass through.

    Returns:
        The other columns with ``customer_id``, a row for each form that ``codes_of_every_kind``
        gives; none for a code of nothing.
    """
    forms, code = codes_of_every_kind(codes), F.col("customer_code")
    return reduce(
        DataFrame.unionByName,
        (
            forms.where(F.col("code_kind") == kind)
            .transform(with_customer_id, code=code, kind=kind, key=key)
            .drop("code_kind", "customer_code")
            for kind in CODE_KINDS
        ),
    )


def _tickets_of(tables: Tables, publication: Publication, code: str) -> DataFrame:
    """The tickets of whoever bears a code, of whatever kind it is; the code stands in no plan."""
    spark = tables.spark
    key = key_row(spark, find_key(tables.place, publication.key_fingerprint))
    ids = ids_of_codes(key, local_rows(spark, [{"code": code}], "code string"))
    # Her own too, as long as no run has followed the merge.
    survivors = ids.transform(with_survivors, tables.read("merges"))
    wanted = ids.unionByName(survivors).distinct()
    return tickets_by_customer(tables).join(F.broadcast(wanted), on="customer_id", how="left_semi")
