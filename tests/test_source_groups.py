"""Delivered files whose columns are odd: named twice, without a name, of other types."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.errors import SourceError
from jobs.files import Files
from jobs.source_groups import NewFile
from jobs.source_mapping import contract_columns
from jobs.source_reading import read_rows
from jobs.typed_rows import Reader, typed_rows
from tests import lakehouses
from tests.lakehouses import HEADER, line, write

PLAIN = {
    "store_code": "loja",
    "business_day": "data",
    "sale_number": "cupom",
    "quantity": "qtd",
    "amount": "valor",
}


def read(spark: SparkSession, folder: Path, **changes: Any) -> list[DataFrame]:
    """The rows of each group of the files in a folder, by the till's mapping with changes."""
    source = lakehouses.mapping(folder.parent, **changes)
    files = [NewFile(each, each.name) for each in Files(spark).listed([str(folder)])]
    given = source.inputs["sales"]
    return read_rows(spark, given, contract_columns("sales"), source.time_zone, files)


def rows(parts: Sequence[DataFrame], *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for part in parts for row in part.select(*columns).collect())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (";Valor", "columns 9 and 11 of its header have the same name, 'Valor' "),
        (";;", "columns 11 and 12 of its header have the same name, '' "),
    ],
)
def test_a_header_that_names_a_column_twice_is_refused_with_both_places(
    spark: SparkSession, tmp_path: Path, more: str, said: str
) -> None:
    write(tmp_path / "in" / "vendas.csv", [line() + more.lower()], header=HEADER + more)
    with pytest.raises(SourceError, match=rf"^vendas\.csv: {said}"):
        read(spark, tmp_path / "in")


def test_lines_that_end_in_a_carriage_return_alone_are_refused_with_the_file(
    spark: SparkSession, tmp_path: Path
) -> None:
    write(tmp_path / "in" / "vendas.csv", [line()])
    file = tmp_path / "in" / "vendas.csv"
    file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r"))
    with pytest.raises(SourceError, match=r"^vendas\.csv: its first line is no header"):
        read(spark, tmp_path / "in")


def test_a_data_file_of_a_delta_table_without_its_log_is_refused(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "in" / "vendas").mkdir(parents=True)
    (tmp_path / "in" / "vendas" / "part-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match=r"^vendas/part-0\.parquet: is no Delta table, which"):
        read(spark, tmp_path / "in", format="delta")


def test_a_name_that_may_be_a_persons_is_not_shown(spark: SparkSession, tmp_path: Path) -> None:
    # Without columns that the mapping names, nothing tells a header from a row.
    by_sql = {name: {"sql": f"`{column}`"} for name, column in PLAIN.items()}
    write(tmp_path / "in" / "vendas.csv", [line()], header="Ana Prova;ANA PROVA")
    with pytest.raises(SourceError, match="columns 1 and 2 of its header") as refused:
        read(spark, tmp_path / "in", columns=by_sql)
    assert "ana" not in str(refused.value).lower()


def test_lines_that_end_with_a_separator_are_read(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "in" / "vendas.csv", [f"{line(amount='7,50')};"], header=f"{HEADER};")
    found = rows(read(spark, tmp_path / "in"), "sale_number", "amount", "malformed")
    assert found == [("1", "7,50", None)]


def test_a_rejected_row_has_the_digits_of_a_code_in_a_column_of_floating_point(
    spark: SparkSession, key: DataFrame, tmp_path: Path
) -> None:
    bought: dict[str, list[Any]] = {
        "loja": ["01"],
        "data": ["05/01/2024"],
        "cupom": ["1"],
        "qtd": ["x"],
        "valor": [10],
        "cpf": [12345678810.0],
        "peso": [1.5],
        "desconto": [None],
    }
    (tmp_path / "in").mkdir()
    delivery = pl.DataFrame(bought, schema_overrides={"desconto": pl.Float64})
    delivery.write_parquet(tmp_path / "in" / "vendas.parquet")
    columns = {**PLAIN, "customer_code": "cpf"}
    changed = {"format": "parquet", "files": "vendas*.parquet", "columns": columns}
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    reader = Reader(lakehouses.mapping(tmp_path, **changed), settings, key)
    typed = typed_rows(read(spark, tmp_path / "in", **changed), reader, "sales")
    [(raw_row, reasons)] = rows([typed], "raw_row", "reasons")
    assert reasons == ["unreadable_number"]
    assert json.loads(raw_row) == {
        "loja": "01",
        "data": "05/01/2024",
        "cupom": "1",
        "qtd": "x",
        "valor": 10,
        "cpf": "12345678810",
        "peso": "1.5",
    }


def test_parquet_files_of_which_a_column_has_other_types_are_read_apart(
    spark: SparkSession, tmp_path: Path
) -> None:
    day: dict[str, list[Any]] = {"loja": ["01"], "data": ["05/01/2024"], "qtd": [1]}
    (tmp_path / "in").mkdir()
    deliveries: dict[str, dict[str, list[Any]]] = {
        "vendas1.parquet": {**day, "cupom": ["1"], "valor": [10]},
        "vendas2.parquet": {**day, "cupom": ["2"], "valor": ["7,50"]},
        "vendas3.parquet": {**day, "cupom": ["3"], "valor": [12], "caixa": ["c1"]},
    }
    for name, columns in deliveries.items():
        pl.DataFrame(columns).write_parquet(tmp_path / "in" / name)
    changed = {"format": "parquet", "files": "vendas*.parquet", "columns": PLAIN}
    parts = read(spark, tmp_path / "in", **changed)
    assert rows(parts, "file_name", "sale_number", "amount") == [
        ("vendas1.parquet", "1", "10"),
        ("vendas2.parquet", "2", "7,50"),
        ("vendas3.parquet", "3", "12"),
    ]
    assert len(parts) == 2


def test_a_key_that_json_has_twice_is_named_with_the_file(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "vendas.json"
    file.write_text('{"loja": "01", "valor": "7", "Valor": "8"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"^vendas\.json: has the column .?valor.? twice"):
        read(spark, tmp_path / "in", format="json", files="vendas*.json", columns=PLAIN)


def test_lines_of_json_in_latin_1_are_read_whatever_ends_them(
    spark: SparkSession, tmp_path: Path
) -> None:
    sold: list[dict[str, Any]] = [
        {**dict.fromkeys(PLAIN.values(), "1"), "cupom": "1", "produto": "maçã"},
        {**dict.fromkeys(PLAIN.values(), "1"), "cupom": "2", "produto": None},
        {**dict.fromkeys(PLAIN.values(), "1"), "cupom": "3", "produto": "pão\r\n\u00a0"},
    ]
    first, second, third = (json.dumps(each, ensure_ascii=False) for each in sold)
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "vendas.json"
    file.write_bytes(f"{first}\r\n{second}\n\r\n{third}".encode("latin-1"))
    parts = read(
        spark,
        tmp_path / "in",
        format="json",
        files="vendas*.json",
        encoding="ISO-8859-1",
        columns={**PLAIN, "product_code": "produto"},
    )
    assert rows(parts, "sale_number", "product_code", "damaged") == [
        ("1", "maçã", None),
        ("2", None, None),
        ("3", "pão", None),
    ]


@pytest.mark.parametrize(
    ("encoding", "kept"),
    [("ISO-8859-1", "não é"), ("UTF-8", "n\ufffdo \ufffd"), ("US-ASCII", "n\ufffdo \ufffd")],
)
def test_a_line_that_is_no_json_is_kept_as_text_that_can_be_read(
    spark: SparkSession, tmp_path: Path, encoding: str, kept: str
) -> None:
    sold = json.dumps(dict.fromkeys(PLAIN.values(), "1"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "vendas.json").write_bytes(f"{sold}\nnão é\n".encode("latin-1"))
    changed = {"format": "json", "files": "vendas*.json", "columns": PLAIN, "encoding": encoding}
    parts = read(spark, tmp_path / "in", **changed)
    found = [
        tuple(row) for part in parts for row in part.select("sale_number", "malformed").collect()
    ]
    assert sorted(found, key=repr) == [("1", None), (None, kept)]
