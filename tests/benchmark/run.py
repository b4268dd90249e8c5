"""The benchmarks, by name: ./spark-submit.sh bench chain --lines 10000000 --folder DIR."""

from __future__ import annotations

import sys
from pathlib import Path

import click

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.benchmark import chain as chain_benchmark


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Measure how long Clientela takes, beside DuckDB doing the same from the same files."""


@cli.command()
@click.option("--lines", type=int, default=10_000_000, show_default=True, help="Sale lines.")
@click.option("--driver-memory", default="4g", show_default=True, help="Of Clientela's Spark.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the generated files and the lakehouse go; generated once per number of lines.",
)
def chain(lines: int, driver_memory: str, folder: Path) -> None:
    """A generated chain from Parquet files to accounts and timeline."""
    chain_benchmark.run(lines, driver_memory, folder)


if __name__ == "__main__":
    cli(prog_name="./spark-submit.sh bench")
