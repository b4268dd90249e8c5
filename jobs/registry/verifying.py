"""Whether any file of a lakehouse still holds somebody: decoded, and byte by byte."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from itertools import groupby
from pathlib import Path

import click
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.customer_key import find_key, key_row
from jobs.errors import LakehouseError, UsageError
from jobs.faults import unreadable_file
from jobs.files import Files
from jobs.maintain import days_until_gone
from jobs.one_customer import ids_of_codes
from jobs.reading import published
from jobs.registry.people_files import read_people_file
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.tables import Tables
from schemas import RUNS
from transforms.identity import FEWEST_DIGITS
from transforms.traces import DIGITS, WORDS, sought_forms, traces
from transforms.validity import digits
from transforms.validity_contacts import cleaned_phone

COLUMNS = ("cpf", "rg", "name", "email", "mobile")
"""What a file of people may say of each; what it leaves empty is not sought."""

_KINDS = {"cpf": DIGITS, "rg": DIGITS, "name": WORDS, "email": WORDS, "mobile": DIGITS}

_WITH_AREA_CODE = 10


def verify(settings: Settings, file: Path) -> None:
    """Search every file of the lakehouse for people, and print where they are found, and as what.

    Raises:
        LakehouseError: If any is found; the files are printed before.
    """
    people = read_people_file(file, COLUMNS)
    if not any(each["cpf"] for each in people):
        message = f"{file}: give the codes (cpf), by which the ids are found"
        raise UsageError(message)
    tables, publication = published(settings, "privacy")
    if tables.place.path is None:
        message = "privacy verify reads files: name the lakehouse by its path"
        raise UsageError(message)
    key = find_key(tables.place, publication.key_fingerprint)
    paths = Files(tables.spark).paths_under(tables.place.path)
    found, torn = _found(tables, paths, sought_of(tables.spark, key, people))
    for path in torn:
        click.echo(
            f"{path}: not readable, and not of the last publication; searched byte by byte alone. "
            f"maintain removes it after {days_until_gone(settings)} days"
        )
    for row in found:
        click.echo(f"{row.file}: {row.what}, {row.texts:,} times")
    if found:
        message = f"{len({row.file for row in found}):,} files hold people of {file}"
        raise LakehouseError(message)
    readable = " that can be read" if torn else ""
    click.echo(f"no file{readable} of {tables.place} holds any of the {len(people):,} people")


def _found(tables: Tables, paths: Sequence[str], sought: DataFrame) -> tuple[list[Row], list[str]]:
    """What ``find_traces`` finds, and the files that it could not decode.

    A run that was killed, or is writing, leaves files without their ends. None of them is of the
    last publication: of that, a file that cannot be read is damage.
    """
    torn: set[str] = set()
    named: set[str] = set()
    while True:
        try:
            found = find_traces(tables.spark, paths, sought, torn)
            break
        except Exception as error:
            file = unreadable_file(error)
            if file is None or file in torn:
                raise
            named = named or _published_files(tables)
            if file in named:
                raise
            torn.add(file)
    return found, [path for path in paths if _name(path) in torn]


def _published_files(tables: Tables) -> set[str]:
    """The names of the data files of all tables, as they were published last."""
    runs = tables.spark.table(tables.place.identifier(RUNS.name))
    every = [runs, *map(tables.read, tables.versions)]
    return {_name(path) for rows in every for path in rows.inputFiles()}


def find_traces(
    spark: SparkSession, paths: Sequence[str], sought: DataFrame, torn: Collection[str] = ()
) -> list[Row]:
    """The files that hold a value, and what each holds, ordered.

    Args:
        spark: The session.
        paths: All files of a folder.
        sought: ``what``, ``kind`` and ``value``.
        torn: The names of those that are searched byte by byte alone.
    """
    forms = sought_forms(sought).cache()
    whole = [each for each in paths if _name(each) not in torn]
    texts = [*_decoded(spark, whole), *_bytes(spark, paths)]
    found = traces(reduce(DataFrame.unionByName, texts), forms)
    return (
        found.groupBy("file", "what")
        .agg(F.sum("texts").alias("texts"))
        .orderBy("file", "what")
        .collect()
    )


def sought_of(spark: SparkSession, key: bytes, people: Sequence[Mapping[str, str]]) -> DataFrame:
    """What is sought of people: ``what``, ``kind`` and ``value``, the ids of their codes among it.

    A mobile is sought with 55 before it and without, and a code with letters by these too.

    Args:
        spark: The session.
        key: The key of the lakehouse.
        people: By ``COLUMNS``; an empty value is not sought.
    """
    given = [
        {"what": what, "kind": kind, "value": each[what]}
        for each in people
        for what in COLUMNS
        for kind in _kinds(what, each[what])
    ]
    value = F.col("value")
    number = cleaned_phone(value)
    from_abroad = F.when(F.length(number) >= _WITH_AREA_CODE, F.concat(F.lit("55"), number))
    spelt = F.array_distinct(F.array(digits(value), number, from_abroad))
    forms = F.when(F.col("what") == "mobile", spelt).otherwise(F.array(value))
    sought = local_rows(spark, given, "what string, kind string, value string").select(
        "what", "kind", F.explode(forms).alias("value")
    )
    codes = local_rows(spark, [{"code": each["cpf"]} for each in people], "code string")
    ids = ids_of_codes(key_row(spark, key), codes).select(
        F.lit("id").alias("what"),
        F.lit(DIGITS).alias("kind"),
        F.col("customer_id").cast("string").alias("value"),
    )
    return sought.unionByName(ids)


def _kinds(what: str, value: str) -> list[str]:
    """How a value is sought; the few digits of a code with letters alone stand in any row."""
    if not value:
        return []
    if what != "cpf" or not any(map(str.isalpha, value)):
        return [_KINDS[what]]
    return [WORDS, DIGITS] if sum(map(str.isdigit, value)) >= FEWEST_DIGITS else [WORDS]


def _decoded(spark: SparkSession, paths: Sequence[str]) -> list[DataFrame]:
    """Every Parquet file, a text for each row: data of any version, changes, checkpoints."""
    found = []
    files = [each for each in paths if each.endswith(".parquet")]
    for _, together in groupby(sorted(files, key=_part_of_table), key=_part_of_table):
        rows = spark.read.option("mergeSchema", "true").parquet(*together)
        names = [F.col(f"`{name}`") for name in rows.columns]
        found.append(
            rows.select(
                F.col("_metadata.file_path").alias("file"),
                F.to_json(F.struct(*names)).alias("text"),
            )
        )
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _part_of_table(path: str) -> str:
    """What files of one schema share: the table's folder, or that of its log or its changes."""
    return re.sub(r"(/[^/=]+=[^/]*)*/[^/]+$", "", path)


def _bytes(spark: SparkSession, paths: Sequence[str]) -> list[DataFrame]:
    """Every file as it lies there, a text each: logs, and statistics in footers."""
    folders = {each.rpartition("/")[0] for each in paths}
    if not folders:
        return []
    # By folder, since Spark looks at every path that it is given. It leaves out names that begin
    # with a dot or an underscore: Hadoop's checksums of bytes, and the number of a checkpoint.
    held = spark.read.format("binaryFile").load([f"{each}/*" for each in sorted(folders)])
    return [held.select(F.col("path").alias("file"), F.col("content").cast("string").alias("text"))]
