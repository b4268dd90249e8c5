"""The page ``docs/indicators.md``, made of the dictionary in ``conf/indicators``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobs.indicator_dictionary import Entry, load_dictionary

_OPENING = """\
# The indicators

Generated from `conf/indicators/` by `python tools/table_pages.py`; do not edit. The same entries
are the table [`indicator_dictionary`](tables.md#indicator_dictionary), and what
[`indicators`](tables.md#indicators) holds for the network, every store and every salesperson is
computed from them.

A *descriptive* entry informs, an *indicator* has a better and a worse direction or none, a
*metric* also has thresholds in the settings (`indicators.thresholds`) and is rated good, fair or
bad. Where a formula divides, the table keeps numerator and denominator beside the value, which is
null where the denominator is not positive. Names in italics are those of the dictionary that
closes the Linx manual.

**What adds up.** Numerators and denominators of the stores add up to the network's, so a quotient
of the network is the mean of the stores' weighted by their denominators. It must not be so for
registrations: who is registered and never bought has no main store and counts in the network
alone; nor for customers without a store, which only a network that closes stores and names no
default has. Salespeople add up to less than the network, since some sales nobody attended and some
customers wait in transition or belong to the store; only sales inside a portfolio are all
somebody's. In the [revenue tree](tables.md#revenue_tree) a customer of two stores is a customer of
each, and one of the network.
"""
_TITLES = {
    "customers": "Customers: of the main store and portfolio on the processing date",
    "moves": "Moves of the month: of the main store and portfolio on the processing date",
    "sales": "Sales: of the store and salesperson of the sale",
    "portfolios": "Portfolios: of the store and salesperson of the sale",
    "registrations": "Registrations: of the main store and portfolio, if there is one",
    "each_customer": "Of each customer only",
}


def page() -> str:
    """The whole page, in Markdown."""
    dictionary = load_dictionary()
    sections = (
        line for group, title in _TITLES.items() for line in _section(title, dictionary[group])
    )
    return "\n".join((_OPENING, *sections, ""))


def _section(title: str, entries: Sequence[Entry]) -> Iterator[str]:
    yield from (f"## {title}", "")
    yield "| Code | Name | Meaning | Formula | Unit | Periods | Kind | Of each customer |"
    yield "|---|---|---|---|---|---|---|---|"
    for entry in entries:
        manual = "".join(f"; *{name}*" for name in entry.manual)
        kind = f"{entry.kind} ({entry.direction})" if entry.direction else entry.kind
        cells = (
            f"`{entry.code}`",
            f"{entry.names.en}; {entry.names.pt}{manual}",
            f"{entry.meaning.en} / {entry.meaning.pt}",
            entry.formula,
            entry.unit.replace("_", " "),
            ", ".join(entry.all_periods),
            kind,
            f"`{entry.per_customer}`" if entry.per_customer else "",
        )
        yield " | ".join(("", *(cell.replace("|", "\\|") for cell in cells), "")).strip()
    yield ""
