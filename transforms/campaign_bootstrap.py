"""Customers drawn again and again with weights by Poisson, for an interval without assumptions.

In each draw every customer counts as often as a Poisson variable of mean 1 says. The weight is a
function of the customer's id and the number of the draw, so that no row has to move for it, and the
same draws come out on whatever cluster.

Sources: spec §9; Hanley and MacGibbon 2006; Chamandy, Muralidharan, Najmi and Naidu 2012.
"""

from __future__ import annotations

from decimal import Context, Decimal
from itertools import accumulate

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.campaign_lists import CONTROL, LIST

_BITS = 64
_SUM = "decimal(38,0)"


def weighted_draws(rows: DataFrame, measure: str, draws: int) -> DataFrame:
    """Sums of list and control in each draw.

    Args:
        rows: One for each customer: ``customer_id``, ``list_group``, and the measure in whole
            numbers.
        measure: The column that is summed.
        draws: How many.

    Returns:
        Key draw, from 1 on: ``listed`` and ``control``, the sums of the weights of each group, and
        ``listed_total`` and ``control_total``, those of weight times measure. A draw in which a
        group has nobody has 0 there.
    """
    drawn = rows.select(
        "list_group",
        F.col(measure).cast(_SUM).alias("measure"),
        "customer_id",
        F.explode(F.sequence(F.lit(1), F.lit(draws))).alias("draw"),
    ).withColumn("weight", poisson_weight(F.xxhash64("customer_id", "draw")))
    sums = {}
    for name, group in (("listed", LIST), ("control", CONTROL)):
        weight = F.when(F.col("list_group") == group, F.col("weight")).otherwise(F.lit(0))
        sums[name] = F.sum(weight)
        sums[f"{name}_total"] = F.sum((weight * F.col("measure")).cast(_SUM))
    return drawn.groupBy("draw").agg(*(each.alias(name) for name, each in sums.items()))


def poisson_weight(hashed: Column) -> Column:
    """A Poisson variable of mean 1, made of 64 bits that are as good as drawn.

    Args:
        hashed: A bigint, every one of which is as likely as any other.
    """
    weight = F.when(F.lit(False), F.lit(0))
    thresholds = _thresholds()
    for number, threshold in enumerate(thresholds):
        weight = weight.when(hashed < F.lit(threshold), F.lit(number))
    return weight.otherwise(F.lit(len(thresholds)))


def _thresholds() -> list[int]:
    """Below the first of them lies the share of all bigints that weighs 0, and so on."""
    exact = Context(prec=60)
    term = exact.exp(Decimal(-1))
    terms = [term]
    while term * 2**_BITS > 1:
        term = exact.divide(term, Decimal(len(terms)))
        terms.append(term)
    shares = accumulate(terms, exact.add)
    bounds = [int(exact.multiply(each, Decimal(2**_BITS)).to_integral_value()) for each in shares]
    return [each - 2 ** (_BITS - 1) for each in bounds if each < 2**_BITS]
