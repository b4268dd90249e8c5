"""The benchmarks, by name: ./spark-submit.sh bench chain --lines 10000000 --folder DIR."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import click

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.benchmark import allocation as allocation_benchmark
from tests.benchmark import (
    allocation_in_spark,
    lists_in_spark,
    ranks_in_spark,
    registry_in_spark,
)
from tests.benchmark import chain as chain_benchmark
from tests.benchmark import lists as lists_benchmark
from tests.benchmark import ranks as ranks_benchmark
from tests.benchmark import registry as registry_benchmark
from tests.benchmark.nights import cluster as cluster_benchmark
from tests.benchmark.nights import in_spark as nights_in_spark_sql
from tests.benchmark.nights import run as nights_benchmark
from tests.benchmark.nights.clientela import RUNS

_count = click.IntRange(min=1)
_path = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Measure how long Clientela takes, beside DuckDB doing the same from the same files."""


@cli.command()
@click.option("--lines", type=int, default=10_000_000, show_default=True, help="Sale lines.")
@click.option("--driver-memory", default="4g", show_default=True, help="Of Clientela's Spark.")
@click.option(
    "--folder",
    type=_path,
    required=True,
    help="Where the generated files and the lakehouse go; generated once per number of lines.",
)
def chain(lines: int, driver_memory: str, folder: Path) -> None:
    """A generated chain from Parquet files to accounts and timeline."""
    chain_benchmark.run(lines, driver_memory, folder)


@cli.command()
@click.option("--lines", type=int, default=50_000_000, show_default=True, help="Sale lines.")
@click.option("--driver-memory", default="4g", show_default=True, help="Of Spark, and of DuckDB.")
@click.option(
    "--folder",
    type=_path,
    required=True,
    help="Where the generated files go; generated once per number of lines.",
)
def allocation(lines: int, driver_memory: str, folder: Path) -> None:
    """One store and one salesperson for every customer; exit code 1 if the two engines differ."""
    if not allocation_benchmark.run(lines, driver_memory, folder):
        sys.exit(1)


@cli.command(hidden=True)
@click.option("--purchases", type=_path, required=True)
@click.option("--out", type=_path, required=True)
def allocation_once(purchases: Path, out: Path) -> None:
    """Allocate once in Spark; its own process."""
    allocation_in_spark.write_allocations(purchases, out)


@cli.command()
@click.option("--customers", type=_count, default=5_000_000, show_default=True, help="On a date.")
@click.option("--dates", type=_count, default=12, show_default=True, help="Processing dates.")
@click.option("--driver-memory", default="3g", show_default=True, help="Of Spark, and of DuckDB.")
@click.option(
    "--large-stage",
    type=_count,
    default=1_000_000,
    show_default=True,
    help="A stage of Spark that reads more rows than this must spread them over its tasks.",
)
@click.option(
    "--folder",
    type=_path,
    required=True,
    help="Where the generated files go; generated once per number of customers and dates.",
)
def ranks(customers: int, dates: int, driver_memory: str, large_stage: int, folder: Path) -> None:
    """Ranks of customers, by buckets and by a plain window; exit code 1 if they differ."""
    if not ranks_benchmark.run(customers, dates, driver_memory, folder, large_stage):
        sys.exit(1)


@cli.command(hidden=True)
@click.option("--files", type=_path, required=True)
@click.option("--customers", type=_count, required=True)
@click.option("--dates", type=_count, required=True)
def ranks_generate(files: Path, customers: int, dates: int) -> None:
    """Write what ``ranks`` ranks; its own process."""
    ranks_in_spark.generate(files, customers, dates)


@cli.command(hidden=True)
@click.option("--files", type=_path, required=True)
@click.option("--measure", type=click.Choice(ranks_benchmark.MEASURES), required=True)
@click.option("--method", type=click.Choice(ranks_benchmark.METHODS), required=True)
def ranks_once(files: Path, measure: str, method: Literal["segments", "window"]) -> None:
    """Rank once in Spark; its own process."""
    ranks_in_spark.rank(files, measure, method)


@cli.command()
@click.option("--persons", type=_count, default=5_000_000, show_default=True, help="In it.")
@click.option("--driver-memory", default="4g", show_default=True, help="Of Clientela's Spark.")
@click.option(
    "--folder",
    type=_path,
    required=True,
    help="Where the generated registry goes; generated once per number of persons.",
)
def registry(persons: int, driver_memory: str, folder: Path) -> None:
    """A generated registry cleaned and scored; exit code 1 if other than the known is found."""
    if not registry_benchmark.run(persons, driver_memory, folder):
        sys.exit(1)


@cli.command(hidden=True)
@click.option("--persons", type=_count, required=True)
@click.option("--out", type=_path, required=True)
def registry_generate(persons: int, out: Path) -> None:
    """Write the tables that ``registry`` reads; its own process."""
    registry_in_spark.generate_registry(persons, out)


@cli.command(hidden=True)
@click.option("--made", type=_path, required=True)
def registry_once(made: Path) -> None:
    """Clean and score once; its own process."""
    registry_in_spark.clean_and_score(made)


@cli.command()
@click.option("--customers", type=_count, default=5_000_000, show_default=True, help="In it.")
@click.option("--driver-memory", default="4g", show_default=True, help="Of Clientela's Spark.")
@click.option(
    "--folder",
    type=_path,
    required=True,
    help="Where the generated lakehouse goes; generated once per number of customers.",
)
def lists(customers: int, driver_memory: str, folder: Path) -> None:
    """The list of an action, twice from one state; exit code 1 if its members differ."""
    if not lists_benchmark.run(customers, driver_memory, folder.absolute()):
        sys.exit(1)


@cli.command(hidden=True)
@click.option("--customers", type=_count, required=True)
@click.option("--out", type=_path, required=True)
def lists_generate(customers: int, out: Path) -> None:
    """Write the lakehouse that ``lists`` reads; its own process."""
    lists_in_spark.generate_customers(customers, out)


def _some_of(known: Iterable[str]) -> Mapping[str, Any]:
    """An option that takes some of a few words, all of them unless told."""

    def chosen(_context: click.Context, _option: click.Parameter, names: str) -> list[str]:
        found = [name.strip() for name in names.split(",")]
        unknown = [name for name in found if name not in known]
        if unknown:
            message = f"{', '.join(unknown)}: choose of {', '.join(known)}"
            raise click.BadParameter(message)
        return found

    return {"default": ",".join(known), "show_default": True, "callback": chosen}


@cli.command()
@click.option("--lines", type=_count, default=10_000_000, show_default=True, help="Sale lines.")
@click.option(
    "--lines-per-customer",
    type=_count,
    default=12,
    show_default=True,
    help="For each customer who might buy: 50 million lines are of 4 million.",
)
@click.option("--driver-memory", default="4g", show_default=True, help="Of Spark.")
@click.option("--only", **_some_of(nights_benchmark.ENGINES), help="The engines to run.")
@click.option(
    "--runs",
    **_some_of(RUNS),
    help="Clientela's runs. Without the first, the lakehouse that lies in the folder goes on.",
)
@click.option(
    "--folder",
    type=_path,
    required=True,
    help="Where everything goes; files are generated once per number of lines.",
)
def nights(
    *,
    lines: int,
    lines_per_customer: int,
    driver_memory: str,
    only: list[str],
    runs: list[str],
    folder: Path,
) -> None:
    """A day, a full rebuild, and the same tables by others; exit code 1 if engines differ."""
    place = folder.absolute()
    if not nights_benchmark.run(lines, lines_per_customer, driver_memory, place, only, runs):
        sys.exit(1)


@cli.command(hidden=True)
@click.option("--files", type=_path, required=True)
@click.option("--results", type=_path, required=True)
def nights_in_spark(files: Path, results: Path) -> None:
    """Make the six tables in plain SQL on Spark; its own process."""
    nights_in_spark_sql.run(files, results)


@cli.command()
@click.option("--lines", type=_count, default=1_000_000, show_default=True, help="Sale lines.")
@click.option("--driver-memory", default="4g", show_default=True, help="Of the driver.")
@click.option("--executor-memory", default="3g", show_default=True, help="Of each worker's Spark.")
@click.option(
    "--folder",
    type=_path,
    required=True,
    help="Where everything goes; files are generated once per number of lines.",
)
def cluster(lines: int, driver_memory: str, executor_memory: str, folder: Path) -> None:
    """The first run on one and on two workers with a core each; exit code 1 if they differ."""
    if not cluster_benchmark.run(lines, driver_memory, executor_memory, folder.absolute()):
        sys.exit(1)


if __name__ == "__main__":
    cli(prog_name="./spark-submit.sh bench")
