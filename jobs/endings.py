"""How a command ends that does not end well: one line for people, and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from jobs.errors import ClientelaError
from jobs.faults import NOTHING_PUBLISHED, explained
from jobs.java_errors import kind
from jobs.misuse import show_misuse
from jobs.printing import PUBLISHED

UNEXPECTED = 70
"""None of the hierarchy's codes: something that nobody foresaw."""

UNREAD = 141
"""That of every program whose output nobody reads any more: 128 and the number of SIGPIPE."""

TRACE = "CLIENTELA_TRACE"
"""The variable that, set to anything, shows the trace of what nobody foresaw."""


@contextmanager
def told_to_people() -> Iterator[None]:
    """Turns every exception into a line for people and an exit code."""
    PUBLISHED.set(False)
    try:
        yield
    except SystemExit:
        # So click ends, with 1, where a pipe is broken: nobody reads the output or the log.
        sys.exit(UNREAD)
    except ClientelaError as error:
        _tell(str(error))
        sys.exit(error.exit_code)
    except click.ClickException as error:
        with suppress(OSError):  # as in _tell
            show_misuse(error)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except Exception as error:
        if os.environ.get(TRACE):
            raise
        kept = "what was published before that stays" if PUBLISHED.get() else NOTHING_PUBLISHED
        if fault := explained(error, kept):
            _tell(str(fault))
            sys.exit(fault.exit_code)
        _tell(
            f"unexpected error {kind(error)}{_last_begun()}; {kept}. Set {TRACE}=1 to see the "
            "trace, which may show data"
        )
        sys.exit(UNEXPECTED)


def _tell(what: str) -> None:
    with suppress(OSError):  # the code tells it too
        click.echo(f"clientela: {what}", err=True)


def _last_begun() -> str:
    """The work that was named last, if there ever was a session."""
    session = sys.modules.get("jobs.session")
    what = session.named_work() if session else None
    return f", last begun: {what}" if what else ""
