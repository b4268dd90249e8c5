"""Indicators as the dictionary declares them: sums of facts by level, and what they say (spec §7).

A fact is a row that belongs to a store and a salesperson. Every indicator is a sum over facts, or
one sum divided by another, so that the network's is made of the same rows as the stores'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DataType, DecimalType, IntegralType

from schemas import TABLES
from schemas.indicators import TOTAL, VALUE
from transforms.exact import MEAN_SCALE, MONEY_SCALE, rounded_ratio
from transforms.scopes import known_codes

_SCALES = {"money": MONEY_SCALE, "per_month": MEAN_SCALE, "per_year": MEAN_SCALE}
_SCALE_OF_OTHERS = 12
_PLACE = ("as_of", "period", "level", "level_code")


@dataclass(frozen=True)
class Thresholds:
    """When a metric is good and when bad; between them, and on them, it is fair.

    Attributes:
        good: Beyond this, seen from ``bad``, is good; below it where less is better.
        bad: Beyond this, seen from ``good``, is bad.
    """

    good: Decimal
    bad: Decimal


@dataclass(frozen=True)
class Indicator:
    """One entry of the dictionary that is computed by level.

    Attributes:
        code: Its code.
        numerator: SQL over one fact; a condition counts the facts that fulfil it.
        denominator: Likewise, or None for a count or a sum.
        periods: The periods it speaks of.
        unit: Money and frequencies are rounded half-up as accounts round them, others to 12 places.
        thresholds: Of a metric, by level.
    """

    code: str
    numerator: str
    denominator: str | None
    periods: tuple[str, ...]
    unit: str
    thresholds: Mapping[str, Thresholds] | None = None


def indicators(
    facts: Mapping[tuple[str, ...], DataFrame], entries: Mapping[str, Sequence[Indicator]]
) -> DataFrame:
    """Every entry by level, of the facts that it is a sum of.

    Args:
        facts: By groups, such as customers or sales, what ``totals`` sums.
        entries: By group, what to sum.

    Returns:
        The table ``indicators``.
    """
    of_facts = [[entry for each in groups for entry in entries[each]] for groups in facts]
    summed = [totals(rows, theirs) for rows, theirs in zip(facts.values(), of_facts, strict=True)]
    return with_value(
        reduce(DataFrame.unionByName, summed), [each for of in of_facts for each in of]
    )


def totals(facts: DataFrame, entries: Sequence[Indicator]) -> DataFrame:
    """Numerators and denominators of all entries, for the network, each store, each salesperson.

    Facts are summed by store and salesperson first, so that what is repeated by level is small.

    Args:
        facts: ``as_of``, ``period`` (or none, where all entries have one), ``store_code`` and
            ``salesperson_code``, null for nobody's, and what the entries name.
        entries: What to sum.

    Returns:
        Key (as_of, period, level, level_code, indicator): ``numerator`` and ``denominator``,
        decimal(38,6). A level without facts has no row.
    """
    sums = _sums(facts, entries)
    codes = {
        "network": F.lit("network"),
        "store": F.col("store_code"),
        "salesperson": F.col("salesperson_code"),
    }
    by = [name for name in ("as_of", "period") if name in facts.columns]
    by_level = (
        facts.groupBy(*by, "store_code", "salesperson_code")
        .agg(*(F.expr(total).alias(name) for name, total in sums.items()))
        .withColumn("at", F.explode(known_codes(codes, "level")))
        .groupBy(*by, "at.level", "at.level_code")
        .agg(*(F.sum(name).cast(TOTAL).alias(name) for name in sums))
    )
    rows = ", ".join(_row(place, entry) for place, entry in enumerate(entries))
    long = by_level.withColumn("of", F.expr(f"explode(array({rows}))"))
    if "period" in by:
        long = long.where(F.array_contains("of.periods", F.col("period")))
    else:
        long = long.withColumn("period", F.element_at("of.periods", 1))
    return long.select(*_PLACE, "of.indicator", "of.numerator", "of.denominator")


def with_value(summed: DataFrame, entries: Sequence[Indicator]) -> DataFrame:
    """The value of each indicator, and how good it is.

    Args:
        summed: What ``totals`` returns.
        entries: The same entries.

    Returns:
        The table ``indicators``. A quotient whose denominator is not positive is null.

    Source: spec §7; Linx manual §10 "Métricas".
    """
    value = F.when(F.col("denominator").isNull(), F.col("numerator").cast(VALUE))
    scales = {entry.code: _SCALES.get(entry.unit, _SCALE_OF_OTHERS) for entry in entries}
    for scale in sorted(set(scales.values())):
        codes = [code for code, of in scales.items() if of == scale]
        value = value.when(F.col("indicator").isin(codes), _quotient(scale))
    return (
        summed.withColumn("value", value)
        .withColumn("rating", _rating(entries))
        .select(*TABLES["indicators"].column_names)
    )


def _sums(facts: DataFrame, entries: Sequence[Indicator]) -> Mapping[str, str]:
    """SQL for the sum of every numerator and denominator; a condition is 1 where it holds.

    Each is summed in its own type: most are whole numbers, which need no decimals.
    """
    declared = {
        f"{side}_{place}": sql
        for place, entry in enumerate(entries)
        for side, sql in (("n", entry.numerator), ("d", entry.denominator))
        if sql is not None
    }
    types = facts.selectExpr(*(f"{sql} AS {name}" for name, sql in declared.items())).schema
    return {field.name: _sum(declared[field.name], field.dataType) for field in types}


def _sum(sql: str, kind: DataType) -> str:
    if isinstance(kind, BooleanType):
        return f"count_if({sql})"
    if isinstance(kind, IntegralType | DecimalType):
        return f"sum({sql})"
    return f"sum(CAST({sql} AS decimal(28,6)))"  # a sum of floats would go by their order


def _quotient(scale: int) -> Column:
    """Numerator ÷ denominator, rounded half-up once; null where the denominator is not positive."""
    numerator, denominator = (
        (F.col(side) * F.lit(10**MEAN_SCALE)).cast("decimal(28,0)")
        for side in ("numerator", "denominator")
    )
    return rounded_ratio(numerator, F.when(denominator > 0, denominator), scale).cast(VALUE)


def _row(place: int, entry: Indicator) -> str:
    """SQL for what an entry is, and its sums, null sums being of nothing."""
    periods = ", ".join(f"'{period}'" for period in entry.periods)
    denominator = f"coalesce(d_{place}, 0)" if entry.denominator else "NULL"
    return (
        f"struct('{entry.code}' AS indicator, array({periods}) AS periods, "
        f"CAST(coalesce(n_{place}, 0) AS {TOTAL}) AS numerator, "
        f"CAST({denominator} AS {TOTAL}) AS denominator)"
    )


def _rating(entries: Sequence[Indicator]) -> Column:
    rating = F.lit(None).cast("string")
    for entry in entries:
        for level, limits in (entry.thresholds or {}).items():
            value, less_is_better = F.col("value"), limits.good < limits.bad
            above = F.when(
                value > max(limits.good, limits.bad), "bad" if less_is_better else "good"
            )
            below = F.when(
                value < min(limits.good, limits.bad), "good" if less_is_better else "bad"
            )
            rated = F.coalesce(above, below, F.when(value.isNotNull(), "fair"))
            is_here = (F.col("indicator") == entry.code) & (F.col("level") == level)
            rating = F.when(is_here, rated).otherwise(rating)
    return rating
