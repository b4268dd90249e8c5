"""The job: pages of the network and of stores, written as files that stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click

from jobs.errors import UsageError
from jobs.files import Files
from jobs.reading import published
from jobs.report.figures import NETWORK_LEVEL, Figures
from jobs.report.names import page_name
from jobs.report.page import pages
from jobs.report.reading import read_figures
from jobs.report.stores import by_net_sales
from jobs.report.words import LANGUAGES
from jobs.settings import Settings
from jobs.yaml_models import nearest


def write_report(
    settings: Settings,
    as_of: date,
    out: str,
    stores: Sequence[str] = (),
    languages: Sequence[str] = (),
    largest: int | None = None,
) -> None:
    """Write the report of a processing date, and print where it begins.

    Args:
        settings: Of the lakehouse, and how many months the evolution shows.
        as_of: A published processing date.
        out: A folder, on any file system that Spark knows.
        stores: The codes of the stores that get a page; none: all of them.
        languages: Those of the pages; none: all of them.
        largest: Instead of ``stores``, so many with most net sales of the month.

    Raises:
        LakehouseError: If nothing is published, or not for this date.
        UsageError: If a store is unknown.
    """
    tables, _ = published(settings, "report")
    figures = read_figures(tables, as_of, settings)
    chosen = _known(figures, stores) if largest is None else by_net_sales(figures)[:largest]
    asked = tuple(dict.fromkeys(languages)) or LANGUAGES
    files, folder = Files(tables.spark), out.rstrip("/")
    written = 0
    for page in pages(figures, chosen, asked):
        files.write(f"{folder}/{page.name}", page.html.encode())
        written += 1
    click.echo(f"written {written:,} pages to {folder}; they begin with")
    for language in asked:
        click.echo(f"  {folder}/{page_name(NETWORK_LEVEL, language)}")


def _known(figures: Figures, asked: Sequence[str]) -> list[str]:
    for code in asked:
        if code not in figures.stores:
            near = nearest(code, set(figures.stores))
            message = f"--store {code}: no such store is published for {figures.as_of}{near}"
            raise UsageError(message)
    return list(dict.fromkeys(asked)) or list(figures.stores)
