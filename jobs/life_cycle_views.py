"""What ``life-cycle`` prints without writing: one customer explained, other rules tried, waits."""

from __future__ import annotations

from datetime import date

import click
from pyspark.sql import Row
from pyspark.sql import functions as F

from jobs.customer_history import tickets_by_customer
from jobs.kept import kept
from jobs.one_customer import tickets_of_one
from jobs.reading import published
from jobs.settings import Settings
from schemas.life_cycle import SEGMENTS
from transforms.life_cycle import LifeCycleRules, life_cycle, purchase_days
from transforms.life_cycle_flows import intervals_between_purchases, segments_on


def explain(settings: Settings, code: str) -> None:
    """Print one customer's purchases, and her intervals with the rule that made each.

    Args:
        settings: The settings whose rules are explained.
        code: The customer's code as a till or the registry writes it; ``-`` reads it from standard
            input, which keeps it out of shell histories and process lists.

    Raises:
        UsageError: If nobody with that code has a ticket.
    """
    tables, publication = published(settings, "life-cycle")
    with tickets_of_one(tables, publication, code) as (tickets, bought):
        rules = settings.life_cycle.rules
        made = life_cycle(tickets.transform(purchase_days), rules)
        timeline = made.orderBy("customer_id", "valid_from").collect()
    click.echo("Tickets (day, store, number: items, net)")
    for row in bought:
        mark = "" if row.is_purchase else "  no purchase: nothing was sold on it"
        click.echo(
            f"  {row.business_day}  {row.store_code}  {row.sale_number}: "
            f"{row.items:,.3f}  {row.net_amount:,.2f}{mark}"
        )
    click.echo("\nLife cycle")
    for row in timeline:
        click.echo(_interval(row, rules, bought))


def what_if(settings: Settings, other: Settings, as_of: date) -> None:
    """Print how many customers are in which segment on a date, now and under other rules."""
    tables, _ = published(settings, "life-cycle")
    with kept(tickets_by_customer(tables).transform(purchase_days)) as days:
        now, then = (
            segments_on(life_cycle(days, each.life_cycle.rules), [as_of])
            for each in (settings, other)
        )
        both = now.join(
            then.withColumnRenamed("segment", "then").select("customer_id", "then"),
            on="customer_id",
            how="inner",
        )
        pairs = both.groupBy("segment", "then").agg(F.count(F.lit(1)).alias("customers")).collect()
    total = sum(row.customers for row in pairs)
    moved = sum(row.customers for row in pairs if row.segment != row.then)
    click.echo(f"{'on ' + str(as_of):22} {'now':>12} {'then':>12} {'change':>12}")
    for segment in SEGMENTS:
        before = sum(row.customers for row in pairs if row.segment == segment)
        after = sum(row.customers for row in pairs if row.then == segment)
        click.echo(f"{segment:22} {before:>12,} {after:>12,} {after - before:>+12,}")
    click.echo(f"{'customers':22} {total:>12,} {total:>12,}")
    click.echo(f"{moved:,} customers would be in another segment; nothing was written")


def waits(settings: Settings, as_of: date | None) -> None:
    """Print after how many days without purchase the returning customers had returned."""
    tables, _ = published(settings, "life-cycle")
    days = tickets_by_customer(tables).transform(purchase_days)
    if as_of is not None:
        days = days.where(F.col("purchased_on") <= F.lit(as_of))
    row = intervals_between_purchases(days).collect()[0]
    click.echo(f"{row.returns:,} times a customer came back on a later day; of these")
    for share in (50, 80, 90, 95):
        within = row[f"within_{share}"]
        click.echo(f"  {share}% within {'-' if within is None else f'{within:,}'} days")
    click.echo(
        "Who waits longer than the last seldom comes back by herself: inactive_after may start "
        "there. Try it with --what-if."
    )


def _interval(row: Row, rules: LifeCycleRules, bought: list[Row]) -> str:
    last = max(
        each.business_day
        for each in bought
        if each.customer_id == row.customer_id
        and each.is_purchase
        and each.business_day <= row.valid_from
    )
    until = row.valid_to or "…"
    return (
        f"  {row.valid_from} to {until!s:10}  {row.stage:8} {row.segment:20} by {row.cause:8} "
        f"last purchase {last}: {_rule(row.segment, rules)}"
    )


def _rule(segment: str, rules: LifeCycleRules) -> str:
    """The rule that puts a customer into a segment, with its parameters."""
    new_again = "" if rules.after_return == "normal" else ", or after the days of a return"
    only = ", only purchase" if rules.new_ends_on_second_purchase else ""
    return {
        "new": f"within {rules.new_for} of the first purchase{only}{new_again}",
        "in_loyalty_process": f"bought on one day only, for {rules.loyalty_process_for} after "
        f"being new{new_again}",
        "recovered": f"within {rules.recovered_for} of a purchase made while lost",
        "reactivated": f"within {rules.reactivated_for} of a purchase made while inactive",
        "inactivation_risk": f"the last {rules.inactivation_risk_for} before becoming inactive",
        "normal_active": f"less than {rules.inactive_after} since the last purchase, nothing else",
        "recently_inactivated": f"{rules.inactive_after} without purchase, for the first "
        f"{rules.recently_inactivated_for}",
        "loss_risk": f"the last {rules.loss_risk_for} before becoming lost",
        "normal_inactive": f"less than {rules.lost_after} since the last purchase, nothing else",
        "recently_lost": f"{rules.lost_after} without purchase, for the first "
        f"{rules.recently_lost_for}",
        "normal_lost": f"{rules.lost_after} without purchase, nothing else",
    }[segment]
