"""The return of actions: sums by Spark, judged by ``jobs.campaigns`` (spec §9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.activation import actions
from jobs.activation.holding_out import holdout_results
from jobs.activation.past import PAST_LEVEL, past_actions, past_results, past_rows, told_from
from jobs.activation.results_rows import Judged, campaign_rows, holdout_rows, result_rows
from jobs.campaigns.campaign_settings import Declared
from jobs.campaigns.families import Method
from jobs.campaigns.results import Rules, action_result, judged_together
from jobs.campaigns.section import Campaigns
from jobs.campaigns.states import State
from jobs.campaigns.sums import by_place, read_sums
from jobs.kept import kept
from jobs.past_runs import dates_kept
from jobs.publication import Run
from jobs.session import local_rows
from jobs.settings import Settings
from jobs.tables import Tables
from schemas import TABLES
from transforms.campaign_returns import action_sums, bought, dated, erased_sums, members

FOLLOWED = (State.RUNNING.value, State.CLOSED.value)
"""The states in which the return of an action is measured."""

_TOGETHER: Method = "holm"
"""How the p-values of a campaign's actions are corrected, which are judged together."""


def run_dates(
    tables: Tables, settings: Settings, dates: Sequence[date]
) -> dict[date, dict[str, Judged]]:
    """Replace the slices of dates, and of kept ones that lack an action which was started since.

    An action has rows from the first day of its validity on.

    Returns:
        The actions judged, by date and code.
    """
    followed = followed_actions(tables)
    if not followed and not any(tables.was_written(each) for each in ("holdout", "past_actions")):
        return {}
    dates = sorted({*dates, *_lacking(tables, followed)})
    judged: dict[date, list[Judged]] = {}
    if followed:
        with kept(sums_of(tables, followed, dates)) as sums:
            tables.replace_slices("action_sums", sums, dates)
            judged = judged_sums(followed, sums.collect(), settings.campaigns)
    rows = [row for day, found in judged.items() for row in _rows(day, found)]
    for (day, holdout), result in holdout_results(tables, settings.campaigns, dates).items():
        rows += holdout_rows(day, holdout, result)
    rows += past_rows(past_results(tables, settings.campaigns, dates))
    results = local_rows(tables.spark, rows, TABLES["action_results"].ddl)
    tables.replace_slices("action_results", results, dates)
    return {
        day: {each.declared.action.code: each for each in found if each.level == "action"}
        for day, found in judged.items()
    }


def remember_erased(run: Run, gone: DataFrame) -> None:
    """Add up what people who are to be erased bought of the actions that drew them.

    Args:
        run: The run, before anything of them is removed.
        gone: Their ``customer_id``, and those of whom was merged into them.
    """
    dates = sorted(dates_kept(run.tables.spark, run.place))
    followed = followed_actions(run.tables)
    if not followed or not dates:
        return
    lists = run.tables.read("action_lists").join(gone, on="customer_id", how="left_semi")
    left = erased_sums(bought_of(run.tables, followed, lists, dates))
    named = left.withColumn("sequence", F.lit(run.sequence).cast("bigint"))
    rows = named.select(*TABLES["action_erased"].column_names)
    run.tables.append("action_erased", rows)


def followed_actions(tables: Tables) -> dict[str, Row]:
    """The rows of ``actions`` by code that have a list and run, or ran."""
    if not tables.was_written("actions"):
        return {}
    return {
        code: row
        for code, row in actions.rows_of(tables).items()
        if row.state in FOLLOWED and row.listed_as_of is not None
    }


def _lacking(tables: Tables, followed: Mapping[str, Row]) -> set[date]:
    """The kept dates that have no figures of an action although it was valid then."""
    own = {code: row.valid_from for code, row in followed.items()}
    past = {row.action_code: row.valid_from for row in past_actions(tables)}
    places = tables.read("action_results").select("as_of", "level", "action_code").distinct()
    have = {tuple(row) for row in places.collect()}
    days = dates_kept(tables.spark, tables.place)

    def without_figures(level: str, first_days: Mapping[str, date]) -> set[date]:
        return {
            day
            for day in days
            for code, first in first_days.items()
            if first <= day and (day, level, code) not in have
        }

    # Some never have any, which lists and sales tell; most nights nothing lacks, and neither is
    # read for it.
    lacking: set[date] = set()
    if without_figures("action", own):
        lacking |= without_figures("action", measured_from(tables, own))
    if without_figures(PAST_LEVEL, past):
        lacking |= without_figures(PAST_LEVEL, told_from(tables, past))
    return lacking


def measured_from(tables: Tables, begun: Mapping[str, date]) -> dict[str, date]:
    """From which day on each action has figures; one of nobody never has any, and is left out.

    Of an action of which nobody is left there are the sums of those erased, from the first date on
    which they were counted.

    Args:
        tables: The tables.
        begun: The first day of the validity of each action by its code.
    """
    codes = F.col("action_code").isin(*begun)
    drawn = members(tables.read("action_lists").where(codes), tables.read("merges"))
    with_members = {row.action_code for row in drawn.select("action_code").distinct().collect()}
    erased = tables.read("action_erased").where(codes).groupBy("action_code")
    counted = {
        row.action_code: row.first_on
        for row in erased.agg(F.min("counted_on").alias("first_on")).collect()
    }
    return counted | {code: first for code, first in begun.items() if code in with_members}


def sums_of(tables: Tables, followed: Mapping[str, Row], dates: Sequence[date]) -> DataFrame:
    """The table ``action_sums`` of actions that are followed, on dates.

    Args:
        tables: The tables.
        followed: The rows of ``actions`` by code.
        dates: Any days; an action has rows from the first day of its validity on.
    """
    rows = bought_of(tables, followed, tables.read("action_lists"), dates)
    erased = tables.read("action_erased").where(F.col("action_code").isin(*followed))
    made = action_sums(rows, erased, _validities(tables, followed, dates))
    return made.select(*TABLES["action_sums"].column_names)


def bought_of(
    tables: Tables, followed: Mapping[str, Row], lists: DataFrame, dates: Sequence[date]
) -> DataFrame:
    """What ``bought`` returns of actions that are followed.

    Args:
        tables: The tables.
        followed: The rows of ``actions`` by code.
        lists: The table ``action_lists``, or some rows of it.
        dates: The processing dates.
    """
    first = min(_first_sales(row) for row in followed.values())
    near = tables.read("purchases").where(F.col("business_day").between(first, max(dates)))
    codes = F.col("action_code").isin(*followed)
    drawn = members(lists.where(codes), tables.read("merges"))
    return bought(drawn, _validities(tables, followed, dates), near)


def _first_sales(row: Row) -> date:
    """The day from which on sales may count: in the value before, or in the validity.

    The list of an action may be so late that the value before begins after the validity.
    """
    begun: date = row.valid_from
    before: date = row.listed_as_of - (row.valid_to - row.valid_from) - timedelta(days=1)
    return min(begun, before)


def _validities(tables: Tables, followed: Mapping[str, Row], dates: Sequence[date]) -> DataFrame:
    """The actions on the dates from their first day on, as ``bought`` takes them."""
    found = tables.read("actions").where(F.col("action_code").isin(*followed))
    return dated(found.select("action_code", "valid_from", "valid_to", "listed_as_of"), dates)


def judged_sums(
    followed: Mapping[str, Row], rows: Sequence[Row], rules: Campaigns
) -> dict[date, list[Judged]]:
    """Judge actions and their parts by date.

    Args:
        followed: The rows of ``actions`` by code.
        rows: Of the table ``action_sums``.
        rules: How results are judged.
    """
    declared = {code: actions.declared_again(row) for code, row in followed.items()}
    grouped = by_place(rows, "as_of", "action_code", "level", "code")
    found: dict[date, list[Judged]] = defaultdict(list)
    for (day, code, level, part), given in grouped.items():
        share = followed[code].control_share
        found[day].append(_one(declared[code], level, part, given, share, rules))
    return {day: _corrected(each) for day, each in found.items()}


def _one(
    declared: Declared,
    level: str,
    part: str,
    given: Sequence[Mapping[str, Any]],
    share: Decimal,
    rules: Campaigns,
) -> Judged:
    action = declared.action
    sums = read_sums(given)
    listed = sum(each.listed.customers for each in sums["customers"].values())
    cost = action.cost.of(listed) if action.cost and level == "action" else Decimal(0)
    result = action_result(
        sums,
        share,
        Rules(rules.confidence, rules.sample_ratio_p_below),
        cost=cost,
        margin=action.margin,
    )
    return Judged(declared, level, part, result)


def _corrected(found: Sequence[Judged]) -> list[Judged]:
    """Actions of one campaign are judged together; the parts of an action are for looking at."""
    families: dict[str, list[Judged]] = defaultdict(list)
    for each in found:
        campaign = each.declared.campaign
        if each.level == "action" and campaign is not None:
            families[campaign.code].append(each)
    again: dict[int, Judged] = {}
    for name, members_of in families.items():
        if len(members_of) > 1:
            results = judged_together(
                name,
                _TOGETHER,
                {each.declared.action.code: each.result for each in members_of},
                {each.declared.action.code: each.declared.judged_by for each in members_of},
            )
            again |= {
                id(each): each.with_result(results[each.declared.action.code])
                for each in members_of
            }
    return [again.get(id(each), each) for each in found]


def _rows(as_of: date, found: Sequence[Judged]) -> list[dict[str, object]]:
    return [
        *(row for each in found for row in result_rows(as_of, each)),
        *campaign_rows(as_of, found),
    ]
