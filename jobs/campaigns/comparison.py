"""List against control: the difference of their means per customer, and how sure it is.

Sources: Welch 1947 and Satterthwaite 1946 for means of unequal variances; Deng, Xu, Kohavi and
Walker 2013 for the adjustment by the value of the period before (CUPED); Miratrix, Sekhon and Yu
2013 for strata taken into account when all is bought. Definitions: docs/campaign-statistics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import fsum, sqrt
from typing import Literal

from scipy.special import stdtr, stdtrit

from jobs.campaigns.strata import FEWEST, comparable
from jobs.campaigns.sums import Groups, Strata, Sums

_ROUNDING = 1e-12
"""The share of a standard error that theta's rounding may leave where nothing is left."""


@dataclass(frozen=True)
class Estimate:
    """The mean of the list less that of the control, in units of the measure per customer.

    Attributes:
        difference: The estimate; None if a group has nobody.
        standard_error: Its standard error; None where the method has none, or where all customers
            of a group have the same, which tells nothing of how much customers differ.
        degrees_of_freedom: By Welch and Satterthwaite; None without standard error.
        low: The lower end of the confidence interval; None if there is none.
        high: The upper end.
        p_value: Of no difference, two-sided; None without an interval.
        method: ``welch``, or ``newcombe`` for shares of few buyers.
    """

    difference: float | None
    standard_error: float | None = None
    degrees_of_freedom: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    method: Literal["welch", "newcombe"] = "welch"


@dataclass(frozen=True)
class Adjusted:
    """The same with what the value of the period before explains taken out.

    Attributes:
        estimate: The adjusted difference; without interval if nothing is left to be sure by.
        theta: By how much the measure rises with the value before.
    """

    estimate: Estimate
    theta: float


@dataclass(frozen=True)
class _Sample:
    """A group as Welch sees it."""

    customers: int
    mean: Fraction
    variance: Fraction | None


def compare(strata: Strata, confidence: Decimal) -> Estimate:
    """The difference of list and control by Welch; of several strata weighted by their lists.

    Args:
        strata: The groups of each stratum. Strata with fewer than two customers in a group are
            laid together (``jobs.campaigns.strata``).
        confidence: The probability of the interval, e.g. 0.95.

    Source: spec §9; Welch 1947.
    """
    return _weighted(comparable(strata), Fraction(0), confidence)


def compare_adjusted(strata: Strata, confidence: Decimal) -> Adjusted | None:
    """The same after adjusting each customer by the value of the period before.

    One theta serves all: the covariance of measure and value before, divided by the variance of
    the latter, both within each group of each stratum and then added up. The interval takes theta
    as known, which with hundreds of customers makes no difference.

    Args:
        strata: As for ``compare``; customers without a value before count with 0.
        confidence: The probability of the interval.

    Returns:
        None if the value before is the same for all, or a group has fewer than two customers.

    Source: Deng et al. 2013.
    """
    cells = comparable(strata)
    theta = _theta(cells)
    if theta is None:
        return None
    plain = _weighted(cells, Fraction(0), confidence)
    estimate = _weighted(cells, Fraction(theta), confidence)
    if plain.standard_error is None or estimate.standard_error is None:
        return Adjusted(estimate, theta)
    if estimate.standard_error / plain.standard_error < _ROUNDING:
        return Adjusted(Estimate(estimate.difference), theta)
    return Adjusted(estimate, theta)


def interval(
    difference: float, standard_error: float, degrees_of_freedom: float, confidence: Decimal
) -> Estimate:
    """The confidence interval of Student's t around a difference, and its p-value.

    Args:
        difference: The estimate.
        standard_error: Above zero.
        degrees_of_freedom: Above zero.
        confidence: The probability of the interval.
    """
    reach = float(-stdtrit(degrees_of_freedom, float((1 - confidence) / 2))) * standard_error
    p_value = 2 * float(stdtr(degrees_of_freedom, -abs(difference) / standard_error))
    return Estimate(
        difference=difference,
        standard_error=standard_error,
        degrees_of_freedom=degrees_of_freedom,
        low=difference - reach,
        high=difference + reach,
        p_value=p_value,
    )


def _weighted(cells: Sequence[Groups], theta: Fraction, confidence: Decimal) -> Estimate:
    if not cells:
        return Estimate(difference=None)
    listed = sum(each.listed.customers for each in cells)
    differences: list[float] = []
    terms: tuple[list[tuple[float, int]], ...] = ([], [])
    for each in cells:
        pair = (_sample(each.listed, theta), _sample(each.control, theta))
        if pair[0] is None or pair[1] is None:
            return Estimate(difference=None)
        weight = Fraction(each.listed.customers, listed)
        differences.append(float(weight * (pair[0].mean - pair[1].mean)))
        for sample, of_group in zip(pair, terms, strict=True):
            if sample is not None and sample.variance is not None:
                error = weight**2 * sample.variance / sample.customers
                of_group.append((float(error), sample.customers - 1))
    variances = [fsum(error for error, _ in of_group) for of_group in terms]
    difference = fsum(differences)
    if min(variances) == 0:
        return Estimate(difference=difference)
    squared = fsum(variances)
    freedom = squared**2 / fsum(error**2 / df for of_group in terms for error, df in of_group)
    return interval(difference, sqrt(squared), freedom, confidence)


def _sample(sums: Sums, theta: Fraction) -> _Sample | None:
    mean, variance = sums.mean, sums.variance
    if mean is None:
        return None
    before, before_variance, covariance = sums.before_mean, sums.before_variance, sums.covariance
    if theta and before is not None:
        mean -= theta * before
    if theta and variance is not None and before_variance is not None and covariance is not None:
        variance += theta**2 * before_variance - 2 * theta * covariance
    return _Sample(sums.customers, mean, variance)


def _theta(cells: Sequence[Groups]) -> float | None:
    groups = [group for each in cells for group in (each.listed, each.control)]
    if not groups or min(each.customers for each in groups) < FEWEST:
        return None
    of_both, of_before = [], []
    for each in groups:
        covariance, variance = each.covariance, each.before_variance
        if covariance is not None and variance is not None:
            of_both.append(float(covariance * (each.customers - 1)))
            of_before.append(float(variance * (each.customers - 1)))
    return fsum(of_both) / fsum(of_before) if any(of_before) else None
