"""The interval of an action's return by bootstrap: on demand, as it takes a while."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from jobs.activation import actions
from jobs.activation.returning import bought_of
from jobs.campaigns.bootstrap import Draw, PercentileInterval, percentile_interval
from jobs.campaigns.sums import SCALES
from jobs.settings import Settings
from jobs.tables import Tables
from transforms.campaign_bootstrap import weighted_draws


def bootstrap_interval(
    tables: Tables, settings: Settings, code: str, as_of: date
) -> PercentileInterval:
    """The interval of the difference per customer in the measure that an action is judged by.

    People who were erased since are in no draw.

    Args:
        tables: The tables, the date computed.
        settings: All of them.
        code: An action that is followed.
        as_of: The processing date.
    """
    row = actions.one(tables, code)
    measure = actions.declared_again(row).judged_by
    rows = bought_of(tables, {code: row}, tables.read("action_lists"), [as_of])
    unit = Fraction(1, 10 ** SCALES[measure])
    drawn = weighted_draws(rows, measure, settings.campaigns.bootstrap_draws).collect()
    return percentile_interval(
        (
            Draw(
                each.listed,
                Fraction(each.listed_total) * unit,
                each.control,
                Fraction(each.control_total) * unit,
            )
            for each in drawn
        ),
        settings.campaigns.confidence,
    )
