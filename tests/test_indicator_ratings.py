"""What is good, fair or bad: above and below the limits of the spec, and fair on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pyspark.sql import SparkSession

from jobs.indicator_dictionary import computed
from jobs.settings import load_settings
from schemas.indicators import TOTAL
from transforms.indicators import with_value

AS_OF = date(2024, 1, 31)
SUMMED = (
    "as_of date, period string, level string, level_code string, indicator string, "
    f"numerator {TOTAL}, denominator {TOTAL}"
)
LIMITS = (
    "indicators.thresholds.average_ticket.store={good_above: 300, bad_below: 200}",
    "indicators.thresholds.opt_out={good_below: 0.05, bad_above: 0.2}",
)
RATED = [
    # Spec §7: the average ticket is good above 400 and bad below 250. On a limit it is neither.
    ("network", "1", "average_ticket", "400.0001", "1", "400.0001", "good"),
    ("network", "2", "average_ticket", "400", "1", "400", "fair"),
    ("network", "3", "average_ticket", "250", "1", "250", "fair"),
    ("network", "4", "average_ticket", "249.9999", "1", "249.9999", "bad"),
    # 1200.0001 ÷ 3 = 400.00003…, published as 400.0000: what is rated is what is published.
    ("network", "5", "average_ticket", "1200.0001", "3", "400", "fair"),
    ("network", "6", "average_ticket", "-1", "1", "-1", "bad"),
    # Nobody bought, so there is no ticket and nothing to rate.
    ("network", "7", "average_ticket", "0", "0", None, None),
    # Stores have limits of their own, 300 and 200; salespeople keep those of everybody.
    ("store", "1", "average_ticket", "300.0001", "1", "300.0001", "good"),
    ("store", "2", "average_ticket", "300", "1", "300", "fair"),
    ("store", "3", "average_ticket", "200", "1", "200", "fair"),
    ("store", "4", "average_ticket", "199.9999", "1", "199.9999", "bad"),
    ("salesperson", "1", "average_ticket", "300.0001", "1", "300.0001", "fair"),
    ("salesperson", "2", "average_ticket", "200", "1", "200", "bad"),
    # Less is better: good below 1 in 20, bad above 1 in 5.
    ("network", "1", "opt_out", "1", "25", "0.04", "good"),
    ("network", "2", "opt_out", "1", "20", "0.05", "fair"),
    ("network", "3", "opt_out", "1", "5", "0.2", "fair"),
    ("network", "4", "opt_out", "21", "100", "0.21", "bad"),
    ("store", "1", "opt_out", "0", "0", None, None),
    # No such share can be, but a quotient of twelve decimals must not wrap beyond 9,223,372.
    ("network", "5", "opt_out", "7891234567890", "100", "78912345678.9", "bad"),
    # Nobody gave limits to a count.
    ("network", "1", "purchases", "500", None, "500", None),
]
"""Level, code, indicator, numerator, denominator; value and rating."""


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def test_a_metric_is_good_beyond_one_limit_bad_beyond_the_other_and_fair_on_them(
    spark: SparkSession,
) -> None:
    limits = load_settings([], LIMITS).indicators.limits
    told = {"average_ticket", "opt_out", "purchases"}
    entries = [
        each for of_group in computed(limits).values() for each in of_group if each.code in told
    ]
    assert {each.code for each in entries} == told
    rows = [
        (AS_OF, "all", level, code, indicator, decimal(numerator), decimal(denominator))
        for level, code, indicator, numerator, denominator, _, _ in RATED
    ]
    made = with_value(spark.createDataFrame(rows, SUMMED), entries)
    found = {
        (row.level, row.level_code, row.indicator): (row.value, row.rating)
        for row in made.collect()
    }
    assert found == {
        (level, code, indicator): (decimal(value), rating)
        for level, code, indicator, _, _, value, rating in RATED
    }
