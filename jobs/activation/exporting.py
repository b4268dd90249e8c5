"""Lists that stores and salespeople work with: one CSV file for each (spec §9)."""

from __future__ import annotations

import click
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.activation import actions
from jobs.errors import UsageError
from jobs.files import Files
from jobs.kept import kept
from jobs.lists import write_parts
from jobs.past_runs import Publication
from jobs.reading import published, refuse_pruned
from jobs.search import found_customers, with_codes
from jobs.search_settings import Search
from jobs.settings import Settings
from jobs.tables import Tables

_NOBODY = "none"


def export(settings: Settings, code: str, out: str) -> None:
    """Write the list of an action, its control left out, with the columns that it asks for.

    Raises:
        UsageError: If the action has no list, or files are there already.
    """
    tables, publication = published(settings, "campaign")
    row = actions.one(tables, code)
    if row.listed_as_of is None:
        message = f"action {code} has no list: make it by campaign list {code} --as-of DATE"
        raise UsageError(message)
    if Files(tables.spark).has_anything(out):
        message = f"--out {out}: is not empty; name a new folder, so that no old list stays in use"
        raise UsageError(message)
    with kept(_rows(tables, publication, code)) as rows:
        listed = rows.count()
        parts = write_parts(rows, out, ("store", "salesperson"), ["customer_id"])
    click.echo(f"written {listed:,} customers to {parts:,} files in {out}")


def _rows(tables: Tables, publication: Publication, code: str) -> DataFrame:
    row = actions.one(tables, code)
    refuse_pruned(tables, publication, [row.listed_as_of])
    action = actions.declared_again(row).action
    found = found_customers(tables, row.listed_as_of, Search())
    named = with_codes(found, tables) if "customer_code" in action.columns else found
    own = ("store_code", "salesperson_code", "is_lent")
    members = (
        tables.read("action_lists")
        .where((F.col("action_code") == code) & (F.col("list_group") == "list"))
        .select("customer_id", *own)
    )
    asked = [name for name in action.columns if name not in ("customer_id", *own)]
    return members.join(named.select("customer_id", *asked), on="customer_id", how="left").select(
        F.coalesce("store_code", F.lit(_NOBODY)).alias("store"),
        F.coalesce("salesperson_code", F.lit(_NOBODY)).alias("salesperson"),
        "customer_id",
        "is_lent",
        *asked,
    )
