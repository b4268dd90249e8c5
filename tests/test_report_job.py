"""The job ``report`` on a small lakehouse: its files, and their figures beside the tables'."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.errors import LakehouseError, MissingPackageError, UsageError
from jobs.place import Place
from jobs.report.figures import NETWORK_LEVEL, Level
from jobs.report.names import page_name
from jobs.report.reading import read_overview
from jobs.report.words import LANGUAGES
from jobs.report.writing import write_report
from jobs.settings import Settings
from jobs.tables import Tables
from tests import lakehouses
from tests.html_pages import Element, parsed
from tests.lakehouses import line
from transforms.report import (
    abc_classes,
    of_pages,
    portfolio_sales,
    portfolio_sizes,
    rfv_matrix,
)

pytestmark = pytest.mark.slow

AS_OF = date(2024, 3, 31)
NASTY = '<b>&"x'
NAMES = ("Aquilina Zoroastra", "Bonifacia Xantipa")
EMAILS = ("aquilina.zoroastra@example.com", "bonifacia.xantipa@example.com")
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
    people = [
        f"{code};{name};{email};11987654321;01/01/1990"
        for code, name, email in zip(PEOPLE, NAMES, EMAILS, strict=False)
    ]
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


def test_no_page_names_a_customer(spark: SparkSession, lakehouse: Settings, folder: Path) -> None:
    found = lakehouses.rows(spark, lakehouse, "accounts", "customer_id")
    ids = {str(abs(each[0])) for each in found}  # whichever minus sign a page would write
    assert len(ids) == len(PEOPLE)
    assert min(map(len, ids)) > 8, "too short to tell from other figures"
    cpfs = [f"{each[:3]}.{each[3:6]}.{each[6:9]}-{each[9:]}" for each in PEOPLE]
    words = [word for each in NAMES for word in each.split()]
    never = [*words, *EMAILS, "11987654321", *PEOPLE, *cpfs, *ids]
    persons = lakehouses.rows(spark, lakehouse, "persons", "name", "email")
    assert {name for name, _ in persons} == set(NAMES)
    for page in folder.iterdir():
        text = page.read_text(encoding="utf-8").lower()
        assert [each for each in never if each.lower() in text] == [], page.name


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


def test_a_page_is_the_same_whoever_else_has_one(
    lakehouse: Settings, folder: Path, tmp_path: Path
) -> None:
    write_report(lakehouse, AS_OF, str(tmp_path), ["02"], ["en"])
    alone = (tmp_path / "store-02.en.html").read_text(encoding="utf-8")
    among = parsed((folder / "store-02.en.html").read_text(encoding="utf-8"))
    # But for the links to the other language.
    assert parsed(alone).one("main").text == among.one("main").text
    assert parsed(alone).one("script", id="data").text == among.one("script", id="data").text
    networks = [
        parsed((each / "network.en.html").read_text(encoding="utf-8"))
        for each in (tmp_path, folder)
    ]
    assert networks[0].one("main").text == networks[1].one("main").text


def test_what_computed_the_pareto_summary_tells_its_shares(
    spark: SparkSession, lakehouse: Settings, tmp_path: Path
) -> None:
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    shutil.copytree(lakehouse.lakehouse.path, tmp_path / "lakehouse")
    for job, days, share in (
        ("pareto", [AS_OF], "0.3"),
        ("pareto", [date(2024, 2, 29)], "0.4"),
        ("rfv", [AS_OF], "0.5"),
    ):
        with lakehouses.started(spark, settings, job) as run:
            run.outcome.as_of = days
            run.outcome.parameters = json.dumps({"pareto": {"top_customers_share": share}})
    tables = Tables(
        spark, Place.of(settings.lakehouse), lakehouses.published(spark, settings).versions
    )
    found = read_overview(tables, lakehouses.published(spark, settings), AS_OF, settings)
    assert (found.top_share, found.value_share) == (Decimal("0.3"), Decimal("0.8"))
    assert found.bands == 20


def test_a_folder_that_cannot_be_written_to_is_named(lakehouse: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UsageError, match=r"--out .*/file: cannot be written to"):
        write_report(lakehouse, AS_OF, str(tmp_path / "file"))


@pytest.mark.parametrize("package", ["jinja2", "vl_convert"])
def test_a_missing_package_is_named(
    lakehouse: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else found(name)
    )
    with pytest.raises(MissingPackageError, match=rf"{package} .* install locks/report.txt"):
        write_report(lakehouse, AS_OF, str(tmp_path / "out"))


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
        ("network", "network", "A", 1, Decimal("9.5"), Decimal("9.5")),
        # Together 2 - 1; classes go by 2 and 0.
        ("network", "network", "C", 2, Decimal(1), Decimal(2)),
        ("store", "01", "A", 1, Decimal("9.5"), Decimal("9.5")),
        ("store", "02", "B", 1, Decimal(3), Decimal(3)),
    ]


def test_pages_are_of_the_network_and_the_stores_asked_for(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [("network", "network"), ("store", "01"), ("store", "02"), ("salesperson", "01")],
        "level string, level_code string",
    )
    found = {code: of_pages(rows, code).collect() for code in (("02",), ())}
    assert {code: sorted(map(tuple, each)) for code, each in found.items()} == {
        ("02",): [("network", "network"), ("store", "02")],
        (): [("network", "network")],
    }


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
