"""Source mappings: how the exports of one system become the inputs of the suite.

A mapping is a YAML file (``conf/sources/``, or the user's own). It is checked whole, before Spark
starts; what it says of a file's columns is checked against the file before a row is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from jobs.errors import SettingsError
from jobs.setting_types import TimeZone
from jobs.yaml_models import Strict, checked, read_yaml
from schemas import TABLES, Table
from transforms.registry import text_columns
from transforms.sale_lines import TEXT_COLUMNS

InputName = Literal[
    "stores",
    "salespeople",
    "products",
    "persons",
    "past_actions",
    "past_contacts",
    "past_redemptions",
    "sales",
]

INPUTS: tuple[InputName, ...] = get_args(InputName)
"""What a source may deliver, in the order in which it is read."""


_PATTERN_LETTERS = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
}


# By each letter that Spark reads a day or time by, how often it may stand in a row. D, the day of
# the year, is nearly always meant as d, but for years of which it is the only day.
_LETTERS: Mapping[str, Collection[int]] = {
    "y": range(1, 7),
    **dict.fromkeys("ML", range(1, 5)),
    "D": (3,),
    **dict.fromkeys("dHhKkms", (1, 2)),
    "S": range(1, 10),
    "a": (1,),
    **dict.fromkeys("Gz", range(1, 5)),
    **dict.fromkeys("XxZ", range(1, 6)),
    "V": (2,),
    "O": (1, 4),
}


def first_repeated(names: Sequence[str]) -> tuple[int, int] | None:
    """The places of the first name that stands twice, where upper and lower case do not differ."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        first = places.setdefault(name.lower(), place)
        if first != place:
            return first, place
    return None


def _separator(given: str) -> str:
    if not _is_character(given) or given == "\\":
        tab = ' (a tab is "\\t", in double quotes)' if given.startswith("\\") else ""
        message = f"{given!r} is no separator: give one character{tab}, and no backslash"
        raise ValueError(message)
    return given


def _quote(given: str) -> str:
    if not _is_character(given):
        message = (
            f"{given!r} is no quote: give one character; where files quote nothing, one that they "
            "never hold"
        )
        raise ValueError(message)
    return given


def _encoding(given: str) -> str:
    # In wider ones, such as UTF-16, Spark ends lines in the midst of a character.
    if given not in ("UTF-8", "ISO-8859-1", "US-ASCII"):
        message = (
            f"{given!r} is no encoding that files are read in: name UTF-8, ISO-8859-1 or US-ASCII, "
            "or convert the files to UTF-8 first, e.g. with iconv"
        )
        raise ValueError(message)
    return given


def _is_character(given: str) -> bool:
    return len(given) == 1 and given not in "\r\n"


def _date_pattern(pattern: str) -> str:
    """A pattern of days and times, if Spark can read by it."""
    # What stands in quotes is text; Spark takes a quote that is not closed for one to the end.
    bare = re.sub(r"'[^']*('|$)", " ", pattern)
    runs = [found[0] for found in re.finditer(r"([A-Za-z])\1*", bare)]
    wrong = [run for run in runs if len(run) not in _LETTERS.get(run[0], ())]
    wrong += sorted(set(bare) & set("{}#"))
    if bare.count("]") > bare.count("["):
        wrong.append("]")
    letters = {run[0] for run in runs}
    if wrong:
        reason = f"Spark reads nothing by {', '.join(wrong)}"
    elif not letters:
        reason = "it has no letters"
    elif "d" in letters and not letters & {"M", "L"}:
        reason = "it has a day without a month (MM; mm is minutes)"
    else:
        return pattern
    message = f"{pattern!r} is no pattern of days and times: {reason}; write e.g. 'dd/MM/yyyy'"
    raise ValueError(message)


def _header(names: tuple[str, ...]) -> tuple[str, ...]:
    if repeated := first_repeated(names):
        message = (
            f"names {repeated[0] + 1} and {repeated[1] + 1} are the same, {names[repeated[1]]!r} "
            "(upper and lower case do not differ): give each column a name of its own"
        )
        raise ValueError(message)
    return names


def _expression(pattern: str) -> str:
    try:
        found = re.compile(pattern)
    except re.error as error:
        message = f"{pattern!r} is not a regular expression: {error}"
        raise ValueError(message) from error
    if found.groups != 1:
        message = f"{pattern!r} must have one group, around the date in the file's name"
        raise ValueError(message)
    return pattern


class Constant(Strict):
    """The same value for every row."""

    constant: str


class Expression(Strict):
    """A Spark SQL expression over the columns of the file (all text, but in Parquet and Delta)."""

    sql: str


class NewerByColumn(Strict):
    """A column, or an expression, whose greater time makes a delivery newer."""

    column: str | Expression


class NewerByFileName(Strict):
    """A date in the file's name makes a delivery newer."""

    file_name: Annotated[str, AfterValidator(_expression)]
    pattern: str

    @property
    def python_pattern(self) -> str:
        """The date pattern as Python spells it."""
        spelt = self.pattern
        for letters, code in _PATTERN_LETTERS.items():
            spelt = spelt.replace(letters, code)
        return spelt


class Input(Strict):
    """One kind of file that a source delivers.

    Attributes:
        files: A glob for the files' names, or for their paths under the folder given.
        format: How they are written; gzip is recognised by its ending.
        columns: For each column of the contract the file's column, a constant or an expression.
        header: The column names of a CSV file without a header line.
    """

    files: str
    format: Literal["csv", "json", "parquet", "delta"]
    columns: Mapping[str, str | Constant | Expression]
    separator: Annotated[str, AfterValidator(_separator)] = ","
    quote: Annotated[str, AfterValidator(_quote)] = '"'
    encoding: Annotated[str, AfterValidator(_encoding)] = "UTF-8"
    decimal_mark: Literal[".", ","] = "."
    dates: tuple[Annotated[str, AfterValidator(_date_pattern)], ...] = ()
    header: Annotated[tuple[str, ...], AfterValidator(_header)] | None = None
    newer_by: NewerByColumn | NewerByFileName | None = None

    @model_validator(mode="after")
    def _quote_is_no_separator(self) -> Input:
        if self.separator == self.quote:
            message = f"separator and quote are both {self.quote!r}: give them different characters"
            raise ValueError(message)
        return self


class CustomerCode(Strict):
    """What the customer codes of the source are."""

    kind: Literal["cpf", "cnpj", "text"]
    generic: tuple[str, ...] = ()


class SourceMapping(Strict):
    """How the exports of one system become the inputs of the suite."""

    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    time_zone: TimeZone
    customer_code: CustomerCode
    inputs: Mapping[InputName, Input]

    @model_validator(mode="after")
    def _columns_of_the_contract(self) -> SourceMapping:
        for name, each in self.inputs.items():
            known = contract_columns(name)
            for column in each.columns:
                if column not in known:
                    message = (
                        f"inputs.{name}.columns.{column}: unknown; "
                        f"{name} may have {', '.join(known)}"
                    )
                    raise ValueError(message)
            for group in _REQUIRED[name]:
                if not any(column in each.columns for column in group):
                    message = f"inputs.{name}.columns: give {' or '.join(group)}"
                    raise ValueError(message)
        return self


_REQUIRED: Mapping[InputName, tuple[tuple[str, ...], ...]] = {
    "sales": (
        ("store_code",),
        ("business_day", "sold_at"),
        ("sale_number",),
        ("quantity",),
        ("amount", "list_amount", "unit_price"),
    ),
    "persons": (("person_code",),),
    "stores": (("store_code",),),
    "salespeople": (("salesperson_code",), ("store_code",), ("works_from",)),
    "products": (("product_code",),),
    "past_actions": (("action_code",), ("valid_from",), ("valid_to",)),
    "past_contacts": (("action_code",), ("person_code",)),
    "past_redemptions": (("action_code",), ("person_code",), ("coupon_code",), ("redeemed_on",)),
}


OF_PEOPLE: tuple[InputName, ...] = ("sales", "persons", "past_contacts", "past_redemptions")
"""The inputs whose rows name customers by their codes."""


def contract_columns(name: InputName) -> tuple[str, ...]:
    """The columns that a mapping may give for an input."""
    return TEXT_COLUMNS if name == "sales" else text_columns(table_of(name))


def table_of(name: InputName) -> Table:
    """The contract of the table that an input is read into, which bears its name but for persons.

    What holds of a person is made of what was received and of what else was said of her.
    """
    return TABLES["persons_received" if name == "persons" else name]


def load_mapping(path: Path) -> SourceMapping:
    """Read a mapping; a name without a folder or ending is looked up among those shipped.

    Raises:
        SettingsError: Naming the file and every wrong key.
    """
    if path.suffix == "" and not path.exists():
        shipped = resources.files("conf") / "sources" / f"{path.name}.yaml"
        if not shipped.is_file():
            folder = resources.files("conf") / "sources"
            names = sorted(each.name.removesuffix(".yaml") for each in folder.iterdir())
            message = f"{path}: no such mapping; shipped are {', '.join(names)}, or name a file"
            raise SettingsError(message)
        with resources.as_file(shipped) as file:
            return checked(SourceMapping, read_yaml(file), {}, f"conf/sources/{path.name}.yaml")
    return checked(SourceMapping, read_yaml(path), {}, str(path))
