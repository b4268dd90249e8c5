"""The part of the command line that writes what people take away: lists and the report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from jobs.options import (
    DAY,
    as_of_option,
    check_order,
    filters_option,
    out_option,
    shared_options,
)
from jobs.report.words import LANGUAGES
from jobs.settings import Settings


@click.command()
@as_of_option
@filters_option
@out_option
@shared_options
def search(settings: Settings, as_of: date, filters: Path | None, out: str) -> None:
    """Write a list of the customers whom filters find, and print what they are worth."""
    from jobs import search as lists
    from jobs.search_settings import load_search

    lists.write_found(settings, as_of, load_search(filters), out)


@click.command("rfv-report")
@as_of_option
@click.option("--from", "first", type=DAY, required=True, help="The first day.")
@click.option("--to", "last", type=DAY, required=True, help="The last day.")
@filters_option
@out_option
@shared_options
def rfv_report(
    settings: Settings, as_of: date, first: date, last: date, filters: Path | None, out: str
) -> None:
    """Write last purchase, purchases and value of the customers found, in a period."""
    from jobs import search as lists
    from jobs.search_settings import load_search

    check_order("--from", first, "--to", last)
    check_order("--to", last, "--as-of", as_of)
    lists.write_rfv_report(settings, as_of, load_search(filters), (first, last), out)


@click.command("returning-customers")
@click.option("--bought-from", type=DAY, required=True, help="The first day of buying.")
@click.option("--bought-to", type=DAY, required=True, help="The last.")
@click.option("--back-from", type=DAY, required=True, help="The first day of coming back.")
@click.option("--back-to", type=DAY, required=True, help="The last.")
@click.option("--store", "store_code", help="Of one store; of all if not given.")
@out_option
@shared_options
def returning_customers(
    settings: Settings,
    bought_from: date,
    bought_to: date,
    back_from: date,
    back_to: date,
    store_code: str | None,
    out: str,
) -> None:
    """Write who bought in each store in one period, and when she came back in another."""
    from jobs import search as lists
    from transforms.store_returns import ReturnRanges

    check_order("--bought-from", bought_from, "--bought-to", bought_to)
    check_order("--back-from", back_from, "--back-to", back_to)
    asked = ReturnRanges(bought_to, bought_from, bought_to, back_from, back_to)
    lists.write_returning(settings, asked, store_code, out)


@click.command()
@as_of_option
@click.option("--out", metavar="DIR", required=True, help="Where to write: a folder.")
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    help="In this language only; repeatable.",
)
@click.option("--store", "stores", multiple=True, help="Of this store only; repeatable.")
@shared_options
def report(
    settings: Settings, as_of: date, out: str, languages: tuple[str, ...], stores: tuple[str, ...]
) -> None:
    """Write the report for CRM managers: pages of the network and its stores, with charts."""
    from jobs.report.writing import write_report

    write_report(settings, as_of, out, stores, languages)


LIST_JOBS = (search, rfv_report, returning_customers, report)
"""They read what is published and write nothing to the lakehouse."""
