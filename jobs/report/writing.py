"""The job: pages of the network and of stores, written as files that stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click

from jobs.errors import UsageError
from jobs.files import Files
from jobs.lists import written_to
from jobs.packages import require_packages
from jobs.reading import published
from jobs.report.figures import NETWORK_LEVEL, Figures
from jobs.report.names import page_name
from jobs.report.reading import read_figures, read_overview
from jobs.report.stores import by_net_sales
from jobs.report.words import LANGUAGES
from jobs.settings import Settings
from jobs.yaml_models import nearest

_PACKAGES = ("jinja2", "vl_convert")


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
        MissingPackageError: If the packages of pages are not installed.
        UsageError: If a store is unknown, or the folder cannot be written to.
    """
    require_packages(_PACKAGES, "report", "the report")
    tables, publication = published(settings, "report")
    overview = read_overview(tables, publication, as_of, settings)
    chosen = _known(overview, stores) if largest is None else by_net_sales(overview)[:largest]
    figures = read_figures(tables, overview, chosen)
    asked = tuple(dict.fromkeys(languages)) or LANGUAGES
    folder = out.rstrip("/")
    written = _write(Files(tables.spark), folder, figures, chosen, asked)
    click.echo(f"written {written:,} pages to {folder}; they begin with")
    for language in asked:
        click.echo(f"  {folder}/{page_name(NETWORK_LEVEL, language)}")


def _write(
    files: Files, folder: str, figures: Figures, stores: Sequence[str], languages: Sequence[str]
) -> int:
    from jobs.report.page import pages  # noqa: PLC0415 - its packages may be missing

    written = 0
    for page in pages(figures, stores, languages):
        with written_to(folder):
            files.write(f"{folder}/{page.name}", page.html.encode())
        written += 1
    return written


def _known(figures: Figures, asked: Sequence[str]) -> list[str]:
    for code in asked:
        if code not in figures.stores:
            near = nearest(code, set(figures.stores))
            message = f"--store {code}: no such store is published for {figures.as_of}{near}"
            raise UsageError(message)
    return list(dict.fromkeys(asked)) or list(figures.stores)
