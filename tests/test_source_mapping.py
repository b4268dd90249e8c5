"""Source mappings: the shipped ones, and what an error says. Nothing here starts Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.errors import SettingsError
from jobs.source_mapping import (
    Constant,
    Expression,
    InputName,
    NewerByColumn,
    NewerByFileName,
    SourceMapping,
    contract_columns,
    load_mapping,
)

SHIPPED = (
    "adventureworks_internet",
    "adventureworks_resellers",
    "chain",
    "chain_parquet",
    "complete_journey",
    "complete_journey_campaigns",
    "online_retail",
)


def lojas() -> dict[str, Any]:
    """A sound mapping of a made-up chain."""
    return {
        "source": "lojas_sul",
        "title": "Lojas Sul",
        "time_zone": "America/Sao_Paulo",
        "customer_code": {"kind": "cpf"},
        "inputs": {
            "sales": {
                "files": "vendas_*.csv",
                "format": "csv",
                "columns": {
                    "store_code": "Loja",
                    "business_day": "Data",
                    "sale_number": "Cupom",
                    "quantity": "Quantidade",
                    "amount": "Valor",
                },
            }
        },
    }


def write(folder: Path, content: Any) -> Path:
    file = folder / "lojas.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def load_sales(folder: Path, **changes: Any) -> SourceMapping:
    content = lojas()
    content["inputs"]["sales"].update(changes)
    return load_mapping(write(folder, content))


def errors(folder: Path, content: Any) -> list[str]:
    """The lines of the refusal, the name of the file before each taken off."""
    file = write(folder, content)
    with pytest.raises(SettingsError) as refused:
        load_mapping(file)
    lines = str(refused.value).split("\n")
    assert all(line.startswith(f"{file}: ") for line in lines), lines
    return [line.removeprefix(f"{file}: ") for line in lines]


def errors_of_sales(folder: Path, **changes: Any) -> list[str]:
    content = lojas()
    content["inputs"]["sales"].update(changes)
    return errors(folder, content)


def test_every_shipped_mapping_loads_by_its_name() -> None:
    inputs = {name: tuple(load_mapping(Path(name)).inputs) for name in SHIPPED}
    assert inputs == {
        "adventureworks_internet": ("products", "persons", "sales"),
        "adventureworks_resellers": ("stores", "salespeople", "persons", "sales"),
        "chain": ("stores", "salespeople", "products", "persons", "sales"),
        "chain_parquet": ("stores", "salespeople", "products", "persons", "sales"),
        "complete_journey": ("products", "persons", "sales"),
        "complete_journey_campaigns": ("past_actions", "past_contacts", "past_redemptions"),
        "online_retail": ("sales",),
    }
    assert all(load_mapping(Path(name)).source == name for name in SHIPPED)


def test_resellers_are_read_with_territory_as_store_and_employee_as_salesperson() -> None:
    sales = load_mapping(Path("adventureworks_resellers")).inputs["sales"].columns
    assert sales["store_code"] == "SalesTerritoryKey"
    assert sales["salesperson_code"] == "EmployeeKey"


def test_an_unknown_name_lists_the_shipped_mappings() -> None:
    with pytest.raises(SettingsError) as refused:
        load_mapping(Path("lojas_do_norte"))
    assert str(refused.value) == (
        f"lojas_do_norte: no such mapping; shipped are {', '.join(SHIPPED)}, or name a file"
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "nowhere.yaml"
    with pytest.raises(SettingsError, match="cannot be read") as refused:
        load_mapping(file)
    assert str(refused.value).startswith(f"{file}: ")


def test_a_mapping_is_read_with_its_defaults(tmp_path: Path) -> None:
    sales = load_sales(tmp_path).inputs["sales"]
    assert (sales.separator, sales.quote, sales.encoding) == (",", '"', "UTF-8")
    assert (sales.decimal_mark, sales.dates, sales.header) == (".", (), None)
    assert sales.newer_by is None


def test_a_column_is_a_name_a_constant_or_an_expression(tmp_path: Path) -> None:
    columns = lojas()["inputs"]["sales"]["columns"] | {
        "store_code": {"constant": "001"},
        "is_return": {"sql": "Tipo = 'D'"},
    }
    read = load_sales(tmp_path, columns=columns).inputs["sales"].columns
    assert read["store_code"] == Constant(constant="001")
    assert read["is_return"] == Expression(sql="Tipo = 'D'")
    assert read["amount"] == "Valor"


def test_a_column_that_the_contract_lacks_is_refused_with_those_it_has(tmp_path: Path) -> None:
    columns = lojas()["inputs"]["sales"]["columns"] | {"customer": "CPF"}
    [line] = errors_of_sales(tmp_path, columns=columns)
    assert "inputs.sales.columns.customer: unknown; sales may have store_code, " in line
    assert "customer_code" in line


def test_an_id_is_made_and_never_mapped(tmp_path: Path) -> None:
    content = lojas()
    content["inputs"]["persons"] = {
        "files": "clientes_*.csv",
        "format": "csv",
        "columns": {"person_code": "CPF", "customer_id": "Id"},
    }
    [line] = errors(tmp_path, content)
    assert "inputs.persons.columns.customer_id: unknown" in line


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (("store_code",), "give store_code"),
        (("business_day",), "give business_day or sold_at"),
        (("sale_number",), "give sale_number"),
        (("quantity",), "give quantity"),
        (("amount",), "give amount or list_amount or unit_price"),
    ],
)
def test_sales_without_a_required_column_are_refused(
    tmp_path: Path, missing: tuple[str, ...], said: str
) -> None:
    columns = lojas()["inputs"]["sales"]["columns"]
    left = {name: spec for name, spec in columns.items() if name not in missing}
    [line] = errors_of_sales(tmp_path, columns=left)
    assert line.endswith(f"inputs.sales.columns: {said}")


def test_of_columns_joined_by_or_one_is_enough(tmp_path: Path) -> None:
    common = {"store_code": "Loja", "sale_number": "Cupom", "quantity": "Quantidade"}
    for price in ("amount", "list_amount", "unit_price"):
        for day in ("business_day", "sold_at"):
            columns = {**common, price: "Valor", day: "Quando"}
            assert load_sales(tmp_path, columns=columns).inputs["sales"].columns == columns


@pytest.mark.parametrize(
    ("name", "columns", "said"),
    [
        ("persons", {"name": "Nome"}, "give person_code"),
        ("stores", {"store_name": "Nome"}, "give store_code"),
        ("products", {"brand": "Marca"}, "give product_code"),
        ("salespeople", {"salesperson_code": "V", "store_code": "L"}, "give works_from"),
        ("salespeople", {"salesperson_code": "V", "works_from": "D"}, "give store_code"),
        ("salespeople", {"store_code": "L", "works_from": "D"}, "give salesperson_code"),
    ],
)
def test_a_registry_without_its_key_is_refused(
    tmp_path: Path, name: InputName, columns: dict[str, str], said: str
) -> None:
    content = lojas()
    content["inputs"] = {name: {"files": "*.csv", "format": "csv", "columns": columns}}
    [line] = errors(tmp_path, content)
    assert line.endswith(f"inputs.{name}.columns: {said}")


def test_what_a_sale_and_a_person_may_have() -> None:
    assert {"customer_code", "is_return", "is_cancelled", "discount_amount", "by_queue"} <= set(
        contract_columns("sales")
    )
    persons = set(contract_columns("persons"))
    assert {"person_code", "roles", "registered_on", "opted_out", "loyalty_programme"} <= persons
    assert not {"customer_id", "delivered_at"} & persons


def test_the_date_in_a_file_name_is_found_by_one_group(tmp_path: Path) -> None:
    by_name = {"file_name": r"vendas_(\d{8})", "pattern": "yyyyMMdd"}
    read = load_sales(tmp_path, newer_by=by_name).inputs["sales"].newer_by
    assert isinstance(read, NewerByFileName)
    assert read.python_pattern == "%Y%m%d"
    by_name = {"file_name": r"(\d.*)\.csv", "pattern": "dd-MM-yyyy HH.mm.ss"}
    read = load_sales(tmp_path, newer_by=by_name).inputs["sales"].newer_by
    assert isinstance(read, NewerByFileName)
    assert read.python_pattern == "%d-%m-%Y %H.%M.%S"
    read = load_sales(tmp_path, newer_by={"column": "enviado"}).inputs["sales"].newer_by
    assert read == NewerByColumn(column="enviado")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"vendas_(\d{8}", r"'vendas_(\\d{8}' is not a regular expression: "),
        (r"vendas_\d{8}", "must have one group, around the date in the file's name"),
        (r"(vendas)_(\d{8})", "must have one group, around the date in the file's name"),
    ],
)
def test_a_pattern_of_file_names_that_cannot_work_is_refused(
    tmp_path: Path, pattern: str, said: str
) -> None:
    lines = errors_of_sales(tmp_path, newer_by={"file_name": pattern, "pattern": "yyyyMMdd"})
    assert any(said in line for line in lines), lines


def test_an_unknown_key_names_the_nearest_one(tmp_path: Path) -> None:
    assert errors_of_sales(tmp_path, seperator=";") == [
        "inputs.sales.seperator: unknown key; did you mean 'separator'?"
    ]
    assert errors(tmp_path, lojas() | {"timezone": "UTC"}) == [
        "timezone: unknown key; did you mean 'time_zone'?"
    ]
    assert errors(tmp_path, lojas() | {"customer_code": {"kind": "cpf", "generics": ["X"]}}) == [
        "customer_code.generics: unknown key; did you mean 'generic'?"
    ]


def test_an_unknown_key_inside_a_column_names_the_nearest_one_there(tmp_path: Path) -> None:
    columns = lojas()["inputs"]["sales"]["columns"] | {"store_code": {"constnt": "001"}}
    lines = errors_of_sales(tmp_path, columns=columns)
    assert any(line.endswith("unknown key; did you mean 'constant'?") for line in lines), lines


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": "Lojas Sul"}, "source: "),
        ({"source": "_lojas"}, "source: "),
        ({"time_zone": "America/Porto_Alegre"}, "time_zone: 'America/Porto_Alegre' is not a time"),
        ({"customer_code": {"kind": "rg"}}, "customer_code.kind: "),
        ({"inputs": {"vendas": {}}}, "inputs.vendas"),
        ({"inputs": 5}, "inputs: "),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_key(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    lines = errors(tmp_path, lojas() | changes)
    assert any(line.startswith(said) for line in lines), lines


@pytest.mark.parametrize(
    ("key", "value"),
    [("format", "xlsx"), ("decimal_mark", ";"), ("dates", "dd/MM/yyyy"), ("files", None)],
)
def test_a_wrong_value_of_an_input_is_refused_by_the_name_of_its_key(
    tmp_path: Path, key: str, value: Any
) -> None:
    [line] = errors_of_sales(tmp_path, **{key: value})
    assert line.startswith(f"inputs.sales.{key}: ")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"separator": "||"}, "separator: '||' is no separator: give one character, and no back"),
        ({"separator": ""}, "separator: '' is no separator: give one character"),
        ({"separator": "\\"}, "separator: "),
        ({"separator": "\n"}, "separator: "),
        ({"quote": ""}, "quote: '' is no quote: give one character; where files quote nothing"),
        ({"quote": "''"}, "quote: "),
        ({"header": ["Loja", "Valor", "loja"]}, "header: names 1 and 3 are the same, 'loja'"),
        ({"header": ["Loja", "", ""]}, "header: names 2 and 3 are the same, ''"),
    ],
)
def test_what_no_csv_file_can_be_read_by_is_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    [line] = errors_of_sales(tmp_path, **changes)
    assert line.startswith(f"inputs.sales.{said}"), line


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE", "UTF-32", "windows-1252", "utf8", ""])
def test_an_encoding_that_lines_cannot_be_read_in_is_refused_with_what_to_do(
    tmp_path: Path, encoding: str
) -> None:
    [line] = errors_of_sales(tmp_path, encoding=encoding)
    assert line == (
        f"inputs.sales.encoding: {encoding!r} is no encoding that files are read in: name UTF-8, "
        "ISO-8859-1 or US-ASCII, or convert the files to UTF-8 first, e.g. with iconv"
    )


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "US-ASCII"])
def test_encodings_of_one_byte_and_utf_8_are_taken(tmp_path: Path, encoding: str) -> None:
    assert load_sales(tmp_path, encoding=encoding).inputs["sales"].encoding == encoding


def test_a_quote_that_separates_columns_too_is_refused(tmp_path: Path) -> None:
    [line] = errors_of_sales(tmp_path, separator=";", quote=";")
    assert line == "inputs.sales: separator and quote are both ';': give them different characters"


def test_a_tab_separates_columns_and_two_characters_that_mean_one_are_told(tmp_path: Path) -> None:
    [line] = errors_of_sales(tmp_path, separator=r"\t")
    assert r'is no separator: give one character (a tab is "\t", in double quotes)' in line
    assert load_sales(tmp_path, separator="\t").inputs["sales"].separator == "\t"


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("DD/MM/YYYY", "Spark reads nothing by DD, YYYY"),
        ("dd/MM/aaaa", "Spark reads nothing by aaaa"),
        ("dd/MM/yyyy T", "Spark reads nothing by T"),
        ("ddd/MM/yyyy", "Spark reads nothing by ddd"),
        ("EEE, dd MMM yyyy", "Spark reads nothing by EEE"),
        ("{dd}/MM/yyyy", "Spark reads nothing by {, }"),
        ("dd/MM/yyyy]", "Spark reads nothing by ]"),
        ("dd/mm/yyyy", "it has a day without a month (MM; mm is minutes)"),
        ("'ontem'", "it has no letters"),
        ("", "it has no letters"),
    ],
)
def test_a_pattern_that_no_day_can_be_read_by_is_refused(
    tmp_path: Path, pattern: str, why: str
) -> None:
    [line] = errors_of_sales(tmp_path, dates=["yyyy-MM-dd", pattern])
    said = f"{pattern!r} is no pattern of days and times: {why}; write e.g. 'dd/MM/yyyy'"
    assert line == f"inputs.sales.dates.1: {said}"


def test_patterns_that_spark_reads_by_are_taken(tmp_path: Path) -> None:
    patterns = [
        "dd/MM/yyyy HH:mm:ss",
        "yyyyMMdd",
        "yyyyDDD",
        "d/M/yy h:mm a",
        "dd 'de' MMMM 'de' yyyy",
        "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
        "dd.MM.yyyy[ HH:mm]",
        "HH:mm",
    ]
    assert load_sales(tmp_path, dates=patterns).inputs["sales"].dates == tuple(patterns)


@pytest.mark.parametrize("left_out", ["source", "title", "time_zone", "customer_code", "inputs"])
def test_a_key_that_every_mapping_needs_is_named_when_it_is_missing(
    tmp_path: Path, left_out: str
) -> None:
    content = {key: value for key, value in lojas().items() if key != left_out}
    assert errors(tmp_path, content) == [f"{left_out}: Field required"]
