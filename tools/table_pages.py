"""Generate the pages of the published tables and of the indicators from what declares them.

``python tools/table_pages.py`` writes them; with ``--check`` it writes nothing and exits with 1 if
one is not current. Needs the packages of ``locks/run.txt``, starts no Spark.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # a script sees its own folder; the packages lie one above it

from schemas import RUNS, TABLES, Column, Table  # noqa: E402 - found by the path set above
from tools import indicator_page  # noqa: E402 - likewise

PAGE = ROOT / "docs" / "tables.md"
INDICATORS = ROOT / "docs" / "indicators.md"

_OPENING = """\
# The tables

Generated from `schemas/` by `python tools/table_pages.py`; do not edit.

Every table is a Delta table. A publication says at which version each is to be read; only `runs`,
which holds the publications, is read at its latest version (see [operations](operations.md)).

*Required* columns refuse null. *Personal* columns can name or reach a person: they have no
statistics, and they are in no partition, constraint or log line. A constraint lets a null pass.
The words are explained in the [glossary](glossary.md).

Money is in the currency in which the sources deliver it. A `date` is a day in the network's time
zone (`network.time_zone`), a `timestamp` an instant.

"12 months" has two senses. What `accounts`, `portfolios`, `frequency_classes` and
`loyalty_participation` hold in columns ending in `_12m`, and the indicator `spending_12m`, go by
the setting `accounts.recent`: 12 months unless a chain says otherwise. The habits of customers
(`mean_interval_days_12m`, frequency class, preferred store), `store_returns`, the indicators of
sales and the velocities of reactivation and recovery always go by 12 calendar months. Where
`accounts.recent` is changed, do not compare the one with the other.

Three things to know before studying the past:

- A table with `as_of` in its key holds one slice per processing date, made of the sales until then.
  Whatever the registry says (who is registered, which category a product has) is its newest word.
- A table without `as_of` is as things stand now. `purchases` and `life_cycle` go on after the last
  processing date, and `valid_to` of an interval knows of purchases that came later: take the
  segment of a day from it, and nothing else.
- Nobody can be lost before the chain has sold for as long as it takes to be lost. In the first
  years of the data stages, life times and the oldest cohorts move for that reason.
"""


def page() -> str:
    """The whole page, in Markdown."""
    tables = (*TABLES.values(), RUNS)
    contents = (f"- [`{each.name}`](#{each.name}): {each.english}" for each in tables)
    sections = (line for each in tables for line in _section(each))
    return "\n".join((_OPENING, *contents, *sections, ""))


def _section(table: Table) -> Iterator[str]:
    yield from ("", f"## {table.name}", "", table.english, "", f"*{table.portuguese}*", "")
    yield f"- One row: {table.grain}"
    yield f"- Key: {_names(table.key)}"
    yield f"- Partitioned by: {_names(table.partitioned_by) or 'nothing'}"
    yield ""
    yield _row("Column", "Type", "Required", "Personal", "English", "Portuguese")
    yield _row(*["---"] * 6)
    yield from (_column(each) for each in table.columns)
    if table.constraints:
        yield from ("", "Constraints:", "")
        yield from (f"- `{name}`: `{rule}`" for name, rule in table.constraints.items())


def _column(column: Column) -> str:
    required, personal = ("yes" if each else "" for each in (column.required, column.personal))
    english, portuguese = (_cell(each) for each in (column.english, column.portuguese))
    return _row(f"`{column.name}`", f"`{column.type}`", required, personal, english, portuguese)


def _row(*cells: str) -> str:
    return " ".join(("|", *(f"{cell} |" if cell else "|" for cell in cells)))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


def main(arguments: Sequence[str]) -> int:
    """Write the pages or check them; return the exit code."""
    parser = argparse.ArgumentParser(description="Generate pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="exit 1 if a page is not current")
    check = parser.parse_args(arguments).check
    for path, content in {PAGE: page(), INDICATORS: indicator_page.page()}.items():
        current = path.read_text(encoding="utf-8") if path.is_file() else ""
        if current == content:
            continue
        if check:
            sys.stderr.write(f"{path.name} is not current: run python tools/table_pages.py\n")
            return 1
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
