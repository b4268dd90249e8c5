"""Small lakehouses for tests: a till's CSV files, their mapping, and runs on them."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import yaml
from deltalake import DeltaTable
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession

from jobs import daily
from jobs.ingest import ingest
from jobs.past_runs import Publication, latest_publication
from jobs.place import Place
from jobs.publication import Run
from jobs.settings import Settings, load_settings
from jobs.source_mapping import SourceMapping, load_mapping
from jobs.tables import Tables
from schemas import RUNS, TABLES
from tests.conftest import FEW_ROWS

HEADER = "loja;data;cupom;item;cpf;vendedor;produto;qtd;valor;tipo"

TILL = {
    "source": "till",
    "title": "A till of a made-up chain",
    "time_zone": "America/Sao_Paulo",
    "customer_code": {"kind": "cpf"},
    "inputs": {
        "sales": {
            "files": "vendas*.csv*",
            "format": "csv",
            "separator": ";",
            "decimal_mark": ",",
            "dates": ["dd/MM/yyyy"],
            "columns": {
                "store_code": "loja",
                "business_day": "data",
                "sale_number": "cupom",
                "line_number": "item",
                "customer_code": "cpf",
                "salesperson_code": "vendedor",
                "product_code": "produto",
                "quantity": "qtd",
                "amount": "valor",
                "is_return": {"sql": "tipo = 'D'"},
                "is_cancelled": {"sql": "tipo = 'C'"},
            },
        },
        "persons": {
            "files": "clientes*.csv",
            "format": "csv",
            "separator": ";",
            "dates": ["dd/MM/yyyy"],
            "columns": {
                "person_code": "cpf",
                "name": "nome",
                "email": "email",
                "mobile": "celular",
                "birth_date": "nascimento",
                "roles": {"constant": "customer"},
            },
        },
        "stores": {
            "files": "lojas*.csv",
            "format": "csv",
            "separator": ";",
            "dates": ["dd/MM/yyyy"],
            "columns": {"store_code": "loja", "opened_on": "abertura", "closed_on": "fim"},
        },
    },
}
"""The till's mapping; tests change copies of it."""


def line(  # every field a till writes, with the values that most lines have
    sale: str = "1",
    item: int | str = 1,
    *,
    day: str = "05/01/2024",
    store: str = "01",
    cpf: str = "",
    seller: str = "v1",
    product: str = "p1",
    quantity: str = "1",
    amount: str = "10,00",
    kind: str = "V",
) -> str:
    """One line of the till's file."""
    return f"{store};{day};{sale};{item};{cpf};{seller};{product};{quantity};{amount};{kind}"


def write(file: Path, lines: Iterable[str], header: str = HEADER, encoding: str = "utf-8") -> Path:
    """Write a file of the till."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return file


def mapping(folder: Path, **changes: Any) -> SourceMapping:
    """The till's mapping, with changed keys of its sales input."""
    content = yaml.safe_load(yaml.safe_dump(TILL))
    content["inputs"]["sales"].update(changes)
    file = folder / "till.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_mapping(file)


def settings_for(lakehouse: Path, *assignments: str) -> Settings:
    """Settings of a lakehouse in a folder, without calendar and with a short wait."""
    quick = [
        f"lakehouse.path={lakehouse}",
        "processing_calendar.every=none",
        "lakehouse.lease_wait_seconds=0",
        "ingest.max_rejected_share=1",
    ]
    return load_settings((), [*quick, *assignments])


def started(spark: SparkSession, settings: Settings, job: str = "daily") -> Run:
    """A run on the lakehouse of the settings."""
    seconds = settings.lakehouse.lease_seconds
    wait = settings.lakehouse.lease_wait_seconds
    place = Place.of(settings.lakehouse)
    if place.local_path and not place.local_path.exists():
        shutil.copytree(_with_empty_tables(spark), place.local_path)
    return Run(spark, place, job, lease_seconds=seconds, wait_seconds=wait)


_EMPTY: dict[SparkContext, TemporaryDirectory[str]] = {}


def _with_empty_tables(spark: SparkSession) -> str:
    """Every table, created and never written: copies of them cost a test less than its own.

    They are made once for all sessions of a process.
    """
    if spark.sparkContext not in _EMPTY:
        folder = _EMPTY[spark.sparkContext] = TemporaryDirectory()
        tables = Tables(spark, Place(folder.name, None), {})
        for table in (RUNS, *TABLES.values()):
            tables.create(table)
    return _EMPTY[spark.sparkContext].name


def deliver(
    spark: SparkSession,
    settings: Settings,
    source: SourceMapping,
    *paths: Path,
    dates: Sequence[date] = (),
) -> dict[str, int]:
    """Ingest the paths, compute the dates if there are any, publish, and return the counts."""
    with started(spark, settings) as run:
        ingest(run, settings, source, [str(path) for path in paths])
        if dates:
            daily.compute(run, settings, dates)
    return run.outcome.counts


def published(spark: SparkSession, settings: Settings) -> Publication:
    """The last publication of the lakehouse."""
    found = latest_publication(spark, Place.of(settings.lakehouse))
    assert found is not None
    return found


def read(spark: SparkSession, settings: Settings, table: str) -> DataFrame:
    """A table as it was published last."""
    place = Place.of(settings.lakehouse)
    return Tables(spark, place, published(spark, settings).versions).read(table)


def rows(
    spark: SparkSession, settings: Settings, table: str, *columns: str
) -> list[tuple[Any, ...]]:
    """Published rows as sorted tuples, of some columns or all."""
    frame = read(spark, settings, table)
    chosen = frame.select(*columns) if columns else frame
    return sorted((tuple(row) for row in chosen.collect()), key=repr)


def everything(
    lakehouse: Path, only: Collection[str] | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """The tables of a lakehouse in a folder, as a reader of its last publication sees them."""
    runs = pl.read_delta(f"{lakehouse}/runs").filter(pl.col("run_id") != "lease").sort("sequence")
    versions: dict[str, int] = runs["versions"][-1]
    assert versions.keys() == TABLES.keys()
    return {
        name: sorted(pl.read_delta(f"{lakehouse}/{name}", version=version).rows(), key=repr)
        for name, version in versions.items()
        if only is None or name in only
    }


def end_lease(lakehouse: Path, at: datetime) -> None:
    """Let the lease of whoever holds it end at an instant, as after so long or by another clock.

    Of signs of life that she gave nothing is left.
    """
    for sign in (lakehouse / "runs").glob(".*alive-*"):
        sign.unlink()
    until = {"expires_at": f"timestamp '{at:%Y-%m-%d %H:%M:%S}'"}
    DeltaTable(f"{lakehouse}/runs").update(until, predicate="run_id = 'lease'")


def as_a_leaf(rows: DataFrame) -> DataFrame:
    """Few rows kept as jobs keep them: what reads them is planned without what made them."""
    return rows.sparkSession.createDataFrame(rows.collect(), rows.schema)


def small_session(spark: SparkSession) -> SparkSession:
    """A session beside the given one, made for a few rows even among slow tests."""
    session = spark.newSession()
    for name, value in FEW_ROWS.items():
        session.conf.set(name, value)
    return session
