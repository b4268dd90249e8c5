"""The job ``report`` on a small lakehouse: its files, and their figures beside the tables'."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.errors import LakehouseError, UsageError
from jobs.report.figures import NETWORK_LEVEL, Level
from jobs.report.names import page_name
from jobs.report.words import LANGUAGES
from jobs.report.writing import write_report
from jobs.settings import Settings
from tests import lakehouses
from tests.html_pages import Element, parsed
from tests.lakehouses import line
from transforms.report import abc_classes, portfolio_sales, portfolio_sizes, rfv_matrix

pytestmark = pytest.mark.slow

AS_OF = date(2024, 3, 31)
NASTY = '<b>&"x'
PEOPLE = ("52998224725", "11144477735", "15350946056", "86288366757")
PLACES = {"share": 1, "money": 2, "per_month": 2, "per_year": 2, "items_per_purchase": 2}
HEADLINES = 12


@pytest.fixture(scope="module")
def lakehouse(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two stores that sell, one whose code is markup, and one that is closed; three month-ends."""
    folder = tmp_path_factory.mktemp("report")
    lakehouses.write(folder / "in" / "vendas.csv", sales())
    stores = ["01;01/01/2020;", "02;01/01/2020;", "09;01/01/2020;01/01/2021", f"{NASTY};;"]
    quoted = [each.replace(NASTY, '"<b>&""x"') for each in stores]
    lakehouses.write(folder / "in" / "lojas.csv", quoted, header="loja;abertura;fim")
    people = [f"{PEOPLE[0]};Ana;;;01/01/1990", f"{PEOPLE[1]};Bia;;;01/01/1990"]
    header = "cpf;nome;email;celular;nascimento"
    lakehouses.write(folder / "in" / "clientes.csv", people, header=header)
    settings = lakehouses.settings_for(
        folder / "lakehouse",
        "processing_calendar.every=month-end",
        "processing_calendar.start_before_first_run=2 months",
        "indicators.evolution_months=6",
    )
    source = lakehouses.mapping(folder)
    lakehouses.deliver(spark, settings, source, folder / "in", dates=[AS_OF])
    return settings


def sales() -> list[str]:
    """Some sales of each month, with fractions of a cent to round."""
    found = []
    for number in range(60):
        month, day = number % 3 + 1, number % 28 + 1
        found.append(
            line(
                str(number),
                day=f"{day:02}/{month:02}/2024",
                store="01" if number % 4 else "02",
                cpf=(*PEOPLE, "")[number % 5],
                seller=f"v{number % 3}",
                amount=f"{number * 37 % 900},{number:02}5",
            )
        )
    nasty = NASTY.replace('"', '""')
    return [*found, line("900", day="02/03/2024", cpf=PEOPLE[0]).replace("01;", f'"{nasty}";', 1)]


@pytest.fixture(scope="module")
def folder(lakehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages") / "made" / "here"
    write_report(lakehouse, AS_OF, str(out))
    return out


def levels() -> Iterator[Level]:
    yield NETWORK_LEVEL
    yield from map(Level.store, ("01", "02", "09", NASTY))


def written_by_hand(value: Decimal | None, unit: str, language: str) -> str:
    """A figure as the page should write it, told once more."""
    if value is None:
        return "–"
    places = PLACES.get(unit, 0)
    rounded = (value * (100 if unit == "share" else 1)).quantize(
        Decimal(1).scaleb(-places), ROUND_HALF_UP
    )
    text = f"{abs(rounded):,}"
    if language == "pt-BR":
        text = text.replace(",", "_").replace(".", ",").replace("_", ".")
    return f"{'−' if rounded < 0 else ''}{text}{'%' if unit == 'share' else ''}"


def test_there_is_a_page_of_each_level_in_each_language_and_nothing_else(folder: Path) -> None:
    wanted = {page_name(level, language) for level in levels() for language in LANGUAGES}
    assert {each.name for each in folder.iterdir()} == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_headline_figure_is_the_tables(
    spark: SparkSession, lakehouse: Settings, folder: Path, language: str
) -> None:
    columns = ("as_of", "level", "level_code", "indicator", "period", "value", "rating")
    values = {row[1:5]: row[5:] for row in rows_of(spark, lakehouse, "indicators", columns)}
    units = dict(lakehouses.rows(spark, lakehouse, "indicator_dictionary", "indicator", "unit"))
    changes = (*columns[:5], "month_change", "month_growth")
    moved = {row[1:5]: row[5:] for row in rows_of(spark, lakehouse, "indicator_evolution", changes)}
    seen = 0
    for level in levels():
        page = parsed((folder / page_name(level, language)).read_text(encoding="utf-8"))
        for tile in page.all("li", class_="tile"):
            code = tile.attributes["data-indicator"]
            key = (*level, code, tile.attributes["data-period"])
            value, rating = values[key]
            assert tile.one("span", class_="figure").text == written_by_hand(
                value, units[code], language
            )
            assert len(tile.all("span", class_="rating")) == (rating is not None)
            check_change(tile, *moved[key], unit=units[code], language=language)
            seen += 1
    assert seen >= 3 * HEADLINES


def rows_of(
    spark: SparkSession, settings: Settings, table: str, columns: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    found = lakehouses.rows(spark, settings, table, *columns)
    return [row for row in found if row[0] == AS_OF]


def check_change(
    tile: Element, change: Decimal | None, growth: float | None, *, unit: str, language: str
) -> None:
    told = tile.all("p", class_="change")[0].text
    if change is None:
        assert "▲" not in told
        assert "▼" not in told
    else:
        assert told[0] == ("▲" if change > 0 else "▼" if change < 0 else "=")
        of_share = change if unit == "share" else growth
        if of_share is not None:
            written = written_by_hand(Decimal(str(of_share)), "share", language).strip("%")
            assert written in told


def test_the_store_that_is_closed_says_that_nothing_is_published(folder: Path) -> None:
    page = parsed((folder / page_name(Level.store("09"), "en")).read_text(encoding="utf-8"))
    assert "Nothing is published here for 31 Mar 2024." in page.one("section", id="value").text


def test_a_second_run_writes_what_the_first_did(
    lakehouse: Settings, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    network = folder / "network.en.html"
    network.write_text("old")
    write_report(lakehouse, AS_OF, f"{folder}/")
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before
    assert str(network) in capsys.readouterr().out


def test_stores_and_languages_can_be_chosen(lakehouse: Settings, tmp_path: Path) -> None:
    write_report(lakehouse, AS_OF, str(tmp_path / "a"), ["02", "02"], ["pt-BR"])
    names = {"network.pt-BR.html", "store-02.pt-BR.html"}
    assert {each.name for each in (tmp_path / "a").iterdir()} == names
    links = parsed((tmp_path / "a" / "network.pt-BR.html").read_text(encoding="utf-8")).all("a")
    assert [each.attributes["href"] for each in links if "#" not in each.attributes["href"]] == [
        "store-02.pt-BR.html"
    ]
    write_report(lakehouse, AS_OF, str(tmp_path / "b"), languages=["en"], largest=1)
    names = {"network.en.html", "store-01.en.html"}
    assert {each.name for each in (tmp_path / "b").iterdir()} == names


def test_what_is_not_there_is_named(lakehouse: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--store 2: no such store.*2024-03-31.*'02'"):
        write_report(lakehouse, AS_OF, str(tmp_path), ["01", "2"])
    with pytest.raises(
        LakehouseError, match="no indicators of 2024-03-30 are published: run daily"
    ):
        write_report(lakehouse, date(2024, 3, 30), str(tmp_path))
    nowhere = lakehouses.settings_for(tmp_path / "nowhere")
    with pytest.raises(LakehouseError, match="has no publication"):
        write_report(nowhere, AS_OF, str(tmp_path))
    assert not list(tmp_path.glob("*.html"))


def test_classes_are_counted_by_level(spark: SparkSession) -> None:
    network = spark.createDataFrame(
        [(1, "A", Decimal("9.5")), (2, "C", Decimal(-1)), (3, "C", Decimal(2))],
        "customer_id bigint, abc_class string, value decimal(18,4)",
    )
    stores = spark.createDataFrame(
        [("01", 1, "A", Decimal("9.5")), ("02", 1, "B", Decimal(3))],
        "store_code string, customer_id bigint, abc_class string, value decimal(18,4)",
    )
    assert sorted(map(tuple, abc_classes(network, stores).collect())) == [
        ("network", "network", "A", 1, Decimal("9.5")),
        ("network", "network", "C", 2, Decimal(1)),
        ("store", "01", "A", 1, Decimal("9.5")),
        ("store", "02", "B", 1, Decimal(3)),
    ]


def test_bands_are_counted_by_level(spark: SparkSession) -> None:
    cells = spark.createDataFrame(
        [("rf", 2, 1, 0, 5), ("rv", 2, 0, 1, 5), ("rfv", 2, 1, 1, 5)],
        "matrix string, recency_band int, frequency_band int, value_band int, customers bigint",
    )
    scopes = spark.createDataFrame(
        [("store", "01", 1, 2), ("store", "01", 1, 2), ("portfolio", "v1", 1, 2)],
        "scope string, scope_code string, recency_band int, frequency_band int",
    )
    assert sorted(map(tuple, rfv_matrix(cells, scopes).collect())) == [
        ("network", "network", 2, 1, 5),
        ("store", "01", 1, 2, 2),
    ]


def test_portfolios_add_up_by_salesperson_and_by_store(spark: SparkSession) -> None:
    held = spark.createDataFrame(
        [
            ("01", "salesperson", "v1", 2, 4, Decimal(10)),
            ("01", "salesperson", "v2", 3, 5, Decimal("-2.5")),
            ("01", "store", "", 1, 1, Decimal(1)),
            ("", "none", "", 7, 0, Decimal(0)),
        ],
        "store_code string, portfolio string, salesperson_code string, customers bigint, "
        "purchases_12m bigint, net_amount_12m decimal(18,4)",
    )
    assert sorted(map(tuple, portfolio_sizes(held).collect())) == [
        ("network", "network", "none", "", 7, 0, Decimal(0)),
        ("network", "network", "salesperson", "01", 5, 9, Decimal("7.5")),
        ("network", "network", "store", "01", 1, 1, Decimal(1)),
        ("store", "", "none", "", 7, 0, Decimal(0)),
        ("store", "01", "salesperson", "v1", 2, 4, Decimal(10)),
        ("store", "01", "salesperson", "v2", 3, 5, Decimal("-2.5")),
        ("store", "01", "store", "", 1, 1, Decimal(1)),
    ]
    sold = spark.createDataFrame(
        [("01", "v1", "inside", 1, Decimal(5)), ("01", "v2", "inside", 2, Decimal(6))],
        "store_code string, salesperson_code string, relation string, purchases bigint, "
        "net_amount decimal(18,4)",
    )
    assert sorted(map(tuple, portfolio_sales(sold).collect())) == [
        ("network", "network", "inside", "01", 3, Decimal(11)),
        ("store", "01", "inside", "v1", 1, Decimal(5)),
        ("store", "01", "inside", "v2", 2, Decimal(6)),
    ]
