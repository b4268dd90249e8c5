"""The pages as HTML. Each is whole in itself: styles, script, charts and data are part of it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from jobs.report.campaign_reading import CampaignFigures
from jobs.report.campaigns import campaign_lines, campaign_page, campaign_sections
from jobs.report.drawing import CONFIG
from jobs.report.evolution import choices, evolution_spec, evolution_tables, offered
from jobs.report.figures import NETWORK_LEVEL, Figures, Level, Subject
from jobs.report.headline import headlines
from jobs.report.life_cycle import life_cycle
from jobs.report.names import page_name
from jobs.report.parts import Section
from jobs.report.portfolios import portfolios
from jobs.report.sales import sales
from jobs.report.stores import store_columns, store_rows
from jobs.report.value import value
from jobs.report.words import Words, words_of

_VEGA_LITE = "6.4"


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        name: Its file.
        html: All of it.
    """

    name: str
    html: str


def pages(figures: Figures, stores: Sequence[str], languages: Sequence[str]) -> Iterator[Page]:
    """The page of the network, those of stores and those of campaigns, in each language.

    Args:
        figures: What they show.
        stores: The codes of the stores that get a page.
        languages: Of ``jobs.report.words.LANGUAGES``.
    """
    made = frozenset(stores)
    for level in (NETWORK_LEVEL, *map(Level.store, stores)):
        for language in languages:
            subject = Subject(figures, level, words_of(language))
            yield Page(page_name(level, language), _html(subject, languages, made))
    for campaign in figures.activation.campaigns:
        for language in languages:
            network = Subject(figures, NETWORK_LEVEL, words_of(language))
            html = _campaign_html(campaign, network, languages)
            yield Page(campaign_page(campaign, language), html)


def _campaign_html(campaign: CampaignFigures, network: Subject, languages: Sequence[str]) -> str:
    words, (first, last) = network.words, campaign.period
    as_of = words.day(network.figures.as_of)
    objective = campaign.actions[0].whole.declared.objective
    sections = campaign_sections(campaign, network)
    return _template("campaign.html").render(
        say=words.say,
        language=words.language,
        as_of=as_of,
        name=campaign.title,
        is_network=False,
        network_page=page_name(NETWORK_LEVEL, words.language),
        others=[
            (words_of(each), campaign_page(campaign, each))
            for each in languages
            if each != words.language
        ],
        lead=words.say(
            "campaign.lead",
            objective=words.say(f"campaign.objectives.{objective}"),
            first=words.day(first),
            last=words.day(last),
            day=as_of,
        ),
        sections=sections,
        data=_json(_data(words, _charts(sections), {})),
        **_fixed(),
    )


def _charts(sections: Sequence[Section]) -> dict[str, Any]:
    return {
        each.key: each.spec for part in sections for each in part.figures if each.spec is not None
    }


def _html(subject: Subject, languages: Sequence[str], stores: frozenset[str]) -> str:
    makers: tuple[Callable[[Subject], Section], ...] = (sales, life_cycle, value, portfolios)
    sections = [make(subject) for make in makers]
    found = choices(subject)
    charts = _charts(sections)
    if found:
        charts["evolution"] = evolution_spec(subject, found[0])
    return _template("page.html").render(
        say=subject.words.say,
        language=subject.words.language,
        as_of=subject.words.day(subject.figures.as_of),
        name=subject.name,
        is_whole_month=subject.figures.is_whole_month,
        has_part_months=subject.figures.has_part_months,
        is_network=subject.is_network,
        network_page=page_name(NETWORK_LEVEL, subject.words.language),
        others=[
            (words_of(each), page_name(subject.level, each))
            for each in languages
            if each != subject.words.language
        ],
        headlines=headlines(subject),
        sections=sections,
        stores=store_rows(subject, stores) if subject.is_network else [],
        store_columns=store_columns(subject) if subject.is_network else [],
        campaigns=campaign_lines(subject.figures.activation, subject.words)
        if subject.is_network
        else [],
        choices=found,
        evolution_tables=evolution_tables(subject, found),
        data=_json(_data(subject.words, charts, offered(subject, found))),
        **_fixed(),
    )


def _data(
    words: Words, charts: Mapping[str, Any], evolution: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What the page's script reads."""
    marks = words.text("marks")
    return {
        "config": CONFIG,
        "formatLocale": {
            "decimal": marks["decimal"],
            "thousands": marks["group"],
            "grouping": [3],
            "currency": ["", ""],
            "minus": "−",
        },
        "charts": charts,
        "evolution": evolution,
    }


def _json(content: object) -> Markup:
    """JSON that may stand within a script element, whatever texts it holds."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in "<>&\u2028\u2029":
        written = written.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(written)  # noqa: S704 - nothing is left in it that HTML reads


@cache
def _fixed() -> Mapping[str, Markup]:
    """What is the same in every page; the policy lets these scripts run and nothing be fetched."""
    library = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", _VEGA_LITE)
    script, style = _shipped("page.js"), _shipped("page.css")
    hashes = " ".join(f"'sha256-{_digest(each)}'" for each in (library, script))
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {"library": library, "script": script, "style": style, "policy": policy}
    return {name: Markup(text) for name, text in parts.items()}  # noqa: S704 - ours, no data


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_shipped),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _shipped(name: str) -> str:
    return (resources.files("conf") / "report" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
