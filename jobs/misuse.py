"""A wrong command line told to people, without the values of those jobs that are given people."""

from __future__ import annotations

import click
from click.exceptions import BadOptionUsage, MissingParameter, NoSuchOption

_OF_PEOPLE = frozenset({"person", "duplicates", "privacy", "key", "life-cycle", "allocation"})
"""Jobs whose command line may hold a CPF, a name or a contact in any place."""

_VALUELESS = (BadOptionUsage, MissingParameter)
"""Errors whose texts name options of the job only."""


def show_misuse(error: click.ClickException) -> None:
    """Print what is wrong with a command line to stderr, as click does.

    Of a job that is given people a value that was not understood is not repeated: it may be a CPF
    in the wrong place, and what is printed ends in the logs of a scheduler.
    """
    context = error.ctx if isinstance(error, click.UsageError) else None
    if (
        context is None
        or isinstance(error, _VALUELESS)
        or _OF_PEOPLE.isdisjoint(context.command_path.split())
    ):
        error.show()
        return
    option = error.param if isinstance(error, click.BadParameter) else None
    if option is not None:
        what = f"what was given for {option.get_error_hint(context)} is not understood"
    elif isinstance(error, NoSuchOption):
        what = "an option was given that this job does not have"
    else:
        what = "a word was given that is neither a job nor the value of an option"
    click.UsageError(what, context).show()
