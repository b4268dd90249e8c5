"""Lists that stores and salespeople work with: one CSV file for each (spec §9)."""

from __future__ import annotations

from datetime import date

import click
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.activation import actions
from jobs.campaigns.campaign_settings import Action
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
from transforms.campaign_lists import LIST
from transforms.campaign_returns import members

_NOBODY = "none"
_OWN = ("store_code", "salesperson_code", "is_lent")
"""What a list tells of its members itself."""


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
    return listed_rows(tables, actions.declared_again(row).action, row.listed_as_of)


def listed_rows(tables: Tables, action: Action, as_of: date) -> DataFrame:
    """The list of an action, each member as the customer she counts as now.

    Whoever was merged since stands on it as who stands for her, once, by the store and salesperson
    of the id that sorts first; if one of them is in the control, she is not on it.

    Args:
        tables: The tables.
        action: The action.
        as_of: The date of its list.

    Returns:
        Key customer_id: ``store`` and ``salesperson``, ``none`` where there is none, ``is_lent``,
        and the columns that the action asks for, null for who is not known any more.
    """
    drawn = tables.read("action_lists").where(F.col("action_code") == action.code)
    listed = (
        members(drawn, tables.read("merges"), _OWN)
        .where(F.col("list_group") == LIST)
        .select("customer_id", *_OWN)
    )
    found = found_customers(tables, as_of, Search())
    named = with_codes(found, tables) if "customer_code" in action.columns else found
    asked = [name for name in action.columns if name not in ("customer_id", *_OWN)]
    return listed.join(named.select("customer_id", *asked), on="customer_id", how="left").select(
        F.coalesce("store_code", F.lit(_NOBODY)).alias("store"),
        F.coalesce("salesperson_code", F.lit(_NOBODY)).alias("salesperson"),
        "customer_id",
        "is_lent",
        *asked,
    )
