"""The life cycle in the words of the specification (section 4), one day at a time.

Slow on purpose: no boundary is ever computed, each day is judged afresh from the purchase days on
or before it. It checks the SQL of the oracle, which shares nothing with it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

Stage = Literal["active", "inactive", "lost"]
Cause = Literal["purchase", "time"]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A number of calendar months or of days."""

    count: int
    unit: Literal["months", "days"]

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"


@dataclass(frozen=True)
class Parameters:
    """The parameters of the life cycle, with the specification's defaults."""

    inactive_after: Period = Period(12, "months")
    lost_after: Period = Period(36, "months")
    new_for: Period = Period(30, "days")
    loyalty_process_for: Period = Period(180, "days")
    reactivated_for: Period = Period(30, "days")
    recovered_for: Period = Period(30, "days")
    inactivation_risk_for: Period = Period(90, "days")
    loss_risk_for: Period = Period(90, "days")
    recently_inactivated_for: Period = Period(30, "days")
    recently_lost_for: Period = Period(30, "days")
    after_return: Literal["normal", "new"] = "normal"
    new_ends_on_second_purchase: bool = False

    def as_settings(self) -> dict[str, str | bool]:
        """Every parameter as the settings and the oracle's ``set_parameters`` write it."""
        return {
            name: value if isinstance(value, bool) else str(value)
            for name, value in vars(self).items()
        }


@dataclass(frozen=True)
class Interval:
    """Half-open; ``valid_to`` is null where nothing is known to end it."""

    valid_from: date
    valid_to: date | None
    stage: Stage
    segment: str
    cause: Cause


def add_months(day: date, months: int) -> date:
    """Calendar months in one step: the same day of the month, or the month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@lru_cache(maxsize=1 << 16)
def add(day: date, *periods: Period) -> date:
    """Periods that follow one another, in one step: all their months, then all their days."""
    months = sum(period.count for period in periods if period.unit == "months")
    days = sum(period.count for period in periods if period.unit == "days")
    return add_months(day, months) + timedelta(days=days)


def stage_on(purchase_days: Sequence[date], day: date, p: Parameters) -> Stage | None:
    """The stage, by the last purchase on or before the day; none before the first."""
    so_far = [bought for bought in purchase_days if bought <= day]
    if not so_far:
        return None
    last = max(so_far)
    if day < add(last, p.inactive_after):
        return "active"
    if day < add(last, p.lost_after):
        return "inactive"
    return "lost"


def segment_on(purchase_days: Sequence[date], day: date, p: Parameters) -> tuple[Stage, str] | None:
    """Stage and segment on a day, from the purchases on or before it; none before the first."""
    so_far = [bought for bought in purchase_days if bought <= day]
    stage = stage_on(so_far, day, p)
    if stage is None:
        return None
    segments = {"active": _active, "inactive": _inactive, "lost": _lost}
    return stage, segments[stage](so_far, day, p)


def _active(so_far: Sequence[date], day: date, p: Parameters) -> str:
    return next(
        (
            segment
            for segment, applies in (
                ("new", _is_new),
                ("in_loyalty_process", _is_in_loyalty_process),
                ("recovered", _is_recovered),
                ("reactivated", _is_reactivated),
                ("inactivation_risk", _is_at_inactivation_risk),
            )
            if applies(so_far, day, p)
        ),
        "normal_active",
    )


def _inactive(so_far: Sequence[date], day: date, p: Parameters) -> str:
    if day < add(max(so_far), p.inactive_after, p.recently_inactivated_for):
        return "recently_inactivated"
    if _is_in_the_last(p.loss_risk_for, add(max(so_far), p.lost_after), day):
        return "loss_risk"
    return "normal_inactive"


def _lost(so_far: Sequence[date], day: date, p: Parameters) -> str:
    if day < add(max(so_far), p.lost_after, p.recently_lost_for):
        return "recently_lost"
    return "normal_lost"


def _is_new(so_far: Sequence[date], day: date, p: Parameters) -> bool:
    bought_again = len(set(so_far)) > 1
    if day < add(min(so_far), p.new_for) and not (p.new_ends_on_second_purchase and bought_again):
        return True
    return p.after_return == "new" and any(
        add(bought, returned_for) <= day < add(bought, returned_for, p.new_for)
        for bought, returned_for in _returns(so_far, p)
    )


def _is_in_loyalty_process(so_far: Sequence[date], day: date, p: Parameters) -> bool:
    first = min(so_far)
    only_one = len(set(so_far)) == 1
    if only_one and add(first, p.new_for) <= day < add(first, p.new_for, p.loyalty_process_for):
        return True
    return p.after_return == "new" and any(
        add(bought, returned_for, p.new_for)
        <= day
        < add(bought, returned_for, p.new_for, p.loyalty_process_for)
        and not any(later > bought for later in so_far)
        for bought, returned_for in _returns(so_far, p)
    )


def _is_recovered(so_far: Sequence[date], day: date, p: Parameters) -> bool:
    return any(
        _stage_before(so_far, bought, p) == "lost" and day < add(bought, p.recovered_for)
        for bought in so_far
    )


def _is_reactivated(so_far: Sequence[date], day: date, p: Parameters) -> bool:
    return any(
        _stage_before(so_far, bought, p) == "inactive" and day < add(bought, p.reactivated_for)
        for bought in so_far
    )


def _is_at_inactivation_risk(so_far: Sequence[date], day: date, p: Parameters) -> bool:
    return _is_in_the_last(p.inactivation_risk_for, add(max(so_far), p.inactive_after), day)


def _stage_before(so_far: Sequence[date], bought: date, p: Parameters) -> Stage | None:
    return stage_on(so_far, bought - DAY, p)


def _returns(so_far: Sequence[date], p: Parameters) -> Iterator[tuple[date, Period]]:
    """The purchases made while inactive or lost, and how long each counts as one."""
    for bought in so_far:
        match _stage_before(so_far, bought, p):
            case "inactive":
                yield bought, p.reactivated_for
            case "lost":
                yield bought, p.recovered_for


def _is_in_the_last(period: Period, before: date, day: date) -> bool:
    return day < before <= add(day, period)


def timeline(purchase_days: Sequence[date], p: Parameters, until: date) -> list[Interval]:
    """The maximal intervals from the first purchase to ``until``, the last one left open."""
    intervals: list[Interval] = []
    bought_on = set(purchase_days)
    day = min(purchase_days)
    while day <= until:
        judged = segment_on(purchase_days, day, p)
        assert judged is not None
        if not intervals or judged != (intervals[-1].stage, intervals[-1].segment):
            if intervals:
                last = intervals.pop()
                intervals.append(
                    Interval(last.valid_from, day, last.stage, last.segment, last.cause)
                )
            cause: Cause = "purchase" if day in bought_on else "time"
            intervals.append(Interval(day, None, *judged, cause))
        day += DAY
    return intervals
