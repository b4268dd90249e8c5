"""The oracle of RFV and Pareto: against figures worked out by hand, and against a brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import real_data

from . import accounts, life_cycle, rfv_brute
from . import rfv as oracle
from .printed_by_r import QUANTILES
from .rfv_brute import Choices, Measured, Sale, Tables
from .rfv_cases import (
    Measurements,
    Members,
    choices,
    some_ids,
    some_measurements,
    some_sales,
    some_values,
)
from .test_oracle import Row, line, returned, rows

# Until the transforms exist that it judges, the fast tests need not wait for it.
pytestmark = pytest.mark.slow

AS_OF = date(2024, 1, 31)
Measures = tuple[int, str, str]
"""Recency, frequency and value."""

CON = oracle.connect()
"""One for all: connecting takes longer than a small example."""
CON.execute("SET threads = 1")

# Filling the tables


def fill(con: duckdb.DuckDBPyConnection, table: str, cells: Iterable[Iterable[Any]]) -> None:
    con.execute(f"DELETE FROM {table}")
    made = ", ".join("(" + ", ".join(_literal(cell) for cell in row) + ")" for row in cells)
    if made:
        con.execute(f"INSERT INTO {table} VALUES {made}")


def _literal(cell: Any) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, Fraction):
        return str(Decimal(cell.numerator) / cell.denominator)
    return str(cell) if isinstance(cell, int) else f"'{cell}'"


def measure(con: duckdb.DuckDBPyConnection, measured: Measurements) -> None:
    """Make ``rfv_measures`` by hand."""
    con.execute(
        "CREATE OR REPLACE TABLE rfv_measures (as_of DATE, customer_code VARCHAR, "
        "customer_id BIGINT, recency_days INTEGER, frequency DECIMAL(18, 6), "
        "value DECIMAL(18, 4), amount DECIMAL(18, 4), fv_quadrant VARCHAR)"
    )
    fill(
        con,
        "rfv_measures",
        [
            (as_of, code, *vars(one).values())
            for as_of, everybody in measured.items()
            for code, one in everybody.items()
        ],
    )


def chosen_for(chosen: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    oracle.set_parameters(CON, **(Choices().as_settings() | chosen))
    return CON


def placed(
    dates: Mapping[str, Mapping[str, Measures]],
    ids: Mapping[str, int] | None = None,
    calendar: Iterable[str] = (),
    members: Iterable[tuple[str, str, str, str]] = (),
    **chosen: Any,
) -> duckdb.DuckDBPyConnection:
    """The tables of RFV from measures given by hand; ids in order of the codes unless given."""
    codes = sorted({code for one in dates.values() for code in one})
    ids = ids or {code: number for number, code in enumerate(codes)}
    con = chosen_for(chosen)
    fill(con, "dates", [(as_of,) for as_of in dates])
    fill(con, "calendar", [(as_of,) for as_of in calendar])
    fill(con, "scope_members", members)
    measured = {
        date.fromisoformat(as_of): {
            code: Measured(
                ids[code], days, Fraction(often), Fraction(worth), Fraction(worth), "occasional"
            )
            for code, (days, often, worth) in one.items()
        }
        for as_of, one in dates.items()
    }
    measure(con, measured)
    oracle.rfv_places(con)
    return con


def on_one_date(
    measures: Mapping[str, Measures], ids: Mapping[str, int] | None = None, **chosen: Any
) -> dict[str, Row]:
    return by_code(placed({str(AS_OF): measures}, ids, **chosen), "FROM rfv")


def by_code(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, Row]:
    found = rows(con, query)
    made = {row["customer_code"]: row for row in found}
    assert len(made) == len(found)
    return made


def of(found: Mapping[str, Row], column: str) -> list[Any]:
    """A column in order of the codes."""
    return [found[code][column] for code in sorted(found)]


def valued(*values: str) -> dict[str, Measures]:
    """Customers A, B, … of equal recency and frequency."""
    return {chr(ord("A") + number): (5, "1", value) for number, value in enumerate(values)}


def from_lines(
    lines: Iterable[Row],
    dates: Iterable[str] = (str(AS_OF),),
    calendar: Iterable[str] = (),
    **chosen: Any,
) -> duckdb.DuckDBPyConnection:
    """The tables of RFV and Pareto from lines."""
    con = chosen_for(chosen)
    fill(con, "dates", [(as_of,) for as_of in dates])
    fill(con, "calendar", [(as_of,) for as_of in calendar])
    fill(con, "scope_members", [])
    fill(con, "lines", [one.values() for one in lines])
    accounts.purchases(con)
    accounts.accounts(con)
    oracle.number_customers(con)
    if chosen.get("population") == "active":
        life_cycle.purchase_days(con)
        life_cycle.life_cycle(con)
    oracle.rfv(con)
    oracle.pareto(con)
    return con


def bought(customer: str, day: str, amount: str = "10", number: str = "1", **fields: Any) -> Row:
    """A sale of its own: numbers repeat among customers, not within one."""
    return line(day, f"{customer}{number}", customer_code=customer, amount=amount, **fields)


# Ranks, percentiles and bands


def test_equal_measures_share_the_lowest_rank() -> None:
    found = on_one_date(valued("10", "20", "10", "30"))
    assert of(found, "value_rank") == [1, 3, 1, 4]
    assert of(found, "value_percentile") == [0, 2 / 3, 0, 1]
    assert of(found, "value_band") == [1, 14, 1, 20]  # 1 + 20 x 2 div 3
    # a tie of all is the worst place, in the best sense too
    assert of(found, "recency_rank") == of(found, "frequency_rank") == [1] * 4
    assert of(found, "recency_percentile") == [0] * 4
    assert of(found, "recency_band") == [1] * 4


def test_the_most_recent_is_the_best() -> None:
    found = on_one_date({"A": (30, "1", "1"), "B": (0, "1", "1"), "C": (365, "1", "1")})
    assert of(found, "recency_rank") == [2, 3, 1]
    assert of(found, "recency_percentile") == [0.5, 1, 0]
    assert of(found, "recency_band") == [11, 20, 1]


def test_bands_are_cut_in_integers() -> None:
    # 8 customers: rank 2 is 1/7, and 7 x 1 div 7 = 1 where 7 x (1/7) might not be
    found = on_one_date(valued(*map(str, range(8))), bands=7)
    assert of(found, "value_band") == [1, 2, 3, 4, 5, 6, 7, 7]
    found = on_one_date(valued(*map(str, range(5))), bands=20)
    assert of(found, "value_band") == [1, 6, 11, 16, 20]
    assert of(on_one_date(valued("1", "2", "3"), bands=1), "value_band") == [1, 1, 1]


def test_values_of_nothing_and_less_are_values() -> None:
    found = on_one_date(valued("0", "-0.0001", "0", "-10", "0.0001"))
    assert of(found, "value_rank") == [3, 2, 3, 1, 5]
    assert of(found, "weighted_rank") == [2, 4, 3, 5, 1]


@pytest.mark.parametrize("scoring", ["percent_rank", "ntile", "quantile"])
def test_one_customer_alone(scoring: str) -> None:
    row = on_one_date(valued("7"), scoring=scoring)["A"]
    for name in ("recency", "frequency", "value"):
        assert (row[f"{name}_rank"], row[f"{name}_percentile"], row[f"{name}_band"]) == (1, 0, 1)
    assert (row["weighted_rank"], row["nested_rank"], row["top_class"]) == (1, 1, "top")


def test_one_customer_alone_is_banded_by_fixed_cuts() -> None:
    row = on_one_date(valued("7"), scoring="fixed", value_cuts=[1, 2])["A"]
    assert (row["value_band"], row["value_percentile"]) == (3, 0)


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [("percent_rank", [1] * 4), ("quantile", [1] * 4), ("ntile", [1, 2, 3, 4])],
)
def test_all_equal(scoring: str, expected: list[int]) -> None:
    found = on_one_date(valued(*["7"] * 4), scoring=scoring)
    assert of(found, "value_band") == expected
    assert of(found, "value_rank") == [1] * 4
    assert of(found, "weighted_rank") == [1, 2, 3, 4]


def test_ntile_breaks_ties_by_the_id() -> None:
    signed = {"A": 3, "B": -(2**63), "C": 2**63 - 1, "D": 0, "E": -7, "F": 9, "G": 8}
    found = on_one_date(valued(*["1"] * 6, "0"), signed, scoring="ntile", bands=3)
    # G is the worst, then B E D A F C: bands of 3, 2 and 2
    assert of(found, "value_band") == [2, 1, 3, 2, 1, 3, 1]
    assert of(on_one_date(valued("1", "2"), scoring="ntile", bands=5), "value_band") == [1, 2]


def cut_points(values: Iterable[str], bands: int) -> list[float]:
    numbered = {f"{number:02}": (5, "1", value) for number, value in enumerate(values)}
    con = placed({str(AS_OF): numbered}, scoring="quantile", bands=bands)
    found = con.execute(
        "SELECT upper_cut FROM rfv_bands WHERE measure = 'value' AND band < ? ORDER BY band",
        [bands],
    )
    return [cut for (cut,) in found.fetchall()]


@pytest.mark.parametrize(("values", "bands", "printed"), QUANTILES)
def test_quantiles_are_those_that_r_prints(values: str, bands: int, printed: list[float]) -> None:
    assert cut_points(values.split(), bands) == pytest.approx(printed, rel=1e-15)


def test_a_measure_on_a_cut_is_below_it() -> None:
    # quartiles of 1 2 2 3 9 are 2, 2 and 3: the bands between equal cuts stay empty
    found = on_one_date(valued("1", "2", "2", "3", "9"), scoring="quantile", bands=4)
    assert of(found, "value_band") == [1, 1, 1, 3, 4]
    # thirds of 0 0.0001: 0.0000333… and 0.0000666…, exactly
    found = on_one_date(valued("0", "0.0001"), scoring="quantile", bands=3)
    assert of(found, "value_band") == [1, 3]


def test_quantiles_of_recency_are_of_its_negative() -> None:
    measures = {code: (days, "1", "1") for code, days in zip("ABCD", (0, 10, 20, 90), strict=True)}
    con = placed({str(AS_OF): measures}, scoring="quantile", bands=2)
    # -90 -20 | -15 | -10 0
    assert of(by_code(con, "FROM rfv"), "recency_band") == [2, 2, 1, 1]
    found = rows(con, "FROM rfv_bands WHERE measure = 'recency' ORDER BY band")
    assert [(row["lower_cut"], row["upper_cut"]) for row in found] == [(None, -15), (-15, None)]
    assert [(row["lowest"], row["highest"]) for row in found] == [(20, 90), (0, 10)]


def test_fixed_cuts() -> None:
    measures = {
        code: (days, often, worth)
        for code, days, often, worth in (
            ("A", 91, "0", "-1"),
            ("B", 90, "1", "100"),
            ("C", 89, "1.000001", "100.0001"),
            ("D", 30, "5", "99.9999"),
            ("E", 29, "5", "0"),
        )
    }
    con = placed(
        {str(AS_OF): measures},
        scoring="fixed",
        bands=7,  # of no account here
        recency_cuts=[-90, -30],
        frequency_cuts=[1],
        value_cuts=[100, 100],
    )
    found = by_code(con, "FROM rfv")
    assert of(found, "recency_band") == [1, 1, 2, 2, 3]
    assert of(found, "frequency_band") == [1, 1, 2, 2, 2]
    assert of(found, "value_band") == [1, 1, 3, 1, 1]
    edges = rows(con, "FROM rfv_bands ORDER BY measure, band")
    assert [(row["measure"], row["band"], row["customers"]) for row in edges] == [
        ("frequency", 1, 2),
        ("frequency", 2, 3),
        ("recency", 1, 2),
        ("recency", 2, 2),
        ("recency", 3, 1),
        ("value", 1, 4),
        ("value", 2, 0),
        ("value", 3, 1),
    ]
    assert [edges[6][name] for name in ("lowest", "highest", "lower_cut", "upper_cut")] == [
        None,
        None,
        100,
        100,
    ]


def test_every_band_has_its_edges() -> None:
    found = rows(
        placed({str(AS_OF): valued("5", "5", "7", "9")}, bands=4),
        "FROM rfv_bands WHERE measure = 'value' ORDER BY band",
    )
    # ranks 1 1 3 4 of 4: bands 1 1 3 4
    assert [(row["band"], row["customers"], row["lowest"], row["highest"]) for row in found] == [
        (1, 2, 5, 5),
        (2, 0, None, None),
        (3, 1, 7, 7),
        (4, 1, 9, 9),
    ]
    assert all(row["lower_cut"] is row["upper_cut"] is None for row in found)


# Rankings and the top


def test_the_weighted_ranking() -> None:
    measures = {"A": (0, "1", "20"), "B": (10, "2", "30"), "C": (20, "3", "10")}
    # percentiles: A 1 0 .5, B .5 .5 1, C 0 1 0
    assert of(on_one_date(measures), "weighted_rank") == [2, 1, 3]
    assert of(on_one_date(measures, weights=[3, 1, 1]), "weighted_rank") == [1, 2, 3]
    assert of(on_one_date(measures, weights=[0, 1, 0]), "weighted_rank") == [3, 2, 1]
    # in tenths the means of A and B are .1 + .35 and .05 + .1 + .7, so of B and C .85 and .2
    tenths = [Decimal("0.1"), Decimal("0.2"), Decimal("0.7")]
    assert of(on_one_date(measures, weights=tenths), "weighted_rank") == [2, 1, 3]


def test_the_weighted_ranking_goes_by_percentiles_in_any_mode() -> None:
    measures = {"A": (0, "1", "20"), "B": (10, "2", "30"), "C": (20, "3", "10")}
    cuts: dict[str, Any] = {"recency_cuts": [-1], "frequency_cuts": [2], "value_cuts": [99]}
    assert of(on_one_date(measures, scoring="fixed", **cuts), "weighted_rank") == [2, 1, 3]


def test_the_nested_ranking() -> None:
    measures = {
        "A": (0, "1", "1"),
        "B": (0, "9", "1"),
        "C": (5, "9", "9"),
        "D": (9, "9", "9"),
        "E": (9, "9", "10"),
    }
    found = on_one_date(measures)
    # B and A are the most recent, of them B buys more often; D and E differ in their V bands
    assert of(found, "nested_rank") == [2, 1, 3, 5, 4]


def test_ties_of_a_ranking() -> None:
    # value against recency: all of the same mean, 1/2 each
    measures = {"A": (30, "1", "3"), "B": (20, "1", "2"), "C": (10, "1", "1")}
    assert of(on_one_date(measures, weights=[1, 0, 1]), "weighted_rank") == [1, 2, 3]
    # recency decides among equal values, the id among the rest
    measures = {"A": (20, "1", "3"), "B": (10, "1", "3"), "C": (10, "1", "3")}
    found = on_one_date(measures, {"A": 1, "B": 2, "C": -2}, weights=[0, 1, 1])
    assert of(found, "weighted_rank") == [3, 2, 1]
    found = on_one_date(measures, {"A": 1, "B": 2, "C": -2}, bands=1)
    assert of(found, "nested_rank") == [3, 2, 1]


@pytest.mark.parametrize(
    ("n", "share", "top"),
    [(1, "0.2", 1), (5, "0.2", 1), (6, "0.2", 2), (10, "0.2", 2), (10, "0.21", 3), (3, "1", 3)],
)
def test_the_top_is_rounded_up(n: int, share: str, top: int) -> None:
    found = on_one_date(valued(*map(str, range(n))), top_share=Decimal(share))
    assert of(found, "top_class") == ["other"] * (n - top) + ["top"] * top


def test_the_ranking_of_the_top_is_a_choice() -> None:
    measures = {"A": (0, "1", "1"), "B": (1, "9", "9"), "C": (2, "1", "1")}
    assert of(on_one_date(measures), "top_class") == ["other", "top", "other"]
    found = on_one_date(measures, top_ranking="nested")
    assert of(found, "top_class") == ["top", "other", "other"]
    found = on_one_date(measures, top_ranking="nested", category="top_class")
    assert of(found, "category") == ["top", "other", "other"]
    assert of(on_one_date(measures), "category") == ["occasional"] * 3


# The processing calendar

CHANGING = {
    "2024-01-31": {"A": (0, "1", "9"), "B": (0, "1", "5")},
    "2024-02-15": {"A": (0, "1", "9"), "B": (0, "1", "99")},
    "2024-02-29": {"A": (0, "1", "9"), "B": (0, "1", "5"), "C": (0, "1", "99")},
    "2024-03-31": {"A": (0, "1", "9"), "B": (0, "1", "5"), "C": (0, "1", "1")},
}
MONTH_ENDS = ("2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31")


@cache
def changing(calendar: tuple[str, ...]) -> list[Row]:
    con = placed({"2023-12-31": {}, **CHANGING}, calendar=calendar)
    return rows(con, "FROM rfv ORDER BY as_of")


def changes(calendar: tuple[str, ...], column: str, code: str) -> list[str | None]:
    """What becomes of a customer, as text."""
    cells = [row[column] for row in changing(calendar) if row["customer_code"] == code]
    return [None if cell is None else str(cell) for cell in cells]


def test_was_top_is_top_on_an_earlier_date_of_the_calendar() -> None:
    assert changes(MONTH_ENDS, "top_class", "A") == ["top", "was_top", "was_top", "top"]
    # B was at the top on a day outside the calendar: for that day alone
    assert changes(MONTH_ENDS, "top_class", "B") == ["other", "top", "other", "other"]
    assert changes(MONTH_ENDS, "top_class", "C") == ["top", "was_top"]
    assert changes(MONTH_ENDS, "first_top_on", "A") == ["2024-01-31"] * 4
    assert changes(MONTH_ENDS, "first_top_on", "B") == [None, "2024-02-15", None, None]
    assert changes(("2024-02-29",), "top_class", "A") == ["top", "other", "other", "top"]


def test_without_a_calendar_there_is_no_history() -> None:
    assert changes((), "top_class", "A") == ["top", "other", "other", "top"]
    assert changes((), "first_top_on", "A") == ["2024-01-31", None, None, "2024-03-31"]
    assert changes((), "weighted_rank_movement", "A") == [None] * 4


def test_movement_is_against_the_previous_date_of_the_calendar() -> None:
    # on 31 January there was a date before, without customers
    assert changes(MONTH_ENDS, "previous_as_of", "A") == [
        "2023-12-31",
        "2024-01-31",
        "2024-01-31",
        "2024-02-29",
    ]
    assert changes(MONTH_ENDS, "previous_weighted_rank", "A") == [None, "1", "1", "2"]
    assert changes(MONTH_ENDS, "weighted_rank_movement", "A") == ["entered", "down", "down", "up"]
    assert changes(MONTH_ENDS, "top_class_movement", "A") == ["entered", "down", "down", "up"]
    assert changes(MONTH_ENDS, "weighted_rank_movement", "B") == ["entered", "up", "down", "up"]
    assert changes(MONTH_ENDS, "top_class_movement", "B") == ["entered", "up", "same", "same"]
    # of two values the better has band 20, of three the middle one 11
    assert changes(MONTH_ENDS, "value_band_movement", "B") == ["entered", "up", "same", "up"]
    assert changes(MONTH_ENDS, "weighted_rank_movement", "C") == ["entered", "down"]
    assert changes(MONTH_ENDS[1:], "weighted_rank_movement", "A")[0] is None


def test_who_is_no_longer_ranked_has_left() -> None:
    lines = [bought("A", "2023-01-10", "99"), bought("B", "2023-12-10")]
    dates = ["2023-12-31", "2024-01-31", "2024-02-29"]
    con = from_lines(lines, dates, dates, population="active")
    assert [row["customer_code"] for row in rows(con, "FROM rfv ORDER BY ALL")] == [*"ABBB"]
    (row,) = rows(con, "FROM rfv_left")
    assert (row["customer_code"], row["as_of"]) == ("A", AS_OF)
    assert (row["previous_top_class"], row["first_top_on"]) == ("top", date(2023, 12, 31))
    assert (row["previous_weighted_rank"], row["weighted_rank_movement"]) == (1, "left")
    assert not rows(from_lines(lines, dates, dates), "FROM rfv_left")


def test_who_comes_back_was_top_still() -> None:
    lines = [
        bought("A", "2022-01-10", "99"),
        bought("B", "2022-01-20", "1"),
        bought("B", "2022-12-20", "999", "2"),
        bought("A", "2023-03-20", "1", "2"),
    ]
    dates = ["2022-01-31", "2023-01-31", "2023-02-28", "2023-03-31"]
    con = from_lines(lines, dates, dates, population="active")
    assert of(by_code(con, "FROM rfv WHERE as_of = '2023-02-28'"), "customer_code") == ["B"]
    row = by_code(con, "FROM rfv WHERE as_of = '2023-03-31'")["A"]
    assert (row["top_class"], row["first_top_on"]) == ("was_top", date(2022, 1, 31))
    assert row["top_class_movement"] == "entered"


def test_in_a_store_ranks_are_its_own() -> None:
    measures = {"A": (0, "1", "9"), "B": (0, "1", "5"), "C": (0, "1", "1")}
    con = placed(
        {"2024-01-31": measures, "2024-02-29": measures},
        calendar=["2024-01-31", "2024-02-29"],
        members=[
            ("2024-01-31", "store", "S1", "B"),
            ("2024-02-29", "store", "S1", "A"),
            ("2024-02-29", "store", "S1", "B"),
            ("2024-02-29", "store", "S2", "C"),
            ("2024-02-29", "portfolio", "S1", "A"),
        ],
    )
    found = rows(
        con, "FROM rfv_scopes WHERE as_of = '2024-02-29' ORDER BY scope, scope_code, customer_code"
    )
    names = ("scope", "scope_code", "customer_code", "weighted_rank", "value_percentile")
    assert [tuple(row[name] for name in (*names, "top_class")) for row in found] == [
        ("portfolio", "S1", "A", 1, 0, "top"),
        ("store", "S1", "A", 1, 1, "top"),
        ("store", "S1", "B", 2, 0, "was_top"),
        ("store", "S2", "C", 1, 0, "top"),
    ]
    assert [row["weighted_rank_movement"] for row in found] == [
        "entered",
        "entered",
        "down",
        "entered",
    ]


# Measures and quadrants, from lines


def test_measures_by_default() -> None:
    lines = [
        bought("A", "2023-10-31", "30"),
        bought("A", "2023-11-30", "10.01", "2"),
        returned("2024-01-31", "A3", "0.01", customer_code="A"),
    ]
    row = by_code(from_lines(lines), "FROM rfv")["A"]
    assert (row["recency_days"], row["frequency"], row["value"]) == (62, 2, 40)
    # 31 Oct + 3 months = 31 Jan: four months as customer
    chosen: dict[str, Any] = {"frequency": "frequency_per_month", "value": "average_ticket"}
    row = by_code(from_lines(lines, **chosen), "FROM rfv")["A"]
    assert (row["frequency"], row["value"]) == (Decimal("0.5"), 20)
    row = by_code(from_lines(lines, value_basis="gross", **chosen), "FROM rfv")["A"]
    assert row["value"] == Decimal("20.005")


@pytest.mark.parametrize(
    ("history", "frequency", "per_month", "value", "ticket"),
    [
        ("all", 3, "0.5", "32", "10.6667"),
        ("12 months", 3, "0.5", "32", "10.6667"),  # six months as customer
        ("4 months", 2, "0.5", "22", "11"),  # four of them
        ("2 months", 1, "0.5", "2", "2"),
        # 12 December to 31 January touch two months: 12 Dec + 1 month <= 31 Jan
        ("51 days", 1, "0.5", "2", "2"),
        ("22 days", 0, "0", "0", "0"),
        ("31 days", 0, "0", "0", "0"),
        # 31 Dec + 1 month = 31 Jan counts as a second month
        ("32 days", 1, "0.5", "2", "2"),
    ],
)
def test_the_period_of_frequency_and_value(
    history: str, frequency: int, per_month: str, value: str, ticket: str
) -> None:
    lines = [
        bought("A", "2023-08-31", "10", "1"),
        bought("A", "2023-10-15", "20", "2"),
        bought("A", "2023-12-31", "2", "3"),
        bought("B", "2023-12-31", "0"),
    ]
    if history == "22 days":
        lines.append(returned("2024-01-20", "A4", "7", customer_code="A"))
        value = "-7"
    row = by_code(from_lines(lines, history=history), "FROM rfv")["A"]
    assert (row["frequency"], row["value"]) == (frequency, Decimal(value))
    assert row["recency_days"] == 31  # whatever the period
    chosen: dict[str, Any] = {"frequency": "frequency_per_month", "value": "average_ticket"}
    row = by_code(from_lines(lines, history=history, **chosen), "FROM rfv")["A"]
    assert (row["frequency"], row["value"]) == (Decimal(per_month), Decimal(ticket))


def quadrants(lines: Iterable[Row], **chosen: Any) -> list[str]:
    return of(by_code(from_lines(lines, **chosen), "FROM rfv"), "fv_quadrant")


def test_quadrants() -> None:
    lines = [
        *(bought("A", "2024-01-10", "100", str(number)) for number in range(3)),  # 3 a month
        bought("B", "2024-01-10", "100"),
        *(bought("C", "2024-01-10", "1", str(number)) for number in range(3)),
        bought("D", "2024-01-10", "1"),
    ]
    # means: 8 / 4 a month; 404 / 8 a ticket
    assert quadrants(lines) == ["best", "spenders", "frequent", "occasional"]
    # 404 / 4 in all
    assert quadrants(lines, fv_value="value") == ["best", "occasional", "frequent", "occasional"]


def test_above_the_mean_is_strictly_above() -> None:
    assert quadrants([bought("A", "2024-01-10"), bought("B", "2024-01-10")]) == ["occasional"] * 2
    # a lone ticket of 20 / 3 is 6.6667 when rounded, and still not above itself
    thirds = [bought("A", "2024-01-10", amount, str(amount)) for amount in ("5", "7", "8")]
    assert quadrants(thirds) == ["occasional"]
    assert quadrants(thirds, fv_value="value") == ["occasional"]


def test_the_average_ticket_of_the_network_is_pooled() -> None:
    lines = [
        *(bought("A", "2024-01-10", "10", str(number)) for number in range(3)),
        bought("B", "2024-01-10", "30"),
        bought("C", "2024-01-10", "16"),
    ]
    # 76 / 5 = 15.2; the mean of the tickets would be 56 / 3
    assert quadrants(lines) == ["frequent", "spenders", "spenders"]


def test_no_ticket_is_above_none() -> None:
    lines = [bought("A", "2023-01-10"), bought("B", "2023-01-10")]
    assert quadrants(lines, history="1 months") == ["occasional"] * 2


def test_means_are_those_of_the_population() -> None:
    lines = [
        bought("A", "2022-01-10", "1000"),  # inactive
        bought("B", "2024-01-10", "10"),
        bought("C", "2024-01-10", "20"),
    ]
    assert quadrants(lines) == ["spenders", "frequent", "frequent"]
    assert quadrants(lines, population="active") == ["occasional", "spenders"]


# The cluster matrix


def test_cells_and_marginals() -> None:
    measures = {
        "A": (0, "1", "30"),
        "B": (0, "2", "60"),
        "C": (9, "1", "30"),
        "D": (9, "1", "-20"),
    }
    con = placed({str(AS_OF): measures}, bands=2)
    # ranks of 4: R 3 3 1 1, F 1 4 1 1, V 2 4 2 1; bands by 2 (rank - 1) div 3
    bands = ("recency_band", "frequency_band", "value_band")
    names = (*bands, "customers", "value", "customer_share", "value_share")

    def cells(query: str) -> list[tuple[Any, ...]]:
        found = rows(con, f"{query} ORDER BY ALL")
        return [tuple(row[name] for name in names) for row in found]

    assert cells("FROM rfv_cells") == [
        (1, 1, 1, 2, 10, 0.5, 0.1),
        (2, 1, 1, 1, 30, 0.25, 0.3),
        (2, 2, 2, 1, 60, 0.25, 0.6),
    ]
    assert cells("FROM rfv_marginals WHERE matrix = 'fv'") == [
        (None, 1, 1, 3, 40, 0.75, 0.4),
        (None, 2, 2, 1, 60, 0.25, 0.6),
    ]
    assert cells("FROM rfv_marginals WHERE matrix = 'rf'") == [
        (1, 1, None, 2, 10, 0.5, 0.1),
        (2, 1, None, 1, 30, 0.25, 0.3),
        (2, 2, None, 1, 60, 0.25, 0.6),
    ]


# Pareto


def pareto_of(*values: str, ids: Sequence[int] = (), **chosen: Any) -> duckdb.DuckDBPyConnection:
    """Customers A, B, … of the network."""
    con = chosen_for(chosen)
    codes = [chr(ord("A") + number) for number in range(len(values))]
    fill(con, "customer_ids", zip(codes, ids or range(len(values)), strict=True))
    by_hand(con, {(AS_OF, "network", "network"): dict(zip(codes, values, strict=True))})
    return con


def by_hand(
    con: duckdb.DuckDBPyConnection, values: Mapping[tuple[date, str, str], Mapping[str, Any]]
) -> None:
    con.execute(
        "CREATE OR REPLACE TABLE scope_values (as_of DATE, scope VARCHAR, scope_code VARCHAR, "
        "customer_code VARCHAR, value DECIMAL(18, 4))"
    )
    fill(
        con,
        "scope_values",
        [(*scope, code, value) for scope, hers in values.items() for code, value in hers.items()],
    )
    oracle.pareto_figures(con)


def test_pareto() -> None:
    con = pareto_of("-10", "5", "50", "0", "30", "15")
    found = by_code(con, "FROM network_customers")
    assert of(found, "rank") == [6, 4, 1, 5, 2, 3]
    # above them lie .95, 0, 1, .5, .8 and 1 of the value, the last two for 0 and -10
    assert of(found, "abc_class") == ["C", "C", "A", "C", "A", "B"]
    (row,) = rows(con, "FROM pareto_summary")
    assert (row["customers"], row["value"], row["positive_value"]) == (6, 90, 100)
    assert row["top_20_value_share"] == 0.8  # of two: ceil(1.2)
    assert (row["customers_for_80"], row["customers_for_80_share"]) == (2, 1 / 3)
    # 2 (1 x 0 + 2 x 0 + 3 x 5 + 4 x 15 + 5 x 30 + 6 x 50) / 600 - 7 / 6
    assert row["gini"] == pytest.approx(1.75 - 7 / 6, rel=1e-12)
    curve = {row["percent"]: row for row in rows(con, "FROM pareto_curve")}
    assert sorted(curve) == list(range(1, 101))
    at = {percent: curve[percent]["customers"] for percent in (1, 16, 17, 33, 34, 83, 84, 100)}
    assert at == {1: 1, 16: 1, 17: 2, 33: 2, 34: 3, 83: 5, 84: 6, 100: 6}
    assert (curve[34]["customer_share"], curve[34]["value_share"]) == (0.5, 0.95)
    assert curve[100]["positive_value"] == 100


def test_equals_share_a_class_and_ids_part_them_in_rank() -> None:
    con = pareto_of("10", "10", "10", ids=(5, -5, 0))
    found = by_code(con, "FROM network_customers")
    assert of(found, "rank") == [3, 1, 2]
    assert of(found, "abc_class") == ["A"] * 3
    (row,) = rows(con, "FROM pareto_summary")
    assert (row["gini"], row["customers_for_80"]) == (0, 3)


def test_one_customer_has_it_all() -> None:
    con = pareto_of("0.0001")
    (row,) = rows(con, "FROM pareto_summary")
    assert (row["gini"], row["top_20_value_share"], row["customers_for_80"]) == (0, 1, 1)
    assert {row["customers"] for row in rows(con, "FROM pareto_curve")} == {1}


def test_nothing_positive() -> None:
    con = pareto_of("0", "-5")
    assert of(by_code(con, "FROM network_customers"), "abc_class") == ["C", "C"]
    (row,) = rows(con, "FROM pareto_summary")
    assert (row["customers"], row["value"], row["positive_value"]) == (2, -5, 0)
    names = ("top_20_value_share", "customers_for_80", "customers_for_80_share", "gini")
    assert [row[name] for name in names] == [None] * 4
    assert {row["value_share"] for row in rows(con, "FROM pareto_curve")} == {None}


def test_shares_are_parameters() -> None:
    chosen: dict[str, Any] = {
        "abc_shares": [Decimal("0.5"), Decimal("0.6")],
        "top_customers_share": Decimal("0.5"),
        "value_share": Decimal("0.51"),
    }
    con = pareto_of("50", "30", "20", **chosen)
    assert of(by_code(con, "FROM network_customers"), "abc_class") == ["A", "B", "C"]
    (row,) = rows(con, "FROM pareto_summary")
    assert (row["top_20_value_share"], row["customers_for_80"]) == (0.8, 2)


def test_stores() -> None:
    lines = [
        bought("A", "2024-01-01", "100", "1", store_code="S1"),
        bought("A", "2024-01-02", "10", "2", store_code="S2"),
        returned("2024-01-03", "A3", "30", customer_code="A", store_code="S2"),
        bought("B", "2024-01-01", "10", "1", store_code="S2"),
        returned("2024-01-03", "B2", "1", customer_code="B", store_code="S1"),
        bought("B", "2024-02-01", "10", "3", store_code="S3"),
        line("2024-01-05", "1", customer_code=None, code_class="none", store_code="S4"),
    ]
    con = from_lines(lines)
    # B only returned something at S1, and S3 sold nothing yet
    query = "FROM store_customers ORDER BY store_code, rank"
    assert [tuple(row.values())[1:] for row in rows(con, query)] == [
        ("S1", "A", 100, 1, "A"),
        ("S2", "B", 10, 1, "A"),
        ("S2", "A", -20, 2, "C"),
    ]
    assert of(by_code(con, "FROM network_customers"), "value") == [80, 9]
    con = from_lines(lines, value_basis="gross")
    assert [row["value"] for row in rows(con, query)] == [100, 10, 10]


# Edges


def test_before_the_first_sale_there_is_nothing() -> None:
    con = from_lines([bought("A", "2024-02-01")], [str(AS_OF)], [str(AS_OF)])
    for table in (
        *("rfv", "rfv_left", "rfv_scopes", "rfv_bands", "rfv_cells", "rfv_marginals"),
        *("pareto_curve", "pareto_summary", "store_customers", "network_customers"),
    ):
        assert not rows(con, f"FROM {table}"), table


def test_what_is_missing_is_missed() -> None:
    lines = [bought("A", "2024-01-10")]
    con = from_lines(lines)
    con.execute("INSERT INTO calendar VALUES ('2023-12-31')")
    with pytest.raises(duckdb.InvalidInputException, match="calendar date without accounts"):
        oracle.rfv(con)
    con.execute("DELETE FROM calendar; DELETE FROM customer_ids")
    for compute in (oracle.rfv, oracle.pareto):
        with pytest.raises(duckdb.InvalidInputException, match="no customer_id for A"):
            compute(con)
    oracle.number_customers(con)
    con.execute("DELETE FROM life_cycle")
    oracle.rfv(con)
    oracle.set_parameters(con, population="active")
    with pytest.raises(duckdb.InvalidInputException, match="no stage for A"):
        oracle.rfv(con)


def test_the_defaults_are_those_of_the_brute_force() -> None:
    untouched = oracle.connect().execute("FROM parameters").fetchall()
    assert chosen_for({}).execute("FROM parameters").fetchall() == untouched


# A real chain


def test_cdnow() -> None:
    con = oracle.connect()
    accounts.load_cdnow(con, real_data.cdnow())
    fill(con, "dates", [("1997-09-30",), ("1998-06-30",)])
    accounts.purchases(con)
    accounts.accounts(con)
    found = con.execute(
        "SELECT count(*), count(DISTINCT customer_code), sum(items), sum(net_amount) FROM purchases"
    ).fetchone()
    assert found == (6919, 2357, 16479, Decimal("244091.94"))
    found = con.execute(
        "SELECT sum(purchase_days - 1), count(*) FILTER (purchase_days > 1) "
        "FROM accounts WHERE as_of = '1997-09-30'"
    ).fetchone()
    assert found == (2457, 946)
    oracle.number_customers(con)
    oracle.pareto(con)
    (row,) = rows(con, "FROM pareto_summary WHERE as_of = '1998-06-30' AND scope = 'network'")
    assert (row["customers"], row["value"]) == (2357, Decimal("244091.94"))
    assert round(100 * row["top_20_value_share"], 2) == 67.46
    assert row["customers_for_80"] == 777


# The brute force

KEYS = {
    "rfv": ("as_of", "customer_code"),
    "rfv_left": ("as_of", "customer_code"),
    "rfv_scopes": ("as_of", "scope", "scope_code", "customer_code"),
    "rfv_bands": ("as_of", "measure", "band"),
    "rfv_cells": ("as_of", "recency_band", "frequency_band", "value_band"),
    "rfv_marginals": ("as_of", "matrix", "recency_band", "frequency_band", "value_band"),
    "pareto_customers": ("as_of", "scope", "scope_code", "customer_code"),
    "pareto_curve": ("as_of", "scope", "scope_code", "percent"),
    "pareto_summary": ("as_of", "scope", "scope_code"),
}


def assert_same(con: duckdb.DuckDBPyConnection, expected: Tables) -> None:
    for table, rows_expected in expected.items():

        def key(row: Row, names: tuple[str, ...] = KEYS[table]) -> tuple[str, ...]:
            return tuple(str(row[name]) for name in names)

        made = {key(row): row for row in rows(con, f"FROM {table}")}
        wanted = {key(row): row for row in rows_expected}
        assert made.keys() == wanted.keys(), table
        for at, row in wanted.items():
            assert made[at].keys() == row.keys(), table
            differing = {
                name: (made[at][name], cell)
                for name, cell in row.items()
                if not agrees(made[at][name], cell)
            }
            assert not differing, (table, at)


def agrees(made: Any, wanted: Any) -> bool:
    """Exactly, but for doubles."""
    if isinstance(made, float) and wanted is not None:
        return bool(abs(Fraction(made) - wanted) <= Fraction(1, 10**12) * max(1, abs(wanted)))
    if isinstance(made, Decimal):
        return bool(Fraction(made) == wanted)
    return type(made) is not float and bool(made == wanted)


AT_RANDOM = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(AT_RANDOM, max_examples=18)
@given(choices(), st.integers(0, 10**6), st.integers(0, 3))
def test_places_are_what_the_specification_says(c: Choices, seed: int, sparse: int) -> None:
    rng = Random(seed)
    ids = some_ids(rng)
    measured, members = some_measurements(rng, ids)
    calendar = [day for day in measured if rng.randrange(4) >= sparse]
    oracle.set_parameters(CON, **c.as_settings())
    fill(CON, "dates", [(as_of,) for as_of in measured])
    fill(CON, "calendar", [(as_of,) for as_of in calendar])
    fill(CON, "scope_members", scope_rows(members))
    measure(CON, measured)
    oracle.rfv_places(CON)
    assert_same(CON, rfv_brute.rfv(measured, members, calendar, c))


def scope_rows(members: Members) -> list[tuple[Any, ...]]:
    return [(as_of, *scope, code) for (as_of, scope), codes in members.items() for code in codes]


@AT_RANDOM
@given(choices(), st.integers(0, 10**6))
def test_pareto_is_what_the_specification_says(c: Choices, seed: int) -> None:
    rng = Random(seed)
    ids = some_ids(rng)
    values = some_values(rng)
    oracle.set_parameters(CON, **c.as_settings())
    fill(CON, "customer_ids", ids.items())
    by_hand(CON, values)
    assert_same(CON, rfv_brute.pareto(values, ids, c))


@AT_RANDOM
@given(choices(), st.integers(0, 10**6))
def test_sales_become_what_the_specification_says(c: Choices, seed: int) -> None:
    rng = Random(seed)
    ids = some_ids(rng)
    sales = some_sales(rng)
    dates = sorted({date(2023, 1, 31), date(2023, 2, 28), date(2024, 1, 31), date(2024, 12, 31)})
    dates = sorted({*dates, *rng.sample([one.day for one in sales], 1), date(2025, 1, 30)})
    calendar = [day for day in dates if rng.random() < 0.7]
    oracle.set_parameters(CON, **c.as_settings())
    fill(CON, "dates", [(as_of,) for as_of in dates])
    fill(CON, "calendar", [(as_of,) for as_of in calendar])
    fill(CON, "scope_members", [])
    fill(CON, "customer_ids", ids.items())
    fill(CON, "lines", sale_lines(sales))
    steps: tuple[Callable[[duckdb.DuckDBPyConnection], None], ...] = (
        accounts.purchases,
        accounts.accounts,
        life_cycle.purchase_days,
        *([life_cycle.life_cycle] if c.population == "active" else []),
        oracle.rfv,
        oracle.pareto,
    )
    for step in steps:
        step(CON)
    measured = {as_of: rfv_brute.measured_on(sales, ids, as_of, c) for as_of in dates}
    assert_same(CON, rfv_brute.rfv(measured, {}, calendar, c))
    assert_same(CON, rfv_brute.pareto(rfv_brute.scope_values(sales, dates, c), ids, c))


def sale_lines(sales: Iterable[Sale]) -> list[tuple[Any, ...]]:
    """What was bought on a first line, what is taken off it as a return or an adjustment."""
    found: list[tuple[Any, ...]] = []
    for number, sale in enumerate(sales):
        start = (sale.store, sale.day, str(number))
        end = (None, sale.customer, "coded", None, None)
        if sale.is_purchase:
            sign = 1 if sale.gross > 0 else 0
            found.append((*start, 1, *end, 1, sale.gross, sign, False, False))
        if sale.gross != sale.net or not sale.is_purchase:
            # every other one as an adjustment, which gross does not know either
            off, is_return = sale.net - sale.gross, number % 2 == 0
            sign = 1 if is_return else -1
            found.append((*start, 2, *end, -1 if is_return else 1, off, sign, is_return, False))
    return found
