"""Random parameters that would be accepted, and random histories that come near every boundary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from hypothesis import assume
from hypothesis import strategies as st

from .day_by_day import Parameters, Period, add

FIRST_DAY = date(2023, 9, 15)
"""29 February 2024 comes a few months after it."""

_SAMPLE = [
    date(year, month, day)
    for year in range(2095, 2106)  # two leap years, and eight years without one between them
    for month in range(1, 13)
    for day in (1, 28, 29, 30, 31)
    if date(year, month, 1) + timedelta(days=day - 1)
    < add(date(year, month, 1), Period(1, "months"))
]


@lru_cache
def longest(period: Period) -> int:
    """The most days that the period takes."""
    return _days(period, max)


@lru_cache
def shortest(period: Period) -> int:
    """The fewest days that the period takes."""
    return _days(period, min)


@lru_cache
def fewest_between(one: Period, other: Period) -> int:
    """The fewest days from the end of the one to the end of the other, begun together."""
    return min((add(day, other) - add(day, one)).days for day in _SAMPLE)


def _days(period: Period, extreme: Callable[[list[int]], int]) -> int:
    if period.unit == "days":
        return period.count
    return extreme([(add(day, period) - day).days for day in _SAMPLE])


def is_valid(p: Parameters) -> bool:
    """Whether the project accepts the parameters (docs/decisions.md)."""
    active, between = shortest(p.inactive_after), fewest_between(p.inactive_after, p.lost_after)
    returned = max(longest(p.reactivated_for), longest(p.recovered_for))
    return (
        longest(p.inactive_after) < shortest(p.lost_after)
        and max(longest(p.new_for), returned, longest(p.inactivation_risk_for)) < active
        and max(longest(p.loss_risk_for), longest(p.recently_inactivated_for)) < between
        and (p.after_return == "normal" or longest(p.new_for) + returned < active)
    )


def periods(least: int, most: int) -> st.SearchStrategy[Period]:
    """Periods that always take from ``least`` to ``most`` days."""
    days = st.integers(least, most).map(lambda count: Period(count, "days"))
    fitting = [
        Period(count, "months")
        for count in range(1, 1 + most // 28)
        if least <= shortest(Period(count, "months")) and longest(Period(count, "months")) <= most
    ]
    return days | st.sampled_from(fitting) if fitting else days


@st.composite
def parameters(draw: st.DrawFn) -> Parameters:
    """Valid parameters; stages are far shorter than the real ones, so that histories can be."""
    inactive_after = draw(periods(8, 62))
    lost_after = draw(periods(longest(inactive_after) + 4, longest(inactive_after) + 70))
    between = fewest_between(inactive_after, lost_after)
    assume(between > 1)
    active = shortest(inactive_after)
    after_return = draw(st.sampled_from(("normal", "new")))
    new_for = draw(periods(1, active - 2))
    most_returned = active - 1 - (longest(new_for) if after_return == "new" else 0)
    made = Parameters(
        inactive_after=inactive_after,
        lost_after=lost_after,
        new_for=new_for,
        loyalty_process_for=draw(periods(1, 2 * active)),
        reactivated_for=draw(periods(1, most_returned)),
        recovered_for=draw(periods(1, most_returned)),
        inactivation_risk_for=draw(periods(1, active - 1)),
        loss_risk_for=draw(periods(1, between - 1)),
        recently_inactivated_for=draw(periods(1, between - 1)),
        recently_lost_for=draw(periods(1, 70)),
        after_return="new" if after_return == "new" else "normal",
        new_ends_on_second_purchase=draw(st.booleans()),
    )
    assert is_valid(made)
    return made


def _boundaries(day: date, p: Parameters) -> list[date]:
    """Where something may change because of a purchase, and days of other interest after it."""
    reaches: list[tuple[Period, ...]] = [
        (Period(2, "days"),),
        (Period(6, "days"),),
        (p.new_for,),
        (p.new_for, p.loyalty_process_for),
        (p.reactivated_for,),
        (p.reactivated_for, p.new_for),
        (p.reactivated_for, p.new_for, p.loyalty_process_for),
        (p.recovered_for,),
        (p.recovered_for, p.new_for),
        (p.recovered_for, p.new_for, p.loyalty_process_for),
        (p.inactive_after,),
        (p.inactive_after, p.recently_inactivated_for),
        (p.lost_after,),
        (p.lost_after, p.recently_lost_for),
    ]
    return [add(day, *reach) for reach in reaches] + [
        add(day, p.inactive_after) - timedelta(days=longest(p.inactivation_risk_for)),
        add(day, p.lost_after) - timedelta(days=longest(p.loss_risk_for)),
        _month_end(add(day, p.inactive_after)),
        _month_end(add(day, p.lost_after)),
    ]


def _month_end(day: date) -> date:
    """From the last days of a month on, steps of months and their sums come out differently."""
    return add(day.replace(day=1), Period(1, "months")) - timedelta(days=1)


_BOUNDARIES = len(_boundaries(FIRST_DAY, Parameters()))


@st.composite
def histories(draw: st.DrawFn, p: Parameters) -> list[date]:
    """Purchase days of one customer: each on a boundary of an earlier one, or a day beside it."""
    begins = FIRST_DAY + timedelta(days=draw(st.integers(0, 200)))
    days = [_month_end(begins) if draw(st.booleans()) else begins]
    steps = st.tuples(
        st.sampled_from((-1, -1, -2, 0)), st.integers(0, _BOUNDARIES - 1), st.integers(-1, 1)
    )
    for earlier, boundary, beside in draw(st.lists(steps, max_size=5)):
        anchor = days[max(earlier, -len(days))]
        day = _boundaries(anchor, p)[boundary] + timedelta(days=beside)
        days.append(max(day, days[-1] + timedelta(days=1)))
    return days
