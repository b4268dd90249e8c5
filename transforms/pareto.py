"""Pareto: how value is spread over the customers of each scope (spec §5).

All figures follow from one histogram of the values: customers of equal value stand side by side,
so what the first m hold is what those with more hold, and the rest of m times that value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.exact import MONEY_SCALE, from_minor, to_minor
from transforms.histograms import histogram
from transforms.ranking import SEGMENTS, with_places, with_position
from transforms.scopes import SCOPE
from transforms.segments import SUM, Way

_DOWN = "_value_down"
_MILLION = 10**6


@dataclass(frozen=True)
class ParetoShares:
    """The shares that Pareto asks about.

    Attributes:
        abc: A customer is A while those with more value hold less than the first, B under the
            second.
        top_customers: The share of customers whose share of value is told.
        value: The share of value that the fewest customers make.
    """

    abc: tuple[Decimal, Decimal]
    top_customers: Decimal
    value: Decimal


def by_value(values: DataFrame, shares: ParetoShares, way: Way = SEGMENTS) -> DataFrame:
    """Each customer's rank by value in her scope, and her ABC class.

    Args:
        values: Key (as_of, scope, scope_code, customer_id), with ``value``, not null.
        shares: The shares of A and B.
        way: How is ranked; see ``transforms.ranking``.

    Returns:
        The same rows with ``rank``, by value descending, then customer_id, and ``abc_class``,
        which equals share; all are C where no value is positive.

    Source: spec §5 "Pareto".
    """
    ordered = values.withColumn(_DOWN, _descending())
    # Numbered first: by a plain window, who is in that order is in that of values too, and is not
    # sorted again.
    placed = ordered.transform(
        with_position, scope=SCOPE, order=[_DOWN, "customer_id"], into="position", way=way
    ).transform(with_places, scope=SCOPE, value=_DOWN, way=way, summed=_positive(), among=ordered)
    return placed.select(
        *values.columns, F.col("position").alias("rank"), _abc_class(shares.abc).alias("abc_class")
    )


def network_customers(ranked: DataFrame) -> DataFrame:
    """The table ``network_customers``: key (as_of, customer_id).

    Args:
        ranked: The rows of the network that ``by_value`` returns.
    """
    return ranked.select(*TABLES["network_customers"].column_names)


def store_customers(ranked: DataFrame) -> DataFrame:
    """The table ``store_customers``: key (as_of, store_code, customer_id).

    Args:
        ranked: The rows of stores that ``by_value`` returns.
    """
    named = ranked.withColumnRenamed("scope_code", "store_code")
    return named.select(*TABLES["store_customers"].column_names)


def portfolio_customers(ranked: DataFrame) -> DataFrame:
    """The table ``portfolio_customers``: key (as_of, salesperson_code, customer_id).

    Args:
        ranked: What ``by_value`` returns for portfolios.
    """
    named = ranked.withColumnRenamed("scope_code", "salesperson_code")
    return named.select(*TABLES["portfolio_customers"].column_names)


def value_histogram(values: DataFrame) -> DataFrame:
    """The distinct values of each scope, highest first, with what the curve is drawn from.

    Args:
        values: As in ``by_value``.

    Returns:
        ``transforms.histograms.histogram`` within ``SCOPE`` by value descending; ``total`` and
        ``total_below`` add up the positive values, in minor units.
    """
    ordered = values.select(*SCOPE, _descending().alias(_DOWN))
    return histogram(ordered, SCOPE, _DOWN, summed=_positive())


def pareto_curve(places: DataFrame) -> DataFrame:
    """What the best k% of the customers hold, for every k from 1 to 100.

    Args:
        places: What ``value_histogram`` returns.

    Returns:
        The table ``pareto_curve``: key (as_of, scope, scope_code, percent).

    Source: spec §5 "Pareto".
    """
    # The first k% end among the bearers of a value: between those with more, and with the last.
    population, last = F.col("population"), F.col("rank") + F.col("bearers") - 1
    lowest = (F.call_function("div", 100 * (F.col("rank") - 1), population) + 1).cast("int")
    highest = F.call_function("div", 100 * last, population).cast("int")
    held = F.col("total_below") + (F.col("customers") - F.col("rank") + 1) * _positive()
    return (
        places.where(lowest <= highest)
        .withColumn("percent", F.explode(F.sequence(lowest, highest)))
        .withColumn("customers", _first_percent(F.col("percent")))
        .select(
            *SCOPE,
            "percent",
            "customers",
            from_minor(held, MONEY_SCALE).alias("positive_value"),
            (F.col("customers") / F.col("population")).alias("customer_share"),
            _share(held, F.col("total")).alias("value_share"),
        )
        .select(*TABLES["pareto_curve"].column_names)
    )


def pareto_summary(places: DataFrame, shares: ParetoShares) -> DataFrame:
    """How concentrated the value of each scope is.

    Args:
        places: What ``value_histogram`` returns.
        shares: The share of customers, and of value, that are asked about.

    Returns:
        The table ``pareto_summary``: key (as_of, scope, scope_code). Without a positive value
        shares, ``customers_for_80`` and Gini are null.

    Source: spec §5 "Pareto".
    """
    x, bearers, last = _positive(), F.col("bearers"), F.col("rank") + F.col("bearers") - 1
    wide = bearers.cast(SUM)
    top = F.ceil(F.lit(shares.top_customers) * F.col("population").cast("decimal(19,0)"))
    in_top = F.least(F.greatest(top - F.col("rank") + 1, F.lit(0)), bearers)
    # Ascending by value, the bearers of one hold the places n − last + 1 to n − rank + 1.
    places_up = 2 * F.col("population") - last - F.col("rank") + 2
    sums = places.groupBy(*SCOPE, "population", "total").agg(
        F.sum(-F.col(_DOWN).cast(SUM) * wide).cast(SUM).alias("units"),
        F.sum(in_top.cast(SUM) * x).cast(SUM).alias("top"),
        F.min(_enough(shares.value)).alias("enough"),
        F.sum(places_up.cast(SUM) * wide * x).cast(SUM).alias("doubled_weighted"),
    )
    n, total = F.col("population"), F.col("total")
    of_all = n.cast(SUM) * total
    above_equal = F.col("doubled_weighted") - (n + 1).cast(SUM) * total
    has_value = total > 0
    return sums.select(
        *SCOPE,
        n.alias("customers"),
        from_minor(F.col("units"), MONEY_SCALE).alias("value"),
        from_minor(total, MONEY_SCALE).alias("positive_value"),
        _share(F.col("top"), total).alias("top_20_value_share"),
        F.when(has_value, F.col("enough")).alias("customers_for_80"),
        F.when(has_value, F.col("enough") / n).alias("customers_for_80_share"),
        _share(above_equal, of_all).alias("gini"),
    ).select(*TABLES["pareto_summary"].column_names)


def _descending() -> Column:
    return -to_minor(F.col("value"), MONEY_SCALE)


def _positive() -> Column:
    """What of a value is shared out: x = max(value, 0), in minor units."""
    return F.greatest(-F.col(_DOWN), F.lit(0)).cast(SUM)


def _abc_class(abc: tuple[Decimal, Decimal]) -> Column:
    more, has_value = F.col("total_below") * _MILLION, F.col("total") > 0
    is_a, is_b = (more < _millionths(share) for share in abc)
    return F.when(has_value & is_a, "A").when(has_value & is_b, "B").otherwise("C")


def _millionths(share: Decimal) -> Column:
    """A share of all value, in millionths of its minor units, so that it is whole."""
    return F.lit(int(share * _MILLION)).cast(SUM) * F.col("total")


def _first_percent(percent: Column) -> Column:
    """How many customers the first k% are, rounded up."""
    return F.call_function("div", percent * F.col("population") + 99, F.lit(100)).cast("bigint")


def _enough(share: Decimal) -> Column:
    """How many customers, of a value and above, first reach a share of all value; else null."""
    x = F.greatest(_positive(), F.lit(1)) * _MILLION
    missing = _millionths(share) - F.col("total_below") * _MILLION
    bearers = F.greatest(F.call_function("div", missing + x - 1, x), F.lit(1))
    reaches = (_positive() > 0) & (missing <= x * F.col("bearers"))
    return F.when(reaches, F.col("rank") - 1 + bearers)


def _share(part: Column, whole: Column) -> Column:
    return F.when(whole > 0, part.cast("double") / whole.cast("double"))
