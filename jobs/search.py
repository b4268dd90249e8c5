"""Lists: customers by filters, their purchases in a period, and who came back to a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.customer_history import tickets_by_customer
from jobs.errors import LakehouseError, UsageError
from jobs.kept import kept
from jobs.lists import check_name, write_list
from jobs.reading import published, refuse_pruned
from jobs.search_settings import Search
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.life_cycle_flows import segments_on
from transforms.search import customers_on, rfv_report, search, selection_value, with_classes
from transforms.store_returns import ReturnRanges, returning_customers


def found_customers(tables: Tables, as_of: date, asked: Search) -> DataFrame:
    """The customers whom the filters find on a date, with every column that a list may have.

    Args:
        tables: The published tables.
        as_of: A computed date.
        asked: The filters.

    Raises:
        LakehouseError: If the date was not computed, or only in part.
    """
    history, bought = tickets_until(tables, as_of), products_until(tables, as_of)
    return search(everybody_on(tables, as_of), history, asked.filters.wanted, bought)


def everybody_on(tables: Tables, as_of: date) -> DataFrame:
    """All customers who can be found on a date, as ``found_customers`` returns them.

    Raises:
        LakehouseError: If the date was not computed, or only in part.
    """
    accounts, habits, allocated = (
        _computed(tables, name, as_of) for name in ("accounts", "customer_habits", "allocations")
    )
    return customers_on(
        as_of,
        tables.read("persons"),
        accounts,
        habits,
        allocated,
        segments_on(tables.read("life_cycle"), [as_of]),
        tables.read_slices("rfv", [as_of]),
    ).transform(
        with_classes,
        tables.read_slices("network_customers", [as_of]),
        tables.read_slices("due_to_change", [as_of]),
    )


def write_found(settings: Settings, as_of: date, asked: Search, out: str) -> None:
    """Write the list of the customers found, and print what they are worth."""
    check_name(out)
    tables, publication = published(settings, "search")
    refuse_pruned(tables, publication, [as_of])
    with kept(found_customers(tables, as_of, asked)) as found:
        _print_value(selection_value(found).collect()[0])
        listed = with_codes(found, tables) if "customer_code" in asked.columns else found
        columns = _with_key(asked.columns)
        write_list(listed.select(*columns), out, columns[:1])
    _print_written(out, asked.columns)


def write_rfv_report(
    settings: Settings, as_of: date, asked: Search, period: tuple[date, date], out: str
) -> None:
    """Write last purchase, purchases and value of each found customer in a period.

    Columns that the filters' file names follow, but for those of the report's own names.
    """
    check_name(out)
    tables, publication = published(settings, "rfv-report")
    refuse_pruned(tables, publication, [as_of])
    found = found_customers(tables, as_of, asked)
    report = rfv_report(found, tickets_until(tables, as_of), *period)
    if asked.names_columns:
        more = [name for name in asked.columns if name not in report.columns]
        listed = with_codes(found, tables) if "customer_code" in more else found
        report = report.join(listed.select("customer_id", *more), on="customer_id", how="left")
    write_list(report, out, ["customer_id"])
    _print_written(out, report.columns)


def write_returning(
    settings: Settings, asked: ReturnRanges, store_code: str | None, out: str
) -> None:
    """Write who bought in a store in the first range and came back in the second, or did not.

    Raises:
        UsageError: If no ticket was ever sold in the store.
    """
    check_name(out)
    tables, _ = published(settings, "returning-customers")
    returning = returning_customers(tickets_by_customer(tables), [asked]).drop("as_of")
    if store_code is not None:
        in_store = F.col("store_code") == store_code
        if tables.read("purchases").where(in_store).isEmpty():
            message = (
                f"--store {store_code}: no ticket was sold there; the table stores has the codes"
            )
            raise UsageError(message)
        returning = returning.where(in_store)
    write_list(returning, out, ["store_code", "customer_id"])
    _print_written(out, returning.columns)


def _computed(tables: Tables, name: str, as_of: date) -> DataFrame:
    rows = tables.read_slices(name, [as_of])
    if rows.isEmpty():
        message = f"no {name} of {as_of} are published: run daily --as-of {as_of} first"
        raise LakehouseError(message)
    return rows


def tickets_until(tables: Tables, as_of: date) -> DataFrame:
    """Tickets of real customers up to a date."""
    return tickets_by_customer(tables).where(F.col("business_day") <= as_of)


def products_until(tables: Tables, as_of: date) -> DataFrame:
    """Which products, of which category now, were ever sold to whom until a date."""
    sold = tables.read("customer_products").where(F.col("first_on") <= as_of)
    known = tables.read("products").select("product_code", "category")
    return sold.join(F.broadcast(known), on="product_code", how="left")


def _with_key(columns: Sequence[str]) -> list[str]:
    return ["customer_id", *(name for name in columns if name != "customer_id")]


def with_codes(found: DataFrame, tables: Tables) -> DataFrame:
    """Adds ``customer_code``; whoever has several codes keeps the one that sorts first."""
    codes = tables.read("customer_codes").groupBy("customer_id")
    return found.join(
        codes.agg(F.min("customer_code").alias("customer_code")), on="customer_id", how="left"
    )


def _print_value(row: Row) -> None:
    click.echo(
        f"{row.customers:,} customers, {row.buyers:,} of them with purchases: "
        f"{row.purchases:,} purchases, net {row.net_amount:,.2f}"
    )
    if row.mean_sale_value is not None:
        click.echo(f"mean sale value {row.mean_sale_value:,.2f}")
    if row.mean_customer_value is not None:
        click.echo(f"mean customer value {row.mean_customer_value:,.2f}")


def _print_written(out: str, columns: Sequence[str]) -> None:
    click.echo(f"written {out}: {', '.join(columns)}")
