"""Actions of another system, told beside similar customers whom they did not address (spec §9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import click
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.activation.results_rows import exact, rounded
from jobs.campaigns.campaign_settings import Measure
from jobs.campaigns.comparison import Estimate, compare
from jobs.campaigns.section import Campaigns
from jobs.campaigns.strata import FEWEST
from jobs.campaigns.sums import Groups, Strata, by_place, read_sums, together
from jobs.errors import UsageError
from jobs.reading import published, refuse_pruned
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.duplicates import with_survivors
from transforms.past_returns import past_sums

PAST_LEVEL = "past"
NO_EXPERIMENT = "no_experiment"


@dataclass(frozen=True)
class Past:
    """One measure of an action beside similar customers.

    Attributes:
        groups: Those addressed who have similar ones, and these, all strata together.
        addressed: All who were addressed and had bought before.
        estimate: The difference per customer addressed.
    """

    groups: Groups
    addressed: int
    estimate: Estimate


Found = Mapping[tuple[date, str], Mapping[Measure, Past]]
"""By date and action."""


def past_results(tables: Tables, rules: Campaigns, dates: Sequence[date]) -> Found:
    """Compare each action that another system carried out.

    Args:
        tables: The tables.
        rules: The confidence of intervals.
        dates: The processing dates.
    """
    if not tables.was_written("past_actions"):
        return {}
    actions, contacts = tables.read("past_actions"), tables.read("past_contacts")
    merges, purchases = tables.read("merges"), tables.read("purchases")
    rows = past_sums(actions, contacts, merges, purchases, dates).collect()
    return {
        (day, code): {
            measure: _compared(strata, rules) for measure, strata in read_sums(given).items()
        }
        for (day, code), given in by_place(rows, "as_of", "action_code").items()
    }


def past_actions(tables: Tables) -> list[Row]:
    """The rows of the table ``past_actions`` that have a period."""
    has_period = F.col("valid_from").isNotNull() & F.col("valid_to").isNotNull()
    return tables.read("past_actions").where(has_period).collect()


def told_from(tables: Tables, begun: Mapping[str, date]) -> dict[str, date]:
    """The actions that ever have figures, with their first days.

    An action is told by customers who had bought before it began; one before all sales has none.

    Args:
        tables: The tables.
        begun: The first day of each action by its code.
    """
    hers = tables.read("purchases").where("customer_id IS NOT NULL")
    sold: date | None = hers.agg(F.min("business_day")).collect()[0][0]
    return {code: first for code, first in begun.items() if sold is not None and sold < first}


def past_rows(found: Found) -> Iterator[dict[str, object]]:
    """Rows of ``action_results``."""
    for (day, code), measures in found.items():
        for measure, each in measures.items():
            listed, ends = each.groups.listed, each.estimate
            yield {
                "as_of": day,
                "level": PAST_LEVEL,
                "code": "",
                "action_code": code,
                "measure": measure,
                "listed": listed.customers,
                "control": each.groups.control.customers,
                "listed_total": exact(listed.total),
                "control_total": exact(each.groups.control.total),
                "incremental": rounded(_times(ends.difference, listed.customers)),
                "incremental_low": rounded(_times(ends.low, listed.customers)),
                "incremental_high": rounded(_times(ends.high, listed.customers)),
                "verdict": NO_EXPERIMENT,
                "is_judged_by": False,
            }


def tell(settings: Settings, as_of: date) -> None:
    """Print each action of another system beside similar customers; nothing is written.

    Raises:
        UsageError: If none was delivered that began by the date.
        LakehouseError: If the date was pruned.
    """
    tables, publication = published(settings, "campaign")
    refuse_pruned(tables, publication, [as_of])
    found = past_results(tables, settings.campaigns, [as_of])
    if not found:
        message = (
            f"no action of another system began by {as_of}: deliver past_actions and past_contacts "
            "by ingest"
        )
        raise UsageError(message)
    redeemed = {row.action_code: row for row in redeemed_until(tables, as_of).collect()}
    for (_, code), measures in found.items():
        click.echo(_said(code, measures["value"]))
        if code in redeemed:
            row = redeemed[code]
            click.echo(f"  redeemed {row.times:,} times by {row.customers:,} customers")
    click.echo(
        "None of this is an experiment: nobody was held back by chance, so those addressed may "
        "differ from the others in more than the action."
    )


def redeemed_until(tables: Tables, as_of: date) -> DataFrame:
    """How often coupons of each action were redeemed until a date, and by how many customers.

    Returns:
        Key action_code: ``times``, and ``customers``; who was merged counts as who stands for her.
    """
    return (
        tables.read("past_redemptions")
        .where(F.col("redeemed_on") <= F.lit(as_of))
        .transform(with_survivors, tables.read("merges"))
        .groupBy("action_code")
        .agg(F.count(F.lit(1)).alias("times"), F.countDistinct("customer_id").alias("customers"))
    )


def _said(code: str, value: Past) -> str:
    listed, estimate = value.groups.listed, value.estimate
    told = f"action {code}: {listed.customers:,} of {value.addressed:,} addressed have similar ones"
    if estimate.difference is None or estimate.low is None or estimate.high is None:
        return f"{told}: too few to compare"
    ends = (estimate.difference, estimate.low, estimate.high)
    difference, low, high = (f"{each:,.2f}" for each in ends)
    return f"{told}: bought {difference} more each than they ({low} to {high})"


def _compared(strata: Strata, rules: Campaigns) -> Past:
    """Strata in which one of the groups has too few are left out: nobody there is similar."""
    alike = {
        name: each
        for name, each in strata.items()
        if min(each.listed.customers, each.control.customers) >= FEWEST
    }
    addressed = together(strata).listed.customers
    return Past(together(alike), addressed, compare(alike, rules.confidence))


def _times(value: float | None, customers: int) -> float | None:
    return None if value is None else value * customers
