"""Other readers see the published versions with the same values, and people stay where marked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.place import Place
from jobs.run import cli
from jobs.settings import Settings
from jobs.tables import Tables
from schemas import TABLES
from tests import lakehouses
from tests.conftest import ROOT
from tests.lakehouses import line, write
from transforms.search import FOUND

pytestmark = pytest.mark.slow

ANA, RUI = "529.982.247-25", "11144477735"  # made up; their check digits are right
PERSONAL = (
    "52998224725",
    ANA,
    RUI,
    "Ana Prova",
    "ana@exemplo.test",
    "90000-0001",
    "900000001",
    "João Exemplo",
    "Eva Teste",
)


@pytest.fixture(scope="module")
def run_with_logs(
    tmp_path_factory: pytest.TempPathFactory, submit_arguments: str
) -> tuple[Path, Settings, str]:
    """A daily run in a process of its own, with event logs, on made-up persons."""
    folder = tmp_path_factory.mktemp("people")
    (folder / "events").mkdir()
    lakehouses.mapping(folder)
    write(
        folder / "in" / "vendas.csv",
        [
            line("1", cpf=ANA, amount="19,90"),
            line("2", cpf=RUI, kind="D", quantity="-1", amount="-5,00"),
            line("2", 2, cpf=RUI, day="06/01/2024"),
            line("3", cpf=ANA, quantity="x"),
            line("4", cpf=ANA, store="02", day="09/01/2024"),
        ],
    )
    write(
        folder / "in" / "clientes.csv",
        [
            f"{ANA};Ana Prova;ana@exemplo.test;11 90000-0001;29/02/1980",
            f"{RUI};João Exemplo;;;01/01/1990",
            "390.533.447-05;Eva Teste;;;01/01/1970",
        ],
        header="cpf;nome;email;celular;nascimento",
    )
    logged = "--conf spark.eventLog.enabled=true --conf spark.eventLog.compress=false"
    arguments = submit_arguments.replace(
        "pyspark-shell", f"{logged} --conf spark.eventLog.dir={folder}/events pyspark-shell"
    )
    command = [sys.executable, "jobs/run.py", "daily", "--as-of", "2024-01-31"]
    command += ["--source", str(folder / "till.yaml"), "--input", str(folder / "in")]
    command += ["--lakehouse", str(folder / "lakehouse"), "--set", "ingest.max_rejected_share=1"]
    command += ["--set", "processing_calendar.every=none"]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYSPARK_SUBMIT_ARGS": arguments},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    (folder / "stdout.log").write_text(ended.stdout)
    (folder / "stderr.log").write_text(ended.stderr)
    return folder, lakehouses.settings_for(folder / "lakehouse"), ended.stderr


MAY_BE_EMPTY = (
    "stores",
    "salespeople",
    "products",
    "rfv_left",
    "allocation_moves",
    "accounts_to_register",
    "person_history",
    "duplicates",
    "merges",
    "suppressions",
    "erasures",
    "actions",
    "action_lists",
    "action_exclusions",
    "holdout",
    "action_sums",
    "action_erased",
    "action_results",
    "past_actions",
    "past_contacts",
    "past_redemptions",
)


def test_polars_deltalake_and_duckdb_read_the_same_values(
    spark: SparkSession, run_with_logs: tuple[Path, Settings, str]
) -> None:
    folder, settings, _ = run_with_logs
    versions = lakehouses.published(spark, settings).versions
    published = Tables(spark, Place.of(settings.lakehouse), versions)
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    packages = Path(duckdb.__file__).parent.parent / "duckdb_ext"
    extension = next(packages.rglob("delta.duckdb_extension"))
    connection.load_extension(str(extension))
    for name, table in TABLES.items():
        path, version = f"{folder}/lakehouse/{name}", versions[name]
        ours = published.read(name).toArrow().to_pylist()
        by_polars = pl.read_delta(path, version=version).to_arrow().to_pylist()
        by_itself = DeltaTable(path, version=version)
        by_delta_rs = by_itself.to_pyarrow_table().to_pylist()
        connection.execute(f"ATTACH '{path}' AS {name}_at (TYPE delta, VERSION {version})")
        by_duckdb = connection.sql(f"FROM {name}_at").to_arrow_table().to_pylist()
        expected = sorted(map(_plain, ours))
        assert expected or name in MAY_BE_EMPTY, name
        for found in (by_polars, by_delta_rs, by_duckdb):
            assert sorted(map(_plain, found)) == expected, name
        assert by_itself.protocol().min_reader_version == 1, name
        assert by_itself.metadata().partition_columns == list(table.partitioned_by)


def test_people_are_only_in_the_data_files_of_columns_marked_personal(
    run_with_logs: tuple[Path, Settings, str],
) -> None:
    folder, _, stderr = run_with_logs
    key = (folder / "lakehouse.key").read_text().strip()
    assert (folder / "lakehouse.key").stat().st_mode & 0o077 == 0
    found_in: set[str] = set()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        inside = file.relative_to(folder)
        if inside.parts[0] in ("in", "till.yaml", "lakehouse.key"):
            continue
        name = inside.parts[1] if inside.parts[0] == "lakehouse" else inside.parts[0]
        if file.suffix == ".parquet" and "_delta_log" not in inside.parts:
            table = TABLES.get(name)
            marked = set(table.personal_columns) if table else set()
            for column, values in pq.read_table(file).to_pydict().items():
                bears = any(_bears(str(value)) for value in values)
                assert not bears or column in marked, (name, column)
                found_in |= {f"{name}.{column}"} if bears else set()
            if marked:
                continue
        text = file.read_bytes().decode("utf-8", errors="replace")
        assert not _bears(text), inside
        assert key not in text, inside
    assert found_in == {
        "customer_codes.customer_code",
        "persons_received.name",
        "persons_received.email",
        "persons_received.mobile",
        "persons.name",
        "persons.email",
        "persons.mobile",
        "persons_cleaned.email",
        "persons_cleaned.mobile",
        "rejected_rows.raw_row",
    }
    assert "Ana" not in stderr
    events = [json.loads(entry) for entry in _events(folder)]
    assert any(event["Event"] == "SparkListenerApplicationEnd" for event in events)


@pytest.mark.usefixtures("spark")
def test_lists_have_personal_columns_only_by_name(
    run_with_logs: tuple[Path, Settings, str], tmp_path: Path
) -> None:
    _, settings, _ = run_with_logs
    as_of, lists = date(2024, 1, 31), CliRunner()
    asked = tmp_path / "asked.yaml"
    asked.write_text(
        "filters: {with_purchases: true, incomplete: [address]}\n"
        "columns: [customer_code, name, net_amount]\n"
    )
    everybody, contacts, report, back = (
        tmp_path / name for name in ("all.csv", "contacts.csv", "report.parquet", "back.csv")
    )
    at = ["--lakehouse", settings.lakehouse.path]
    period = ["--from", "2024-01-01", "--to", "2024-01-05"]
    ranges = ["--bought-from", "2024-01-01", "--bought-to", "2024-01-31"]
    ranges += ["--back-from", "2024-01-06", "--back-to", "2024-01-31", "--store", "01"]
    on = ["--as-of", str(as_of)]
    for arguments in (
        ["search", *on, "--out", str(everybody)],
        ["search", *on, "--filters", str(asked), "--out", str(contacts)],
        ["rfv-report", *on, *period, "--out", str(report)],
        ["returning-customers", *ranges, "--out", str(back)],
    ):
        ended = lists.invoke(cli, [*arguments, *at], catch_exceptions=False)
        assert ended.exit_code == 0, ended.output
        assert not _bears(ended.output)
    assert not _bears(everybody.read_text())
    head, *rest = everybody.read_text().splitlines()
    assert head == ",".join(FOUND)
    assert len(rest) == 3
    listed = [row.split(",")[1:] for row in contacts.read_text().splitlines()]
    assert listed[0] == ["customer_code", "name", "net_amount"]
    assert sorted(listed[1:]) == [
        ["11144477735", "João Exemplo", "5.0000"],
        ["52998224725", "Ana Prova", "29.9000"],
    ]
    periods = pl.read_parquet(report).drop("customer_id").sort("net_amount").rows()
    # Rui bought a day later; in the period he only returned.
    assert periods == [
        (None, 0, Decimal("-5.0000")),
        (date(2024, 1, 5), 1, Decimal("19.9000")),
    ]
    returned = [row.split(",") for row in back.read_text().splitlines()[1:]]
    assert sorted(row[0:1] + row[2:] for row in returned) == [
        ["01", "2024-01-05", "2024-01-05", "19.9000", "", "2024-01-09"],
        ["01", "2024-01-06", "2024-01-06", "5.0000", "", ""],
    ]
    refused = lists.invoke(cli, ["search", "--as-of", "2023-01-31", "--out", str(back), *at])
    assert "no accounts of 2023-01-31 are published" in str(refused.exception)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "all.csv",
        "asked.yaml",
        "back.csv",
        "contacts.csv",
        "report.parquet",
    ]


def _events(folder: Path) -> list[str]:
    files = [path for path in (folder / "events").rglob("*") if path.name.startswith("events_")]
    return [entry for file in files for entry in file.read_text().splitlines()]


def _bears(text: str) -> bool:
    digits = re.sub(r"[.\-]", "", text)
    return any(each in text or each in digits for each in PERSONAL)


def _plain(row: dict[str, object]) -> str:
    """A row as text that engines agree on: instants without zone, lists for arrays and maps."""
    parts = []
    for name in sorted(row):
        value = row[name]
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(timezone.utc).replace(tzinfo=None)
        parts.append(f"{name}={value!r}")
    return "; ".join(parts)
