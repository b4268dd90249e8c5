"""The part of the command line that serves people: look-ups, corrections, consent, blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from jobs.errors import UsageError
from jobs.options import shared_options, source_options
from jobs.registry.said_by import by_option
from jobs.settings import Settings
from schemas.person_history import ALL_CHANNELS, CHANNELS, CORRECTABLE, FEATURES, Kind

_READ = "- reads a line of standard input, @FILE the first line of a file."


def _whom_options(command: Callable[..., None]) -> Callable[..., None]:
    cpf = click.option("--cpf", metavar="CODE", help=f"Her CPF, CNPJ or other code; {_READ}")
    rg = click.option("--rg", metavar="RG", help=f"Or her RG; {_READ}")
    return cpf(rg(by_option("Who asks: a person or a desk of the chain.")(command)))


def _why_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option("--why", required=True, help="Why, for whoever audits it.")(command)


@click.group()
def person() -> None:
    """Look up people of the registry, and write down what they ask for.

    Every look-up and request is kept in the table person_history: who, when, why. Requests count
    from the next daily or ingest on.
    """


@person.command()
@_whom_options
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@shared_options
def show(settings: Settings, cpf: str | None, rg: str | None, by: str, *, as_json: bool) -> None:
    """Print what is known of whoever bears a code or an RG."""
    from jobs.registry import looking

    looking.show(settings, _whom(cpf, rg), by, as_json=as_json)


@person.command()
@_whom_options
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@shared_options
def history(settings: Settings, cpf: str | None, rg: str | None, by: str, *, as_json: bool) -> None:
    """Print what was said, asked and looked up of a person."""
    from jobs.registry import looking

    looking.history(settings, _whom(cpf, rg), by, as_json=as_json)


@person.command()
@_whom_options
@click.option("--field", type=click.Choice(CORRECTABLE), required=True, help="What is wrong.")
@click.option("--value", required=True, help=f"What is right; {_READ}")
@_why_option
@shared_options
def correct(settings: Settings, field: str, value: str, **rest: Any) -> None:  # noqa: ANN401 - as click gives them
    """Correct a field of a registration."""
    from jobs.registry.whom import given

    _carry_out(settings, Kind.CORRECT, field, given(value), **rest)


@person.command()
@_whom_options
@click.option("--feature", type=click.Choice(FEATURES), required=True, help="What from.")
@click.option("--undo", is_flag=True, help="Let her in again.")
@_why_option
@shared_options
def block(settings: Settings, feature: str, *, undo: bool, **rest: Any) -> None:  # noqa: ANN401 - likewise
    """Keep a person out of a feature; campaign bars all actions."""
    _carry_out(settings, Kind.UNBLOCK if undo else Kind.BLOCK, feature, None, **rest)


@person.command()
@_whom_options
@click.option(
    "--channel",
    type=click.Choice((ALL_CHANNELS, *CHANNELS)),
    required=True,
    help="By which she wants no contact; all bars every action.",
)
@click.option("--given", "is_given", is_flag=True, help="She wants it again.")
@_why_option
@shared_options
def consent(settings: Settings, channel: str, *, is_given: bool, **rest: Any) -> None:  # noqa: ANN401 - likewise
    """Write down that a person wants no contact by a channel, or wants it again."""
    _carry_out(settings, Kind.OPT_IN if is_given else Kind.OPT_OUT, channel, None, **rest)


@person.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="CSV with semicolons: cpf;rg;kind;field;value;by;why (docs/registry.md).",
)
@shared_options
def requests(settings: Settings, file: Path) -> None:
    """Write down the requests of a file: all, or none if one is wrong."""
    from jobs.registry import requests as registry_requests

    registry_requests.carry_out(settings, registry_requests.read_requests(file), str(file))


def _carry_out(
    settings: Settings,
    kind: Kind,
    field: str,
    value: str | None,
    *,
    cpf: str | None,
    rg: str | None,
    by: str,
    why: str,
) -> None:
    from jobs.registry.requests import Request, carry_out

    carry_out(settings, [Request(_whom(cpf, rg), kind, field, value, by, why)])


def _whom(cpf: str | None, rg: str | None) -> Any:  # noqa: ANN401 - its module is read only here
    from jobs.registry.whom import Whom, given

    if (cpf is None) == (rg is None):
        message = "give either --cpf or --rg"
        raise UsageError(message)
    return Whom(given(cpf) if cpf else None, given(rg) if rg else None)


@click.group()
def duplicates() -> None:
    """Find registrations of one person, merge them, and take that back.

    The table duplicates holds every pair with its evidence, and merges who stands for whom.
    """


@duplicates.command()
@click.option(
    "--probabilistic", is_flag=True, help="Also by a model of how fields agree, slips among them."
)
@shared_options
def find(settings: Settings, *, probabilistic: bool) -> None:
    """Search the registry; pairs are merged or proposed by the section duplicates of the conf."""
    from jobs.registry import duplicates as job

    job.find(settings, probabilistic=probabilistic)


def _decision(command: Callable[..., None]) -> Callable[..., None]:
    pairs = click.option(
        "--pair",
        "pairs",
        type=(int, int),
        multiple=True,
        metavar="ID ID",
        help="Two customer ids; repeatable.",
    )
    file = click.option(
        "--file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="CSV with semicolons: customer_id;other_customer_id.",
    )
    return pairs(file(by_option("Who decides.")(_why_option(command))))


@duplicates.command()
@_decision
@shared_options
def merge(settings: Settings, **rest: Any) -> None:  # noqa: ANN401 - as click gives them
    """Treat each pair as one person from the next daily on."""
    _decide(settings, "merged", **rest)


@duplicates.command("keep-apart")
@_decision
@shared_options
def keep_apart(settings: Settings, **rest: Any) -> None:  # noqa: ANN401 - likewise
    """Take merges back, or say of proposed pairs that they are two; no search merges them again."""
    _decide(settings, "kept_apart", **rest)


def _decide(
    settings: Settings,
    state: str,
    pairs: tuple[tuple[int, int], ...],
    file: Path | None,
    by: str,
    why: str,
) -> None:
    from jobs.registry import duplicates as job
    from schemas.duplicates import State

    asked = [*pairs, *(job.read_pairs(file) if file else ())]
    if not asked:
        message = "name pairs by --pair ID ID or --file FILE"
        raise UsageError(message)
    job.decide(settings, asked, State(state), by, why)


@click.group()
def privacy() -> None:
    """Carry out what people may ask for by law: to see what is held of them, to be erased."""


@privacy.command()
@click.option(
    "--requests",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="CSV with semicolons: cpf;rg, one of them in each line.",
)
@by_option("Who carries the requests in.")
@source_options(required=False)
@shared_options
def erase(
    settings: Settings, file: Path, by: str, source: Path | None, paths: tuple[str, ...]
) -> None:
    """Take people out of every table; their sales stay as sales of nobody.

    Give it the same --conf as daily, whose dates it computes anew without them. With --source and
    --input it tells which delivered files still hold them.
    """
    from jobs.registry import erasing
    from jobs.source_mapping import load_mapping

    if (source is None) != (not paths):
        message = "--source and --input go together: give both or neither"
        raise UsageError(message)
    delivered = erasing.Delivered(load_mapping(source), paths) if source else None
    erasing.erase(settings, erasing.read_asked(file, by), delivered)


@privacy.command()
@_whom_options
@click.option("--out", required=True, metavar="NAME", help="Writes NAME.json and NAME.html.")
@shared_options
def export(settings: Settings, cpf: str | None, rg: str | None, by: str, out: str) -> None:
    """Write all that is held of a person, as JSON and as a page to read."""
    from jobs.registry import exporting

    exporting.export(settings, _whom(cpf, rg), by, out)


@privacy.command()
@click.option(
    "--requests",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="CSV with semicolons: cpf;rg;name;email;mobile, what is empty is not sought.",
)
@shared_options
def verify(settings: Settings, file: Path) -> None:
    """Search every file of the lakehouse, of any version, for people who should be gone."""
    from jobs.registry import verifying

    verifying.verify(settings, file)


@privacy.command()
@click.option("--out", required=True, metavar="DIR", help="The new lakehouse.")
@shared_options
def sandbox(settings: Settings, out: str) -> None:
    """Copy the lakehouse without people, for whoever tries things out."""
    from jobs.registry import sandbox as job

    job.copy_without_people(settings, out)


@click.group()
def key() -> None:
    """The key behind the customer ids."""


@key.command()
@shared_options
def rotate(settings: Settings) -> None:
    """Give every customer a new id, in all tables at once, by a new key.

    Give it the same --conf as daily, whose dates it computes anew.
    """
    from jobs.registry import rotating

    rotating.rotate(settings)
