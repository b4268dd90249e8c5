"""The return of one action, told when somebody asks for it."""

from __future__ import annotations

from datetime import date

import click
from pyspark.sql import Row

from jobs.activation import actions, returning
from jobs.activation.bootstrapping import bootstrap_interval
from jobs.campaigns.bootstrap import PercentileInterval
from jobs.campaigns.campaign_settings import Measure
from jobs.campaigns.conclusions import conclusion
from jobs.campaigns.states import State
from jobs.daily import check_computed
from jobs.errors import UsageError
from jobs.settings import Settings
from jobs.writing import writing_run


def measure(settings: Settings, code: str, as_of: date, *, bootstrap: bool = False) -> None:
    """Compute the return of all actions on a date anew, and tell that of one.

    Args:
        settings: All of them.
        code: The action whose return is told.
        as_of: The date.
        bootstrap: Whether to tell the interval by bootstrap too.

    Raises:
        UsageError: If the action is unknown, or there is nothing to measure.
        LakehouseError: If the date was not computed.
    """
    with writing_run(settings, "campaign") as run:
        row = actions.one(run.tables, code)
        refuse_unmeasured(row, as_of)
        check_computed(run, as_of)
        judged = returning.run_dates(run.tables, settings, [as_of])
        run.outcome.as_of = [as_of]
        if code not in judged.get(as_of, {}):
            message = f"action {code}: its list is empty, so there is no return to measure"
            raise UsageError(message)
        interval = bootstrap_interval(run.tables, settings, code, as_of) if bootstrap else None
    told = judged[as_of][code]
    for language in ("en", "pt-BR"):
        click.echo(conclusion(told.result, told.declared.judged_by, language))
    if interval is not None:
        click.echo(_said(interval, told.declared.judged_by))


def refuse_unmeasured(row: Row, as_of: date) -> None:
    """Refuses an action that has no return on a date, or will never have one.

    Args:
        row: The row of ``actions``.
        as_of: The date.

    Raises:
        UsageError: If it does not run yet, is not valid yet, or was given up.
    """
    if row.state == State.GIVEN_UP.value:
        message = (
            f"action {row.action_code} was given up before anybody was contacted: it has no return"
        )
        raise UsageError(message)
    if row.state not in returning.FOLLOWED or as_of < row.valid_from:
        message = (
            f"action {row.action_code} is {row.state} and valid from {row.valid_from}: its return "
            "is measured from then on, once it runs"
        )
        raise UsageError(message)


def _said(interval: PercentileInterval, measure: Measure) -> str:
    if interval.low is None or interval.high is None:
        return f"By bootstrap there is no interval: {interval.left_out:,} draws lack a group."
    return (
        f"By bootstrap, {interval.draws:,} draws: a difference between {interval.low:,.4f} and "
        f"{interval.high:,.4f} per customer ({measure})."
    )
