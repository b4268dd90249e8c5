"""The one command line, and the one target of spark-submit: ``run.py JOB [options]``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Literal

import click

if __name__ == "__main__":
    # A script's own folder comes first on the path; the packages lie one above it, or in the zip.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from jobs.endings import told_to_people
from jobs.errors import UsageError
from jobs.logs import configure_logs
from jobs.options import DAY, as_of_option, shared_options, source_options
from jobs.printing import drop_unprinted
from jobs.processing_dates import Every
from jobs.run_campaign import campaign
from jobs.run_lists import LIST_JOBS
from jobs.run_person import duplicates, key, person, privacy
from jobs.settings import Settings, overlaid


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Clientela: raw sales become customer accounts in Delta tables.

    ./spark-submit.sh [spark-submit options] JOB [job options]

    Exit codes: 0 done; 2 wrong usage; 3 settings or mapping; 4 a delivered file; 5 conflicting
    deliveries; 6 too many rejected rows; 7 another run holds the lease; 8 the customer key; 9 a
    table's contract; 10 the lakehouse; 69 Python, Java, network or a package missing; 70
    unexpected; 141 nobody reads the output.
    """


@cli.command()
@source_options(required=True)
@shared_options
def ingest(settings: Settings, source: Path, paths: tuple[str, ...]) -> None:
    """Read delivered files into the lakehouse."""
    from jobs import commands

    commands.ingest(settings, source, paths)


@cli.command()
@as_of_option
@source_options(required=False)
@click.option("--full", is_flag=True, help="Compute everyone anew, on every date that is kept.")
@shared_options
def daily(
    settings: Settings, as_of: date, source: Path | None, paths: tuple[str, ...], *, full: bool
) -> None:
    """Compute every table for one date; with --source and --input it ingests first.

    After the first run only customers to whom something happened are computed anew, on the date and
    on those that what was delivered changes; a changed setting or another version of the code makes
    it compute everyone.
    """
    from jobs import commands

    if (source is None) != (not paths):
        message = "--source and --input go together: give both or neither"
        raise UsageError(message)
    commands.daily(settings, as_of, source, paths, full=full)


@cli.command()
@click.option("--from", "first", type=DAY, required=True, help="The first day.")
@click.option("--to", "last", type=DAY, required=True, help="The last day.")
@click.option(
    "--every", type=click.Choice(["month-end", "week", "day"]), required=True, help="Which days."
)
@shared_options
def backfill(settings: Settings, first: date, last: date, every: Every) -> None:
    """Compute every date between two days, all in one pass."""
    from jobs import commands

    commands.backfill(settings, first, last, every)


@cli.command()
@as_of_option
@shared_options
def accounts(settings: Settings, as_of: date) -> None:
    """Compute the accounts of one date from the purchases already there."""
    from jobs import commands

    commands.accounts(settings, as_of)


@cli.command("life-cycle")
@click.option("--as-of", type=DAY, help="The processing date, e.g. 2026-11-22.")
@click.option(
    "--explain",
    "code",
    metavar="CODE",
    help="Print one customer's purchases and intervals; - reads the code from standard input.",
)
@click.option(
    "--what-if",
    "overlay",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Print who would be in which segment under the settings of FILE.",
)
@click.option("--waits", is_flag=True, help="Print how long returning customers stay away.")
@shared_options
def life_cycle(
    settings: Settings, as_of: date | None, code: str | None, overlay: Path | None, *, waits: bool
) -> None:
    """Compute the life-cycle timeline; or, writing nothing, look into it."""
    from jobs import commands, life_cycle_views

    if sum((code is not None, overlay is not None, waits)) > 1:
        message = "--explain, --what-if and --waits each go alone"
        raise UsageError(message)
    if code is not None:
        life_cycle_views.explain(settings, code)
    elif waits:
        life_cycle_views.waits(settings, as_of)
    elif as_of is None:
        message = "life-cycle needs --as-of DATE"
        raise UsageError(message)
    elif overlay is not None:
        life_cycle_views.what_if(settings, overlaid(settings, overlay), as_of)
    else:
        commands.life_cycle(settings, as_of)


@cli.command()
@as_of_option
@click.option(
    "--explain",
    "code",
    metavar="CODE",
    help="Print why one customer is whose she is; - reads the code from standard input.",
)
@click.option(
    "--dry-run",
    "is_dry",
    is_flag=True,
    help="Print who would move under the settings given, e.g. with --conf FILE.",
)
@shared_options
def allocation(settings: Settings, as_of: date, code: str | None, *, is_dry: bool) -> None:
    """Give every customer one store and one salesperson; or, writing nothing, look into it."""
    from jobs import allocation_views, commands

    if is_dry and code is not None:
        message = "--explain and --dry-run each go alone"
        raise UsageError(message)
    if code is not None:
        allocation_views.explain(settings, code, as_of)
    elif is_dry:
        allocation_views.dry_run(settings, as_of)
    else:
        commands.allocation(settings, as_of)


@cli.command()
@as_of_option
@shared_options
def rfv(settings: Settings, as_of: date) -> None:
    """Rank the customers of one date anew: RFV ranks, bands, top classes, clusters."""
    from jobs import commands

    commands.rfv(settings, as_of)


@cli.command()
@as_of_option
@shared_options
def pareto(settings: Settings, as_of: date) -> None:
    """Compute the Pareto curves of one date anew, and the customers of stores by value."""
    from jobs import commands

    commands.pareto(settings, as_of)


@cli.command()
@click.option(
    "--dry-run",
    "is_dry",
    is_flag=True,
    help="Print which dates would be pruned, and write nothing.",
)
@shared_options
def maintain(settings: Settings, *, is_dry: bool) -> None:
    """Prune slices by the section retention, compact files, remove those that no reader needs."""
    from jobs import commands

    commands.maintain(settings, is_dry=is_dry)


@cli.command()
@shared_options
def describe(settings: Settings) -> None:
    """Print the published tables with their columns and comments."""
    from jobs import commands

    commands.describe(settings)


@cli.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    help="The data's folder, if not that of the installed package.",
)
@click.option("--lakehouse", metavar="DIR", help="Where to write; lakehouse/demo if not given.")
@click.option(
    "--chain",
    "is_chain",
    is_flag=True,
    help="On a made-up chain instead, in lakehouse/demo-chain if not given otherwise.",
)
def demo(data: Path | None, lakehouse: str | None, *, is_chain: bool) -> None:
    """Run the daily job on real sales of a grocer, and show what it made."""
    from jobs import demo as example

    if is_chain and data:
        message = "--chain makes its own data: leave --data out"
        raise UsageError(message)
    if is_chain:
        example.run_chain(lakehouse)
    else:
        example.run(data, lakehouse)


@cli.command()
@click.option(
    "--lines", type=click.IntRange(min=1), required=True, help="Sale lines, exactly so many."
)
@click.option(
    "--stores",
    type=click.IntRange(2, 5000),
    default=120,
    show_default=True,
    help="Stores, the online store included.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another chain.")
@click.option(
    "--until", type=DAY, default="2025-12-31", show_default=True, help="The last of the five years."
)
@click.option(
    "--lines-per-customer",
    type=click.IntRange(min=1),
    help="Sale lines for each customer who might buy; 24 unless told.",
)
@click.option("--out", metavar="DIR", required=True, help="Where to write: an empty folder.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="csv: sales in a file for each day.",
)
def generate(
    lines: int,
    stores: int,
    seed: int,
    until: date,
    lines_per_customer: int | None,
    out: str,
    file_format: Literal["csv", "parquet"],
) -> None:
    """Make up a chain: five years of sales and registries, as its systems would export them."""
    from jobs import generate as generator
    from jobs.chain.calendar import Chain

    chain = Chain(lines, stores, seed, until, lines_per_customer or Chain.lines_per_customer)
    generator.run(chain, out, file_format)


for job in (*LIST_JOBS, campaign, person, duplicates, privacy, key):
    cli.add_command(job)


def main() -> None:
    """Run the job that the command line names."""
    configure_logs()
    try:
        with told_to_people():
            cli(prog_name="./spark-submit.sh", standalone_mode=False)
    finally:
        drop_unprinted()


if __name__ == "__main__":
    main()
