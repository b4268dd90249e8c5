"""What a list would be, told before it is drawn; nothing is written (spec §9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

import click
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.activation import actions
from jobs.activation.listing import (
    drawn_before,
    judged_customers,
    newly_drawn,
    without_merged,
)
from jobs.campaigns.campaign_settings import Action, Declared, Measure
from jobs.campaigns.checks import detectable_by_plan, planned_control
from jobs.campaigns.states import State, moved
from jobs.campaigns.sums import Sums, by_place, read_sums
from jobs.customer_key import find_key, key_row
from jobs.kept import keeping
from jobs.past_runs import Publication
from jobs.reading import published, refuse_pruned
from jobs.search import everybody_on, products_until, tickets_until
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.campaign_lists import DRAWN, LIST, REASONS, exclusions
from transforms.campaign_returns import bought, sums
from transforms.search import funnel


def preview(settings: Settings, code: str, as_of: date) -> None:
    """Print what each filter leaves, who is kept off and why, and which effect would be found.

    Consent and blocks count as they were published last.

    Raises:
        UsageError: If the action is unknown or was drawn already, or the date is too late.
        LakehouseError: If the date was not computed, or was pruned.
    """
    tables, publication = published(settings, "campaign")
    row = actions.one(tables, code)
    moved(code, State(row.state), State.LISTED)
    actions.refuse_late_list(row, as_of)
    refuse_pruned(tables, publication, [as_of])
    declared = actions.declared_again(row)
    action = declared.action
    with keeping() as keep:
        known = everybody_on(tables, as_of)
        everybody = keep(known.transform(without_merged, tables.read("merges")))
        steps = funnel(
            everybody,
            tickets_until(tables, as_of),
            action.filters.wanted,
            products_until(tables, as_of),
        )
        left = {row.place: row for row in steps.collect()}
        held_out = _held_out(tables, settings, publication)
        judged = keep(judged_customers(tables, settings, action, as_of, held_out))
        excluded = {row.reason: row for row in exclusions(judged).collect()}
        before = _bought_before(tables, action, judged, as_of)
    for line in _told([left[place] for place in sorted(left)], excluded):
        click.echo(line)
    share = action.control.share or settings.campaigns.control_share
    for line in _detectable(declared, before, share, settings.campaigns.confidence):
        click.echo(line)


def _held_out(tables: Tables, settings: Settings, publication: Publication) -> DataFrame:
    """Whom the holdout would have if the list were drawn now."""
    holdout = settings.campaigns.holdout
    drawn = drawn_before(tables, holdout).select("customer_id", "is_held_out")
    if holdout.share:
        key = key_row(tables.spark, find_key(tables.place, publication.key_fingerprint))
        drawn = drawn.unionByName(newly_drawn(tables, holdout, key))
    return drawn.where("is_held_out").select("customer_id")


def _bought_before(
    tables: Tables, action: Action, judged: DataFrame, as_of: date
) -> dict[Measure, Sums]:
    """Sums of each measure as though the action had run in as many days up to the date."""
    first = as_of - (action.valid_to - action.valid_from)
    nothing = {name: F.lit("") for name in ("action_code", "stratum")}
    free = judged.where(F.size("reasons_against") == 0).select("customer_id")
    drawn = free.withColumns({**nothing, "list_group": F.lit(LIST)})
    ran = tables.spark.range(1).select(
        F.lit("").alias("action_code"),
        F.lit(first).alias("valid_from"),
        *(F.lit(as_of).alias(name) for name in ("valid_to", "listed_as_of", "as_of")),
    )
    tickets = tables.read("purchases").where(F.col("business_day").between(first, as_of))
    rows = sums(bought(drawn, ran, tickets), ("stratum", "list_group")).collect()
    given = by_place(rows, "stratum").get(("",), [])
    return {measure: strata[""].listed for measure, strata in read_sums(given).items()}


def _told(steps: list[Row], excluded: dict[str, Row]) -> Iterator[str]:
    yield f"{steps[0].left:,} customers are known"
    for step in steps[1:]:
        yield f"  {step.filter}: {step.left:,} are left ({step.alone:,} fulfil it)"
    for reason in REASONS:
        if reason in excluded:
            row = excluded[reason]
            yield (
                f"  {reason}: {row.customers:,} would be left out "
                f"({row.customers_in_all:,} have this reason)"
            )
    free = excluded[DRAWN].customers if DRAWN in excluded else 0
    yield f"{free:,} would be drawn"


def _detectable(
    declared: Declared, before: Mapping[Measure, Sums], share: Decimal, confidence: Decimal
) -> Iterator[str]:
    action, measure = declared.action, declared.judged_by
    days = (action.valid_to - action.valid_from) // timedelta(days=1) + 1
    found = before.get(measure)
    effect = detectable_by_plan(found, share, confidence) if found else None
    if found is None or found.mean is None or effect is None:
        yield "Which effect the list could show cannot be told: too few bought before."
        return
    control = planned_control(found.customers, share)
    listed = found.customers - control
    yield (
        f"The action is judged by {measure}. In as many days before ({days}) each customer had "
        f"{float(found.mean):,.4f} on average; found four times in five would be a difference of "
        f"{effect:,.4f} per customer, {effect * listed:,.2f} of a list of {listed:,} with a "
        f"control of {control:,}."
    )
