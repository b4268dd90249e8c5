"""What activation as a whole brings in a year: everybody against those whom no action addresses.

Spec §9, the persistent holdout of the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.campaign_lists import CONTROL, LIST
from transforms.campaign_returns import LEVELS, bought, members, sums
from transforms.periods import YEAR, date_array, start_of_last


def holdout_sums(
    holdout: DataFrame, merges: DataFrame, purchases: DataFrame, dates: Sequence[date]
) -> DataFrame:
    """What those who may be addressed and those held out bought in the year up to each date.

    Everybody counts from the day after she was drawn: a draw within the year has a shorter one.
    The value before, which CUPED needs, is that of as many days up to the draw. Of a holdout whose
    share was changed, a date compares only draws of the share last drawn before it: with others
    among them the groups would not be as drawn. Of two shares on one day the greater counts.

    Args:
        holdout: Rows of the table ``holdout``, of one draw per customer and holdout.
        merges: The table ``merges``.
        purchases: The table ``purchases``.
        dates: The processing dates.

    Returns:
        Key as_of, holdout, stratum, list_group, of dates after the draw; ``share``, the one
        compared; ``stratum`` is the day of the draw, ``list`` those who may be addressed and
        ``control`` those held out; and the sums of ``transforms.campaign_returns``. Whoever was
        drawn into both with one share by that date, before she was merged, counts in neither.

    Source: spec §9.
    """
    nothing = {name: F.lit(None).cast("string") for name in LEVELS.values()}
    known = holdout.select("*", F.explode(date_array(dates)).alias("as_of")).where(_is_known())
    as_lists = known.select(
        F.struct("holdout", "share", "as_of").alias("action_code"),
        "customer_id",
        F.when(F.col("is_held_out"), CONTROL).otherwise(F.lit(LIST)).alias("list_group"),
        F.col("drawn_on").cast("string").alias("stratum"),
    ).withColumns(nothing)
    drawn = members(as_lists, merges).select("*", "action_code.*")
    of_draw = drawn.withColumn("action_code", _draw(F.col("stratum"))).drop("as_of")
    rows = bought(of_draw, _validities(holdout, dates), purchases)
    return sums(rows, ("as_of", "holdout", "share", "stratum", "list_group"))


def _validities(holdout: DataFrame, dates: Sequence[date]) -> DataFrame:
    """For each date the days of each draw that count then, as though it were an action."""
    draws = holdout.select("holdout", "share", "drawn_on").distinct()
    dated = draws.select("*", F.explode(date_array(dates)).alias("as_of")).where(_is_known())
    key = ["holdout", "as_of"]
    newest = dated.groupBy(*key).agg(F.max(F.struct("drawn_on", "share")).alias("newest"))
    year = start_of_last(YEAR, F.date_add("as_of", 1))
    return (
        dated.join(newest, on=key, how="inner")
        .where(F.col("share") == F.col("newest.share"))
        .select(
            _draw(F.col("drawn_on").cast("string")).alias("action_code"),
            F.greatest(F.date_add("drawn_on", 1), year).alias("valid_from"),
            F.col("as_of").alias("valid_to"),
            F.col("drawn_on").alias("listed_as_of"),
            "as_of",
        )
    )


def _is_known() -> Column:
    """Whoever is drawn counts from the next day on, and so does whom she was merged into."""
    return F.col("drawn_on") < F.col("as_of")


def _draw(day: Column) -> Column:
    return F.struct("holdout", "share", day.alias("day"), "as_of")
