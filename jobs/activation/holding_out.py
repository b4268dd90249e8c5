"""The yearly effect of activation as a whole, told by the holdout (spec §9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import click

from jobs.activation.results_rows import HOLDOUT_JUDGED_BY
from jobs.campaigns.conclusions import conclusion
from jobs.campaigns.results import ActionResult, Rules, action_result
from jobs.campaigns.section import Campaigns
from jobs.campaigns.sums import by_place, read_sums
from jobs.errors import UsageError
from jobs.reading import published, refuse_pruned
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.campaign_holdout import holdout_sums

Found = dict[tuple[date, str], ActionResult]
"""The results of dates and holdouts."""


def tell(settings: Settings, as_of: date) -> None:
    """Print what activation brought in until a date, by each holdout; nothing is written.

    Raises:
        UsageError: If nobody was held out before that date.
        LakehouseError: If the date was pruned.
    """
    tables, publication = published(settings, "campaign")
    refuse_pruned(tables, publication, [as_of])
    found = holdout_results(tables, settings.campaigns, [as_of])
    if not found:
        message = (
            f"nobody was held out before {as_of}: set campaigns.holdout.share above 0; the next "
            "list draws the holdout"
        )
        raise UsageError(message)
    for (_, name), result in sorted(found.items()):
        click.echo(f"holdout {name}: {result.ratio.control:,} customers held out")
        for language in ("en", "pt-BR"):
            click.echo(conclusion(result, HOLDOUT_JUDGED_BY, language, of="activation"))


def holdout_results(tables: Tables, rules: Campaigns, dates: Sequence[date]) -> Found:
    """Everybody who may be addressed against those held out, in the year up to each date.

    Args:
        tables: The tables.
        rules: How results are judged.
        dates: The processing dates; without draws before one it has no result.
    """
    if not tables.was_written("holdout"):
        return {}
    drawn, merges = tables.read("holdout"), tables.read("merges")
    rows = holdout_sums(drawn, merges, tables.read("purchases"), dates).collect()
    judged_by = Rules(rules.confidence, rules.sample_ratio_p_below)
    return {
        (day, name): action_result(read_sums(given), given[0]["share"], judged_by)
        for (day, name), given in by_place(rows, "as_of", "holdout").items()
    }
