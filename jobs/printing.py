"""What is printed once a run has published: nothing that befalls it takes the publication back."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from contextvars import ContextVar
from typing import TextIO

import click
import structlog

log = structlog.get_logger()

PUBLISHED: ContextVar[bool] = ContextVar("published", default=False)
"""Whether this command has published anything yet."""


def say(line: str) -> None:
    """Print a line of what was published, which is done whether anybody can read of it or not."""
    try:
        click.echo(line)
    except OSError as error:
        drop_unprinted()
        with suppress(OSError):  # the log may go where the results go
            log.warning("results not printed", error=type(error).__name__)


def drop_unprinted() -> None:
    """Let go of output that cannot be written.

    Python would try once more when it ends, and end with a code of its own, 120.
    """
    try:
        click.echo(nl=False)  # flushes, if there is any output at all
    except OSError:
        sys.stdout = _nowhere()
    try:
        click.echo(nl=False, err=True)
    except OSError:
        sys.stderr = _nowhere()


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - open to the end
