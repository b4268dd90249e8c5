"""The report's pages, made from made-up figures: what stands on them. Nothing here starts Spark."""

from __future__ import annotations

import itertools
import json
import os
import re
import string
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row

from jobs.report import drawing
from jobs.report import page as page_module
from jobs.report.figures import NETWORK_LEVEL, Figures, Level
from jobs.report.names import page_name
from jobs.report.page import Page, pages
from jobs.report.reading import _last_of_months
from jobs.report.stores import by_net_sales
from jobs.report.words import LANGUAGES, words_of
from tests.html_pages import Element, parsed
from tests.report_figures import AS_OF, made_up, month_ends
from tools.pack import packed

ROOT = Path(__file__).resolve().parent.parent
NASTY = "<b>&\"'</script> ../x"
LIMIT = 3_000_000


def one_page(figures: Figures, level: Level = NETWORK_LEVEL, language: str = "en") -> Page:
    stores = [] if level == NETWORK_LEVEL else [level.level_code]
    return next(
        page
        for page in pages(figures, stores, [language])
        if page.name == page_name(level, language)
    )


def with_rows(figures: Figures, level: Level, name: str, rows: list[Row]) -> Figures:
    """The figures with other rows of one kind at one level."""
    changed = {**figures.by_level.get(level, {}), name: rows}
    return replace(figures, by_level={**figures.by_level, level: changed})


def indicator(code: str, period: str, value: str | None, rating: str | None = None) -> Row:
    return Row(
        as_of=AS_OF,
        period=period,
        indicator=code,
        value=None if value is None else Decimal(value),
        numerator=Decimal(7),
        rating=rating,
    )


def moved(code: str, period: str, **changes: Any) -> Row:
    nothing = dict.fromkeys(("month_change", "month_growth", "year_change", "year_growth"))
    return Row(indicator=code, period=period, **{**nothing, **changes})


def data_of(page: Element) -> dict[str, Any]:
    found: dict[str, Any] = json.loads("".join(map(str, page.one("script", id="data").children)))
    return found


@pytest.fixture(scope="module")
def figures() -> Figures:
    return made_up(["01", NASTY], 14)


@pytest.fixture(scope="module")
def both(figures: Figures) -> dict[str, Page]:
    made = pages(figures, list(figures.stores), LANGUAGES)
    return {page.name: page for page in made}


EXPECTED = {
    "en": {
        "net_sales": (
            "1,234,567.90",
            "",
            ("▲ +12.5% on the month before", "no value a year before"),
        ),
        "average_ticket": (
            "250.00",
            "✗ Bad",
            ("▼ −0.1% on the month before", "▲ +1,050.0% on the year before"),
        ),
        "customers": ("3,791", "", ("= 0.0% on the month before", "▲ +12 on the year before")),
        "active": ("42.1%", "", ("▼ −1.1 pp on the month before", "▲ +0.2 pp on the year before")),
        "items_per_purchase": (
            "2.35",
            "✓ Good",
            ("= 0.0% on the month before", "no value a year before"),
        ),
        "real_growth_rate": ("−0.1%", "", ("no value a month before", "no value a year before")),
    },
    "pt-BR": {
        "net_sales": (
            "1.234.567,90",
            "",
            ("▲ +12,5% sobre o mês anterior", "sem valor no ano anterior"),
        ),
        "average_ticket": (
            "250,00",
            "✗ Ruim",
            ("▼ −0,1% sobre o mês anterior", "▲ +1.050,0% sobre o ano anterior"),
        ),
        "customers": ("3.791", "", ("= 0,0% sobre o mês anterior", "▲ +12 sobre o ano anterior")),
        "active": (
            "42,1%",
            "",
            ("▼ −1,1 p.p. sobre o mês anterior", "▲ +0,2 p.p. sobre o ano anterior"),
        ),
        "items_per_purchase": (
            "2,35",
            "✓ Bom",
            ("= 0,0% sobre o mês anterior", "sem valor no ano anterior"),
        ),
        "real_growth_rate": (
            "−0,1%",
            "",
            ("sem valor no mês anterior", "sem valor no ano anterior"),
        ),
    },
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_headline_figures_are_those_of_the_tables(figures: Figures, language: str) -> None:
    values = [
        indicator("net_sales", "month", "1234567.895000000000"),
        indicator("net_sales", "all", "99999999"),
        indicator("average_ticket", "month", "249.995000000000", "bad"),
        indicator("customers", "on_date", "3791.000000000000"),
        indicator("active", "on_date", "0.420500000000"),
        indicator("items_per_purchase", "month", "2.345000000000", "good"),
        indicator("real_growth_rate", "month", "-0.000731528895"),
        indicator("spending_12m", "last_12m", None),
    ]
    changes = [
        moved("net_sales", "month", month_change=Decimal(137174), month_growth=0.125),
        moved(
            "average_ticket",
            "month",
            month_change=Decimal("-0.2"),
            month_growth=-0.0008,
            year_change=Decimal("228.25"),
            year_growth=10.5,
        ),
        moved(
            "customers",
            "on_date",
            month_change=Decimal(0),
            month_growth=0.0,
            year_change=Decimal(12),
        ),
        # Too little to be written.
        moved("items_per_purchase", "month", month_change=Decimal("0.001"), month_growth=0.0004),
        moved(
            "active",
            "on_date",
            month_change=Decimal("-0.0105"),
            month_growth=-0.02,
            year_change=Decimal("0.0021"),
            year_growth=0.005,
        ),
    ]
    given = with_rows(figures, NETWORK_LEVEL, "indicators", values)
    given = with_rows(given, NETWORK_LEVEL, "indicator_evolution", changes)
    page = parsed(one_page(given, language=language).html)
    tiles = {tile.attributes["data-indicator"]: tile for tile in page.all("li", class_="tile")}
    assert tiles.pop("spending_12m").one("span", class_="figure").text == "–"
    assert tiles.keys() == EXPECTED[language].keys()
    for code, (value, rating, texts) in EXPECTED[language].items():
        tile = tiles[code]
        assert tile.one("span", class_="figure").text == value
        assert [each.text for each in tile.all("span", class_="rating")] == [rating] * bool(rating)
        assert (
            tuple(str(each.children[0]).strip() for each in tile.all("p", class_="change")) == texts
        )
    worse = {"en": "worse", "pt-BR": "pior"}[language]
    assert tiles["active"].all("span", class_="verdict")[0].text == worse
    assert not tiles["customers"].all("span", class_="verdict")


def test_numbers_and_dates_are_written_as_the_language_writes_them() -> None:
    english, portuguese = words_of("en"), words_of("pt-BR")
    assert english.money(Decimal("-1234567.8950")) == "−1,234,567.90"
    assert portuguese.money(Decimal("-1234567.8950")) == "−1.234.567,90"
    assert (english.money(Decimal("0.0049")), english.money(Decimal("-0.0049"))) == ("0.00", "0.00")
    assert english.money(Decimal("0.005")) == "0.01"
    assert english.signed(Decimal("-0.004"), 2) == "0.00"
    assert english.signed(Decimal("0.005"), 2) == "+0.01"
    assert portuguese.share(0.4045) == "40,5%"
    assert english.share(None) == "–"
    assert english.growth(0.1) == "+10.0%"
    assert english.points(Decimal("-0.0005")) == "−0.1 pp"
    assert english.whole_share(Decimal("0.125")) == "12.5%"
    assert english.value_with_unit("days_mean", Decimal("30.25")) == "30.3 days"
    assert portuguese.value_with_unit("per_month", Decimal("0.125")) == "0,13 por mês"
    assert [english.counted("customers", each) for each in (0, 1, 1000)] == [
        "0 customers",
        "1 customer",
        "1,000 customers",
    ]
    assert english.day(date(2024, 2, 9)) == "9 Feb 2024"
    assert portuguese.day(date(2024, 2, 9)) == "09/02/2024"
    assert (english.month(date(2009, 2, 9)), portuguese.month(date(2009, 2, 9))) == (
        "Feb 09",
        "fev/09",
    )


def branches(texts: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for key, each in texts.items():
        if isinstance(each, dict):
            yield from branches(each, f"{at}{key}.")
        else:
            yield f"{at}{key}", each


def places(text: object) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(str(text)) if name}


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    english, portuguese = (dict(branches(words_of(each).texts)) for each in LANGUAGES)
    assert list(english) == list(portuguese)
    for key, text in english.items():
        if isinstance(text, str):
            if key != "dates.day":
                assert places(text) == places(portuguese[key]), key
        else:
            assert len(text) == len(portuguese[key]), key
    for texts in (english, portuguese):
        for key, text in texts.items():
            told = text if isinstance(text, list) else [text]
            assert told, key
            assert all(isinstance(each, str) and each.strip() for each in told), key


def test_every_page_is_in_its_language_and_knows_the_others(both: dict[str, Page]) -> None:
    english = parsed(both["network.en.html"].html)
    portuguese = parsed(both["network.pt-BR.html"].html)
    assert english.one("html").attributes["lang"] == "en"
    assert portuguese.one("html").attributes["lang"] == "pt-BR"
    assert "31 Dec 2025" in english.one("p", class_="lead").text
    assert "31/12/2025" in portuguese.one("p", class_="lead").text
    assert english.one("nav", class_="links").one("a").attributes["href"] == "network.pt-BR.html"
    assert "Net sales" in english.one("main").text
    assert "Vendas líquidas" in portuguese.one("main").text
    assert not {"better", "worse", "Customers"} & set(portuguese.one("main").text.split())


def test_links_lead_to_pages_that_are_written(both: dict[str, Page]) -> None:
    for page in both.values():
        tree = parsed(page.html)
        identities = [each.attributes["id"] for each in tree.all() if "id" in each.attributes]
        assert len(identities) == len(set(identities))
        for link in tree.all("a"):
            target = link.attributes["href"]
            if target.startswith("#"):
                assert target[1:] in identities
            else:
                assert target in both, target
    network = parsed(both["network.en.html"].html).one("section", id="stores")
    assert len(network.all("a")) == 2


def test_a_store_without_a_page_is_no_link(figures: Figures) -> None:
    stores = parsed(next(iter(pages(figures, ["01"], ["en"]))).html).one("section", id="stores")
    assert [link.attributes["href"] for link in stores.all("a")] == ["store-01.en.html"]
    assert len(stores.one("tbody").all("tr")) == 2


def test_no_page_asks_a_server_for_anything(both: dict[str, Page]) -> None:
    for page in both.values():
        tree = parsed(page.html)
        for element in tree.all():
            for name in ("src", "srcset", "action", "data", "poster", "xlink:href", "ping"):
                assert name not in element.attributes, element.tag
            if element.tag == "a":
                assert not re.match(r"[a-z]+:|//", element.attributes["href"])
            assert element.tag not in ("link", "iframe", "img", "object", "embed", "base", "form")
        style = tree.one("style").text
        assert "url(" not in style
        assert "@import" not in style
        library, script = (each.text for each in tree.all("script") if not each.attributes)
        assert not re.search(r"fetch\(|XMLHttpRequest|import\(", script)
        policy = tree.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        assert "connect-src" not in policy
        assert "unsafe-eval" not in policy
        assert "http" not in policy
        assert len(library) > 500_000


def test_pages_are_small_enough(both: dict[str, Page]) -> None:
    assert max(len(page.html.encode()) for page in both.values()) < LIMIT / 2


def test_a_store_code_is_text_and_never_markup(both: dict[str, Page]) -> None:
    name = page_name(Level.store(NASTY), "en")
    assert re.fullmatch(r"store-[A-Za-z0-9_~.-]+\.en\.html", name)
    tree = parsed(both[name].html)
    assert tree.one("h1").text == f"{NASTY} · Loja {NASTY}"
    assert not tree.all("b")
    network = parsed(both["network.en.html"].html)
    assert NASTY in network.one("section", id="stores").text
    assert not network.all("b")
    assert NASTY in json.dumps(data_of(network), ensure_ascii=False).replace('\\"', '"')
    assert len(network.all("script")) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_stores_share_a_file(language: str) -> None:
    codes = [
        "a",
        "A",
        "ä",
        "a b",
        "a-b",
        "a/b",
        "",
        " ",
        ".",
        "..",
        "a~b",
        "~",
        "b" * 300,
        "b" * 301,
    ]
    codes += [page_name(Level.store(code), language)[6:].split(".")[0] for code in ("A", "a b")]
    names = [page_name(Level.store(code), language) for code in codes]
    assert len({name.lower() for name in names}) == len(codes)
    assert all(re.fullmatch(r"[A-Za-z0-9_~-]+(\.[A-Za-z-]+)\.html", name) for name in names)
    assert max(map(len, names)) < 100
    assert page_name(Level.store("01"), language) == f"store-01.{language}.html"
    assert page_name(NETWORK_LEVEL, language) == f"network.{language}.html"
    assert page_name(Level.store("network"), language) == f"store-network.{language}.html"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_store_with_nothing_says_so_in_every_section(figures: Figures, language: str) -> None:
    given = replace(figures, stores={**figures.stores, "empty": ""})
    tree = parsed(one_page(given, Level.store("empty"), language).html)
    said = words_of(language).say("page.nothing", day=words_of(language).day(AS_OF))
    sections = tree.one("main").all("section")
    assert len(sections) == 6
    for section in sections:
        assert said in section.text, section.attributes["id"]
    for figure in tree.all("figure"):
        assert figure.one("p", class_="sentence").text == said
        assert not figure.all("div", class_="chart")
        assert not figure.all("table")
    assert data_of(tree)["charts"] == {}


DRAWN_OF = {
    "indicators": {"rates", "stages", "segments", "quadrants", "evolution"},
    "growth_accounting": {"moves"},
    "life_cycle_matrix": {"flow"},
    "frequency_classes": {"frequency"},
    "revenue_tree": {"tree_month_before", "tree_year_before"},
    "cohorts": {"cohorts"},
    "rfv_matrix": {"matrix"},
    "abc_classes": {"classes"},
    "portfolio_sizes": {"sizes"},
    "portfolio_sales": {"relations"},
    # A curve without its summary, and changes without the indicators that changed, show nothing.
    "pareto_curve": set(),
    "pareto_summary": set(),
    "indicator_evolution": set(),
}
"""The figures that each kind of rows is enough for."""


def test_a_network_without_stores_draws_what_it_has_rows_for_and_says_so_of_the_rest(
    figures: Figures,
) -> None:
    assert DRAWN_OF.keys() == figures.by_level[NETWORK_LEVEL].keys()
    said = words_of("en").say("page.nothing", day=words_of("en").day(AS_OF))
    for name, rows in figures.by_level[NETWORK_LEVEL].items():
        bare = replace(figures, stores={}, by_level={NETWORK_LEVEL: {name: rows}})
        tree = parsed(one_page(bare).html)
        assert set(data_of(tree)["charts"]) == DRAWN_OF[name]
        sections = {each.attributes["id"]: each for each in tree.one("main").all("section")}
        assert (said in sections["headline"].text) == (name != "indicators")
        assert (said in sections["evolution"].text) == (name != "indicators")
        assert said in sections["stores"].text
        for figure in tree.all("figure"):
            key = figure.attributes["id"].removeprefix("figure-")
            is_drawn = key in DRAWN_OF[name]
            assert (figure.one("p", class_="sentence").text != said) == is_drawn, (name, key)
            assert bool(figure.all("div", class_="chart")) == is_drawn, (name, key)
            assert bool(figure.all("table")) == is_drawn, (name, key)


def test_every_figure_has_a_sentence_with_figures_and_its_data(both: dict[str, Page]) -> None:
    for page in both.values():
        tree = parsed(page.html)
        charts = data_of(tree)["charts"]
        figures = tree.all("figure")
        assert len(figures) == len(charts) == 16
        for figure in figures:
            key = figure.attributes["id"].removeprefix("figure-")
            sentence = figure.one("p", class_="sentence")
            assert re.search(r"\d", sentence.text), key
            chart = figure.one("div", class_="chart")
            assert chart.attributes["role"] == "img"
            assert chart.attributes["aria-labelledby"] == sentence.attributes["id"]
            assert chart.attributes["id"] == f"chart-{key}"
            data = figure.one("details")
            assert data.all("table")
            for table in data.all("table"):
                width = len(table.one("thead").all("th"))
                rows = table.one("tbody").all("tr")
                assert rows
                assert {len(row.children) for row in rows} == {width}, key


def test_headings_are_in_order(both: dict[str, Page]) -> None:
    for page in both.values():
        levels = [
            int(each.tag[1]) for each in parsed(page.html).all() if re.fullmatch("h[1-6]", each.tag)
        ]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_what_can_be_pressed_is_a_control_with_a_name(both: dict[str, Page]) -> None:
    for page in both.values():
        tree = parsed(page.html)
        assert tree.one("label").attributes["for"] == tree.one("select").attributes["id"]
        assert all(each.text for each in tree.all("summary"))
        for region in tree.all("div", class_="scroll"):
            assert region.attributes["tabindex"] == "0"
            assert region.attributes["aria-label"]


def test_the_evolution_offers_every_indicator_of_the_level(
    figures: Figures, both: dict[str, Page]
) -> None:
    rows = figures.by_level[NETWORK_LEVEL]["indicators"]
    keys = {(row.indicator, row.period) for row in rows}
    tree = parsed(both["network.pt-BR.html"].html)
    offered = data_of(tree)["evolution"]
    options = [each.text for each in tree.one("select").all("option")]
    assert len(options) == len(set(options)) == len(keys)
    assert [each["name"] for each in offered["series"]] == options
    assert offered["months"] == [words_of("pt-BR").month(day) for day in month_ends(14)]
    place = options.index("Vendas líquidas, mês")
    wanted = {
        row.as_of: row.value
        for row in rows
        if (row.indicator, row.period) == ("net_sales", "month")
    }
    series = offered["series"][place]
    assert series["values"] == [float(wanted[day]) for day in month_ends(14)]
    assert series["labels"][-1] == words_of("pt-BR").money(wanted[AS_OF])
    tables = tree.one("section", id="evolution").all("table")
    assert [len(table.one("thead").all("th")) for table in tables] == [3, 13]
    last = [row.children for row in tables[1].one("tbody").all("tr")][place]
    assert [each.text for each in last if isinstance(each, Element)][-1] == series["labels"][-1]


def test_charts_show_the_rows_as_they_are(figures: Figures, both: dict[str, Page]) -> None:
    charts = data_of(parsed(both["network.en.html"].html))["charts"]
    rows = figures.by_level[NETWORK_LEVEL]
    cells = charts["matrix"]["data"]["values"]
    assert {(each["x"], each["y"]): each["value"] for each in cells} == {
        (row.frequency_band, row.recency_band): row.customers for row in rows["rfv_matrix"]
    }
    curve = charts["pareto"]["data"]["values"]
    assert [each["value"] for each in curve] == [
        0,
        *(row.value_share for row in rows["pareto_curve"]),
    ]
    assert [each["customers"] for each in curve if each["is_marked"]] == [0.2]
    steps = charts["tree_month_before"]["data"]["values"]
    assert steps[0]["end"] == 327236.715
    assert all(
        abs(earlier["end"] - later["start"]) < 1e-6
        for earlier, later in itertools.pairwise(steps[:-1])
    )
    assert abs(steps[-2]["end"] - steps[-1]["end"]) < 1e-6
    assert [each["label"] for each in steps][:3] == ["327,236.72", "+70,467.09", "−744.38"]
    moves = charts["moves"]["data"]["values"][-4:]
    assert [each["value"] for each in moves] == [40, 12, 3, -35]


def test_portfolios_come_by_their_holder_with_most_money_first(figures: Figures) -> None:
    def row(holder: str, portfolio: str, money: str) -> Row:
        amounts = {"purchases_12m": 3, "net_amount_12m": Decimal(money)}
        return Row(holder=holder, portfolio=portfolio, customers=2, **amounts)

    store = Level.store("01")
    held = [
        row("", "store", "4.5"),
        row("V1", "transition", "-1"),
        row("V2", "salesperson", "2"),
        row("V1", "salesperson", "7"),
    ]
    tree = parsed(one_page(with_rows(figures, store, "portfolio_sizes", held), store).html)
    points = data_of(tree)["charts"]["sizes"]["data"]["values"]
    assert [(each["name"], each["series"], each["value"]) for each in points] == [
        ("V1", "Salespeople", 7),
        ("V1", "In transition", -1),
        ("(nobody)", "Of the store", 4.5),
        ("V2", "Salespeople", 2),
    ]
    said = tree.one("p", id="sentence-sizes").text
    assert said.startswith("8 customers: Salespeople 4; In transition 2; Of the store 2.")
    assert "12.50 in the last 12 months" in said


def test_rates_begin_with_the_first_month_that_has_one(figures: Figures) -> None:
    days = list(figures.dates)
    rows = [
        Row(**{**indicator("association_rate", "month", value).asDict(), "as_of": day})
        for day, value in zip(days[-4:], (None, "0.5", None, "0.75"), strict=True)
    ]
    page = parsed(one_page(with_rows(figures, NETWORK_LEVEL, "indicators", rows)).html)
    points = data_of(page)["charts"]["rates"]["data"]["values"]
    found = [each["value"] for each in points if each["series"] == "Association rate"]
    assert found == [0.5, None, 0.75]


def test_bands_of_the_flow_fill_their_blocks(figures: Figures, both: dict[str, Page]) -> None:
    flow = data_of(parsed(both["network.en.html"].html))["charts"]["flow"]
    bands, left, right = (layer["data"]["values"] for layer in flow["layer"])
    changed = [
        row
        for row in figures.by_level[NETWORK_LEVEL]["life_cycle_matrix"]
        if row.from_segment != row.to_segment
    ]
    assert len({each["link"] for each in bands}) == len(changed)
    for blocks, edge in ((left, min), (right, max)):
        at = edge(each["x"] for each in bands)
        thick = sum(each["y2"] - each["y"] for each in bands if each["x"] == at)
        assert thick == pytest.approx(sum(each["y2"] - each["y"] for each in blocks), abs=0.5)
        assert all(one["y2"] < next_["y"] for one, next_ in itertools.pairwise(blocks))
    assert {each["text"] for each in left} >= {"Not a customer yet 10"}


def test_salespeople_appear_by_code(both: dict[str, Page]) -> None:
    assert "V003" in both["store-01.en.html"].html


def on(day: date, row: Row) -> Row:
    return Row(**{**row.asDict(), "as_of": day})


@pytest.mark.parametrize(
    ("language", "said"), [("en", "the month is not over"), ("pt-BR", "mês em curso")]
)
def test_a_part_of_a_month_is_not_compared_with_a_whole_one(
    figures: Figures, language: str, said: str
) -> None:
    within = replace(figures, as_of=date(2025, 12, 30), dates=[date(2025, 12, 30)])
    grown: dict[str, Any] = {"month_change": Decimal(-9), "month_growth": -0.9}
    keys = [("net_sales", "month"), ("customers", "on_date"), ("spending_12m", "last_12m")]
    rows = [on(within.as_of, indicator(*key, "8")) for key in keys]
    for level in (NETWORK_LEVEL, Level.store("01")):
        within = with_rows(within, level, "indicators", rows)
        changes = [moved(*key, **grown) for key in keys]
        within = with_rows(within, level, "indicator_evolution", changes)
    page = parsed(one_page(within, language=language).html)
    tiles = {tile.attributes["data-indicator"]: tile for tile in page.all("li", class_="tile")}
    told = {
        code: [each.text for each in tile.all("p", class_="change")] for code, tile in tiles.items()
    }
    assert told["net_sales"] == [said]
    assert all(said not in text for code in ("customers", "spending_12m") for text in told[code])
    assert [len(told[code]) for code in ("customers", "spending_12m")] == [2, 2]
    stores = page.one("section", id="stores").one("tbody").all("tr")
    assert [each.text for each in stores[0].all("td")][1] == said
    sentences = {each["name"]: each["sentence"] for each in data_of(page)["evolution"]["series"]}
    name = {"en": "Net sales, month", "pt-BR": "Vendas líquidas, mês"}[language]
    assert sentences[name] == f"{name}: {words_of(language).money(8)}; {said}"
    assert page.all("p", id="unfinished")


def test_a_whole_month_is_compared_with_a_whole_one_only(figures: Figures) -> None:
    grown: dict[str, Any] = {"month_change": Decimal(9), "year_change": Decimal(9)}
    before: dict[str, Any] = {
        "month_before_on": date(2025, 11, 29),
        "year_before_on": date(2024, 12, 31),
    }
    changes = [moved("net_sales", "month", **grown, **before)]
    given = with_rows(figures, NETWORK_LEVEL, "indicator_evolution", changes)
    page = parsed(one_page(given).html)
    tile = page.one("li", class_="tile", **{"data-indicator": "net_sales"})
    assert [str(each.children[0]).strip() for each in tile.all("p", class_="change")] == [
        "no whole month before to compare with",
        "▲ +9.00 on the year before",
    ]
    assert not page.all("p", id="unfinished")


def cohort(month: int, age: int, customers: int, buyers: int) -> Row:
    counts = {"customers": customers, "buyers": buyers, "retention": buyers / customers}
    return Row(cohort=date(2025, month, 1), age=age, **counts)


def test_an_unfinished_month_does_not_count_in_who_came_back(figures: Figures) -> None:
    rows = [cohort(10, 1, 10, 5), cohort(10, 2, 10, 1), cohort(11, 1, 30, 1)]
    whole = with_rows(figures, NETWORK_LEVEL, "cohorts", rows)
    said = parsed(one_page(whole).html).one("p", id="sentence-cohorts").text
    # 6 of 40.
    assert said == (
        "15.0% of the 40 customers who first bought from Oct 25 to Nov 25 (2 months) "
        "bought again in the month after."
    )
    within = replace(whole, as_of=date(2025, 12, 30))
    said = parsed(one_page(within).html).one("p", id="sentence-cohorts").text
    assert said.startswith(
        "50.0% of the 10 customers who first bought from Oct 25 to Oct 25 (1 month) "
        "bought again in the month after. Dec 25 is not over: "
    )
    alone = with_rows(within, NETWORK_LEVEL, "cohorts", rows[2:])
    said = parsed(one_page(alone).html).one("p", id="sentence-cohorts").text
    assert said.startswith("Dec 25 is not over: ")


@pytest.mark.parametrize(
    ("language", "said", "cells"),
    [
        (
            "en",
            "50.0% of the 10 customers who first bought from Oct 25 to Oct 25 (1 month) ",
            [
                "First bought Oct 25, 1 month later: 50.0% (5 of 10 customers)",
                "First bought Oct 25, 2 months later: 10.0% (1 of 10 customers)",
            ],
        ),
        (
            "pt-BR",
            "50,0% de 10 clientes com primeira compra de out/25 a out/25 (1 mês) ",
            [
                "Primeira compra em out/25, 1 mês depois: 50,0% (5 de 10 clientes)",
                "Primeira compra em out/25, 2 meses depois: 10,0% (1 de 10 clientes)",
            ],
        ),
    ],
)
def test_a_single_month_is_told_as_one(
    figures: Figures, language: str, said: str, cells: list[str]
) -> None:
    rows = [cohort(10, 1, 10, 5), cohort(10, 2, 10, 1)]
    given = with_rows(figures, NETWORK_LEVEL, "cohorts", rows)
    page = parsed(one_page(given, language=language).html)
    assert page.one("p", id="sentence-cohorts").text.startswith(said)
    points = data_of(page)["charts"]["cohorts"]["data"]["values"]
    assert [each["label"] for each in points] == cells


NOTHING_BEFORE = {
    "en": "Net sales are 406,757.04; no sales are known a {} before to compare with.",
    "pt-BR": (
        "A venda líquida é de 406.757,04; não se conhecem vendas de um {} antes para comparar."
    ),
}
MONTH_AND_YEAR = {"en": ("month", "year"), "pt-BR": ("mês", "ano")}


def tree_before(figures: Figures, purchases: int, money: str) -> Figures:
    """The figures with so many purchases of customers, and so much sold, in both earlier months."""
    known = [row.asDict() for row in figures.by_level[NETWORK_LEVEL]["revenue_tree"]]
    before: dict[str, Any] = {"purchases_before": purchases, "net_amount_before": Decimal(money)}
    rows = [Row(**{**row, **before}) for row in known]
    return with_rows(figures, NETWORK_LEVEL, "revenue_tree", rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nothing_was_sold_before_net_sales_are_not_compared(
    figures: Figures, language: str
) -> None:
    page = parsed(one_page(tree_before(figures, 0, "0.0000"), language=language).html)
    for compared, when in zip(("month", "year"), MONTH_AND_YEAR[language], strict=True):
        figure = page.one("figure", id=f"figure-tree_{compared}_before")
        assert [each.text for each in figure.all("p")] == [NOTHING_BEFORE[language].format(when)]
        assert not figure.all("table")
    assert not {"tree_month_before", "tree_year_before"} & data_of(page)["charts"].keys()


@pytest.mark.parametrize(
    ("purchases", "money", "before"),
    [
        (3, "0.0000", "0.00"),  # all of it was returned
        (0, "0.0100", "0.01"),  # to nobody
        (0, "-5.0000", "−5.00"),
    ],
)
def test_where_anything_was_sold_before_net_sales_are_compared(
    figures: Figures, purchases: int, money: str, before: str
) -> None:
    page = parsed(one_page(tree_before(figures, purchases, money)).html)
    for compared in ("month", "year"):
        said = page.one("p", id=f"sentence-tree_{compared}_before").text
        assert said.startswith(f"Net sales went from {before} to 406,757.04 (")
        assert f"tree_{compared}_before" in data_of(page)["charts"]


PART_MONTHS = {
    "en": (
        "The last day of some earlier months is not published: what a chart or a table tells of "
        "these months goes to the day that stands in its data."
    ),
    "pt-BR": (
        "De alguns meses anteriores não está publicado o último dia: o que um gráfico ou uma "
        "tabela diz deles vai até o dia que está em seus dados."
    ),
}


@pytest.mark.parametrize(
    ("language", "heads"),
    [("en", ["Oct 25", "23 Nov 2025", "Dec 25"]), ("pt-BR", ["out/25", "23/11/2025", "dez/25"])],
)
def test_a_part_of_an_earlier_month_is_marked(
    figures: Figures, language: str, heads: list[str]
) -> None:
    given = replace(figures, dates=[date(2025, 10, 31), date(2025, 11, 23), AS_OF])
    page = parsed(one_page(given, language=language).html)
    assert page.one("p", id="part-months").text == PART_MONTHS[language]
    assert not page.all("p", id="unfinished")
    table = page.one("section", id="evolution").one("table")
    assert [each.text for each in table.one("thead").all("th")][1:] == heads


def test_whole_earlier_months_are_not_marked(figures: Figures) -> None:
    whole = parsed(one_page(figures).html)
    assert not whole.all("p", id="part-months")
    # The month of the processing date has a notice of its own.
    within = replace(
        figures, as_of=date(2025, 12, 30), dates=[date(2025, 11, 30), date(2025, 12, 30)]
    )
    page = parsed(one_page(within).html)
    assert page.all("p", id="unfinished")
    assert not page.all("p", id="part-months")


def went(source: str, target: str, customers: int) -> Row:
    return Row(
        from_segment=source,
        to_segment=target,
        customers=customers,
        start_on=date(2025, 11, 30),
        as_of=AS_OF,
    )


def cells_of(table: Element) -> list[list[str]]:
    return [
        [cell.text for cell in row.children if isinstance(cell, Element)]
        for row in table.one("tbody").all("tr")
    ]


@pytest.mark.parametrize(
    ("language", "said", "cells"),
    [
        (
            "en",
            (
                "From 30 Nov 2025 to 31 Dec 2025, 0 customers changed segment and 1,200 stayed in "
                "theirs."
            ),
            ["New", "New", "1,200"],
        ),
        (
            "pt-BR",
            "De 30/11/2025 a 31/12/2025, mudaram de segmento: 0 clientes; ficaram no seu: 1.200.",
            ["Ativos novos", "Ativos novos", "1.200"],
        ),
    ],
)
def test_a_month_without_moves_is_told_and_not_drawn(
    figures: Figures, language: str, said: str, cells: list[str]
) -> None:
    given = with_rows(figures, NETWORK_LEVEL, "life_cycle_matrix", [went("new", "new", 1200)])
    page = parsed(one_page(given, language=language).html)
    figure = page.one("figure", id="figure-flow")
    assert [each.text for each in figure.all("p")] == [said]
    assert cells_of(figure.one("table")) == [cells]
    assert not figure.all("div", class_="chart")
    assert "flow" not in data_of(page)["charts"]


def test_the_largest_moves_are_told(figures: Figures) -> None:
    rows = [went("none", "new", 3), went("new", "normal_active", 5), went("new", "new", 4)]
    page = parsed(one_page(with_rows(figures, NETWORK_LEVEL, "life_cycle_matrix", rows)).html)
    assert page.one("p", id="sentence-flow").text == (
        "From 30 Nov 2025 to 31 Dec 2025, 8 customers changed segment and 4 stayed in theirs. "
        "The largest moves: New → Normal active 5; Not a customer yet → New 3."
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Of 3 customers nobody has a value above zero, so there is nothing to spread."),
        ("pt-BR", "De 3 clientes, ninguém tem valor acima de zero: não há o que distribuir."),
    ],
)
def test_value_that_nobody_has_is_told_with_dashes_and_not_drawn(
    figures: Figures, language: str, said: str
) -> None:
    shares = ("top_20_value_share", "customers_for_80", "customers_for_80_share", "gini")
    summary = Row(customers=3, value=Decimal("-2.5000"), **dict.fromkeys(shares))
    curve = [
        Row(percent=percent, customers=customers, customer_share=customers / 3, value_share=None)
        for percent, customers in ((1, 1), (100, 3))
    ]
    given = with_rows(figures, NETWORK_LEVEL, "pareto_curve", curve)
    given = with_rows(given, NETWORK_LEVEL, "pareto_summary", [summary])
    page = parsed(one_page(given, language=language).html)
    figure = page.one("figure", id="figure-pareto")
    assert [each.text for each in figure.all("p")] == [said]
    of_all, by_share = figure.all("table")
    assert [row[1] for row in cells_of(of_all)] == [
        *["–"] * 4,
        words_of(language).counted("customers", 3),
        words_of(language).money(Decimal("-2.5")),
    ]
    assert [row[1:] for row in cells_of(by_share)] == [["1", "–"], ["3", "–"]]
    assert "pareto" not in data_of(page)["charts"]


def test_shares_of_classes_go_by_value_above_zero(figures: Figures) -> None:
    values = {"A": ("80", "80"), "B": ("20", "20"), "C": ("-50", "0")}
    rows = [
        Row(abc_class=name, customers=5, value=Decimal(value), positive_value=Decimal(positive))
        for name, (value, positive) in values.items()
    ]
    page = parsed(one_page(with_rows(figures, NETWORK_LEVEL, "abc_classes", rows)).html)
    points = data_of(page)["charts"]["classes"]["data"]["values"]
    assert [each["value"] for each in points if each["name"] == "value"] == [0.8, 0.2, 0]
    table = page.one("figure", id="figure-classes").one("tbody").all("tr")
    assert [[cell.text for cell in row.all("td")][2:] for row in table] == [
        ["80.00", "80.0%"],
        ["20.00", "20.0%"],
        ["−50.00", "0.0%"],
    ]


def test_bands_without_customers_are_bands_too(figures: Figures) -> None:
    rows = [Row(recency_band=5, frequency_band=9, customers=3)]
    given = replace(with_rows(figures, NETWORK_LEVEL, "rfv_matrix", rows), bands=20)
    page = parsed(one_page(given).html)
    # 9 of 20 is no band above the middle, 10.
    assert page.one("p", id="sentence-matrix").text.startswith(
        "Of 3 customers in 20 bands each way, 0.0% are in bands 11 and above"
    )
    assert len(page.one("figure", id="figure-matrix").one("tbody").all("tr")) == 20


def test_months_without_a_date_stay_on_the_axes(figures: Figures) -> None:
    ends = month_ends(4)
    computed = [ends[0] - timedelta(days=90), ends[0], ends[1] - timedelta(days=3), AS_OF]
    shown = _last_of_months(computed, AS_OF, 4)
    # August is before the window; October has a date within it, November none.
    assert shown == (ends[0], date(2025, 10, 28), date(2025, 11, 30), AS_OF)
    assert _last_of_months(computed[2:], AS_OF, 4) == shown[1:]
    assert _last_of_months([AS_OF], AS_OF, 24) == (AS_OF,)
    network = {
        name: [row for row in rows if "as_of" not in row or row.as_of != date(2025, 11, 30)]
        for name, rows in figures.by_level[NETWORK_LEVEL].items()
    }
    given = replace(figures, dates=ends[1:], by_level={NETWORK_LEVEL: network})
    page = parsed(one_page(given).html)
    charts = data_of(page)["charts"]
    for key in ("stages", "segments", "moves"):
        points = charts[key]["data"]["values"]
        empty = [each for each in points if each["month"] == "Nov 25"]
        assert empty
        assert {(each["value"], each["label"]) for each in empty} == {(0, "–")}, key
    for key in ("rates", "evolution"):
        points = charts[key]["data"]["values"]
        assert {each["value"] for each in points if each["month"] == "Nov 25"} == {None}, key


def test_equal_moves_come_by_name_whatever_their_order(figures: Figures) -> None:
    rows = figures.by_level[NETWORK_LEVEL]["life_cycle_matrix"]
    given = with_rows(figures, NETWORK_LEVEL, "life_cycle_matrix", list(rows)[::-1])
    assert one_page(given).html == one_page(figures).html


def test_stores_come_by_net_sales_and_those_without_last(figures: Figures) -> None:
    given = replace(figures, stores={"00": "", **figures.stores})
    given = with_rows(
        given, Level.store("01"), "indicators", [indicator("net_sales", "month", "1")]
    )
    assert by_net_sales(given) == [NASTY, "01", "00"]


@pytest.mark.slow
def test_a_chain_of_120_stores_and_36_months_has_242_small_pages(tmp_path: Path) -> None:
    figures = made_up([f"{number:03}" for number in range(120)], 36)
    sizes = []
    for page in pages(figures, list(figures.stores), LANGUAGES):
        (tmp_path / page.name).write_text(page.html, encoding="utf-8")
        sizes.append((tmp_path / page.name).stat().st_size)
    assert len(list(tmp_path.iterdir())) == len(sizes) == 242
    assert max(sizes) < LIMIT


FROM_ZIP = """
import sys
sys.path.insert(0, sys.argv[1])
from jobs.report import page
from jobs.report.words import LANGUAGES, words_of
names = [words_of(each).say("page.language") for each in LANGUAGES]
print(page.__file__, page._template("page.html").name, *names)
"""


def test_the_zip_of_the_suite_holds_what_pages_are_made_of(tmp_path: Path) -> None:
    archive = tmp_path / "clientela.zip"
    archive.write_bytes(packed(ROOT))
    environment = {**os.environ, "PYTHONPATH": ""}
    command = [sys.executable, "-c", FROM_ZIP, str(archive)]
    said = subprocess.check_output(command, cwd=tmp_path, env=environment, text=True)
    assert said.split() == [f"{archive}/jobs/report/page.py", "page.html", "English", "Português"]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_stand_out_as_wcag_asks() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    style = (ROOT / "conf" / "report" / "page.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", style))
    for text in ("ink", "soft", "accent", "good", "bad"):
        assert contrast(named[text], named["ground"]) >= 4.5, text
    shades = set(re.findall(r"#[0-9a-f]{6}", style))
    assert shades == set(named.values()), "a colour without a name"
    labels = [drawing.CONFIG["axis"][f"{part}Color"] for part in ("label", "title")]
    assert all(contrast(label, "#ffffff") >= 4.5 for label in labels)
    assert contrast(drawing.INK, "#6db3d9") >= 4.5
    for colour in (*drawing.STAGE_COLOURS.values(), *drawing.SERIES_COLOURS):
        assert contrast(colour, "#ffffff") >= 3, colour


def test_json_in_a_page_cannot_end_its_script() -> None:
    written = page_module._json({"a": "</script><!--&\u2028"})
    assert not set("<>&\u2028") & set(written)
    assert json.loads(written) == {"a": "</script><!--&\u2028"}
