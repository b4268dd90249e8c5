"""Which delivered files hold people, for those who must be told to delete them there."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.customer_key import find_key, key_row
from jobs.files import Files
from jobs.ingest import fitting_files, unreadable_files_named
from jobs.one_customer import ids_of_codes
from jobs.publication import Run
from jobs.settings import Settings
from jobs.source_groups import NewFile
from jobs.source_mapping import OF_PEOPLE, SourceMapping, contract_columns
from jobs.source_reading import read_rows
from jobs.typed_rows import Reader, typed_rows


def files_that_hold(
    run: Run,
    settings: Settings,
    mapping: SourceMapping,
    paths: Sequence[str],
    people: DataFrame,
    codes: DataFrame,
) -> list[str]:
    """The names of the files, among those given, that have a row of one of the people.

    Whatever kind of code the mapping names, and whether anything else is held of them or not.

    Args:
        run: The run, whose key tells who is who.
        settings: All of them.
        mapping: How the files are written.
        paths: Folders or files.
        people: ``customer_id`` of those held.
        codes: ``code``, theirs and those of who is not held.
    """
    spark = run.tables.spark
    key = key_row(spark, find_key(run.place, run.key_fingerprint))
    ids = people.select("customer_id").unionByName(ids_of_codes(key, codes).select("customer_id"))
    reader = Reader(mapping, settings, key)
    listed = fitting_files(Files(spark).listed(paths), mapping, paths)
    holding: set[str] = set()
    for name in OF_PEOPLE:
        files = [NewFile(file, file.name) for input_name, file in listed if input_name == name]
        if files:
            columns = contract_columns(name)
            with unreadable_files_named(files):
                parts = read_rows(spark, mapping.inputs[name], columns, mapping.time_zone, files)
                typed = typed_rows(parts, reader, name).select("customer_id", "file_name")
                theirs = typed.join(F.broadcast(ids.distinct()), on="customer_id", how="left_semi")
                named = theirs.select("file_name").distinct().collect()
            holding |= {row.file_name for row in named}
    return sorted(holding)
