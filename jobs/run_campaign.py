"""The part of the command line that serves campaigns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from jobs.options import as_of_option, shared_options
from jobs.settings import Settings


@click.group()
def campaign() -> None:
    """Declare actions, make their lists, and measure their return (docs/campaigns.md)."""


@campaign.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@shared_options
def declare(settings: Settings, files: tuple[Path, ...]) -> None:
    """Check files of campaigns and actions, and write their actions down as drafts."""
    from jobs.activation import actions

    actions.declare(settings, files)


@campaign.command()
@click.argument("action")
@as_of_option
@shared_options
def preview(settings: Settings, action: str, as_of: date) -> None:
    """Tell whom a list would address, whom it would not and why, and what it could show."""
    from jobs.activation import previewing

    previewing.preview(settings, action, as_of)


@campaign.command("list")
@click.argument("action")
@as_of_option
@shared_options
def list_customers(settings: Settings, action: str, as_of: date) -> None:
    """Draw the list and the control of an action, once and for all."""
    from jobs.activation import listing

    listing.make_list(settings, action, as_of)


@campaign.command()
@click.argument("action")
@click.option("--out", required=True, metavar="DIR", help="A new folder for the files.")
@shared_options
def export(settings: Settings, action: str, out: str) -> None:
    """Write the list as CSV, one file for each store and salesperson."""
    from jobs.activation import exporting

    exporting.export(settings, action, out.rstrip("/"))


@campaign.command()
@click.argument("action")
@shared_options
def start(settings: Settings, action: str) -> None:
    """Say that the list is being contacted; daily follows what is bought from then on."""
    from jobs.activation import actions
    from jobs.campaigns.states import State

    actions.move(settings, action, State.RUNNING)


@campaign.command()
@click.argument("action")
@shared_options
def close(settings: Settings, action: str) -> None:
    """Say that an action that runs is over, or that one that never ran is given up."""
    from jobs.activation import actions

    actions.close(settings, action)


@campaign.command("return")
@click.argument("action")
@as_of_option
@click.option(
    "--bootstrap", is_flag=True, help="Tell the interval of customers drawn again and again too."
)
@shared_options
def measure_return(
    settings: Settings,
    action: str,
    as_of: date,
    bootstrap: bool,  # noqa: FBT001 - click's flag
) -> None:
    """Measure the return until a date, and say what can be concluded."""
    from jobs.activation import measuring

    measuring.measure(settings, action, as_of, bootstrap=bootstrap)


@campaign.command()
@as_of_option
@shared_options
def past(settings: Settings, as_of: date) -> None:
    """Tell what actions of another system brought in, beside similar customers; no experiment."""
    from jobs.activation import past as past_actions

    past_actions.tell(settings, as_of)


@campaign.command()
@as_of_option
@shared_options
def holdout(settings: Settings, as_of: date) -> None:
    """Tell what all actions together brought in, by the customers held out from them."""
    from jobs.activation import holding_out

    holding_out.tell(settings, as_of)
