"""RFV and the Pareto curve of the network in Polars, from the accounts that were written before."""

from __future__ import annotations

from datetime import date

import polars as pl

_WORST_FIRST = {
    "recency": -pl.col("recency_days"),
    "frequency": pl.col("purchases"),
    "value": pl.col("net_amount"),
}


def rfv(accounts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Ranks, percentiles, 20 bands, both rankings, top class and F&V quadrant."""
    weighted = pl.sum_horizontal(f"{name}_rank" for name in _WORST_FIRST)
    nested = ["recency_band", "frequency_band", "value_band", "value", "recency_days"]
    in_top = pl.col("weighted_rank") <= (accounts.height + 4) // 5
    return (
        _scored(accounts, as_of)
        .sort(*nested, descending=[True, True, True, True, False])
        .with_row_index("nested_rank", 1)
        .sort(weighted, "value", "recency_days", descending=[True, True, False])
        .with_row_index("weighted_rank", 1)
        .with_columns(
            pl.col("nested_rank", "weighted_rank").cast(pl.Int64),
            pl.when(in_top).then(pl.lit("top")).otherwise(pl.lit("other")).alias("top_class"),
            pl.when(in_top).then(pl.lit(as_of)).alias("first_top_on"),
        )
    )


def _scored(accounts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Rank, percentile and band of each measure, and the quadrant."""
    steps = max(accounts.height - 1, 1)
    purchases, net = pl.col("purchases"), pl.col("net_amount")
    f_above = pl.col("frequency") * accounts.height > pl.col("frequency").sum()
    v_above = net * purchases.sum() > net.sum() * purchases
    quadrant = (
        pl.when(f_above & v_above)
        .then(pl.lit("best"))
        .when(v_above)
        .then(pl.lit("spenders"))
        .when(f_above)
        .then(pl.lit("frequent"))
        .otherwise(pl.lit("occasional"))
    )
    ranks = {name: by.rank("min").cast(pl.Int64) for name, by in _WORST_FIRST.items()}
    before = {name: pl.col(f"{name}_rank") - 1 for name in ranks}
    bands = {name: pl.min_horizontal(1 + 20 * each // steps, 20) for name, each in before.items()}
    return accounts.select(
        pl.lit(as_of).alias("as_of"),
        "customer_code",
        "recency_days",
        purchases.cast(pl.Decimal(18, 6)).alias("frequency"),
        net.alias("value"),
        *(rank.alias(f"{name}_rank") for name, rank in ranks.items()),
        quadrant.alias("fv_quadrant"),
    ).with_columns(
        *((each / steps).alias(f"{name}_percentile") for name, each in before.items()),
        *(band.cast(pl.Int32).alias(f"{name}_band") for name, band in bands.items()),
    )


def pareto_curve(accounts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The value that the best 1%, 2%, ... 100% of customers hold, negative ones as 0."""
    n = accounts.height
    best_first = accounts.select(
        pl.when(pl.col("net_amount") > 0).then("net_amount").otherwise(0).alias("positive")
    ).sort("positive", descending=True)
    e4 = (pl.col("positive_value") * 10_000).cast(pl.Int64)
    total = int(best_first["positive"].sum() * 10_000)
    held = best_first.select(
        pl.col("positive").cum_sum().alias("positive_value"),
        pl.int_range(1, n + 1, dtype=pl.Int64).alias("customers"),
    )
    places = pl.DataFrame({"percent": range(1, 101)}, schema={"percent": pl.Int32}).with_columns(
        ((pl.col("percent").cast(pl.Int64) * n + 99) // 100).alias("customers")
    )
    return places.join(held, on="customers").select(
        pl.lit(as_of).alias("as_of"),
        pl.lit("network").alias("scope"),
        pl.lit("network").alias("scope_code"),
        "percent",
        "customers",
        pl.col("positive_value").cast(pl.Decimal(18, 4)),
        (pl.col("customers") / n).alias("customer_share"),
        (e4 / total if total else pl.lit(None, pl.Float64)).alias("value_share"),
    )
