"""How every indicator moves from month to month and from year to year (spec §7, evolution)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import TABLES
from transforms.calendar_view import CalendarView, by_date, on_followers
from transforms.periods import first_of_month

_KEY = ["as_of", "period", "level", "level_code", "indicator"]
MONTHS_BACK = {"month": 1, "year": 12}


def compared_dates(view: CalendarView) -> Mapping[str, Mapping[date, date]]:
    """What each date of a pass is compared with: the last of the calendar in an earlier month.

    Returns:
        By ``month`` (one month back) and ``year`` (twelve): the earlier date of each date that has
        one.
    """
    return {name: _earlier(view, months) for name, months in MONTHS_BACK.items()}


def evolution(found: DataFrame, earlier: DataFrame, view: CalendarView) -> DataFrame:
    """Every indicator beside its values a month and a year before.

    Args:
        found: The table ``indicators`` on the dates of the pass.
        earlier: The same on the dates that ``compared_dates`` names.
        view: The dates.

    Returns:
        The table ``indicator_evolution``: key as in ``indicators``. A value that was not there
        leaves its change and growth null; so does, for the growth, one that was not positive.

    Source: spec §7 "Evolution"; Linx manual §10.
    """
    rows = found.select(*_KEY, "value")
    for name, dates in compared_dates(view).items():
        before = earlier.select(*_KEY, F.col("value").alias(f"{name}_before"))
        rows = (
            rows.join(_moved(before, dates), on=_KEY, how="left")
            .withColumn(f"{name}_before_on", _date_before(dates))
            .withColumns(_growth(name))
        )
    return rows.select(*TABLES["indicator_evolution"].column_names)


def _earlier(view: CalendarView, months: int) -> dict[date, date]:
    found = {}
    for each in view.dates:
        last = view.before(first_of_month(each, 1 - months))
        if last is not None and last >= first_of_month(each, -months):
            found[each] = last
    return found


def _moved(before: DataFrame, dates: Mapping[date, date]) -> DataFrame:
    return on_followers(before, dates) if dates else before.where("false")


def _date_before(dates: Mapping[date, date]) -> Column:
    return by_date(dates)[F.col("as_of")] if dates else F.lit(None).cast("date")


def _growth(name: str) -> dict[str, Column]:
    before = F.col(f"{name}_before")
    # Narrower than the columns are: a difference of the widest decimals would lose its last place.
    change = F.col("value").cast("decimal(32,12)") - before.cast("decimal(32,12)")
    grown = F.when(before > 0, change.cast("double") / before.cast("double"))
    return {f"{name}_change": change.cast("decimal(38,12)"), f"{name}_growth": grown}
