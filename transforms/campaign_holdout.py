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
from transforms.periods import YEAR, date_array


def holdout_sums(
    holdout: DataFrame, merges: DataFrame, purchases: DataFrame, dates: Sequence[date]
) -> DataFrame:
    """What those who may be addressed and those held out bought in the year up to each date.

    Everybody counts from the day after she was drawn: a draw within the year has a shorter one.
    The value before, which CUPED needs, is that of as many days up to the draw.

    Args:
        holdout: Rows of the table ``holdout``, of one draw per customer and holdout.
        merges: The table ``merges``.
        purchases: The table ``purchases``.
        dates: The processing dates.

    Returns:
        Key as_of, holdout, stratum, list_group, of dates after the draw; ``stratum`` is the day of
        the draw, ``list`` those who may be addressed and ``control`` those held out; and the sums
        of ``transforms.campaign_returns``. Whoever was drawn into both before she was merged counts
        in neither.
    """
    nothing = {name: F.lit(None).cast("string") for name in LEVELS.values()}
    as_lists = holdout.select(
        F.col("holdout").alias("action_code"),
        "customer_id",
        F.when(F.col("is_held_out"), CONTROL).otherwise(F.lit(LIST)).alias("list_group"),
        F.col("drawn_on").cast("string").alias("stratum"),
    ).withColumns(nothing)
    drawn = members(as_lists, merges).withColumn("holdout", F.col("action_code"))
    of_draw = drawn.withColumn("action_code", _draw("holdout", "stratum"))
    rows = bought(of_draw, _validities(holdout, dates), purchases)
    return sums(rows, ("as_of", "holdout", "stratum", "list_group"))


def _validities(holdout: DataFrame, dates: Sequence[date]) -> DataFrame:
    """For each draw and each date after it the days that count, as though it were an action."""
    draws = holdout.select("holdout", "drawn_on").distinct()
    year = F.date_add(F.add_months("as_of", -YEAR.count), 1)
    return (
        draws.select("*", F.explode(date_array(dates)).alias("as_of"))
        .where(F.col("drawn_on") < F.col("as_of"))
        .select(
            _draw("holdout", F.col("drawn_on").cast("string")).alias("action_code"),
            F.greatest(F.date_add("drawn_on", 1), year).alias("valid_from"),
            F.col("as_of").alias("valid_to"),
            F.col("drawn_on").alias("listed_as_of"),
            "as_of",
        )
    )


def _draw(holdout: str, day: str | Column) -> Column:
    return F.concat_ws("|", holdout, day)
