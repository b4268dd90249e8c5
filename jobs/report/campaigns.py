"""The sections of a campaign's page: its goals, and each action against its control."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.activation.results_rows import HOLDOUT_JUDGED_BY, Judged
from jobs.campaigns.campaign_settings import Goals, Measure
from jobs.campaigns.conclusions import conclusion
from jobs.campaigns.results import MeasureResult
from jobs.report.campaign_reading import ActionFigures, Activation, CampaignFigures
from jobs.report.figures import Subject
from jobs.report.intervals import interval_over_days, intervals_by_name
from jobs.report.parts import Figure, Section, Table
from jobs.report.words import Words

_PLACES = {"customers": 0, "purchases": 0, "quantity": 0, "value": 2, "margin": 2}
_MOST_PARTS = 15
_GOALS: tuple[Measure, ...] = ("customers", "purchases", "value")


@dataclass(frozen=True)
class Line:
    """A campaign as the page of the network tells it.

    Attributes:
        title: Its title.
        href: Its page; empty for activation as a whole, which has none.
        sentences: What may be concluded.
    """

    title: str
    href: str
    sentences: Sequence[str]


def campaign_page(campaign: CampaignFigures, language: str) -> str:
    """The file of a campaign's page; codes are safe in names of files."""
    kind = "campaign" if campaign.is_campaign else "action"
    return f"{kind}-{campaign.code}.{language}.html"


def campaign_lines(activation: Activation, words: Words) -> list[Line]:
    """What the network's page says: of activation as a whole first, then of each campaign."""
    language = words.language
    lines = [
        Line(
            words.say("campaign.holdout", name=name),
            "",
            [conclusion(result, HOLDOUT_JUDGED_BY, language, of="activation")],
        )
        for name, result in activation.holdouts.items()
    ]
    for each in activation.campaigns:
        told = [_with_title(words, each, action) for action in each.actions]
        lines.append(Line(each.title, campaign_page(each, language), told))
    return lines


def campaign_sections(campaign: CampaignFigures, network: Subject) -> list[Section]:
    """The sections of the page of a campaign.

    Args:
        campaign: What it shows.
        network: The page of the network: its words, and the names of stores and segments.
    """
    words, whole = network.words, _whole(campaign, network.words)
    title = "whole" if campaign.is_campaign else "alone"
    sections = [Section("whole", words.say(f"campaign.{title}"), whole)] if whole else []
    for each in campaign.actions:
        action = each.whole.declared.action
        # Those of an action that stands alone are told above already.
        goals = each.goals if campaign.is_campaign else None
        figures = [
            *([_goals(goals, each.bought, f"goals-{action.code}", words)] if goals else []),
            _groups(each, words),
            _uplift(each, words, network.figures.as_of),
            *(_parts(each, level, network) for level in ("store", "segment")),
        ]
        channel = words.say(f"campaign.channels.{action.channel}")
        named = words.say("campaign.action", title=action.title, channel=channel)
        sections.append(Section(f"action-{action.code}", named, figures))
    return sections


def _figure(words: Words, key: str, anchor: str, sentence: str, **more: Any) -> Figure:  # noqa: ANN401 - as Figure takes it
    return Figure(
        anchor, words.say(f"figures.{key}.title"), more.pop("about", ""), sentence, **more
    )


def _table(words: Words, key: str, rows: Sequence[Sequence[str]]) -> Table:
    head = [str(title) for title in words.text(f"figures.{key}.head")]
    return Table(words.say(f"figures.{key}.title"), head, rows)


def _whole(campaign: CampaignFigures, words: Words) -> list[Figure]:
    """Its goals, or that neither it nor an action has any; and its actions together."""
    found: list[Figure] = []
    if campaign.goals:
        found.append(_goals(campaign.goals, campaign.bought, "goals", words))
    elif not any(each.goals for each in campaign.actions):
        found.append(_figure(words, "goals", "goals", words.say("figures.goals.none")))
    if len(campaign.actions) > 1:
        found.append(_together(campaign, words))
    return found


def _goals(goals: Goals, bought: Callable[[Measure], float], anchor: str, words: Words) -> Figure:
    """What lists were to buy beside what they bought."""
    rows = []
    for measure in _GOALS:
        goal = getattr(goals, measure)
        if goal is not None:
            amounts = [words.number(each, _PLACES[measure]) for each in (goal, bought(measure))]
            share = words.share(bought(measure) / float(goal))
            rows.append([words.say(f"campaign.measures.{measure}"), *amounts, share])
    told = [
        words.say("figures.goals.each", measure=row[0], goal=row[1], bought=row[2], share=row[3])
        for row in rows
    ]
    sentence = words.say("figures.goals.sentence", listed="; ".join(told))
    about = words.say("figures.goals.about")
    tables = [_table(words, "goals", rows)]
    return _figure(words, "goals", anchor, sentence, about=about, tables=tables)


def _together(campaign: CampaignFigures, words: Words) -> Figure:
    measure = campaign.measure
    amount = _amounts(words, measure)
    found = [
        (each.whole.declared.action.title, each.whole.result.measures[measure])
        for each in campaign.actions
    ]
    rows = [[name, *map(amount, _ends(each))] for name, each in found]
    points = [_point(words, measure, name, each) for name, each in found]
    return _figure(
        words,
        "together",
        "together",
        _brought_in(campaign, words),
        spec=intervals_by_name(points),
        tables=[_table(words, "together", rows)],
        about=words.say("figures.together.about"),
    )


def _brought_in(campaign: CampaignFigures, words: Words) -> str:
    """What its actions brought in together, and how many of them are left out of that."""
    total = campaign.together()
    if total.incremental is None or total.low is None or total.high is None:
        told = words.say("figures.together.untold")
    else:
        amount = _amounts(words, campaign.measure)
        told = words.say(
            f"figures.together.{'one' if total.actions == 1 else 'sentence'}",
            actions=words.count(total.actions),
            incremental=amount(total.incremental),
            measure=words.say(f"campaign.measures.{campaign.measure}"),
            low=amount(total.low),
            high=amount(total.high),
        )
    if not total.left_out:
        return told
    left_out = words.say(
        "figures.together.left_out",
        left_out=words.count(total.left_out),
        all=words.count(total.actions + total.left_out),
    )
    return f"{told} {left_out}"


def _groups(action: ActionFigures, words: Words) -> Figure:
    result = action.whole.result
    rows = []
    for measure, found in result.measures.items():
        amount = _amounts(words, measure)
        means = [_mean(words, measure, each) for each in (found.listed_mean, found.control_mean)]
        rows.append(
            [
                words.say(f"campaign.measures.{measure}"),
                amount(float(found.listed_total)),
                means[0],
                amount(float(found.control_total)),
                means[1],
            ]
        )
    judged = result.measures[action.measure]
    sentence = words.say(
        "figures.groups.sentence",
        listed=words.counted("customers", result.ratio.listed),
        control=words.counted("customers", result.ratio.control),
        measure=words.say(f"campaign.measures.{action.measure}"),
        listed_mean=_mean(words, action.measure, judged.listed_mean),
        control_mean=_mean(words, action.measure, judged.control_mean),
    )
    anchor = f"groups-{action.whole.declared.action.code}"
    tables = [_table(words, "groups", rows)]
    about = words.say("figures.groups.about")
    return _figure(words, "groups", anchor, sentence, tables=tables, about=about)


def _uplift(action: ActionFigures, words: Words, as_of: date) -> Figure:
    declared, measure = action.whole.declared, action.measure
    amount = _amounts(words, measure)
    sentence = conclusion(action.whole.result, measure, words.language)
    if as_of < declared.action.valid_to:
        sentence += " " + words.say("campaign.running", last=words.day(declared.action.valid_to))
    days = [(words.day(day), each) for day, each in action.over_days]
    points = [
        {"day": day, **_without_name(_point(words, measure, day, each))} for day, each in days
    ]
    rows = [[day, *map(amount, _ends(each))] for day, each in days]
    return _figure(
        words,
        "uplift",
        f"uplift-{declared.action.code}",
        sentence,
        spec=interval_over_days(points) if points else None,
        tables=[_table(words, "uplift", rows)],
        about=words.say(
            "figures.uplift.about",
            measure=words.say(f"campaign.measures.{measure}"),
            confidence=words.whole_share(action.whole.result.rules.confidence),
        ),
    )


def _parts(action: ActionFigures, level: str, network: Subject) -> Figure:
    words = network.words
    key, measure = f"by_{level}", action.measure
    found = [each for each in action.parts if each.level == level]
    found.sort(key=lambda each: (-each.result.ratio.listed, each.code))
    shown = [each for each in found if each.result.measures[measure].incremental_low is not None]
    amount = _amounts(words, measure)
    rows = [
        [
            _part_name(network, each),
            words.count(each.result.ratio.listed),
            words.count(each.result.ratio.control),
            *map(amount, _ends(each.result.measures[measure])),
        ]
        for each in found
    ]
    points = [
        _point(words, measure, _part_name(network, each), each.result.measures[measure])
        for each in shown[:_MOST_PARTS]
    ]
    sentence = words.say(
        f"figures.{key}.sentence", shown=words.count(len(points)), all=words.count(len(found))
    )
    return _figure(
        words,
        key,
        f"{level}-{action.whole.declared.action.code}",
        sentence,
        spec=intervals_by_name(points) if points else None,
        tables=[_table(words, key, rows)],
        about=words.say("campaign.parts"),
    )


def _part_name(network: Subject, part: Judged) -> str:
    if not part.code:
        return network.words.say("campaign.nowhere")
    if part.level == "store":
        return network.store_name(part.code)
    return network.indicator_name(part.code)


def _with_title(words: Words, campaign: CampaignFigures, action: ActionFigures) -> str:
    said = conclusion(action.whole.result, action.measure, words.language)
    title = action.whole.declared.action.title
    return said if len(campaign.actions) == 1 else f"{title}: {said}"


def _ends(found: MeasureResult) -> tuple[float | None, float | None, float | None]:
    return found.incremental, found.incremental_low, found.incremental_high


def _amounts(words: Words, measure: Measure) -> Callable[[float | None], str]:
    """Writes amounts of a measure; a dash for none."""
    return lambda value: "–" if value is None else words.number(value, _PLACES[measure])


def _mean(words: Words, measure: Measure, value: float | None) -> str:
    """Per customer; of customers who bought, a share."""
    if value is None:
        return "–"
    return words.share(value) if measure == "customers" else words.number(value, 2)


def _point(words: Words, measure: Measure, name: str, found: MeasureResult) -> dict[str, Any]:
    amount = _amounts(words, measure)
    value, low, high = _ends(found)
    label = words.say("campaign.interval", value=amount(value), low=amount(low), high=amount(high))
    return {"name": name, "value": value, "low": low, "high": high, "label": label}


def _without_name(point: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in point.items() if key != "name"}
