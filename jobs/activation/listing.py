"""The list of an action: drawn once, then frozen (spec §9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.activation import actions
from jobs.campaigns.campaign_settings import Action, Declared
from jobs.campaigns.section import Campaigns, Holdout
from jobs.campaigns.states import State, moved
from jobs.changes import Keep
from jobs.customer_key import find_key, key_row
from jobs.daily import check_computed
from jobs.kept import keeping
from jobs.printing import say
from jobs.publication import Run
from jobs.registry.persons import settle_persons
from jobs.search import found_customers
from jobs.settings import Settings
from jobs.tables import Tables
from jobs.writing import writing_run
from schemas import TABLES
from transforms.campaign_lists import (
    CONTROL,
    LIST,
    REASONS,
    Addressing,
    Limit,
    drawn,
    exclusions,
    lent,
    new_draws,
    with_draw,
    with_reasons,
)
from transforms.consent import consents, with_consents
from transforms.duplicates import with_survivors
from transforms.periods import ALWAYS, NEVER
from transforms.person_history import blocks
from transforms.search_filters import names_of

EVERYBODY = "everybody"
"""The reason of whoever is on the list of an action without filters."""

_STRATA = {"rfv_category": "category", "segment": "segment", "store": "store_code"}
_BUSY = (State.LISTED.value, State.RUNNING.value)


def make_list(settings: Settings, code: str, as_of: date) -> None:
    """Draw the list and the control of an action, and freeze both.

    Consent and blocks count as they were said last, in this very moment; what the filter asks is
    answered as of the date.

    Raises:
        UsageError: If the action is unknown or was drawn already, or the date is too late.
        LakehouseError: If the date was not computed.
    """
    with writing_run(settings, "campaign") as run, keeping() as keep:
        row = actions.one(run.tables, code)
        moved(code, State(row.state), State.LISTED)
        actions.refuse_late_list(row, as_of)
        check_computed(run, as_of)
        settle_persons(run)
        declared = actions.declared_again(row)
        held_out = _held_out(run, settings.campaigns.holdout, as_of, keep)
        judged = keep(judged_customers(run.tables, settings, declared.action, as_of, held_out))
        reasons = exclusions(judged).withColumn("action_code", F.lit(code))
        run.tables.append("action_exclusions", _columns(reasons, "action_exclusions"))
        share = declared.action.control.share or settings.campaigns.control_share
        rows = keep(_drawn(run, declared, judged, share, as_of))
        run.tables.append("action_lists", _columns(rows, "action_lists"))
        sizes = {row[0]: row[1] for row in rows.groupBy("list_group").count().collect()}
        listed, control = sizes.get(LIST, 0), sizes.get(CONTROL, 0)
        counts = {"listed": listed, "control": control}
        run.outcome.counts |= counts
        new = {"state": State.LISTED.value, "listed_as_of": as_of, "control_share": share}
        actions.replace(run.tables, [actions.changed(row, **new, **counts)])
        excluded = {each.reason: each for each in reasons.collect()}
    say(f"action {code}: {listed:,} customers on the list, {control:,} in the control")
    for reason in REASONS:
        if reason in excluded:
            first, all_told = excluded[reason].customers, excluded[reason].customers_in_all
            say(f"  {reason}: {first:,} left out ({all_told:,} have this reason)")


def judged_customers(
    tables: Tables, settings: Settings, action: Action, as_of: date, held_out: DataFrame
) -> DataFrame:
    """Everybody whom the filter finds, with what speaks against contacting her.

    Whoever was merged since the date was computed is not found: who stands for her is, by what was
    counted of herself, and of both once the next ``daily`` has.

    Args:
        tables: The tables.
        settings: All of them.
        action: The action.
        as_of: The date of its list.
        held_out: ``customer_id`` of the holdout.
    """
    addressing = Addressing(
        action.channel,
        action.opt_out,
        action.barring_blocks,
        limits_of(settings.campaigns, action),
        settings.consent.opt_in_silence,
    )
    # What was said of, or drawn for, a registration merged since holds for who stands for it.
    merges, history = tables.read("merges"), tables.read("person_history")
    found = (
        found_customers(tables, as_of, action)
        .transform(without_merged, merges)
        .transform(with_consents, consents(history, merges))
    )
    blocked = blocks(history.transform(with_survivors, merges))
    busy = _in_other_action(tables, asked=action.not_in_running_actions)
    return with_reasons(
        found,
        addressing,
        as_of,
        blocks=blocked,
        held_out=held_out.transform(with_survivors, merges),
        contacts=_contacts(tables).transform(with_survivors, merges),
        in_other_action=busy.transform(with_survivors, merges),
    )


def without_merged(customers: DataFrame, merges: DataFrame) -> DataFrame:
    """Customers without those for whom another stands.

    Until the next ``daily`` a date's slices hold them too, but nothing that speaks against them:
    refusals, blocks, contacts and the holdout are those of who stands for them.

    Args:
        customers: Rows with ``customer_id``.
        merges: The table ``merges``.
    """
    merged = F.broadcast(merges.select("customer_id"))
    return customers.join(merged, on="customer_id", how="left_anti")


def limits_of(rules: Campaigns, action: Action) -> list[Limit]:
    """How often a customer may be contacted for this action to contact her too."""
    if action.contacted_within == "none":
        return []
    if action.contacted_within is not None:
        return [Limit(1, action.contacted_within)]
    limits = rules.contact_limits
    channel = limits.by_channel.get(action.channel)
    found = [Limit(limits.overall.contacts, limits.overall.within)] if limits.overall else []
    return found + ([Limit(channel.contacts, channel.within, action.channel)] if channel else [])


def _contacts(tables: Tables) -> DataFrame:
    """Whom lists address, by which channel and from when on; a closed action's too.

    Nobody was contacted by the list of one that was given up.
    """
    is_given_up = F.col("state") == State.GIVEN_UP.value
    made = tables.read("actions").where(F.col("listed_as_of").isNotNull() & ~is_given_up)
    return (
        tables.read("action_lists")
        .where(F.col("list_group") == LIST)
        .join(F.broadcast(made), on="action_code", how="inner")
        .select("customer_id", "channel", F.col("valid_from").alias("contacted_on"))
    )


def _in_other_action(tables: Tables, *, asked: bool) -> DataFrame:
    busy = tables.read("actions").where(F.col("state").isin(*_BUSY) & F.lit(asked))
    lists = tables.read("action_lists")
    return lists.join(F.broadcast(busy), on="action_code", how="left_semi").select("customer_id")


def _held_out(run: Run, holdout: Holdout, as_of: date, keep: Keep) -> DataFrame:
    """The holdout, customers who came since the last list drawn into it; they stay as drawn."""
    before = drawn_before(run.tables, holdout)
    if holdout.share == 0:
        return before.where("is_held_out").select("customer_id")
    new = keep(newly_drawn(run.tables, holdout, _key(run)))
    named = {"holdout": F.lit(holdout.name), "drawn_on": F.lit(as_of)}
    share = F.lit(holdout.share).cast("decimal(7,6)")
    rows = new.withColumns(named | {"share": share})
    run.tables.append("holdout", _columns(rows, "holdout"))
    everybody = before.select("customer_id", "is_held_out").unionByName(new)
    return everybody.where("is_held_out").select("customer_id")


def drawn_before(tables: Tables, holdout: Holdout) -> DataFrame:
    """The rows of the table ``holdout`` of one holdout."""
    return tables.read("holdout").where(F.col("holdout") == holdout.name)


def newly_drawn(tables: Tables, holdout: Holdout, key: DataFrame) -> DataFrame:
    """Who of the customers not drawn before a list is to be held out, and who is not."""
    known = tables.read("customer_codes").select("customer_id")
    draws = with_draw(known, f"holdout|{holdout.name}", key)
    return new_draws(draws, drawn_before(tables, holdout), holdout.share)


def _drawn(
    run: Run, declared: Declared, judged: DataFrame, share: Decimal, as_of: date
) -> DataFrame:
    action = declared.action
    free = judged.where(F.size("reasons_against") == 0)
    strata = [_STRATA[each] for each in action.control.stratify_by]
    stints = run.tables.read("salespeople")
    is_there = F.lit(as_of).between(
        F.coalesce("works_from", F.lit(ALWAYS)),
        F.date_sub(F.coalesce("works_to", F.lit(NEVER)), 1),
    )
    present = stints.where(is_there).select("store_code", "salesperson_code").distinct()
    names = names_of(action.filters.wanted) or [EVERYBODY]
    reasons = F.array(*(F.lit(each) for each in names))
    return (
        free.transform(with_draw, f"control|{action.code}", _key(run))
        .transform(drawn, share, strata)
        .transform(lent, present)
        .withColumns({"action_code": F.lit(action.code), "reasons": reasons})
    )


def _key(run: Run) -> DataFrame:
    return key_row(run.tables.spark, find_key(run.place, run.key_fingerprint))


def _columns(rows: DataFrame, name: str) -> DataFrame:
    return rows.select(*TABLES[name].column_names)
