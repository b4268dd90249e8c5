"""The pages of the documentation say what the code says. Nothing here starts Spark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from jobs import VERSION
from jobs.endings import UNEXPECTED
from jobs.errors import ClientelaError
from jobs.run import cli
from jobs.search_settings import FilterSettings, load_search
from jobs.settings import Settings, load_settings
from jobs.source_mapping import INPUTS, Input, SourceMapping, contract_columns, load_mapping
from schemas import RUNS, TABLES
from schemas.rejected_rows import Reason
from tools import indicator_page, table_pages

ROOT = Path(__file__).resolve().parent.parent
BASE = ROOT / "conf" / "base.yaml"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
INDICATORS = table_pages.INDICATORS
GENERATED = (table_pages.PAGE, INDICATORS)
WRITTEN = tuple(page for page in PAGES if page not in GENERATED)
COLUMNS = {table.name: set(table.column_names) for table in (*TABLES.values(), RUNS)}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_spans(text: str) -> list[str]:
    """What stands between backticks, code blocks left out."""
    return re.findall(
        r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    )


def section(text: str, title: str) -> str:
    found = re.search(
        rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL
    )
    assert found, title
    return found[1]


def first_cells(text: str) -> list[str]:
    """The first cell of each row of the tables in a text, without backticks."""
    return [
        cell.strip().strip("`") for cell in re.findall(r"^\|([^|]+)\|", text, flags=re.MULTILINE)
    ]


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def error_kinds(kind: type[ClientelaError]) -> Iterator[type[ClientelaError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from error_kinds(each)


def settings_keys() -> set[str]:
    content = yaml.safe_load(BASE.read_text(encoding="utf-8"))
    return {f"{section}.{key}" for section, keys in content.items() for key in keys}


def commented_keys() -> set[str]:
    """The keys of base.yaml that stand under a comment: right below it, or in one block with it."""
    found, section, under_comment = set(), "", False
    for line in BASE.read_text(encoding="utf-8").splitlines():
        if top := re.match(r"(\w+):", line):
            section, under_comment = top[1], False
        elif line.startswith("  #"):
            under_comment = True
        elif not line.strip():
            under_comment = False
        elif (key := re.match(r"  (\w+):", line)) and under_comment:
            found.add(f"{section}.{key[1]}")
    return found


def test_the_generated_pages_are_current() -> None:
    for file, page in ((table_pages.PAGE, table_pages.page()), (INDICATORS, indicator_page.page())):
        assert file.read_text(encoding="utf-8") == page, "run python tools/table_pages.py"


def test_checking_the_pages_tells_whether_both_are_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Both stand elsewhere here, since main without --check writes whatever is not current.
    tables, indicators = tmp_path / "docs" / "tables.md", tmp_path / "docs" / "indicators.md"
    monkeypatch.setattr(table_pages, "PAGE", tables)
    monkeypatch.setattr(table_pages, "INDICATORS", indicators)
    assert table_pages.main(["--check"]) == 1
    assert "not current" in capsys.readouterr().err
    assert not tables.parent.exists()
    assert table_pages.main([]) == 0
    assert tables.read_text(encoding="utf-8") == table_pages.page()
    assert indicators.read_text(encoding="utf-8") == indicator_page.page()
    for stale in (tables, indicators):
        assert table_pages.main(["--check"]) == 0
        stale.write_text("something else", encoding="utf-8")
        assert table_pages.main(["--check"]) == 1
        assert f"{stale.name} is not current" in capsys.readouterr().err
        assert stale.read_text(encoding="utf-8") == "something else"
        assert table_pages.main([]) == 0


def test_the_page_of_the_tables_names_every_column_with_both_meanings() -> None:
    page = read("docs/tables.md")
    for table in (*TABLES.values(), RUNS):
        part = section(page, table.name)
        for column in table.columns:
            row = next(line for line in part.splitlines() if line.startswith(f"| `{column.name}` "))
            assert column.english in row
            assert column.portuguese in row
            assert f"`{column.type}`" in row


def test_every_setting_stands_under_a_comment() -> None:
    assert settings_keys() - commented_keys() == set()


def test_every_setting_is_in_base_yaml() -> None:
    fields = load_settings().model_dump(by_alias=True)
    assert {f"{part}.{key}" for part, keys in fields.items() for key in keys} == settings_keys()
    assert set(Settings.model_fields) == {key.split(".")[0] for key in settings_keys()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file), target


def test_every_exit_code_is_explained() -> None:
    explained = first_cells(section(read("docs/operations.md"), "Exit codes"))
    for kind in error_kinds(ClientelaError):
        assert str(kind.exit_code) in explained, kind.__name__
    assert {"0", str(UNEXPECTED), "69", "130"} <= set(explained)


def test_the_readme_knows_the_exit_codes_of_failures() -> None:
    named = first_cells(section(read("README.md"), "When something fails"))
    for kind in error_kinds(ClientelaError):
        assert kind is ClientelaError or str(kind.exit_code) in named, kind.__name__


def test_every_reason_is_explained_and_no_other() -> None:
    part = section(read("docs/source-mappings.md"), "Reasons of rejected rows")
    assert [cell for cell in first_cells(part) if cell not in ("reason", "---")] == [
        reason.value for reason in Reason
    ]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_column_and_setting_named_exists(page: Path) -> None:
    settings = settings_keys()
    sections = {key.split(".")[0] for key in settings}
    for span in code_spans(page.read_text(encoding="utf-8")):
        found = re.fullmatch(r"([a-z_]+)\.([a-z_0-9]+)(?:[:=].*)?", span)
        if found and (found[1] in COLUMNS or found[1] in sections):
            is_column = found[2] in COLUMNS.get(found[1], set())
            assert is_column or f"{found[1]}.{found[2]}" in settings, span


def test_every_key_of_a_mapping_is_explained() -> None:
    explained = first_cells(section(read("docs/source-mappings.md"), "The mapping's keys"))
    for key in {*SourceMapping.model_fields, *Input.model_fields} - {"customer_code"}:
        assert key in explained, key
    assert {"customer_code.kind", "customer_code.generic"} <= set(explained)


def test_every_column_of_an_input_is_named_and_no_other() -> None:
    part = section(read("docs/source-mappings.md"), "The columns of each input")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", part, flags=re.MULTILINE))
    assert set(rows) == set(INPUTS)
    for name in INPUTS:
        assert set(code_spans(rows[name])) == set(contract_columns(name))


def test_the_file_of_filters_that_is_shown_names_all(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", section(read("docs/search.md"), "Filters"), re.DOTALL)
    assert found
    file = tmp_path / "filters.yaml"
    file.write_text(found[1])
    load_search(file)
    assert set(yaml.safe_load(found[1])["filters"]) == set(FilterSettings.model_fields)


def test_the_worked_mapping_is_one(tmp_path: Path) -> None:
    example = section(read("docs/source-mappings.md"), "A worked example")
    given = re.search(r"```yaml\n(.*?)```", example, flags=re.DOTALL)
    assert given
    file = tmp_path / "example.yaml"
    file.write_text(given[1], encoding="utf-8")
    assert set(load_mapping(file).inputs) == {"persons", "sales"}


def test_the_personal_columns_are_told() -> None:
    part = section(read("docs/operations.md"), "Where personal data lies")
    rows = {
        name: tuple(code_spans(columns))
        for name, columns in re.findall(r"^\| `(\w+)` \| (.+) \|$", part, flags=re.MULTILINE)
    }
    tables = (*TABLES.values(), RUNS)
    assert rows == {each.name: each.personal_columns for each in tables if each.personal_columns}


def test_every_job_is_in_the_readme() -> None:
    readme = read("README.md")
    started = set(re.findall(r"spark-submit\.sh ([a-z][a-z-]*)", readme))
    # Some jobs bear the name of a table, which alone names no job.
    told = {span.partition(" ")[0] for span in code_spans(readme) if span not in COLUMNS}
    assert set(cli.commands) - started - told == set()


def test_the_changelog_has_this_version() -> None:
    assert f"## [{VERSION}]" in read("CHANGELOG.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_holds_a_path_of_one_machine(page: Path) -> None:
    assert not re.search(r"/(work|home|root|Users|tmp)/", page.read_text(encoding="utf-8"))
