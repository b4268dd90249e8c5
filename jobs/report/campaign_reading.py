"""What the pages of campaigns show, out of the published tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pyspark.sql import Row

from jobs.activation.holding_out import holdout_results
from jobs.activation.results_rows import Judged
from jobs.activation.returning import followed_actions, judged_sums, sums_of
from jobs.campaigns.campaign_settings import Goals, Measure
from jobs.campaigns.results import ActionResult, MeasureResult
from jobs.campaigns.totals import Total, total
from jobs.settings import Settings
from jobs.tables import Tables

_MOST_DAYS = 40
"""How many days a curve shows at most; of a longer validity each so many-th, and the last."""


@dataclass(frozen=True)
class ActionFigures:
    """An action on the processing date.

    Attributes:
        whole: Its result.
        parts: Those of its stores and segments.
        over_days: The measure that it is judged by, until each day of its validity.
    """

    whole: Judged
    parts: Sequence[Judged]
    over_days: Sequence[tuple[date, MeasureResult]]

    @property
    def measure(self) -> Measure:
        """What it is judged by."""
        return self.whole.declared.judged_by

    @property
    def goals(self) -> Goals | None:
        """What its own list is to buy; None where nothing is said."""
        return self.whole.declared.action.goals

    def bought(self, measure: Measure) -> float:
        """What its list bought."""
        return float(self.whole.result.measures[measure].listed_total)


@dataclass(frozen=True)
class CampaignFigures:
    """A campaign, or an action that stands alone, on the processing date.

    Attributes:
        code: Its code.
        title: Its title.
        is_campaign: Whether it is a campaign.
        goals: What its lists are to buy; None where nothing is said.
        actions: Those that run, or ran, by code.
    """

    code: str
    title: str
    is_campaign: bool
    goals: Goals | None
    actions: Sequence[ActionFigures]

    @property
    def period(self) -> tuple[date, date]:
        """From the first day of its first action to the last of its last."""
        declared = [each.whole.declared.action for each in self.actions]
        return min(each.valid_from for each in declared), max(each.valid_to for each in declared)

    @property
    def measure(self) -> Measure:
        """What its actions are judged by, whose objective is one."""
        return self.actions[0].measure

    def bought(self, measure: Measure) -> float:
        """What all lists bought."""
        return float(sum(each.whole.result.measures[measure].listed_total for each in self.actions))

    def together(self) -> Total:
        """What its actions brought in together."""
        return total(each.whole.result.measures[self.measure] for each in self.actions)


@dataclass(frozen=True)
class Activation:
    """All campaigns, and activation as a whole.

    Attributes:
        campaigns: By their first day, the newest first.
        holdouts: The result of each holdout, by its name.
    """

    campaigns: Sequence[CampaignFigures] = ()
    holdouts: Mapping[str, ActionResult] = field(default_factory=dict)


def read_activation(tables: Tables, settings: Settings, as_of: date) -> Activation:
    """The campaigns whose return is published on a date.

    An action that was started since is left out; the next run measures it.

    Args:
        tables: The published tables.
        settings: How results are judged.
        as_of: The processing date.
    """
    followed = followed_actions(tables)
    rows = tables.read_slices("action_sums", [as_of]).collect() if followed else []
    known = {code: followed[code] for code in sorted({row.action_code for row in rows})}
    judged = judged_sums(known, rows, settings.campaigns).get(as_of, [])
    curves = _over_days(tables, settings, known, as_of)
    found = [_campaign(members, judged, curves) for members in _campaigns(judged)]
    found.sort(key=lambda each: each.code)
    found.sort(key=lambda each: each.period[0], reverse=True)
    holdouts = holdout_results(tables, settings.campaigns, [as_of])
    return Activation(found, {name: each for (_, name), each in sorted(holdouts.items())})


def _campaigns(judged: Sequence[Judged]) -> list[list[Judged]]:
    """The actions, those of a campaign together."""
    groups: dict[tuple[bool, str], list[Judged]] = defaultdict(list)
    for each in judged:
        if each.level == "action":
            campaign = each.declared.campaign
            code = campaign.code if campaign else each.declared.action.code
            groups[campaign is not None, code].append(each)
    return list(groups.values())


def _campaign(
    members: Sequence[Judged],
    judged: Sequence[Judged],
    curves: Mapping[str, Sequence[tuple[date, MeasureResult]]],
) -> CampaignFigures:
    declared = members[0].declared
    campaign = declared.campaign
    actions = []
    for each in members:
        code = each.declared.action.code
        of_it = [
            part
            for part in judged
            if part.declared.action.code == code and part.level in ("store", "segment")
        ]
        actions.append(ActionFigures(each, of_it, curves.get(code, ())))
    if campaign:
        return CampaignFigures(campaign.code, campaign.title, True, campaign.goals, actions)
    action = declared.action
    return CampaignFigures(action.code, action.title, False, action.goals, actions)


def _over_days(
    tables: Tables, settings: Settings, followed: Mapping[str, Row], as_of: date
) -> Mapping[str, Sequence[tuple[date, MeasureResult]]]:
    """The judged measure of each action until each day of its validity."""
    days_of = {
        code: _shown(row.valid_from, min(row.valid_to, as_of)) for code, row in followed.items()
    }
    curves: dict[str, list[tuple[date, MeasureResult]]] = defaultdict(list)
    for code, row in followed.items():
        rows = sums_of(tables, {code: row}, days_of[code]).where("level = 'action'").collect()
        for day, found in judged_sums({code: row}, rows, settings.campaigns).items():
            for each in found:
                measure = each.declared.judged_by
                curves[code].append((day, each.result.measures[measure]))
    return curves


def _shown(first: date, last: date) -> list[date]:
    days = (last - first).days + 1
    step = -(-days // _MOST_DAYS)
    return [last - timedelta(days=back) for back in range(0, days, step)][::-1]
