"""Whom a code or an RG means; neither stands in a plan, a log or an error."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.customer_key import find_key, key_row
from jobs.errors import UsageError
from jobs.one_customer import ids_of_codes
from jobs.publication import Run
from jobs.session import local_rows
from jobs.tables import Tables
from transforms.duplicates import with_survivors
from transforms.erasure import is_written_in_full
from transforms.texts import text
from transforms.validity_documents import cleaned_rg


@dataclass(frozen=True)
class Whom:
    """How a person is named: by her code (CPF, CNPJ or the chain's own), or by her RG."""

    cpf: str | None = None
    rg: str | None = None


def given(value: str) -> str:
    """A value of the command line: itself, or what standard input or a file holds.

    Codes and contacts should stay out of shell histories and process lists: ``-`` reads a line of
    standard input, ``@FILE`` the first line of a file.

    Raises:
        UsageError: If the file cannot be read, or there is nothing.
    """
    if value == "-":
        found = sys.stdin.readline()
    elif value.startswith("@"):
        try:
            found = Path(value[1:]).read_text(encoding="utf-8-sig").partition("\n")[0]
        except (OSError, UnicodeError) as error:
            message = f"{value[1:]}: cannot be read as UTF-8 text: {type(error).__name__}"
            raise UsageError(message) from error
    else:
        found = value
    if not found.strip():
        message = "an empty value was given where a code or a value is needed"
        raise UsageError(message)
    return found.strip()


def found_persons(run: Run, asked: Sequence[tuple[int, Whom]]) -> DataFrame:
    """Everyone whom codes or RGs mean: position, customer_id, distinct.

    A code means whoever bears it, whatever kind of code it is; an RG all who are registered with
    it. Whoever was merged is meant as the one who stands for her.

    Args:
        run: The run, whose tables and key are asked.
        asked: By position, whom.
    """
    spark, tables = run.tables.spark, run.tables
    key = key_row(spark, find_key(run.place, run.key_fingerprint))
    codes = _rows(run, [{"position": n, "code": whom.cpf} for n, whom in asked if whom.cpf])
    documents = _rows(run, [{"position": n, "code": whom.rg} for n, whom in asked if whom.rg])
    known = tables.read("customer_codes").select("customer_id")
    by_code = ids_of_codes(key, codes).join(known, on="customer_id", how="left_semi")
    # As received: ``persons`` lacks those merged, who may have an RG of their own.
    held = tables.read("persons_received").select(
        "customer_id", cleaned_rg(F.col("identity_document")).alias("document")
    )
    by_document = documents.select("position", cleaned_rg(text(F.col("code"))).alias("document"))
    found = by_code.select("position", "customer_id").unionByName(
        held.join(F.broadcast(by_document), on="document", how="inner").select(
            "position", "customer_id"
        )
    )
    return found.transform(with_survivors, tables.read("merges")).distinct()


def with_all_ids(run: Run, survivors: DataFrame) -> DataFrame:
    """Those found, and whoever bears a code of theirs as of another kind, or in another spelling.

    Sources that call one CPF codes of several kinds make several customers of it. A number that is
    no whole CPF or CNPJ leads to nobody else: with zeros put before it, it may be another's.

    Args:
        run: As in ``found_persons``.
        survivors: ``customer_id`` of those found, whoever stands for those merged.

    Returns:
        Key customer_id, again of whoever stands for those merged.
    """
    tables = run.tables
    key = key_row(tables.spark, find_key(run.place, run.key_fingerprint))
    known = tables.read("customer_codes")
    borne = known.join(with_merged(tables, survivors), on="customer_id", how="left_semi")
    codes = borne.select(F.col("customer_code").alias("code"))
    others = ids_of_codes(key, codes.where(is_written_in_full(F.col("code")))).join(
        known.select("customer_id"), on="customer_id", how="left_semi"
    )
    everyone = survivors.select("customer_id").unionByName(others.select("customer_id"))
    return everyone.transform(with_survivors, tables.read("merges")).distinct()


def with_merged(tables: Tables, survivors: DataFrame) -> DataFrame:
    """Those found, and all who were merged into one of them: ``customer_id``, distinct."""
    merged = tables.read("merges").join(
        survivors.withColumnRenamed("customer_id", "surviving_id"),
        on="surviving_id",
        how="left_semi",
    )
    return survivors.unionByName(merged.select("customer_id")).distinct()


def _rows(run: Run, rows: Sequence[Mapping[str, object]]) -> DataFrame:
    return local_rows(run.tables.spark, rows, "position int, code string")
