"""Options that jobs of the command line share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from jobs.errors import UsageError
from jobs.settings import ON_COMMAND_LINE, load_settings


def shared_options(job: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that all jobs share, and turns them into settings."""

    def with_settings(
        lakehouse: str | None,
        conf: tuple[Path, ...],
        assignments: tuple[str, ...],
        **rest: Any,  # noqa: ANN401 - the job's own options
    ) -> None:
        if lakehouse is not None:
            assignments = (
                *assignments,
                f"lakehouse.path={json.dumps(lakehouse)}",
                "lakehouse.catalog=null",
                "lakehouse.schema=null",
            )
        job(load_settings(conf, assignments), **rest)

    with_settings.__name__ = job.__name__
    with_settings.__doc__ = job.__doc__
    options = (
        click.option("--lakehouse", metavar="DIR", help="Where the tables lie."),
        click.option(
            "--conf",
            type=click.Path(path_type=Path),
            multiple=True,
            help="A YAML file laid over conf/base.yaml; repeatable.",
        ),
        click.option(
            ON_COMMAND_LINE,
            "assignments",
            metavar="KEY=VALUE",
            multiple=True,
            help="One setting, e.g. network.value_basis=gross; repeatable.",
        ),
    )
    wrapped: Callable[..., None] = with_settings
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def source_options(*, required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds --source and --input."""

    def decorate(job: Callable[..., None]) -> Callable[..., None]:
        source = click.option(
            "--source",
            type=click.Path(path_type=Path),
            required=required,
            help="A source mapping: a YAML file, or the name of one that is shipped.",
        )
        given = click.option(
            "--input",
            "paths",
            multiple=True,
            required=required,
            metavar="PATH",
            help="A folder or file to read; repeatable.",
        )
        return source(given(job))

    return decorate


def as_of_option(job: Callable[..., None]) -> Callable[..., None]:
    """Adds --as-of."""
    return click.option(
        "--as-of", type=DAY, required=True, help="The processing date, e.g. 2026-11-22."
    )(job)


class Day(click.ParamType[date]):
    """A day, as YYYY-MM-DD."""

    name = "date"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Read the day, or fail as a wrong option."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date: write YYYY-MM-DD", param, ctx)


DAY = Day()


def filters_option(job: Callable[..., None]) -> Callable[..., None]:
    """Adds --filters."""
    return click.option(
        "--filters",
        type=click.Path(path_type=Path),
        help="A YAML file of filters (docs/search.md); without it, everybody.",
    )(job)


def out_option(job: Callable[..., None]) -> Callable[..., None]:
    """Adds --out."""
    return click.option(
        "--out", metavar="PATH", required=True, help="The list: a .csv or a .parquet file."
    )(job)


def check_order(first_option: str, first: date, last_option: str, last: date) -> None:
    """Refuses a period that ends before it begins.

    Raises:
        UsageError: Naming both options.
    """
    if first > last:
        message = f"{first_option} {first} lies after {last_option} {last}: give them in order"
        raise UsageError(message)
