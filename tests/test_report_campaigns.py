"""The pages of campaigns, and what the network's page says of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from jobs.campaigns.campaign_settings import Goals
from jobs.report.campaign_reading import ActionFigures, Activation, CampaignFigures
from jobs.report.campaigns import campaign_page
from jobs.report.page import pages
from jobs.report.words import LANGUAGES
from tests.activation_figures import NASTY, activation, campaign, figures, result
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


OF_ONE_ACTION = {
    "en": [["customers who bought", "5,000", "5,700", "114.0%"]],
    "pt-BR": [["clientes que compraram", "5.000", "5.700", "114,0%"]],
}


@pytest.fixture(scope="module")
def made() -> dict[str, Element]:
    given = replace(made_up(["01"], 3), activation=activation())
    return {page.name: parsed(page.html) for page in pages(given, [], LANGUAGES)}


def page_of(shown: CampaignFigures, language: str = "en") -> Element:
    given = replace(made_up(["01"], 3), activation=Activation([shown]))
    found = {page.name: page.html for page in pages(given, [], [language])}
    return parsed(found[campaign_page(shown, language)])


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
    (page,) = pages(replace(made_up(["01"], 3), activation=Activation()), [], ["en"])
    assert parsed(page.html).all("section", id="campaigns") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_campaign_is_told_with_its_goals_groups_and_parts(
    made: dict[str, Element], language: str
) -> None:
    page = made[f"campaign-x.{language}.html"]
    assert page.one("h1").text == NASTY
    assert rows(page.one("figure", id="figure-goals")) == COUNTED[language]
    of_mail = page.one("section", id="action-x-mail")
    assert rows(of_mail.one("figure", id="figure-goals-x-mail")) == OF_ONE_ACTION[language]
    assert page.all("figure", id="figure-goals-x-store") == []
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


def test_that_there_are_no_goals_is_said_only_where_no_action_has_any() -> None:
    whole, _ = activation().campaigns
    mail, store = whole.actions
    of_both = page_of(replace(whole, goals=None))
    assert of_both.all("figure", id="figure-goals") == []
    assert rows(of_both.one("figure", id="figure-goals-x-mail")) == OF_ONE_ACTION["en"]
    # Then there is nothing to tell of the campaign as a whole.
    assert page_of(replace(whole, goals=None, actions=[mail])).all("section", id="whole") == []
    without = page_of(replace(whole, goals=None, actions=[store]))
    assert without.one("p", id="sentence-goals").text == "No goals are set in figures."


def test_goals_of_an_action_that_stands_alone_are_told_once() -> None:
    _, lone = activation().campaigns
    (action,) = lone.actions
    declared = action.whole.declared
    with_goals = declared.action.model_copy(update={"goals": Goals(purchases=10)})
    whole = replace(action.whole, declared=replace(declared, action=with_goals))
    actions = [replace(action, whole=whole)]
    page = page_of(replace(lone, goals=with_goals.goals, actions=actions))
    assert rows(page.one("figure", id="figure-goals")) == [["purchases", "10", "0", "0.0%"]]
    assert page.all("figure", id="figure-goals-lone") == []


def together(actions: Sequence[ActionFigures], language: str) -> str:
    page = page_of(CampaignFigures("x", "Title", True, None, actions), language)
    return page.one("p", id="sentence-together").text


def test_how_many_actions_are_left_out_of_the_sum_is_told() -> None:
    mail, store = campaign()
    told, nobody = result((5700, 19_000), (250, 1000)), result((0, 0), (0, 0))
    one = [figures(mail, told, ()), figures(store, nobody, ())]
    assert together(one, "en") == (
        "One action brought in 95,000.00 (net value) that would not have come without it, "
        "the interval from 42,094.31 to 147,905.69. Left out of the sum: 1 of 2 actions, "
        "where the groups are not as drawn or one of them has nobody."
    )
    assert together(one, "pt-BR") == (
        "Uma ação trouxe 95.000,00 (valor líquido) que sem ela não teriam vindo, "
        "intervalo de 42.094,31 a 147.905,69. Fora da soma: 1 de 2 ações, "
        "em que os grupos não correspondem ao sorteio ou um deles não tem ninguém."
    )
    # Each reaches 52,905.6915 to either side, both together √2 times as far.
    two = [figures(mail, told, ()), figures(store, told, ())]
    assert together(two, "en") == (
        "2 actions together brought in 190,000.00 (net value) that would not have come without "
        "them, the interval from 115,180.05 to 264,819.95."
    )
    assert together([figures(store, nobody, ())] * 2, "en") == (
        "What the actions brought in together cannot be told. Left out of the sum: 2 of 2 actions, "
        "where the groups are not as drawn or one of them has nobody."
    )


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
