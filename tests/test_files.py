"""Places that people name: what is said of those that Java cannot look into."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from jobs.errors import SourceError, UsageError
from jobs.files import Files


class Shut:
    """A file system of which nobody may see what lies in a folder: of root nothing is kept."""

    def __init__(self, spark: SparkSession) -> None:
        self._jvm: Any = spark._jvm

    def listStatus(self, path: Any) -> None:  # noqa: N802 - Hadoop's name
        denied = self._jvm.java.nio.file.AccessDeniedException(str(path.getName()))
        raise Py4JJavaError("An error occurred while calling o1.listStatus.\n", denied)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere/vendas", "no such file or folder; check --input"),
        ("gopher://host/vendas", "no file system is known here for addresses that begin like this"),
        ("vendas:novas", "cannot be looked at (java.lang.IllegalArgumentException"),
    ],
)
def test_an_input_that_cannot_be_looked_at_is_named_with_the_reason(
    spark: SparkSession, given: str, said: str
) -> None:
    with pytest.raises(SourceError, match=rf"^{re.escape(f'{given}: {said}')}"):
        Files(spark).listed([given])


def test_a_folder_that_may_not_be_listed_is_named(spark: SparkSession, tmp_path: Path) -> None:
    files = Files(spark)
    path = files._path(str(tmp_path))
    status = path.getFileSystem(files._conf).getFileStatus(path)
    said = (
        f"folder file:{tmp_path}: cannot be looked at (java.nio.file.AccessDeniedException); "
        "check its permissions"
    )
    with pytest.raises(SourceError, match=re.escape(said)):
        files._walk(Shut(spark), status, "")


def test_a_folder_to_write_to_without_file_system_is_named(spark: SparkSession) -> None:
    with pytest.raises(UsageError, match=r"^gopher://host/lists: no file system is known here"):
        Files(spark).has_anything("gopher://host/lists")


def test_a_delta_table_is_told_by_its_last_entry_wherever_it_lies(
    spark: SparkSession, tmp_path: Path
) -> None:
    files, folder = Files(spark), tmp_path / "Meus exports [1]"
    log = folder / "venda" / "_delta_log"
    log.mkdir(parents=True)
    [table] = files.listed([str(folder)])
    assert (table.name, table.is_delta) == ("venda", True)
    with pytest.raises(SourceError, match=r"^venda: its log \(_delta_log\) is empty"):
        files.digest(table)
    for entry in ("0", "1"):
        (log / f"{entry:0>20}.json").write_text(entry)
    (log / "_last_checkpoint").write_text("2")
    assert files.digest(table) == hashlib.sha256(b"1").hexdigest()
