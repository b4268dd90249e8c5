"""The pages of campaigns, and what the network's page says of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jobs.report.campaign_reading import Activation
from jobs.report.page import pages
from jobs.report.words import LANGUAGES
from tests.activation_figures import NASTY, activation
from tests.html_pages import Element, parsed
from tests.report_figures import made_up

COUNTED = {
    "en": [
        ["customers who bought", "6,000", "5,739", "95.7%"],
        ["net value", "573,900.00", "573,900.00", "100.0%"],
    ],
    "pt-BR": [
        ["clientes que compraram", "6.000", "5.739", "95,7%"],
        ["valor líquido", "573.900,00", "573.900,00", "100,0%"],
    ],
}


@pytest.fixture(scope="module")
def made() -> dict[str, Element]:
    figures = replace(made_up(["01"], 3), activation=activation())
    return {page.name: parsed(page.html) for page in pages(figures, [], LANGUAGES)}


def rows(figure: Element) -> list[list[str]]:
    (body,) = figure.all("tbody")
    return [
        [cell.text.strip() for cell in row.children if isinstance(cell, Element)]
        for row in body.all("tr")
    ]


def test_each_campaign_and_each_action_alone_has_a_page(made: dict[str, Element]) -> None:
    expected = {"network", "campaign-x", "action-lone"}
    assert set(made) == {f"{name}.{each}.html" for name in expected for each in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_network_tells_of_activation_and_leads_to_campaigns(
    made: dict[str, Element], language: str
) -> None:
    section = made[f"network.{language}.html"].one("section", id="campaigns")
    links = [each.attributes["href"] for each in section.all("a")]
    assert links == [f"campaign-x.{language}.html", f"action-lone.{language}.html"]
    titles = [each.text.strip() for each in section.all("h3")]
    assert titles[1:] == [NASTY, "Alone"]
    assert "h1" in titles[0]
    sentences = [each.text for each in section.all("p")]
    assert len(sentences) == 4
    if language == "en":
        assert sentences[0].startswith("It cannot be said that the actions of the last 12 months")
        assert sentences[1].startswith("Action x-mail: The action worked: it brought in 95,000.00")
        assert sentences[1].endswith("147,905.69.")  # the other is no test, so none is corrected
        assert sentences[2].startswith("Action x-store: Nothing can be told")


def test_without_campaigns_nothing_is_said_of_them() -> None:
    figures = replace(made_up(["01"], 3), activation=Activation())
    (page,) = pages(figures, [], ["en"])
    assert parsed(page.html).all("section", id="campaigns") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_campaign_is_told_with_its_goals_groups_and_parts(
    made: dict[str, Element], language: str
) -> None:
    page = made[f"campaign-x.{language}.html"]
    assert page.one("h1").text == NASTY
    assert rows(page.one("figure", id="figure-goals")) == COUNTED[language]
    groups = rows(page.one("figure", id="figure-groups-x-mail"))
    assert len(groups) == 5  # the margin too
    if language == "en":
        assert groups[0] == ["customers who bought", "5,700", "30.0%", "250", "25.0%"]
        assert groups[3] == ["net value", "570,000.00", "30.00", "25,000.00", "25.00"]
        assert groups[4] == ["margin", "228,000.00", "12.00", "10,000.00", "10.00"]
        sentence = page.one("p", id="sentence-uplift-x-mail").text
        assert sentence.startswith("The action worked: it brought in 95,000.00 of sales")
        assert sentence.endswith("The action is valid until 15 Jan 2026: this may change.")
        together = page.one("p", id="sentence-together").text
        assert together == "What the actions brought in together cannot be told."
    stores = rows(page.one("figure", id="figure-store-x-mail"))
    assert [row[:3] for row in stores] == [
        ["01 · Loja 01", *(("19,000", "1,000") if language == "en" else ("19.000", "1.000"))],
        ["(none)" if language == "en" else "(nenhum)", "20", "0"],
    ]
    assert stores[1][3:] == ["–"] * 3
    assert len(rows(page.one("figure", id="figure-segment-x-mail"))) == 2
    assert len(rows(page.one("figure", id="figure-uplift-x-mail"))) == 31


def test_charts_hold_what_the_tables_tell(made: dict[str, Element]) -> None:
    page = made["campaign-x.en.html"]
    data = json.loads("".join(map(str, page.one("script", id="data").children)))
    drawn = [
        each.attributes["id"].removeprefix("chart-") for each in page.all("div", class_="chart")
    ]
    assert sorted(data["charts"]) == sorted(drawn)
    points = data["charts"]["uplift-x-mail"]["data"]["values"]
    told = rows(page.one("figure", id="figure-uplift-x-mail"))
    assert [point["day"] for point in points] == [row[0] for row in told]
    assert points[0]["value"] == 0
    assert points[0]["low"] is None  # nobody has bought yet: no interval
    assert points[-1]["low"] < points[-1]["value"] < points[-1]["high"]
    stores = data["charts"]["store-x-mail"]["data"]["values"]
    assert [point["name"] for point in stores] == ["01 · Loja 01"]


def test_an_action_without_customers_says_so(made: dict[str, Element]) -> None:
    page = made["action-lone.en.html"]
    sentence = page.one("p", id="sentence-uplift-lone").text
    assert sentence.startswith("Nothing can be told: 0 of the 0 customers")
    assert page.one("p", id="sentence-goals").text == "No goals are set in figures."
