"""Delivered files: what is read, what replaces what, what is refused."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from jobs import accounts as accounts_job
from jobs import purchases as purchases_job
from jobs.customer_history import customer_history
from jobs.errors import (
    ClientelaError,
    DeliveryConflictError,
    RejectedShareError,
    SettingsError,
    SourceError,
)
from jobs.ingest import ingest
from jobs.past_runs import latest_publication
from jobs.place import Place
from jobs.registry.erasing import Asked, erase
from jobs.registry.whom import Whom
from jobs.source_mapping import SourceMapping, load_mapping
from tests import lakehouses
from tests.lakehouses import HEADER, TILL, line, write

ANA, RUI = "529.982.247-25", "11144477735"  # made up; their check digits are right
BY_NAME = {"newer_by": {"file_name": r"vendas_(\d{8})", "pattern": "yyyyMMdd"}}


@pytest.fixture(scope="module")
def spark(spark: SparkSession) -> SparkSession:
    """A session for a few rows, among the slow tests too."""
    return lakehouses.small_session(spark)


def without_numbers(folder: Path, **changes: Any) -> SourceMapping:
    """The till's mapping, as if it did not number the lines of a ticket."""
    columns = dict(lakehouses.mapping(folder).inputs["sales"].model_dump()["columns"])
    del columns["line_number"]
    return lakehouses.mapping(folder, columns=columns, **changes)


@pytest.mark.slow
def test_deliveries_add_up_and_the_newest_stands(spark: SparkSession, tmp_path: Path) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    source = lakehouses.mapping(tmp_path, **BY_NAME)
    first = write(
        tmp_path / "a" / "vendas_20240105.csv",
        [
            line("1", 1, cpf=ANA),
            line("1", 2, cpf=ANA, product="p2", amount="1.234,56"),
            line("2", 1, cpf="consumidor"),
            line("2", 2, cpf="consumidor"),  # equal to the one above but for its number
            line("3", 1, quantity="x"),
            line("", 1, day="31/02/2024"),
            line("4", 1, amount="1,00001"),
        ],
    )
    counts = lakehouses.deliver(spark, settings, source, first)
    assert counts["sales_received"] == 7
    assert counts["sales_accepted"] == 4
    assert counts["sales_rejected"] == 3
    reasons = lakehouses.rows(spark, settings, "rejected_rows", "reasons", "occurrence", "amount")
    assert reasons == [
        (["missing_key", "unreadable_day"], 1, Decimal("10.0000")),
        (["too_precise"], 1, None),
        (["unreadable_number"], 1, Decimal("10.0000")),
    ]

    # The same content under another name, ticket 1 corrected by a newer file, ticket 2 by an older.
    again = write(tmp_path / "b" / "vendas_20240106.csv", [line("1", 1, cpf=RUI, amount="7,00")])
    older = write(tmp_path / "b" / "vendas_20240101.csv", [line("2", 1, amount="99,00")])
    same = tmp_path / "b" / "vendas_20240110.csv"
    same.write_bytes(first.read_bytes())
    counts = lakehouses.deliver(spark, settings, source, again, older, same)
    assert counts == {
        "sales_received": 2,
        "sales_accepted": 1,
        "sales_rejected": 0,
        "sales_superseded": 1,
        "sales_replaced": 2,
    }
    sales = lakehouses.rows(spark, settings, "sales", "sale_number", "line_number", "amount")
    assert sales == [
        ("1", 1, Decimal("7.0000")),
        ("2", 1, Decimal("10.0000")),
        ("2", 2, Decimal("10.0000")),
    ]
    codes = lakehouses.rows(spark, settings, "customer_codes", "customer_code", "code_valid")
    assert codes == [("11144477735", True), ("52998224725", True)]
    ledger = lakehouses.rows(
        spark, settings, "ingested_files", "rows_received", "rows_accepted", "amount_received"
    )
    assert ledger == [
        (1, 0, Decimal("99.0000")),
        (1, 1, Decimal("7.0000")),
        (7, 4, Decimal("1284.5600")),
    ]
    # Received = accepted + rejected + superseded, over everything ever delivered.
    assert len(sales) + 3 + (1 + 2) == 7 + 2


@pytest.mark.slow
def test_tickets_without_line_numbers_come_whole_and_equal_lines_stay(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    source = without_numbers(tmp_path)
    equal = [line("1"), line("1"), line("1", product="p0")]
    files = [
        write(tmp_path / "a" / "vendas1.csv", equal),
        write(tmp_path / "a" / "vendas2.csv", [*reversed(equal), line("2")]),
    ]
    counts = lakehouses.deliver(spark, settings, source, *files)
    assert counts["sales_superseded"] == 3
    lines = lakehouses.rows(spark, settings, "sales", "sale_number", "line_number", "product_code")
    assert lines == [("1", 1, "p0"), ("1", 2, "p1"), ("1", 3, "p1"), ("2", 1, "p1")]

    fewer = write(tmp_path / "b" / "vendas3.csv", equal[1:])
    with pytest.raises(DeliveryConflictError, match="business_day 2024-01-05, sale_number 1"):
        lakehouses.deliver(spark, settings, source, fewer)


@pytest.mark.slow
def test_a_ticket_without_line_numbers_is_the_same_after_an_erasure(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    source = without_numbers(tmp_path)
    lines = [line("1", seller="v1"), line("1", cpf=ANA, seller="v2")]
    file = write(tmp_path / "vendas.csv", lines)
    columns = ("line_number", "salesperson_code", "code_class")
    lakehouses.deliver(spark, settings, source, file)
    # What is coded comes first; once both are nobody's the salesperson decides.
    before = lakehouses.rows(spark, settings, "sales", *columns)
    assert before == [(1, "v2", "coded"), (2, "v1", "none")]
    erase(settings, Asked([Whom(cpf=ANA)], "dpo"), None)
    file.write_bytes(file.read_bytes() + b"\n")  # another file by its content
    counts = lakehouses.deliver(spark, settings, source, file)
    assert (counts["sales_superseded"], counts["sales_replaced"]) == (2, 0)
    sales = lakehouses.rows(spark, settings, "sales", *columns)
    assert sales == [(1, "v2", "none"), (2, "v1", "none")]


@pytest.mark.slow
def test_what_is_replaced_without_line_numbers_goes_by_those_that_it_was_given(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    first = write(
        tmp_path / "vendas_20240105.csv",
        [line("1", 3), line("1", 7, product="p0"), line("2", 7), line("3", 4)],
    )
    lakehouses.deliver(spark, settings, lakehouses.mapping(tmp_path, **BY_NAME), first)
    newer = write(
        tmp_path / "vendas_20240106.csv", [line("1", product="p3"), line("3", amount="7,00")]
    )
    counts = lakehouses.deliver(spark, settings, without_numbers(tmp_path, **BY_NAME), newer)
    assert (counts["sales_superseded"], counts["sales_replaced"]) == (0, 3)
    sales = lakehouses.rows(spark, settings, "sales", "sale_number", "line_number", "product_code")
    assert sales == [("1", 1, "p3"), ("2", 7, "p1"), ("3", 1, "p1")]


def test_stints_of_one_salesperson_come_in_one_file(spark: SparkSession, tmp_path: Path) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    mapping = yaml.safe_load(yaml.safe_dump(TILL))
    columns = {"salesperson_code": "vendedor", "store_code": "loja", "works_from": "entrada"}
    mapping["inputs"]["salespeople"] = {
        "files": "vendedores*.csv",
        "format": "csv",
        "separator": ";",
        "dates": ["dd/MM/yyyy"],
        "columns": columns,
    }
    (tmp_path / "till.yaml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    source = load_mapping(tmp_path / "till.yaml")
    header, stints = ";".join(columns.values()), ["v7;01;01/01/2024", "v7;02;01/03/2026"]
    for number, stint in enumerate(stints):
        write(tmp_path / "apart" / f"vendedores{number}.csv", [stint], header=header)
    said = r"salesperson_code v7\. Name newer_by .*, or have all stints of a salesperson delivered"
    with pytest.raises(DeliveryConflictError, match=said):
        lakehouses.deliver(spark, settings, source, tmp_path / "apart")
    whole = write(tmp_path / "vendedores.csv", stints, header=header)
    lakehouses.deliver(spark, settings, source, whole)
    found = lakehouses.rows(
        spark, settings, "salespeople", "salesperson_code", "store_code", "works_from"
    )
    assert found == [("v7", "01", date(2024, 1, 1)), ("v7", "02", date(2026, 3, 1))]


@pytest.mark.slow
def test_what_cannot_be_read_is_refused_and_nothing_is_published(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse", "ingest.max_rejected_share=0.4")
    good = [line("1", 1, cpf=ANA), line("2", 1)]
    cut = gzip.compress("\n".join([HEADER, *map(line, map(str, range(5000)))]).encode())
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "vendas.csv.gz").write_bytes(cut[: len(cut) // 2])
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "vendas.csv").touch()
    write(tmp_path / "renamed" / "vendas.csv", good, header=HEADER.replace("valor", "total"))
    write(tmp_path / "latin" / "vendas.csv", [line(product="maçã")], encoding="latin-1")
    write(tmp_path / "utf" / "vendas.csv", [line(product="maçã")])
    write(tmp_path / "unnamed" / "vendas_de_ontem.csv", good)
    write(tmp_path / "bad" / "vendas.csv", [*good, line("3", amount="x"), line("4", amount="y")])
    write(tmp_path / "short" / "vendas.csv", [*good, "01;05/01/2024", "01;05/01/2024;7"])
    write(tmp_path / "other" / "compras.csv", good)
    write(tmp_path / "twice" / "vendas1.csv", good)
    write(tmp_path / "twice" / "vendas2.csv", [line("1", 1, cpf=RUI)])
    (tmp_path / "headless").mkdir()
    (tmp_path / "headless" / "vendas.csv").write_text(f"{line(cpf=ANA)}\n", encoding="utf-8")
    by_product = {**TILL["inputs"]["sales"]["columns"], "product_code": {"sql": "trim(artigo)"}}  # type: ignore[index]  # plain YAML
    cases: list[tuple[str, dict[str, Any], type[ClientelaError], str]] = [
        ("headless", {}, SourceError, "names none of its 10 columns"),
        ("unnamed", {"columns": by_product}, SourceError, "product_code fails: no column `artigo`"),
        ("cut", {}, SourceError, "vendas.csv.gz"),
        ("empty", {}, SourceError, "vendas.csv: is empty"),
        ("renamed", {}, SourceError, "vendas.csv: has no column 'valor'"),
        ("latin", {}, SourceError, "vendas.csv, column produto, 1 rows"),
        ("utf", {"encoding": "ISO-8859-1"}, SourceError, "vendas.csv, column produto"),
        ("unnamed", BY_NAME, SourceError, "vendas_de_ontem.csv: its name holds no date"),
        ("bad", {}, RejectedShareError, "2 of 4 rows were rejected"),
        ("short", {}, RejectedShareError, "2 of 4 rows were rejected"),
        ("other", {}, SourceError, "none of the 1 files"),
        ("nowhere", {}, SourceError, "nowhere: no such file or folder"),
        ("twice", {}, DeliveryConflictError, "sale_number 1"),
    ]
    for folder, changes, kind, said in cases:
        source = lakehouses.mapping(tmp_path, **changes)
        with pytest.raises(kind) as refused:
            lakehouses.deliver(spark, settings, source, tmp_path / folder)
        assert said in str(refused.value), folder
        assert ANA not in str(refused.value)
        assert "\n\tat " not in str(refused.value)
    assert latest_publication(spark, Place.of(settings.lakehouse)) is None

    counts = lakehouses.deliver(
        spark, settings, lakehouses.mapping(tmp_path), write(tmp_path / "vendas.csv", good)
    )
    assert counts["sales_accepted"] == 2
    assert len(lakehouses.rows(spark, settings, "sales")) == 2


@pytest.mark.slow
def test_the_registries_are_read_and_accounts_know_who_is_registered(
    spark: SparkSession, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    source = lakehouses.mapping(tmp_path)
    folder = tmp_path / "in"
    write(folder / "vendas.csv", [line("1", cpf=ANA), line("2", cpf=RUI), line("3", cpf="x")])
    write(
        folder / "clientes.csv",
        [
            f"{ANA};Ana Prova;ana@exemplo.test;11 90000-0001;29/02/1980",
            f"{ANA};Ana Prova;ana@exemplo.test;11 90000-0001;29/02/1980",
            "390.533.447-05;Eva Teste;;;31/02/1980",
            "CONSUMIDOR;Ninguém;;;",
        ],
        header="cpf;nome;email;celular;nascimento",
    )
    write(folder / "lojas.csv", ["01;01/01/2020;"], header="loja;abertura;fim")
    dates = [date(2024, 1, 4), date(2024, 1, 31)]
    with lakehouses.started(spark, settings) as run:
        ingest(run, settings, source, [str(folder)])
        purchases_job.run(run.tables)
        with customer_history(run.tables) as history:
            accounts_job.run(run.tables, settings, dates, history)
    counts = run.outcome.counts
    assert [counts[f"persons_{part}"] for part in ("received", "accepted", "rejected")] == [4, 2, 1]
    assert counts["persons_superseded"] == 1
    unreadable = lakehouses.rows(spark, settings, "ingested_files", "input", "values_unreadable")
    assert unreadable == [("persons", 1), ("sales", 0), ("stores", 0)]
    accounts = lakehouses.read(spark, settings, "accounts").join(
        lakehouses.read(spark, settings, "customer_codes"), on="customer_id", how="left"
    )
    known = accounts.select("as_of", "customer_code", "code_valid", "registered").collect()
    assert sorted(tuple(row) for row in known) == [
        (date(2024, 1, 31), "11144477735", True, False),
        (date(2024, 1, 31), "52998224725", True, True),
        (date(2024, 1, 31), "X", False, False),
    ]
    without = lakehouses.rows(spark, settings, "registrations_without_account", "as_of")
    assert without == [(date(2024, 1, 31),), (date(2024, 1, 4),), (date(2024, 1, 4),)]


def test_a_mapping_is_checked_before_spark_reads_anything(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="encoding"):
        lakehouses.mapping(tmp_path, encoding="windows-1252")
