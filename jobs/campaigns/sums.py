"""Sums over the customers of a group: all that the statistics need of them, and exact.

A variance is the small difference of two large sums, so that floating-point numbers would lose it.
Here sums are fractions; only a finished mean, variance or difference becomes a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Integral
from typing import Any

from jobs.campaigns.campaign_settings import Measure

Exact = int | Decimal | Fraction

SCALES: Mapping[Measure, int] = {
    "customers": 0,
    "purchases": 0,
    "quantity": 3,
    "value": 4,
    "margin": 4,
}
"""What is measured of each customer, and the decimals of the unit that its sums count: 4 for money
in ten-thousandths. ``customers`` is 1 for one who bought and 0 for one who did not."""

GROUPS = ("list", "control")


@dataclass(frozen=True)
class Sums:
    """How many customers a group has, and sums of a measure and of the value before.

    Make it with ``of``, which checks what it is given.

    Attributes:
        customers: How many, whether they bought or not.
        total: The sum of the measure.
        squares: The sum of its squares.
        before: The sum of the value of the period before, the covariate of CUPED; 0 without one.
        before_squares: The sum of its squares.
        cross: The sum of the products of both.
    """

    customers: int
    total: Fraction
    squares: Fraction
    before: Fraction = Fraction(0)
    before_squares: Fraction = Fraction(0)
    cross: Fraction = Fraction(0)

    @classmethod
    def of(
        cls,
        customers: int,
        total: Exact,
        squares: Exact,
        before: Exact = 0,
        before_squares: Exact = 0,
        cross: Exact = 0,
    ) -> Sums:
        """Sums as Spark delivers them.

        Raises:
            TypeError: If one is a floating-point number, which is not exact, or no number.
            ValueError: If no customers have such sums, as when one of them overflowed.
        """
        given = (total, squares, before, before_squares, cross)
        made = cls(int(customers), *(as_fraction(each) for each in given))
        made._refuse_the_impossible()
        return made

    def __add__(self, other: Sums) -> Sums:
        """The sums of both groups of customers together, who must be different ones."""
        return Sums(
            self.customers + other.customers,
            self.total + other.total,
            self.squares + other.squares,
            self.before + other.before,
            self.before_squares + other.before_squares,
            self.cross + other.cross,
        )

    def scaled(self, factor: Exact) -> Sums:
        """The sums of the measure times a number; the value before stays as it is."""
        times = as_fraction(factor)
        return Sums(
            self.customers,
            self.total * times,
            self.squares * times**2,
            self.before,
            self.before_squares,
            self.cross * times,
        )

    @property
    def mean(self) -> Fraction | None:
        """Per customer; None without customers."""
        return self.total / self.customers if self.customers else None

    @property
    def variance(self) -> Fraction | None:
        """With n − 1; None of fewer than two customers."""
        return self._per_freedom(self.squares, self.total, self.total)

    @property
    def before_mean(self) -> Fraction | None:
        """The mean of the value before; None without customers."""
        return self.before / self.customers if self.customers else None

    @property
    def before_variance(self) -> Fraction | None:
        """The variance of the value before, with n − 1; None of fewer than two customers."""
        return self._per_freedom(self.before_squares, self.before, self.before)

    @property
    def covariance(self) -> Fraction | None:
        """Of the measure and the value before, with n − 1; None of fewer than two customers."""
        return self._per_freedom(self.cross, self.total, self.before)

    def _per_freedom(self, products: Fraction, one: Fraction, other: Fraction) -> Fraction | None:
        if self.customers <= 1:
            return None
        return (products - one * other / self.customers) / (self.customers - 1)

    def _refuse_the_impossible(self) -> None:
        spread = self.customers * self.squares - self.total**2
        before = self.customers * self.before_squares - self.before**2
        both = self.customers * self.cross - self.total * self.before
        sums = (self.total, self.squares, self.before, self.before_squares, self.cross)
        is_empty_but_sums = self.customers == 0 and any(sums)
        if self.customers < 0 or is_empty_but_sums or spread < 0 or before < 0:
            message = f"no {self.customers} customers have such sums: {self}"
            raise ValueError(message)
        if both**2 > spread * before:
            message = f"the cross product is larger than sums of squares allow: {self}"
            raise ValueError(message)


@dataclass(frozen=True)
class Groups:
    """The sums of one measure of the list and of its control, overall or in one stratum."""

    listed: Sums
    control: Sums

    def __add__(self, other: Groups) -> Groups:
        """Both together."""
        return Groups(self.listed + other.listed, self.control + other.control)

    def scaled(self, factor: Exact) -> Groups:
        """The sums of the measure times a number, in both groups."""
        return Groups(self.listed.scaled(factor), self.control.scaled(factor))


NOBODY = Sums(0, Fraction(0), Fraction(0))
Strata = Mapping[str, Groups]
"""The groups of each stratum by its name; one of any name if nothing was stratified."""


def together(strata: Strata) -> Groups:
    """The groups of all strata together."""
    return sum(strata.values(), Groups(NOBODY, NOBODY))


def read_sums(rows: Iterable[Mapping[str, Any]]) -> dict[Measure, dict[str, Groups]]:
    """Turn rows of sums into strata of each measure that they have.

    Args:
        rows: One for each group and stratum, each with ``stratum`` (a text; null is a stratum
            too), ``group`` (``list`` or ``control``), ``customers``, ``before`` and
            ``before_squares``, and ``total_<measure>``, ``squares_<measure>`` and
            ``cross_<measure>`` of each measure, all whole numbers in the units of ``SCALES`` and
            in squares and products of them. The value before is in the unit of ``value``.

    Returns:
        The strata of each measure, in its own unit: money, items.

    Raises:
        TypeError: As ``Sums.of``.
        ValueError: As ``Sums.of``; or if a row is of another group, or comes twice.
    """
    by_place: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        place = (str(row["stratum"] or ""), row["group"])
        if row["group"] not in GROUPS or place in by_place:
            message = f"stratum and group {place} come twice, or the group is none of {GROUPS}"
            raise ValueError(message)
        by_place[place] = row
    names = sorted({stratum for stratum, _ in by_place})
    measures = [each for each in SCALES if any(f"total_{each}" in row for row in by_place.values())]
    return {
        measure: {
            stratum: Groups(*(_sums(by_place.get((stratum, of)), measure) for of in GROUPS))
            for stratum in names
        }
        for measure in measures
    }


def by_place(rows: Iterable[Any], *names: str) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Spark's rows of sums as ``read_sums`` takes them, by the values of some columns, sorted."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        place = tuple(row[name] for name in names)
        found.setdefault(place, []).append({**row.asDict(), "group": row.list_group})
    return dict(sorted(found.items()))


def _sums(row: Mapping[str, Any] | None, measure: Measure) -> Sums:
    if row is None:
        return NOBODY
    names = (f"total_{measure}", f"squares_{measure}", "before", "before_squares")
    sums = Sums.of(row["customers"], *(row[name] for name in (*names, f"cross_{measure}")))
    return sums.scaled(Fraction(1, 10 ** SCALES[measure]))


def as_fraction(value: object) -> Fraction:
    """A number as it is.

    Raises:
        TypeError: If it is a floating-point number, which is not exact, or no number.
    """
    # NumPy's integers would go on overflowing inside of a fraction.
    if isinstance(value, Integral):
        return Fraction(int(value))
    if isinstance(value, (Decimal, Fraction)):
        return Fraction(value)
    message = f"sums must be whole numbers or decimals, found {value!r}"
    raise TypeError(message)
