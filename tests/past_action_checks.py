"""The campaigns of Complete Journey, computed anew by Polars and statsmodels."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pyspark.sql import SparkSession
from scipy.stats import t
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from jobs.activation import returning
from jobs.activation.past import past_actions, told_from
from jobs.settings import Settings
from jobs.source_mapping import load_mapping
from tests import lakehouses

CAMPAIGNS, CONTACTS, REDEMPTIONS = 27, 6_589, 2_102


def assert_published_same(
    spark: SparkSession, settings: Settings, folder: Path, as_of: date
) -> int:
    """Deliver the campaigns, compute their return, and compare that of a date.

    Returns:
        How many campaigns have an interval.
    """
    counts = lakehouses.deliver(
        spark, settings, load_mapping(Path("complete_journey_campaigns")), folder
    )
    assert counts["past_actions_accepted"] == CAMPAIGNS
    assert counts["past_contacts_accepted"] == CONTACTS
    assert counts["past_redemptions_received"] == REDEMPTIONS
    with lakehouses.started(spark, settings) as run:
        returning.run_dates(run.tables, settings, [as_of])
        begun = {row.action_code: row.valid_from for row in past_actions(run.tables)}
        ever = told_from(run.tables, begun)
    rows = lakehouses.read(spark, settings, "action_results").where("level = 'past'")
    found = {
        row.action_code: row
        for row in rows.where("measure = 'value'").collect()
        if row.as_of == as_of
    }
    expected = computed(folder, as_of)
    assert found.keys() == expected.keys()
    assert {code for code, first in ever.items() if first <= as_of} == found.keys()
    for code, row in found.items():
        listed, control, difference, low, high = expected[code]
        assert (row.listed, row.control) == (listed, control), code
        told = [row.incremental, row.incremental_low, row.incremental_high]
        if low is None:
            assert told[1:] == [None, None]
            continue
        wanted = [each * listed for each in (difference, low, high)]
        # Rounded to four decimals in the table.
        assert [float(each) for each in told] == pytest.approx(wanted, rel=1e-9, abs=6e-5), code
        assert row.verdict == "no_experiment"
    return sum(row.incremental_low is not None for row in found.values())


def computed(folder: Path, as_of: date) -> dict[str, tuple[Any, ...]]:
    """Addressed, similar, and the difference with its interval, by campaign."""
    local = pl.col("transaction_timestamp").dt.replace_time_zone("UTC")
    sold = (
        pl.read_parquet(folder / "transactions.parquet")
        .with_columns(
            local.dt.convert_time_zone("America/New_York").dt.date().alias("day"),
            # To four decimals, as the mapping reads them; lines of quantity 0 adjust the stock.
            pl.when(pl.col("quantity") > 0)
            .then((pl.col("sales_value") * 10_000).round().cast(pl.Int64))
            .otherwise(0)
            .alias("units"),
        )
        .group_by("household_id", "basket_id", "day")
        .agg(pl.col("units").sum(), (pl.col("quantity").sum() > 0).alias("is_purchase"))
    )
    addressed: dict[int, set[int]] = defaultdict(set)
    for campaign, household in pl.read_parquet(folder / "campaigns.parquet").rows():
        addressed[campaign].add(household)
    first = dict(sold.group_by("household_id").agg(pl.col("day").min()).rows())
    described = pl.read_parquet(folder / "campaign_descriptions.parquet")
    found = {}
    for code, _, start, end in described.rows():
        begun, last = start.date(), min(end.date(), as_of)
        if begun > as_of:
            continue
        length = (end.date() - begun).days + 1
        before = sold.filter(
            pl.col("day").is_between(begun - timedelta(days=length), begun - timedelta(days=1))
        )
        within = sold.filter(pl.col("day").is_between(begun, last))
        now = dict(within.group_by("household_id").agg(pl.col("units").sum()).rows())
        earlier = {
            household: (units, times)
            for household, units, times in before.group_by("household_id")
            .agg(pl.col("units").sum(), pl.col("is_purchase").sum())
            .rows()
        }
        strata: dict[Any, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
        for household, day in first.items():
            if day < begun:
                units, times = earlier.get(household, (0, 0))
                stratum = (int(times).bit_length(), max(units, 0).bit_length())
                group = 0 if household in addressed[code] else 1
                strata[stratum][group].append(now.get(household, 0) / 10_000)
        if strata:  # else nobody had bought before it began
            alike = [each for each in strata.values() if min(map(len, each)) > 1]
            found[str(code)] = _weighted(alike)
    return found


def _weighted(strata: list[tuple[list[float], list[float]]]) -> tuple[Any, ...]:
    listed, control = (sum(len(each[group]) for each in strata) for group in (0, 1))
    if not listed:
        return (0, 0, None, None, None)
    difference, terms = 0.0, []
    for stratum in strata:
        groups = [DescrStatsW(each) for each in stratum]
        weight = len(stratum[0]) / listed
        compared = CompareMeans(*groups)
        difference += weight * (groups[0].mean - groups[1].mean)
        error = compared.std_meandiff_separatevar**2
        parts = [each.var_ddof(1) / each.nobs for each in groups]
        assert error == pytest.approx(sum(parts))
        terms += [
            (weight**2 * part, each.nobs - 1) for part, each in zip(parts, groups, strict=True)
        ]
    squared = sum(part for part, _ in terms)
    freedom = squared**2 / sum(part**2 / df for part, df in terms if part)
    reach = t.ppf(0.975, freedom) * sqrt(squared)
    return (listed, control, difference, difference - reach, difference + reach)
