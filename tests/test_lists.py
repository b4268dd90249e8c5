"""Lists that people take away are one file that other programs read as it was meant."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession

from jobs.errors import UsageError
from jobs.lists import check_name, write_list, write_parts

ROWS = [
    (2, 'Maria "Mia" Prova', "a;b, c"),
    (1, "  João ", None),
    (3, "", "two\nlines"),
]
COLUMNS = "customer_id bigint, name string, address string"


def test_a_list_is_one_file_in_the_place_of_an_earlier_one(
    spark: SparkSession, tmp_path: Path
) -> None:
    rows = spark.createDataFrame(ROWS, COLUMNS)
    lists = {name: tmp_path / name for name in ("people.csv", "people.parquet")}
    lists["people.csv"].write_text("earlier")
    for file in lists.values():
        write_list(rows, str(file), ["customer_id"])
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(lists)
    with lists["people.csv"].open(newline="", encoding="utf-8") as opened:
        assert list(csv.reader(opened)) == [
            ["customer_id", "name", "address"],
            ["1", "  João ", ""],
            ["2", 'Maria "Mia" Prova', "a;b, c"],
            ["3", "", "two\nlines"],
        ]
    assert pl.read_parquet(lists["people.parquet"]).rows() == sorted(ROWS)


def test_a_folder_is_not_replaced(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "people.csv" / "kept").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"people\.csv is a folder: name a file"):
        write_list(spark.range(1), str(tmp_path / "people.csv"), ["id"])
    assert [each.name for each in tmp_path.iterdir()] == ["people.csv"]
    assert (tmp_path / "people.csv" / "kept").is_dir()


def test_a_place_that_cannot_be_written_to_is_named_before_rows_are_computed(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    rows = spark.range(1).selectExpr("CAST(raise_error('computed') AS bigint) AS id", "1 AS store")
    with pytest.raises(UsageError, match=r"^--out .*/people\.csv: cannot be written to \("):
        write_list(rows, str(tmp_path / "file" / "people.csv"), ["id"])
    with pytest.raises(UsageError, match=r"^--out .*/lists: cannot be written to \("):
        write_parts(rows, str(tmp_path / "file" / "lists"), ["store"], ["id"])
    with pytest.raises(UsageError, match=r"^--out gopher://host/a\.csv: no file system is known"):
        write_list(rows, "gopher://host/a.csv", ["id"])
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_name_that_tells_no_format_is_refused() -> None:
    with pytest.raises(UsageError, match=r"people\.xlsx: end it with \.csv or \.parquet"):
        check_name("people.xlsx")
