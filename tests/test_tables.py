"""Writes are checked against the contract, and know the version that they make."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.contracts import conformed
from jobs.errors import ContractError, LakehouseError, LeaseError
from jobs.place import Place
from jobs.session import local_rows
from jobs.tables import Tables
from jobs.upkeep import Upkeep
from schemas import TABLES

LEDGER = TABLES["ingested_files"]
CODES = TABLES["customer_codes"]
PARTS = ("received", "accepted", "rejected", "superseded")


def entry(file_id: str | None = "f1", received: int = 1, accepted: int = 1) -> dict[str, object]:
    entry: dict[str, object] = {f"rows_{part}": 0 for part in PARTS}
    entry |= {f"amount_{part}": 0 for part in PARTS}
    entry |= {"source": "till", "input": "sales", "file_id": file_id, "file_name": "a.csv"}
    return {
        **entry,
        "bytes": 1,
        "values_unreadable": 0,
        "rows_received": received,
        "rows_accepted": accepted,
    }


def ledger(spark: SparkSession, *entries: dict[str, object]) -> DataFrame:
    return local_rows(spark, entries, LEDGER.ddl.replace(" NOT NULL", ""))


@pytest.fixture
def tables(spark: SparkSession, tmp_path: Path) -> Tables:
    return Tables(spark, Place(str(tmp_path / "lakehouse"), None), {})


def test_columns_are_compared_at_once(spark: SparkSession) -> None:
    rows = ledger(spark, entry()).drop("bytes").withColumn("extra", F.lit(1))
    rows = rows.withColumn("amount_received", F.col("amount_received").cast("decimal(10,2)"))
    with pytest.raises(ContractError) as refused:
        conformed(rows, LEDGER)
    assert str(refused.value) == (
        "Contract of table ingested_files: column bytes is missing; column extra is not in the "
        "contract; column amount_received is decimal(10,2), the contract says decimal(28,4)"
    )


def test_statistics_tell_days_and_times_and_nothing_else(
    spark: SparkSession, tables: Tables
) -> None:
    store = {"store_code": "001", "store_name": "Main Street", "opened_on": date(2020, 1, 2)}
    tables.append("stores", local_rows(spark, [store], TABLES["stores"].ddl))
    code = {"customer_id": 7, "customer_code": "a", "code_kind": "text"}
    tables.append("customer_codes", local_rows(spark, [code], CODES.ddl))
    assert told_by_statistics(tables, "stores") == {"opened_on", "closed_on", "delivered_at"}
    person = {"customer_id": 7, "birth_date": date(1970, 1, 2), "registered_on": date(2020, 1, 2)}
    tables.append("persons", local_rows(spark, [person], TABLES["persons"].ddl))
    assert told_by_statistics(tables, "customer_codes") == set()
    assert told_by_statistics(tables, "persons") == {"registered_on", "delivered_at"}


def told_by_statistics(tables: Tables, name: str) -> set[str]:
    """The columns of which the log of a table says anything."""
    assert tables.place.path is not None
    log = Path(tables.place.path, name, "_delta_log")
    lines = [json.loads(line) for each in log.glob("*.json") for line in each.open()]
    found = [json.loads(line["add"]["stats"]) for line in lines if "add" in line]
    assert found
    assert all(each["numRecords"] == 1 for each in found)
    return {
        column
        for each in found
        for kind in ("minValues", "maxValues", "nullCount")
        for column in each.get(kind, {})
    }


def test_a_row_that_breaks_rules_stops_the_write_and_names_them_all(
    spark: SparkSession, tables: Tables
) -> None:
    tables.append(LEDGER.name, ledger(spark, entry()))
    with pytest.raises(ContractError) as refused:
        tables.append(LEDGER.name, ledger(spark, entry("f2"), entry(None, received=2)))
    assert str(refused.value) == (
        "Contract of table ingested_files: file_id is null; rows_add_up does not hold "
        "(rows_received = rows_accepted + rows_rejected + rows_superseded)"
    )
    assert [row.file_id for row in tables.read(LEDGER.name).collect()] == ["f1"]
    assert tables.versions[LEDGER.name] == tables.latest_version(LEDGER.name) == 1


def test_rows_that_a_join_drops_are_not_judged(spark: SparkSession, tables: Tables) -> None:
    rows = ledger(spark, entry("f1"), entry("f2", received=2))
    wrong = rows.where("rows_received = 2").select("file_id")
    tables.append(LEDGER.name, rows.join(wrong, on="file_id", how="left_anti"))
    assert [row.file_id for row in tables.read(LEDGER.name).collect()] == ["f1"]


def test_a_refused_value_is_in_no_message(spark: SparkSession, tables: Tables) -> None:
    code = [{"customer_id": 1, "customer_code": "52998224725", "code_kind": "rg"}]
    with pytest.raises(ContractError) as refused:
        tables.append(CODES.name, local_rows(spark, code, CODES.ddl))
    assert str(refused.value) == (
        "Contract of table customer_codes: code_kind_is_known does not hold "
        "(code_kind IN ('cpf', 'cnpj', 'text'))"
    )


def test_an_error_that_is_none_of_the_contract_stays_as_it_is(
    spark: SparkSession, tables: Tables
) -> None:
    broken = ledger(spark, entry()).withColumn("bytes", F.expr("CAST(1 / (bytes - 1) AS bigint)"))
    with pytest.raises(Exception, match="DIVIDE_BY_ZERO") as refused:
        tables.append(LEDGER.name, broken)
    assert not isinstance(refused.value, ContractError)


def test_each_write_goes_on_from_the_version_that_it_made(
    spark: SparkSession, tmp_path: Path
) -> None:
    seen: list[tuple[str, int]] = []
    place = Place(str(tmp_path / "lakehouse"), None)
    tables = Tables(spark, place, {}, lambda name, version: seen.append((name, version)))
    assert not tables.was_written(LEDGER.name)
    tables.append(LEDGER.name, ledger(spark, entry("f1"), entry("f2")))
    assert tables.was_written(LEDGER.name)
    # A commit to another table between two of this one.
    code = [{"customer_id": 1, "customer_code": "a", "code_kind": "text"}]
    tables.append(CODES.name, local_rows(spark, code, CODES.ddl))
    tables.delete(LEDGER.name, ledger(spark, entry("f1")))
    tables.overwrite(LEDGER.name, ledger(spark, entry("f4")))
    tables.restore(LEDGER.name, 1)
    assert seen == [
        (LEDGER.name, 1),
        (CODES.name, 1),
        (LEDGER.name, 2),
        (LEDGER.name, 3),
        (LEDGER.name, 4),
    ]
    assert tables.versions == {LEDGER.name: 4, CODES.name: 1}
    assert tables.latest_version(LEDGER.name) == 4
    assert sorted(row.file_id for row in tables.read(LEDGER.name).collect()) == ["f1", "f2"]


def test_a_write_does_not_go_on_from_somebody_elses(spark: SparkSession, tmp_path: Path) -> None:
    seen: list[int] = []
    place = Place(str(tmp_path / "lakehouse"), None)
    tables = Tables(spark, place, {}, lambda _name, version: seen.append(version))
    tables.append(LEDGER.name, ledger(spark, entry("f1")))
    Tables(spark, place, {LEDGER.name: 1}).append(LEDGER.name, ledger(spark, entry("f2")))
    with pytest.raises(LeaseError, match=f"table {LEDGER.name}: another run wrote to it"):
        tables.append(LEDGER.name, ledger(spark, entry("f3")))
    assert seen == [1, 3]  # the run knows that it left something behind


@pytest.mark.parametrize("is_local", [True, False])
def test_a_table_that_is_older_than_it_was_published_is_named_with_both_versions(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_local: bool
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    Tables(spark, place, {}).append(LEDGER.name, ledger(spark, entry("f1")))
    if not is_local:  # where Delta alone tells which versions there are
        monkeypatch.setattr(Place, "local_path", property(lambda _: None))
    tables = Tables(spark, place, {LEDGER.name: 5})
    said = "table ingested_files: its version 5 is published, but its newest is 1"
    with pytest.raises(LakehouseError, match=said):
        tables.read(LEDGER.name)
    with pytest.raises(LakehouseError, match=said):
        tables.append(LEDGER.name, ledger(spark, entry("f2")))
    if is_local:
        assert tables.latest_version(LEDGER.name) == 1


def test_files_are_removed_only_of_tables_as_this_run_knows_them(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(str(tmp_path / "lakehouse"), None)
    tables = Tables(spark, place, {})
    tables.append(LEDGER.name, ledger(spark, entry("f1")))
    Upkeep(tables).vacuum([LEDGER.name], 1)
    Tables(spark, place, {LEDGER.name: 1}).append(LEDGER.name, ledger(spark, entry("f2")))
    with pytest.raises(LeaseError, match=f"table {LEDGER.name}: another run wrote to it"):
        Upkeep(tables).vacuum([LEDGER.name], 1)


def test_a_table_whose_creation_was_killed_is_created_anew(
    spark: SparkSession, tmp_path: Path
) -> None:
    tables = Tables(spark, Place(str(tmp_path), None), {})
    log = tmp_path / LEDGER.name / "_delta_log"
    (log / "_staged_commits").mkdir(parents=True)  # as Delta begins a table
    (log / ".00000000000000000000.json.5f1c.tmp").write_text("{", encoding="utf-8")
    with pytest.raises(LakehouseError, match=f"table {LEDGER.name}: its log .* has no entry"):
        tables.latest_version(LEDGER.name)
    tables.append(LEDGER.name, ledger(spark, entry("f1")))
    assert tables.read(LEDGER.name).count() == 1
    tables.create(LEDGER)
    assert tables.latest_version(LEDGER.name) == tables.versions[LEDGER.name] == 1


def test_deleting_what_is_not_there_changes_nothing(spark: SparkSession, tables: Tables) -> None:
    tables.append(LEDGER.name, ledger(spark, entry("f1")))
    tables.delete(LEDGER.name, ledger(spark, entry("f9")))
    assert tables.versions[LEDGER.name] == tables.latest_version(LEDGER.name)
    assert [row.file_id for row in tables.read(LEDGER.name).collect()] == ["f1"]


def test_slices_are_replaced_exactly(spark: SparkSession, tables: Tables) -> None:
    table = TABLES["registrations_without_account"]

    def slices(*days: date) -> DataFrame:
        rows = [{"as_of": day, "customer_id": day.day} for day in days]
        return local_rows(spark, rows, table.ddl)

    january, february, march = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)
    tables.replace_slices(table.name, slices(january, march), [january, march])
    # February comes, January goes without a row of its own, March between them stays.
    tables.replace_slices(table.name, slices(february), [january, february])
    found = tables.read(table.name).select("as_of").collect()
    assert sorted(row.as_of for row in found) == [february, march]


def test_a_row_of_another_date_is_refused_whether_or_not_there_is_a_slice_to_replace(
    spark: SparkSession, tables: Tables
) -> None:
    table = TABLES["registrations_without_account"]
    january, february = date(2024, 1, 31), date(2024, 2, 29)

    def rows(*customers: int) -> DataFrame:
        given = [{"as_of": january, "customer_id": each} for each in customers]
        return local_rows(spark, given, table.ddl)

    refusal = f"Contract of table {table.name}: as_of is none of the dates that are written$"
    with pytest.raises(ContractError, match=refusal):
        tables.replace_slices(table.name, rows(1), [february])
    for customers in ((1, 2), (3,)):
        tables.replace_slices(table.name, rows(*customers), [january])
        with pytest.raises(ContractError, match=refusal):
            tables.replace_slices(table.name, rows(4), [february])
    tables.delete_slices(table.name, [january])
    assert tables.read(table.name).isEmpty()
    tables.replace_slices(table.name, rows(5, 6), [january])
    tables.replace_slices(table.name, rows(7), [january, february])
    assert [row.customer_id for row in tables.read(table.name).collect()] == [7]


def test_a_path_that_means_another_file_system_is_not_looked_for_on_this_disk(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, day = TABLES["registrations_without_account"], date(2024, 1, 31)
    monkeypatch.setattr(Place, "local_path", property(lambda _: tmp_path / "not there"))
    tables = Tables(spark, Place(str(tmp_path / "lakehouse"), None), {})
    for customer in (1, 2):
        rows = local_rows(spark, [{"as_of": day, "customer_id": customer}], table.ddl)
        tables.replace_slices(table.name, rows, [day])
    assert [row.customer_id for row in tables.read(table.name).collect()] == [2]


@pytest.mark.parametrize("noted", ["as Delta notes it", "nothing", "torn", "without metadata"])
def test_upkeep_knows_a_table_with_or_without_deltas_note_beside_the_commit(
    spark: SparkSession, tmp_path: Path, noted: str
) -> None:
    tables = Tables(spark, Place(str(tmp_path), None), {})
    for file in ("f1", "f2"):
        tables.append(LEDGER.name, ledger(spark, entry(file)))
    note = tmp_path / LEDGER.name / "_delta_log" / f"{2:020}.crc"
    assert json.loads(note.read_text(encoding="utf-8"))["numFiles"] == 2
    if noted == "nothing":
        note.unlink()
    elif noted == "torn":
        note.write_text('{"numFiles":', encoding="utf-8")
    elif noted == "without metadata":
        note.with_name(f".{note.name}.crc").unlink()
        note.write_text('{"numFiles": 2, "metadata": null}', encoding="utf-8")
    upkeep = Upkeep(tables)
    stored = upkeep.stored(LEDGER.name)
    assert (stored.files, stored.all_files) == (2, 2)
    upkeep.keep_versions(LEDGER.name, 7)
    assert tables.versions[LEDGER.name] == 3
    upkeep.keep_versions(LEDGER.name, 7)
    assert tables.versions[LEDGER.name] == 3
