"""What the command line calls: settings checked, a session started, a run published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from jobs import accounts as accounts_job
from jobs import allocation as allocation_job
from jobs import daily as daily_job
from jobs import life_cycle as life_cycle_job
from jobs import maintain as maintain_job
from jobs import pareto as pareto_job
from jobs import rfv as rfv_job
from jobs.customer_history import customer_history
from jobs.errors import UsageError
from jobs.ingest import ingest as ingest_files
from jobs.plan import FIRST, refuse_far
from jobs.printing import say
from jobs.processing_dates import Every, dates_between
from jobs.publication import Run
from jobs.reading import published
from jobs.settings import Settings
from jobs.source_mapping import INPUTS, load_mapping
from jobs.writing import writing_run
from schemas import TABLES


def ingest(settings: Settings, source: Path, paths: Sequence[str]) -> None:
    """Read delivered files and publish."""
    mapping = load_mapping(source)
    with writing_run(settings, "ingest", may_begin=True) as run:
        ingest_files(run, settings, mapping, paths)
    _print_ingested(run)


def daily(
    settings: Settings,
    as_of: date,
    source: Path | None,
    paths: Sequence[str],
    *,
    full: bool = False,
) -> Run:
    """Ingest if a source is given, compute everything for one date, and publish once."""
    mapping = load_mapping(source) if source else None
    with writing_run(settings, "daily", may_begin=mapping is not None) as run:
        if mapping:
            ingest_files(run, settings, mapping, paths)
        refuse_far(run, settings, [as_of])
        daily_job.compute(run, settings, [as_of], full=full)
    _print_ingested(run)
    _print_computed(run)
    return run


def backfill(settings: Settings, first: date, last: date, every: Every) -> None:
    """Compute every date of a calendar between two days, and publish once."""
    dates = dates_between(every, first, last)
    if not dates:
        message = f"no {every} lies between {first} and {last}: check --from, --to and --every"
        raise UsageError(message)
    with writing_run(settings, "backfill") as run:
        refuse_far(run, settings, dates)
        daily_job.compute(run, settings, dates)
    _print_computed(run)


def accounts(settings: Settings, as_of: date) -> None:
    """Compute the accounts of one date from the purchases that are there, and publish."""
    with writing_run(settings, "accounts") as run:
        with customer_history(run.tables) as history:
            accounts_job.run(run.tables, settings, [as_of], history)
        run.outcome.as_of = [as_of]
    _print_computed(run)


def life_cycle(settings: Settings, as_of: date) -> None:
    """Rebuild the timeline, and for one date what follows from it, and publish."""
    with writing_run(settings, "life-cycle") as run:
        daily_job.check_computed(run, as_of)
        with customer_history(run.tables) as history:
            life_cycle_job.run(run.tables, settings, [as_of], history)
        run.outcome.as_of = [as_of]
    _print_computed(run)


def allocation(settings: Settings, as_of: date) -> None:
    """Allocate the customers of one date from the accounts that are there, and publish."""
    with writing_run(settings, "allocation") as run:
        view = daily_job.view_of_computed(run, settings, as_of, of_sales=True)
        with customer_history(run.tables) as history:
            allocation_job.run(run.tables, settings, view, history)
        run.outcome.as_of = list(view.dates)
    _print_computed(run)


def rfv(settings: Settings, as_of: date) -> None:
    """Rank the customers of one date from the accounts that are there, and publish."""
    with writing_run(settings, "rfv") as run:
        view = daily_job.view_of_computed(run, settings, as_of)
        with customer_history(run.tables) as history:
            rfv_job.run(run.tables, settings, view, history)
        run.outcome.as_of = list(view.dates)
    _print_computed(run)


def pareto(settings: Settings, as_of: date) -> None:
    """Compute Pareto of one date from the accounts that are there, and publish."""
    with writing_run(settings, "pareto") as run:
        daily_job.check_computed(run, as_of)
        with customer_history(run.tables) as history:
            pareto_job.run(run.tables, settings, [as_of], history)
        run.outcome.as_of = [as_of]
    _print_computed(run)


def maintain(settings: Settings, *, is_dry: bool = False) -> None:
    """Prune slices, compact files and remove those that no reader needs, and publish.

    Args:
        settings: For how long slices and publications are kept.
        is_dry: Whether to print which slices would go, and write nothing.
    """
    tables, publication = published(settings, "maintain")
    if is_dry:
        gone = maintain_job.dates_to_prune(tables.spark, publication, tables.place, settings)
        click.echo(f"would prune {_told(gone)}; nothing was written")
        for each in gone:
            click.echo(str(each))
        return
    with writing_run(settings, "maintain") as run:
        maintain_job.maintain(run, run.before or publication, settings)
    counts = run.outcome.counts
    say(
        f"pruned {_told(run.outcome.pruned)}; {counts['files_before']:,} data files became "
        f"{counts['files']:,}; published in {run.place}"
    )
    say(
        f"{counts['bytes']:,} bytes lie on disk, {counts['bytes_before']:,} before; what earlier "
        f"versions need stays {counts['versions_kept_days']} days"
    )


def describe(settings: Settings) -> None:
    """Print the published tables with their columns and comments."""
    tables, publication = published(settings, "describe")
    click.echo(f"Lakehouse {tables.place}, publication {publication.sequence}")
    for name, table in TABLES.items():
        click.echo(f"\n{name} (version {publication.versions.get(name, 'none')}): {table.english}")
        click.echo(f"  one row: {table.grain}; key: {', '.join(table.key)}")
        for column in table.columns:
            marks = (
                f"{' not null' if column.required else ''}{' personal' if column.personal else ''}"
            )
            click.echo(f"  {column.name:32} {column.type}{marks}: {column.comment}")


def _told(dates: Sequence[date]) -> str:
    return f"{len(dates)} dates, {dates[0]} to {dates[-1]}" if dates else "no date"


def _print_ingested(run: Run) -> None:
    counts = run.outcome.counts
    for name in INPUTS:
        if f"{name}_received" in counts:
            parts = ("received", "accepted", "rejected", "superseded", "replaced")
            said = ", ".join(f"{counts[f'{name}_{part}']:,} {part}" for part in parts)
            say(f"{name}: {said}")


def _print_computed(run: Run) -> None:
    dates = run.outcome.as_of
    say(f"computed {len(dates)} dates, {dates[0]} to {dates[-1]}; published in {run.place}")
    anew = run.outcome.counts.get("customers_anew")
    if run.outcome.reason not in (None, FIRST):
        say(f"everyone was computed anew: {run.outcome.reason}")
    elif anew is not None:
        say(f"{anew:,} customers were computed anew, the others carried on")
