"""Statistics from sums: against another package, by hand at the edges, and by laws."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from math import comb, exp, inf, isclose, nan, sqrt
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.gof import chisquare
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from jobs.campaigns.bootstrap import Draw, percentile_interval
from jobs.campaigns.checks import (
    POWER,
    detectable_by_plan,
    minimum_detectable_effect,
    planned_error,
    sample_ratio,
)
from jobs.campaigns.comparison import Estimate, compare, compare_adjusted
from jobs.campaigns.families import Method, corrected
from jobs.campaigns.shares import buyers, compare_shares, has_few, has_few_others
from jobs.campaigns.strata import comparable
from jobs.campaigns.sums import NOBODY, Groups, Sums, read_sums, together
from tests.campaign_sums import CONFIDENCE, bought, groups_of, sums_of

numbers = st.integers(-(10**6), 10**6)
groups = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=12)
Rows = list[tuple[int, int]]
law = settings(deadline=None, derandomize=True)


def exactly(expected: Any) -> Any:
    """Equal to nine digits."""
    return pytest.approx(expected, rel=1e-9, abs=1e-12)


def of_rows(rows: Rows) -> Sums:
    return sums_of([value for value, _ in rows], [before for _, before in rows])


def of_both(listed: Rows, control: Rows) -> Groups:
    return Groups(of_rows(listed), of_rows(control))


def made(seed: int, listed: int, control: int) -> tuple[list[list[Decimal]], list[list[Decimal]]]:
    """Values and values before of both groups: skewed, correlated, with zeros and returns."""
    draw = np.random.default_rng(seed)
    values, before = [], []
    for size in (listed, control):
        activity = draw.lognormal(0, 1, size)
        found = [draw.poisson(activity) * draw.lognormal(4, 1, size) - 3 for _ in range(2)]
        as_money = [[Decimal(str(round(each, 4))) for each in amounts] for amounts in found]
        values.append(as_money[0])
        before.append(as_money[1])
    return values, before


def floats(values: list[Decimal]) -> Any:
    return np.array([float(each) for each in values])


# --- Against another package ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "listed", "control"), [(1, 2, 2), (2, 3, 40), (3, 400, 20), (4, 950, 50), (5, 30, 29)]
)
@pytest.mark.parametrize("confidence", ["0.95", "0.8", "0.999"])
def test_welch_equals_statsmodels(seed: int, listed: int, control: int, confidence: str) -> None:
    values, _ = made(seed, listed, control)
    found = compare({"": groups_of(*values)}, Decimal(confidence))
    other = CompareMeans(*(DescrStatsW(floats(each)) for each in values))
    low, high = other.tconfint_diff(alpha=1 - float(confidence), usevar="unequal")
    _, p_value, freedom = other.ttest_ind(usevar="unequal")
    expected = Estimate(
        difference=floats(values[0]).mean() - floats(values[1]).mean(),
        standard_error=other.std_meandiff_separatevar,
        degrees_of_freedom=freedom,
        low=low,
        high=high,
        p_value=p_value,
    )
    assert vars(found) == {
        name: value if name == "method" else exactly(value)
        for name, value in vars(expected).items()
    }


def test_cuped_equals_a_regression_and_the_adjusted_values() -> None:
    values, before = made(11, 700, 60)
    found = compare_adjusted({"": groups_of(*values, *before)}, CONFIDENCE)
    assert found is not None
    y, x = (np.concatenate([floats(each) for each in both]) for both in (values, before))
    on_list = np.repeat([1.0, 0.0], [700, 60])
    fitted = sm.OLS(y, np.column_stack([np.ones(len(y)), on_list, x])).fit()
    assert found.theta == exactly(fitted.params[2])
    assert found.estimate.difference == exactly(fitted.params[1])
    adjusted = y - fitted.params[2] * x
    other = CompareMeans(DescrStatsW(adjusted[:700]), DescrStatsW(adjusted[700:]))
    ends = other.tconfint_diff(usevar="unequal")
    assert (found.estimate.low, found.estimate.high) == exactly(ends)
    assert found.estimate.p_value == exactly(other.ttest_ind(usevar="unequal")[1])
    assert found.estimate.standard_error == exactly(other.std_meandiff_separatevar)


def test_strata_equal_a_saturated_regression() -> None:
    sizes = {"a": (300, 20), "b": (80, 12), "c": (45, 3)}
    strata, columns, y, x = {}, [], [], []
    for number, (name, (listed, control)) in enumerate(sizes.items()):
        values, before = made(20 + number, listed, control)
        strata[name] = groups_of(*values, *before)
        for on_list, amounts, earlier in zip((1, 0), values, before, strict=True):
            y += amounts
            x += earlier
            cell = np.zeros(6)
            cell[number], cell[3 + number] = 1, on_list
            columns += [cell] * len(amounts)
    design = np.array(columns)
    weights = np.array([0, 0, 0, *(np.array([300, 80, 45]) / 425)])
    found = compare(strata, CONFIDENCE)
    # Of saturated regressions HC2 is the sum of the cells' variances over their sizes.
    tested = sm.OLS(floats(y), design).fit(cov_type="HC2").t_test(weights)
    assert found.difference == exactly(tested.effect[0])
    assert found.standard_error == exactly(tested.sd[0, 0])
    adjusted = compare_adjusted(strata, CONFIDENCE)
    assert adjusted is not None
    theta = sm.OLS(floats(y), np.column_stack([design, floats(x)])).fit().params[6]
    assert adjusted.theta == exactly(theta)
    tested = sm.OLS(floats(y) - theta * floats(x), design).fit(cov_type="HC2").t_test(weights)
    assert adjusted.estimate.difference == exactly(tested.effect[0])
    assert adjusted.estimate.standard_error == exactly(tested.sd[0, 0])


@pytest.mark.parametrize(
    ("listed", "control"),
    [
        ((40, 1900), (1, 100)),
        ((0, 1900), (0, 100)),
        ((5, 5), (0, 9)),
        ((0, 9), (9, 9)),
        ((300, 1900), (12, 100)),
    ],
)
def test_shares_equal_statsmodels(listed: tuple[int, int], control: tuple[int, int]) -> None:
    found = compare_shares(Groups(bought(*listed), bought(*control)), CONFIDENCE)
    low, high = confint_proportions_2indep(*listed, *control, method="newcomb", compare="diff")
    assert (found.low, found.high) == exactly((low, high))
    assert found.difference == exactly(listed[0] / listed[1] - control[0] / control[1])
    assert found.p_value == exactly(fisher(listed, control))
    assert (found.standard_error, found.method) == (None, "newcombe")


def fisher(listed: tuple[int, int], control: tuple[int, int]) -> float:
    """Fisher's p-value, by counting every table with the same margins."""
    buying = listed[0] + control[0]
    ways = {
        number: comb(listed[1], number) * comb(control[1], buying - number)
        for number in range(max(0, buying - control[1]), min(listed[1], buying) + 1)
    }
    as_rare = sum(each for each in ways.values() if each <= ways[listed[0]])
    return float(Fraction(as_rare, sum(ways.values())))


def test_who_bought_by_welch_equals_statsmodels() -> None:
    found = compare({"": Groups(bought(420, 1900), bought(15, 100))}, CONFIDENCE)
    rows = [np.repeat([1.0, 0.0], [420, 1480]), np.repeat([1.0, 0.0], [15, 85])]
    other = CompareMeans(*(DescrStatsW(each) for each in rows))
    ends = other.tconfint_diff(usevar="unequal")
    assert (found.low, found.high) == exactly(ends)


@pytest.mark.parametrize(
    ("listed", "control", "share"), [(950, 50, "0.05"), (9600, 400, "0.05"), (880, 120, "0.10")]
)
def test_the_sample_ratio_equals_statsmodels(listed: int, control: int, share: str) -> None:
    found = sample_ratio({"": (listed, control)}, Decimal(share))
    expected = (listed + control) * np.array([1 - float(share), float(share)])
    _, p_value = chisquare(np.array([listed, control]), expected)
    assert found.p_value == exactly(p_value)
    assert found.expected_control == pytest.approx(expected[1])


@pytest.mark.parametrize(("method", "name"), [("holm", "holm"), ("benjamini_hochberg", "fdr_bh")])
def test_corrections_equal_statsmodels(method: Method, name: str) -> None:
    for seed in range(20):
        p_values = np.random.default_rng(seed).beta(0.4, 3, 1 + seed).round(3)
        given = {str(number): float(each) for number, each in enumerate(p_values)}
        found = corrected("all", method, given).p_values
        assert list(found.values()) == exactly(multipletests(p_values, method=name)[1])


@pytest.mark.parametrize(
    ("listed", "control"), [(19_000, 1000), (95, 5), (2, 1), (4_750_000, 250_000)]
)
@pytest.mark.parametrize("confidence", ["0.95", "0.5", "0.999"])
def test_the_detectable_effect_equals_statsmodels(
    listed: int, control: int, confidence: str
) -> None:
    planned = planned_error(Fraction(9), listed, control)
    assert planned is not None
    found = minimum_detectable_effect(*planned, Decimal(confidence))
    assert found is not None
    power = TTestIndPower().power(
        effect_size=found / 3,
        nobs1=control,
        ratio=listed / control,
        alpha=float((1 - Decimal(confidence)) / 2),
        alternative="larger",
    )
    assert power == pytest.approx(POWER, rel=1e-9)


# --- By hand, and at the edges --------------------------------------------------------------------


def test_welch_by_hand() -> None:
    # Means 3 and 2; variances 4 and 2; 4/3 + 2/2 = 7/3; (7/3)² / ((4/3)²/2 + 1²/1) = 49/17.
    found = compare({"": groups_of([1, 3, 5], [1, 3])}, CONFIDENCE)
    assert found.difference == 1
    assert found.standard_error == pytest.approx(sqrt(7 / 3))
    assert found.degrees_of_freedom == pytest.approx(49 / 17)


def test_strata_are_weighted_by_the_list_alone() -> None:
    # In a: 10 − 0 of 3 customers; in b: 0 − 6 of 1 on the list, whatever the control holds.
    one = Sums.of(3, 30, 300 + 2), Sums.of(2, 0, 2)
    other = Sums.of(2, 0, 2), Sums.of(50, 300, 1900)
    found = compare({"a": Groups(*one), "b": Groups(*other)}, CONFIDENCE)
    assert found.difference == pytest.approx((3 * 10 - 2 * 6) / 5)


@pytest.mark.parametrize(
    ("listed", "control", "difference"),
    [
        ([], [], None),
        ([], [1, 2], None),
        ([1, 2], [], None),
        ([4], [1], 3),
        ([4], [1, 2], 2.5),
        ([1, 2, 6], [1], 2),
        ([0, 0, 0], [0, 0], 0),
        ([1, 1, 1], [0, 0], 1),
        ([-5, -5], [-5, -5], 0),
        ([0, 1, 5], [0, 0, 0], 2),
        ([3, 3, 3], [1, 2, 3], 1),
    ],
)
def test_without_a_variance_there_is_no_interval(
    listed: list[int], control: list[int], difference: float | None
) -> None:
    groups = {"": groups_of(listed, control, listed, control)}
    assert compare(groups, CONFIDENCE) == Estimate(difference=difference)
    adjusted = compare_adjusted(groups, CONFIDENCE)
    if min(len(listed), len(control)) < 2 or len({*listed, *control}) == 1:
        assert adjusted is None
    else:
        # Who was worth the same before differs in nothing once that is taken out.
        assert adjusted is None or adjusted.estimate == Estimate(difference=0)


def test_nobody_in_no_strata() -> None:
    assert compare({}, CONFIDENCE) == Estimate(difference=None)
    assert compare_adjusted({}, CONFIDENCE) is None
    assert compare({"a": Groups(NOBODY, NOBODY)}, CONFIDENCE) == Estimate(difference=None)


def test_a_value_before_that_explains_all_leaves_nothing_to_be_sure_by() -> None:
    found = compare_adjusted({"": groups_of([3, 5, 9], [2, 4], [1, 3, 7], [2, 4])}, CONFIDENCE)
    assert found is not None
    assert found.theta == 1
    assert found.estimate == Estimate(difference=2)
    before = [1, 3, 7, 11], [2, 4]
    one, other = ([Decimal(each) * Decimal("0.381") for each in group] for group in before)
    found = compare_adjusted({"": groups_of(one, other, *before)}, CONFIDENCE)
    assert found is not None
    assert (found.theta, found.estimate.difference) == exactly((0.381, 0))
    assert (found.estimate.standard_error, found.estimate.low) == (None, None)


def test_a_value_before_that_is_the_same_for_all_changes_nothing() -> None:
    groups = groups_of([3, 5, 9], [2, 4], [7, 7, 7], [7, 7])
    assert compare_adjusted({"": groups}, CONFIDENCE) is None


def test_large_sums_lose_nothing() -> None:
    near = groups_of([1, 3, 5], [1, 3])
    far = groups_of([10**15 + each for each in (1, 3, 5)], [10**15 + each for each in (1, 3)])
    assert compare({"": far}, CONFIDENCE) == compare({"": near}, CONFIDENCE)


def test_shares_of_nobody() -> None:
    assert compare_shares(Groups(bought(0, 0), bought(1, 2)), CONFIDENCE).difference is None
    assert compare_shares(Groups(bought(1, 2), bought(0, 0)), CONFIDENCE).p_value is None


@pytest.mark.parametrize(
    ("listed", "control", "few", "few_others"),
    [
        ((50, 100), (50, 100), False, False),
        ((49, 100), (50, 100), True, False),
        ((50, 100), (49, 100), True, False),
        ((51, 100), (50, 100), False, True),
        ((0, 0), (0, 0), True, True),
    ],
)
def test_what_few_buyers_are(
    listed: tuple[int, int], control: tuple[int, int], few: bool, few_others: bool
) -> None:
    groups = Groups(bought(*listed), bought(*control))
    assert (has_few(groups), has_few_others(groups)) == (few, few_others)


def test_buyers_are_of_ones_and_zeros() -> None:
    with pytest.raises(ValueError, match="not sums of who bought"):
        buyers(Sums.of(3, 4, 6))
    with pytest.raises(ValueError, match="not sums of who bought"):
        buyers(Sums.of(3, Decimal("1.5"), Decimal("1.5")))


@pytest.mark.parametrize("wrong", [1.0, nan, inf, np.float64(1), "1", None])
def test_sums_are_never_floats(wrong: Any) -> None:
    with pytest.raises(TypeError, match="must be whole numbers or decimals"):
        Sums.of(2, wrong, 2)
    with pytest.raises(TypeError, match="must be whole numbers or decimals"):
        NOBODY.scaled(wrong)


@pytest.mark.parametrize(
    "impossible",
    [
        (-1, 0, 0),
        (0, 1, 1),
        (0, 0, 0, 0, 0, 1),
        (2, 3, 4),  # 3²/2 is more than 4
        (2, 3, -4),
        (2, 3, 5, 3, 4),
        (2, 1, 1, 1, 1, 2),  # of (0, 1) and (0, 1) the cross product is at most 1
        (2, 1, 1, 1, 1, -1),
    ],
)
def test_impossible_sums_are_refused(impossible: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"such sums|squares allow"):
        Sums.of(*impossible)


def test_whole_numbers_of_numpy_do_not_overflow() -> None:
    most = np.int64(2**62)
    assert Sums.of(1, most, int(most) ** 2).scaled(4).total == 2**64


def test_rows_become_strata_in_units() -> None:
    rows: list[dict[str, Any]] = [
        {
            "stratum": "b",
            "group": "list",
            "customers": 2,
            "before": 50_000,
            "before_squares": 2_500_000_000,
            "total_value": Decimal(30_000),
            "squares_value": 900_000_000,
            "cross_value": 1_500_000_000,
        },
        {
            "stratum": None,
            "group": "control",
            "customers": 1,
            "before": 0,
            "before_squares": 0,
            "total_value": -10_000,
            "squares_value": 100_000_000,
            "cross_value": 0,
        },
    ]
    found = read_sums(rows)
    assert list(found) == ["value"]
    assert found["value"] == {
        "": Groups(NOBODY, Sums.of(1, -1, 1)),
        "b": Groups(Sums.of(2, 3, 9, 50_000, 2_500_000_000, 150_000), NOBODY),
    }
    assert read_sums([]) == {}
    with pytest.raises(ValueError, match="come twice"):
        read_sums([*rows, rows[0]])
    with pytest.raises(ValueError, match="the group is none of"):
        read_sums([{**rows[0], "group": "holdout"}])


def test_small_strata_are_laid_together() -> None:
    def sized(listed: int, control: int) -> Groups:
        return Groups(bought(0, listed), bought(0, control))

    large, other = sized(90, 10), sized(80, 8)
    assert comparable({"b": other, "a": large}) == [large, other]
    # One control each: together they have two.
    assert comparable({"a": large, "b": sized(9, 1), "c": sized(8, 1)}) == [large, sized(17, 2)]
    # Without a control the smallest stratum takes them in; strata of nobody are left out.
    assert comparable({"a": large, "b": other, "c": sized(5, 0), "d": sized(0, 0)}) == [
        large,
        sized(85, 8),
    ]
    assert comparable({"a": sized(1, 0), "b": sized(0, 1)}) == [sized(1, 1)]
    assert comparable({}) == []


@pytest.mark.parametrize(
    ("customers", "share", "expected"),
    [
        ({}, "0.05", None),
        ({"a": (0, 0)}, "0.05", None),
        ({"a": (95, 5)}, "0.05", 1.0),
        # Three expected, nobody drawn: that, and seven or more, which are rarer.
        (
            {"a": (50, 0)},
            "0.06",
            1 - sum(comb(50, k) * 0.06**k * 0.94 ** (50 - k) for k in range(1, 7)),
        ),
        # 5² × (1/5 + 1/95) = 100/19; with two degrees of freedom the p-value is exp(−x/2).
        ({"a": (95, 5), "b": (90, 10)}, "0.05", exp(-50 / 19)),
        ({"a": (90, 10), "b": (100, 0)}, "0.05", exp(-100 / 19)),
        # What expects too few joins the others.
        ({"a": (95, 5), "b": (19, 1), "c": (19, 1)}, "0.05", 1.0),
    ],
)
def test_sample_ratios_at_the_edges(
    customers: dict[str, tuple[int, int]], share: str, expected: float | None
) -> None:
    found = sample_ratio(customers, Decimal(share))
    assert found.p_value == (None if expected is None else exactly(expected))
    assert found.is_as_drawn(Decimal("0.001"))


def test_groups_that_chance_does_not_make_are_not_as_drawn() -> None:
    assert not sample_ratio({"": (9700, 300)}, Decimal("0.05")).is_as_drawn(Decimal("0.001"))


@pytest.mark.parametrize(
    ("customers", "share", "is_known"),
    [(0, "0.05", False), (9, "0.05", False), (10, "0.05", True), (2, "0.5", False)],
)
def test_a_plan_needs_somebody_in_both_groups(customers: int, share: str, is_known: bool) -> None:
    before = Sums.of(customers, 0, customers)
    assert (detectable_by_plan(before, Decimal(share), CONFIDENCE) is not None) == is_known
    assert detectable_by_plan(Sums.of(1000, 0, 0), Decimal("0.05"), CONFIDENCE) is None


def test_what_a_list_of_twenty_thousand_could_show() -> None:
    # A standard deviation of 100 and a control of 1,000: 2.80 standard errors of 3.24.
    before = Sums.of(20_000, 0, 19_999 * 100**2)
    found = detectable_by_plan(before, Decimal("0.05"), CONFIDENCE)
    assert found == pytest.approx(2.8016 * sqrt(100**2 / 1000 + 100**2 / 19_000), rel=1e-3)
    assert minimum_detectable_effect(None, 5, CONFIDENCE) is None
    assert minimum_detectable_effect(1.0, None, CONFIDENCE) is None


def test_a_family_counts_those_with_a_p_value() -> None:
    given = {"a": 0.04, "b": None, "c": 0.01, "d": 0.03}
    holm = corrected("2026-11", "holm", given)
    assert (holm.name, holm.tests) == ("2026-11", 3)
    # In order 0.01 × 3, 0.03 × 2, and 0.04 × 1, which may not fall below the one before.
    assert holm.p_values == pytest.approx({"a": 0.06, "b": None, "c": 0.03, "d": 0.06})
    found = corrected("2026-11", "benjamini_hochberg", given).p_values
    assert found == pytest.approx({"a": 0.04, "b": None, "c": 0.03, "d": 0.04})
    for method in ("holm", "benjamini_hochberg"):
        assert corrected("none", method, {"a": None}).p_values == {"a": None}
        assert corrected("none", method, {}).tests == 0


def test_percentiles_of_draws() -> None:
    # Means of the list 0, 1, … 100; of the control 1 always.
    draws = [Draw(2, 2 * number, 3, Decimal(3)) for number in range(101)]
    found = percentile_interval(reversed(draws), Decimal("0.9"))
    assert (found.low, found.high) == pytest.approx((4, 94))
    assert (found.draws, found.left_out) == (101, 0)
    with_gap = percentile_interval([*draws, Draw(0, 0, 1, 0)], Decimal("0.9"))
    assert (with_gap.low, with_gap.left_out) == (found.low, 1)
    with_gaps = percentile_interval([*draws, *[Draw(1, 0, 0, 0)] * 2], Decimal("0.9"))
    assert (with_gaps.low, with_gaps.high, with_gaps.left_out) == (None, None, 2)
    assert percentile_interval(draws[:99], CONFIDENCE).low is None
    with pytest.raises(TypeError):
        percentile_interval([Draw(1, 1.5, 1, 1)], CONFIDENCE)  # type: ignore[arg-type] # refused


def test_the_bootstrap_comes_out_near_welch() -> None:
    draw = np.random.default_rng(20261126)
    values = (draw.poisson(2, 1900), draw.poisson(1.8, 100))
    weights = [draw.poisson(1, (2000, len(each))) for each in values]
    draws = [
        Draw(
            *(
                int(total)
                for weight, value in zip(rows, values, strict=True)
                for total in (weight.sum(), (weight * value).sum())
            )
        )
        for rows in zip(*weights, strict=True)
    ]
    found = percentile_interval(draws, CONFIDENCE)
    welch = compare({"": groups_of(*(each.tolist() for each in values))}, CONFIDENCE)
    assert found.low is not None
    assert found.high is not None
    assert welch.standard_error is not None
    ends = (found.low - (welch.low or 0), found.high - (welch.high or 0))
    assert max(abs(each) for each in ends) < 0.2 * welch.standard_error


# --- Laws -----------------------------------------------------------------------------------------


@law
@given(rows=groups, cuts=st.lists(st.integers(0, 12), max_size=4))
def test_sums_do_not_depend_on_how_customers_are_split(rows: Rows, cuts: list[int]) -> None:
    ends = sorted({0, len(rows), *(min(cut, len(rows)) for cut in cuts)})
    parts = [of_rows(rows[first:last]) for first, last in itertools.pairwise(ends)]
    assert sum(parts, NOBODY) == of_rows(rows)
    assert sum(reversed(parts), NOBODY) == of_rows(rows)


@law
@given(listed=groups, control=groups)
def test_exchanging_the_groups_changes_only_the_sign(listed: Rows, control: Rows) -> None:
    groups, exchanged = of_both(listed, control), of_both(control, listed)
    pairs = [(compare({"": groups}, CONFIDENCE), compare({"": exchanged}, CONFIDENCE))]
    adjusted = [compare_adjusted({"": each}, CONFIDENCE) for each in (groups, exchanged)]
    if adjusted[0] is not None and adjusted[1] is not None:
        pairs.append((adjusted[0].estimate, adjusted[1].estimate))
    for one, other in pairs:
        assert one.difference == pytest.approx(-(other.difference or 0), rel=1e-9, abs=1e-6)
        if one.low is None or one.high is None:
            assert other.low is None
        else:
            assert (-one.high, -one.low) == pytest.approx(
                (other.low, other.high), rel=1e-9, abs=1e-6
            )
            assert one.p_value == pytest.approx(other.p_value, rel=1e-6, abs=1e-12)


@law
@given(listed=groups, control=groups)
def test_an_interval_leaves_zero_out_exactly_when_the_p_value_is_small(
    listed: Rows, control: Rows
) -> None:
    found = compare({"": of_both(listed, control)}, CONFIDENCE)
    if found.low is None or found.high is None or found.p_value is None:
        assert found == Estimate(difference=found.difference)
        return
    assert found.difference is not None
    assert found.low < found.difference < found.high
    if not isclose(found.p_value, 0.05, rel_tol=1e-9):
        assert (found.low > 0 or found.high < 0) == (found.p_value < 0.05)


@law
@given(
    listed=groups,
    control=groups,
    factor=st.sampled_from([Decimal("0.38"), Decimal(-2), Fraction(1, 10_000), 10**6]),
)
def test_the_unit_changes_nothing_but_the_unit(
    listed: Rows, control: Rows, factor: Decimal | Fraction | int
) -> None:
    one = compare({"": of_both(listed, control)}, CONFIDENCE)
    other = compare({"": of_both(listed, control).scaled(factor)}, CONFIDENCE)
    times = float(factor)
    assert other.difference == pytest.approx((one.difference or 0) * times)
    if one.standard_error is not None:
        assert other.standard_error == pytest.approx(one.standard_error * abs(times))
        assert other.p_value == pytest.approx(one.p_value)


@law
@given(listed=groups, control=groups, added=numbers, factor=st.sampled_from([-3, 1, 1000]))
def test_the_unit_and_the_start_of_the_value_before_do_not_matter(
    listed: Rows, control: Rows, added: int, factor: int
) -> None:
    moved = [[(y, x * factor + added) for y, x in rows] for rows in (listed, control)]
    one = compare_adjusted({"": of_both(listed, control)}, CONFIDENCE)
    other = compare_adjusted({"": of_both(*moved)}, CONFIDENCE)
    if one is None or other is None:
        assert one == other
        return
    assert other.theta * factor == pytest.approx(one.theta, rel=1e-9, abs=1e-9)
    assert other.estimate.difference == pytest.approx(one.estimate.difference, rel=1e-9, abs=1e-6)


@law
@given(listed=groups, control=groups)
def test_adjusting_takes_away_what_the_groups_bought_before(listed: Rows, control: Rows) -> None:
    found = compare_adjusted({"": of_both(listed, control)}, CONFIDENCE)
    plain = compare({"": of_both(listed, control)}, CONFIDENCE).difference
    if found is None or plain is None:
        return
    earlier = of_both(listed, control)
    ahead = (earlier.listed.before_mean or 0) - (earlier.control.before_mean or 0)
    expected = plain - found.theta * float(ahead)
    assert found.estimate.difference == pytest.approx(expected, rel=1e-9, abs=1e-5)


@law
@given(
    sizes=st.dictionaries(
        st.sampled_from("abcdef"), st.tuples(st.integers(0, 4), st.integers(0, 4))
    )
)
def test_laying_together_loses_nobody(sizes: dict[str, tuple[int, int]]) -> None:
    strata = {
        name: Groups(bought(0, listed), bought(0, control))
        for name, (listed, control) in sizes.items()
    }
    found = comparable(strata)
    assert together({str(place): each for place, each in enumerate(found)}) == together(strata)
    smallest = [min(each.listed.customers, each.control.customers) for each in found]
    assert len(found) == 1 or all(size >= 2 for size in smallest)


@law
@given(st.dictionaries(st.text(max_size=3), st.one_of(st.none(), st.floats(0, 1)), max_size=8))
def test_corrections_raise_p_values_and_keep_their_order(given: dict[str, float | None]) -> None:
    holm = corrected("all", "holm", given).p_values
    false_discovery = corrected("all", "benjamini_hochberg", given).p_values
    assert list(holm) == list(false_discovery) == list(given)
    in_order = sorted((p, code) for code, p in given.items() if p is not None)
    for found in (holm, false_discovery):
        ordered = [found[code] or 0 for _, code in in_order]
        assert ordered == sorted(ordered)
    for p, code in in_order:
        assert p <= (false_discovery[code] or 0) * (1 + 1e-12)
        assert (false_discovery[code] or 0) <= (holm[code] or 0) * (1 + 1e-12)
        assert (holm[code] or 0) <= 1


@law
@given(
    strata=st.dictionaries(
        st.sampled_from("abc"), st.tuples(st.integers(0, 300), st.integers(0, 60))
    ),
    share=st.sampled_from([Decimal("0.03"), Decimal("0.05"), Decimal("0.5")]),
)
def test_the_sample_ratio_does_not_depend_on_the_order_of_strata(
    strata: dict[str, tuple[int, int]], share: Decimal
) -> None:
    found = sample_ratio(strata, share)
    assert sample_ratio(dict(reversed(strata.items())), share) == found
    assert found.p_value is None or 0 <= found.p_value <= 1


@law
@given(listed=st.integers(2, 10**7), control=st.integers(2, 10**6))
def test_more_customers_show_smaller_effects(listed: int, control: int) -> None:
    def effect(listed: int, control: int) -> float:
        planned = planned_error(Fraction(1), listed, control)
        assert planned is not None
        return minimum_detectable_effect(*planned, CONFIDENCE) or 0

    assert effect(listed, control) > effect(listed, 2 * control) > effect(2 * listed, 2 * control)
