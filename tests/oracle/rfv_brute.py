"""RFV and Pareto in the words of the specification (section 5), customer by customer.

Slow on purpose: a rank counts those who are worse, a Gini compares everybody with everybody, and
every quotient is a fraction. It checks the SQL of the oracle, which shares nothing with it. A row
holds a fraction where the table holds a decimal or a double.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil, floor
from statistics import quantiles
from typing import Any

from .day_by_day import Period, add, add_months

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Scope = tuple[str, str]
NETWORK: Scope = ("network", "network")
MEASURES = ("recency", "frequency", "value")
PLACES = ("weighted_rank", "nested_rank", *(f"{name}_band" for name in MEASURES), "top_class")
"""What moves."""


@dataclass(frozen=True)
class Choices:
    """The settings, with the specification's defaults."""

    value_basis: str = "net"
    frequency: str = "purchases"
    value: str = "value"
    history: Period | None = None
    population: str = "all"
    bands: int = 20
    scoring: str = "percent_rank"
    recency_cuts: tuple[Fraction, ...] = ()
    frequency_cuts: tuple[Fraction, ...] = ()
    value_cuts: tuple[Fraction, ...] = ()
    weights: tuple[Fraction, ...] = (Fraction(1), Fraction(1), Fraction(1))
    top_ranking: str = "weighted"
    top_share: Fraction = Fraction(1, 5)
    fv_value: str = "average_ticket"
    category: str = "fv_quadrant"
    abc_shares: tuple[Fraction, ...] = (Fraction(80, 100), Fraction(95, 100))
    top_customers_share: Fraction = Fraction(1, 5)
    value_share: Fraction = Fraction(80, 100)

    def as_settings(self) -> dict[str, Any]:
        """Every choice as the oracle's ``set_parameters`` takes it."""
        made = {field.name: _setting(getattr(self, field.name)) for field in fields(self)}
        return made | {"history": str(self.history or "all")}


@dataclass(frozen=True)
class Sale:
    """One sale of a customer, up to what it adds."""

    customer: str
    store: str
    day: date
    is_purchase: bool
    gross: Fraction
    net: Fraction


@dataclass(frozen=True)
class Measured:
    """What a customer is ranked by on one date; ``amount`` is her value in money."""

    customer_id: int
    recency_days: int
    frequency: Fraction
    value: Fraction
    amount: Fraction
    fv_quadrant: str

    def of(self, measure: str) -> Fraction:
        """The measure, of which more is better."""
        return {
            "recency": Fraction(-self.recency_days),
            "frequency": self.frequency,
            "value": self.value,
        }[measure]


def half_up(number: Fraction, digits: int) -> Fraction:
    """Rounded to so many decimals, halves away from zero."""
    size = Fraction(floor(abs(number) * 10**digits + Fraction(1, 2)), 10**digits)
    return size if number >= 0 else -size


def measured_on(
    sales: Sequence[Sale], ids: Mapping[str, int], as_of: date, c: Choices
) -> dict[str, Measured]:
    """Everybody of the population with her measures and quadrant."""
    facts: dict[str, Row] = {}
    for customer in sorted({sale.customer for sale in sales}):
        known = [one for one in sales if one.customer == customer and one.day <= as_of]
        days = [one.day for one in known if one.is_purchase]
        if not days or (c.population == "active" and as_of >= add(max(days), Period(12, "months"))):
            continue
        counted = [one for one in known if not c.history or as_of < add(one.day, c.history)]
        purchases = sum(one.is_purchase for one in counted)
        amount = sum((one.net if c.value_basis == "net" else one.gross) for one in counted)
        facts[customer] = {
            "recency": (as_of - max(days)).days,
            "purchases": purchases,
            "amount": Fraction(amount),
            "per_month": half_up(Fraction(purchases, _months(min(days), as_of, c)), 6),
            "ticket": Fraction(amount, purchases) if purchases else Fraction(0),
        }
    return {
        customer: Measured(
            ids[customer],
            one["recency"],
            Fraction(one["purchases"]) if c.frequency == "purchases" else one["per_month"],
            one["amount"] if c.value == "value" else half_up(one["ticket"], 4),
            one["amount"],
            _quadrant(one, list(facts.values()), c),
        )
        for customer, one in facts.items()
    }


def _months(first_on: date, as_of: date, c: Choices) -> int:
    """Months as a customer within the period, whose first day is searched for."""
    begins = first_on
    if c.history:
        while add(begins, c.history) <= as_of:
            begins += timedelta(days=1)
    months = 0
    while add_months(begins, months) <= as_of:
        months += 1
    return months


def _quadrant(one: Row, everybody: list[Row], c: Choices) -> str:
    n = len(everybody)
    purchases = sum(each["purchases"] for each in everybody)
    amount = sum(each["amount"] for each in everybody)
    frequent = one["per_month"] > sum(each["per_month"] for each in everybody) / n
    if c.fv_value == "value":
        spends = one["amount"] > amount / n
    else:
        spends = purchases > 0 and one["ticket"] > amount / purchases
    return {
        (True, True): "best",
        (False, True): "spenders",
        (True, False): "frequent",
        (False, False): "occasional",
    }[frequent, spends]


def cut_points(xs: Iterable[Fraction], measure: str, c: Choices) -> list[Fraction]:
    """The cut points between bands, none where bands come from ranks."""
    xs = list(xs)
    if c.scoring == "fixed":
        return sorted(getattr(c, f"{measure}_cuts"))
    if c.scoring != "quantile":
        return []
    # Python calls type 7 "inclusive"; it leaves out that of a single value every cut is the value
    return quantiles(xs, n=c.bands, method="inclusive") if len(xs) > 1 else xs * (c.bands - 1)


def bands(xs: Mapping[str, Fraction], ids: Mapping[str, int], m: str, c: Choices) -> dict[str, int]:
    """The band of every customer by one measure."""
    n, most = len(xs), c.bands
    if c.scoring == "percent_rank":
        return {who: min(most, 1 + floor(most * _percentile(xs, who))) for who in xs}
    if c.scoring == "ntile":
        left = sorted(xs, key=lambda who: (xs[who], ids[who]))
        found = {}
        for band in range(1, most + 1):
            size = n // most + (band <= n % most)
            found.update(dict.fromkeys(left[:size], band))
            left = left[size:]
        return found
    cuts = cut_points(xs.values(), m, c)
    return {who: 1 + sum(cut < x for cut in cuts) for who, x in xs.items()}


def _rank(xs: Mapping[str, Fraction], who: str) -> int:
    return 1 + sum(x < xs[who] for x in xs.values())


def _percentile(xs: Mapping[str, Fraction], who: str) -> Fraction:
    return Fraction(_rank(xs, who) - 1, len(xs) - 1) if len(xs) > 1 else Fraction(0)


def _places(everybody: Mapping[str, Measured], c: Choices) -> dict[str, Row]:
    """Ranks, percentiles, bands, rankings and who is in the top, of one scope on one date."""
    ids = {who: one.customer_id for who, one in everybody.items()}
    rows: dict[str, Row] = {who: {} for who in everybody}
    for measure in MEASURES:
        xs = {who: one.of(measure) for who, one in everybody.items()}
        banded = bands(xs, ids, measure, c)
        for who, row in rows.items():
            row[f"{measure}_rank"] = _rank(xs, who)
            row[f"{measure}_percentile"] = _percentile(xs, who)
            row[f"{measure}_band"] = banded[who]

    def weighted(who: str) -> tuple[Fraction, ...]:
        parts = zip(c.weights, MEASURES, strict=True)
        total = sum(weight * rows[who][f"{measure}_percentile"] for weight, measure in parts)
        return (-total / sum(c.weights),)

    def nested(who: str) -> tuple[Fraction, ...]:
        return tuple(Fraction(-rows[who][f"{measure}_band"]) for measure in MEASURES)

    def place_by(key: Callable[[str], tuple[Fraction, ...]], name: str) -> None:
        def in_order(who: str) -> tuple[tuple[Fraction, ...], Fraction, int, int]:
            one = everybody[who]
            return key(who), -one.value, one.recency_days, one.customer_id

        for place, who in enumerate(sorted(rows, key=in_order), 1):
            rows[who][name] = place

    place_by(weighted, "weighted_rank")
    place_by(nested, "nested_rank")
    most = ceil(c.top_share * len(rows))
    for row in rows.values():
        row["in_top"] = row[f"{c.top_ranking}_rank"] <= most
    return rows


def rfv(
    measured: Mapping[date, Mapping[str, Measured]],
    members: Mapping[tuple[date, Scope], Iterable[str]],
    calendar: Iterable[date],
    c: Choices,
) -> Tables:
    """The tables of RFV; ``measured`` has every date, also one on which there is nobody."""
    calendar = sorted(calendar)
    tables: Tables = {
        name: []
        for name in ("rfv", "rfv_left", "rfv_scopes", "rfv_bands", "rfv_cells", "rfv_marginals")
    }
    for scope in sorted({NETWORK, *(scope for _, scope in members)}):
        placed = {}
        for as_of, everybody in measured.items():
            here = everybody if scope == NETWORK else members.get((as_of, scope), ())
            placed[as_of] = _places({who: everybody[who] for who in here if who in everybody}, c)
        for as_of in sorted(placed):
            _class_and_move(as_of, placed, calendar)
        for as_of, rows in placed.items():
            named = [
                {"as_of": as_of, "customer_code": who}
                | {name: cell for name, cell in row.items() if name != "in_top"}
                for who, row in rows.items()
            ]
            if scope == NETWORK:
                tables["rfv"] += [_with_measures(row, measured[as_of], c) for row in named]
                tables["rfv_left"] += _left(as_of, placed, calendar)
                tables["rfv_bands"] += _band_rows(as_of, measured[as_of], rows, c)
                _add_cells(tables, as_of, measured[as_of], rows)
            else:
                tables["rfv_scopes"] += [
                    row | {"scope": scope[0], "scope_code": scope[1]} for row in named
                ]
    return tables


def _first_top(
    who: str, as_of: date, placed: Mapping[date, dict[str, Row]], calendar: Sequence[date]
) -> date | None:
    tops = [day for day, rows in placed.items() if who in rows and rows[who]["in_top"]]
    return min(
        (day for day in tops if day == as_of or (day < as_of and day in calendar)), default=None
    )


def _before(as_of: date, calendar: Sequence[date]) -> date | None:
    return max((day for day in calendar if day < as_of), default=None)


def _class_and_move(
    as_of: date, placed: Mapping[date, dict[str, Row]], calendar: Sequence[date]
) -> None:
    """Adds the classes and movements of one date, its earlier ones done."""
    previous = _before(as_of, calendar)
    for who, row in placed[as_of].items():
        first = _first_top(who, as_of, placed, calendar)
        row["first_top_on"] = first
        row["top_class"] = "top" if row["in_top"] else "was_top" if first else "other"
        row["previous_as_of"] = previous
        was = placed[previous].get(who) if previous else None
        for place in PLACES:
            row[f"previous_{place}"] = was[place] if was else None
            row[f"{place}_movement"] = previous and _movement(place, was, row)


def _movement(place: str, was: Row | None, row: Row) -> str:
    if was is None:
        return "entered"
    if was[place] == row[place]:
        return "same"
    if place.endswith("_rank"):
        return "up" if row[place] < was[place] else "down"
    if place.endswith("_band"):
        return "up" if row[place] > was[place] else "down"
    moves = {("other", "top"): "up", ("was_top", "top"): "up", ("top", "was_top"): "down"}
    return moves[was[place], row[place]]  # there is no other


def _left(
    as_of: date, placed: Mapping[date, dict[str, Row]], calendar: Sequence[date]
) -> list[Row]:
    previous = _before(as_of, calendar)
    return [
        {
            "as_of": as_of,
            "customer_code": who,
            "previous_as_of": previous,
            "first_top_on": _first_top(who, as_of, placed, calendar),
        }
        | {f"previous_{place}": was[place] for place in PLACES}
        | {f"{place}_movement": "left" for place in PLACES}
        for who, was in (placed[previous] if previous else {}).items()
        if who not in placed[as_of]
    ]


def _with_measures(row: Row, everybody: Mapping[str, Measured], c: Choices) -> Row:
    one = everybody[row["customer_code"]]
    return row | {
        "recency_days": one.recency_days,
        "frequency": one.frequency,
        "value": one.value,
        "fv_quadrant": one.fv_quadrant,
        "category": one.fv_quadrant if c.category == "fv_quadrant" else row["top_class"],
    }


def _band_rows(
    as_of: date, everybody: Mapping[str, Measured], rows: Mapping[str, Row], c: Choices
) -> list[Row]:
    found = []
    for measure in MEASURES if everybody else ():
        cuts = cut_points([one.of(measure) for one in everybody.values()], measure, c)
        for band in range(1, (len(cuts) + 1 if c.scoring == "fixed" else c.bands) + 1):
            inside = [
                everybody[who].recency_days if measure == "recency" else everybody[who].of(measure)
                for who, row in rows.items()
                if row[f"{measure}_band"] == band
            ]
            found.append(
                {
                    "as_of": as_of,
                    "measure": measure,
                    "band": band,
                    "customers": len(inside),
                    "lowest": min(inside, default=None),
                    "highest": max(inside, default=None),
                    "lower_cut": cuts[band - 2] if cuts and band > 1 else None,
                    "upper_cut": cuts[band - 1] if band <= len(cuts) else None,
                }
            )
    return found


def _add_cells(
    tables: Tables, as_of: date, everybody: Mapping[str, Measured], rows: Mapping[str, Row]
) -> None:
    total = sum(one.amount for one in everybody.values())
    for matrix, kept in {
        "rfv": (True, True, True),
        "rf": (True, True, False),
        "rv": (True, False, True),
        "fv": (False, True, True),
    }.items():
        places = {
            who: tuple(
                row[f"{measure}_band"] if keep else None
                for measure, keep in zip(MEASURES, kept, strict=True)
            )
            for who, row in rows.items()
        }
        for cell in set(places.values()):
            inside = [everybody[who] for who, place in places.items() if place == cell]
            value = sum(one.amount for one in inside)
            made: Row = {
                "as_of": as_of,
                "recency_band": cell[0],
                "frequency_band": cell[1],
                "value_band": cell[2],
                "customers": len(inside),
                "value": value,
                "customer_share": Fraction(len(inside), len(rows)),
                "value_share": Fraction(value) / total if total > 0 else None,
            }
            if matrix == "rfv":
                tables["rfv_cells"].append(made)
            else:
                tables["rfv_marginals"].append(made | {"matrix": matrix})


def scope_values(
    sales: Sequence[Sale], dates: Iterable[date], c: Choices
) -> dict[tuple[date, str, str], dict[str, Fraction]]:
    """Who has bought in the network and in each store, and for how much."""
    found: dict[tuple[date, str, str], dict[str, Fraction]] = {}
    for as_of in dates:
        known = [one for one in sales if one.day <= as_of]
        scopes = [NETWORK, *(("store", store) for store in sorted({one.store for one in known}))]
        for scope, customer in product(scopes, sorted({one.customer for one in known})):
            hers = [
                one
                for one in known
                if one.customer == customer and (scope == NETWORK or one.store == scope[1])
            ]
            if any(one.is_purchase for one in hers):
                value = sum(one.net if c.value_basis == "net" else one.gross for one in hers)
                found.setdefault((as_of, *scope), {})[customer] = Fraction(value)
    return found


def pareto(
    values: Mapping[tuple[date, str, str], Mapping[str, Fraction]],
    ids: Mapping[str, int],
    c: Choices,
) -> Tables:
    """The tables of Pareto."""
    tables: Tables = {"pareto_customers": [], "pareto_curve": [], "pareto_summary": []}
    for (as_of, scope, scope_code), of in values.items():
        name: Row = {"as_of": as_of, "scope": scope, "scope_code": scope_code}
        order = sorted(of, key=lambda who: (-of[who], ids[who]))
        n, xs = len(order), [max(of[who], Fraction(0)) for who in order]
        total = sum(xs)

        for rank, who in enumerate(order, 1):
            greater = sum(x for other, x in zip(order, xs, strict=True) if of[other] > of[who])
            under = [bool(total) and greater / total < share for share in c.abc_shares]
            abc = "A" if under[0] else "B" if under[1] else "C"
            tables["pareto_customers"].append(
                name | {"customer_code": who, "value": of[who], "rank": rank, "abc_class": abc}
            )

        for percent in range(1, 101):
            first = ceil(Fraction(percent * n, 100))
            tables["pareto_curve"].append(
                name
                | {
                    "percent": percent,
                    "customers": first,
                    "positive_value": sum(xs[:first]),
                    "customer_share": Fraction(first, n),
                    "value_share": sum(xs[:first]) / total if total else None,
                }
            )

        summary = name | dict.fromkeys(
            ("top_20_value_share", "customers_for_80", "customers_for_80_share", "gini")
        )
        summary |= {"customers": n, "value": sum(of.values()), "positive_value": total}
        if total:
            enough = min(m for m in range(1, n + 1) if sum(xs[:m]) >= c.value_share * total)
            summary |= {
                "top_20_value_share": sum(xs[: ceil(c.top_customers_share * n)]) / total,
                "customers_for_80": enough,
                "customers_for_80_share": Fraction(enough, n),
                # the mean difference of two customers over twice the mean
                "gini": sum(abs(one - other) for one, other in product(xs, xs)) / (2 * n * total),
            }
        tables["pareto_summary"].append(summary)
    return tables


def _setting(value: Any) -> Any:
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / value.denominator
    return [_setting(each) for each in value] if isinstance(value, tuple) else value
