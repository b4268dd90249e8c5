"""The oracle of indicators: against figures worked out by hand, and against a brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from . import allocation, indicators_brute, life_cycle, rfv
from . import indicators as oracle
from .allocation_brute import Settings, Stint, Store, World
from .day_by_day import DAY, Parameters, Period
from .indicators_brute import Case, Person, Sold, is_address, is_cep, is_email, is_mobile
from .indicators_cases import (
    ADDRESSES,
    CEPS,
    EMAILS,
    MOBILES,
    STATES,
    address_of_pieces,
    cases,
    cep_of_pieces,
    email_of_pieces,
    mobile_of_pieces,
)
from .rfv_brute import Choices

CON = oracle.connect()
"""One for all: connecting takes longer than a small example."""
CON.execute("SET threads = 1")

AS_OF = "2024-06-15"
NETWORK = "network"
EARLIER = "2024-05-31"
"""The calendar's date before."""

Figures = dict[str, tuple[Decimal | None, Decimal | None, Decimal | None]]
"""Numerator, denominator and value by indicator."""


# Filling the tables


def fill(table: str, cells: Iterable[Iterable[Any]]) -> None:
    CON.execute(f"DELETE FROM {table}")
    made = ", ".join("(" + ", ".join(_literal(cell) for cell in row) + ")" for row in cells)
    if made:
        CON.execute(f"INSERT INTO {table} VALUES {made}")


def _literal(cell: Any) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, Fraction):
        return str(Decimal(cell.numerator) / cell.denominator)
    if isinstance(cell, tuple):
        return "[" + ", ".join(map(_literal, cell)) + "]"
    return str(cell) if isinstance(cell, int) else "'" + str(cell).replace("'", "''") + "'"


def ticket_lines(tickets: Iterable[Sold]) -> list[tuple[Any, ...]]:
    """What was sold on a first line, what came back on a second, what was taken off on a third."""
    found: list[tuple[Any, ...]] = []
    for one in tickets:
        key = (one.store, one.day, one.number)
        code_class = "coded" if one.customer else "generic" if one.is_generic else "none"
        whose = (one.customer, code_class, one.salesperson, None)
        back = one.gross - one.net + one.adjusted
        if one.is_purchase:
            sign = 1 if one.gross > 0 else 0
            found.append((*key, 1, one.sold_at, *whose, one.items, one.gross, sign, False, False))
        if one.items_returned:
            cells = (*whose, -one.items_returned, -back, 1, True, False)
            found.append((*key, 2, one.sold_at, *cells))
        if one.adjusted:
            found.append((*key, 3, one.sold_at, *whose, 1, one.adjusted, -1, False, False))
    return found


def run(case: Case) -> duckdb.DuckDBPyConnection:
    world = case.world
    life_cycle.set_parameters(CON, **case.life_cycle.as_settings())
    life_cycle.set_parameters(CON, recent_window=str(case.recent))
    rfv.set_parameters(CON, **case.choices.as_settings())
    allocation.set_parameters(CON, **case.allocation.as_settings())
    oracle.set_parameters(CON, opt_in_silence=case.opt_in_silence)
    keys = {(one.store, one.day, one.number) for one in case.tickets}
    assert len(keys) == len(case.tickets), "two tickets of one key are one sale"
    fill("lines", ticket_lines(case.tickets))
    fill("persons", [(code, one.registered_on) for code, one in case.persons.items()])
    fill("registry", [(code, *vars(one).values()) for code, one in case.persons.items()])
    fill("registrations", [(code, *of) for code, of in world.registrations.items()])
    fill("stores", [(code, *vars(of).values()) for code, of in world.stores.items()])
    fill("stints", [vars(one).values() for one in world.stints])
    queue = {(one.store, one.day, one.number) for one in case.tickets if one.by_queue}
    fill("queue_sales", sorted(queue))
    fill("dates", [(as_of,) for as_of in world.dates])
    fill("calendar", [(as_of,) for as_of in world.calendar])
    fill("customer_ids", [])
    oracle.everything(CON)
    return CON


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def bought(
    on: str,
    customer: str | None = "ANA",
    price: str = "10",
    number: str = "1",
    at: tuple[str, str | None] = ("S1", "P1"),
    **others: Any,
) -> Sold:
    """One item, unless told otherwise."""
    gross = Fraction(price)
    return Sold(
        customer, at[0], date.fromisoformat(on), number, None, at[1], True, gross, gross, **others
    )


def gave_back(
    on: str,
    customer: str | None = "ANA",
    back: str = "10",
    at: tuple[str, str | None] = ("S1", "P1"),
    items: str = "1",
) -> Sold:
    """A ticket of returns alone."""
    return Sold(
        customer,
        at[0],
        date.fromisoformat(on),
        "R",
        None,
        at[1],
        False,
        Fraction(0),
        -Fraction(back),
        items=Fraction(0),
        items_returned=Fraction(items),
    )


def made(
    tickets: Iterable[Sold],
    dates: Iterable[str] = (AS_OF,),
    calendar: Iterable[str] = (),
    stores: Mapping[str, Store] | None = None,
    stints: Iterable[Stint] = (),
    **others: Any,
) -> None:
    """Run the oracle on these tickets; ``others`` are fields of the case."""
    world = World(
        list(tickets),
        {},
        stores or {},
        list(stints),
        [date.fromisoformat(one) for one in dates],
        [date.fromisoformat(one) for one in calendar],
    )
    run(Case(world, **others))


def figures(
    period: str = "on_date", level: str = NETWORK, code: str = NETWORK, as_of: str = AS_OF
) -> Figures:
    found = CON.execute(
        "SELECT indicator, numerator, denominator, value FROM indicators "
        "WHERE as_of = ? AND period = ? AND level = ? AND level_code = ?",
        [as_of, period, level, code],
    ).fetchall()
    by_name = {name: (n, d, value) for name, n, d, value in found}
    assert len(by_name) == len(found)
    return by_name


def of(n: str | int, d: str | int | None, value: str | int | None) -> tuple[Decimal | None, ...]:
    """A figure as it is written by hand."""
    return Decimal(n), *(None if one is None else Decimal(one) for one in (d, value))


def levels_of(indicator: str) -> set[tuple[str, str]]:
    return set(
        CON.execute(
            "SELECT level, level_code FROM indicators WHERE indicator = ?", [indicator]
        ).fetchall()
    )


def stint(who: str, ends: str | None = None, at: str = "S1") -> Stint:
    return Stint(who, at, date(2015, 1, 1), day(ends))


# Levels


def test_customers_belong_to_their_store_and_to_the_salesperson_who_is_there() -> None:
    tickets = [
        bought("2024-05-01", "ANA", at=("S1", "P1")),
        bought("2024-05-01", "BIA", at=("S1", "P2"), number="2"),  # P2 left: in transition
        bought("2024-05-01", "EVA", at=("S1", None), number="3"),  # nobody: the store's own
        bought("2024-05-01", "IDA", at=("S2", "P1"), number="4"),
        bought("2024-05-01", "LIA", at=("S3", "P3"), number="5"),  # S3 is closed: no store
    ]
    open_store = Store(date(2015, 1, 1))
    made(
        tickets,
        stores={"S1": open_store, "S2": open_store},
        stints=[stint("P1"), stint("P1", at="S2"), stint("P2", "2024-06-01"), stint("P3", at="S3")],
    )
    assert figures()["customers"] == of(5, None, 5)
    assert figures(level="store", code="S1")["customers"] == of(3, None, 3)
    assert figures(level="store", code="S2")["customers"] == of(1, None, 1)
    # hers of both stores
    assert figures(level="salesperson", code="P1")["customers"] == of(2, None, 2)
    expected = {(NETWORK, NETWORK), ("store", "S1"), ("store", "S2"), ("salesperson", "P1")}
    for indicator in ("customers", "spending_12m", "reactivation_velocity", "loyalty_rate"):
        assert levels_of(indicator) == expected
    # the sales have levels of their own
    assert levels_of("net_sales") == expected | {
        ("store", "S3"),
        ("salesperson", "P2"),
        ("salesperson", "P3"),
    }


def test_before_the_first_purchase_there_is_no_row() -> None:
    made([bought("2024-06-16")])
    assert CON.execute("SELECT count(*) FROM indicators").fetchall() == [(0,)]
    # a return and a generic sale are sales, but nobody is a customer
    made([gave_back("2024-06-01"), bought("2024-06-01", None, number="2", is_generic=True)])
    assert not figures()
    assert figures("month")["net_sales"] == of(0, None, 0)


# Stages, segments, classes


def test_stages_and_segments_are_shares_of_the_customers() -> None:
    # new since 2024-06-01; active until 2024-06-19, so at risk; inactive since 2024-06-01 (30 days
    # recently inactivated); lost since 2024-06-15 itself
    tickets = [
        bought("2024-06-01", "ANA"),
        bought("2023-06-20", "BIA"),
        bought("2023-06-01", "EVA"),
        bought("2021-06-15", "IDA"),
    ]
    made(tickets)
    found = figures()
    quarter = of(1, 4, "0.25")
    assert found["active"] == of(2, 4, "0.5")
    assert (found["inactive"], found["lost"]) == (quarter, quarter)
    for segment in ("new", "inactivation_risk", "recently_inactivated", "recently_lost"):
        assert found[segment] == quarter
    for segment in ("recovered", "reactivated", "normal_active", "loss_risk", "normal_lost"):
        assert found[segment] == of(0, 4, 0)


def test_segments_between_the_first_days_and_the_last() -> None:
    # ANA: no longer new since 2024-05-31, and never came back. EVA: inactive since 2024-01-01, no
    # longer recently since 2024-01-31, and lost on 2026-01-01 only
    made([bought("2024-05-01", "ANA"), bought("2023-01-01", "EVA")])
    found = figures()
    assert found["in_loyalty_process"] == found["normal_inactive"] == of(1, 2, "0.5")
    assert found["new"] == found["recently_inactivated"] == found["loss_risk"] == of(0, 2, 0)


def test_who_was_top_and_is_no_longer() -> None:
    # alone on the date before ANA was top; now BIA is better in all three, and one of two is top
    tickets = [
        bought("2024-05-01", "ANA"),
        bought("2024-06-01", "BIA", "20"),
        bought("2024-06-10", "BIA", "20", number="2"),
    ]
    made(tickets, dates=(EARLIER, AS_OF), calendar=(EARLIER,))
    found = figures()
    assert found["top"] == found["was_top"] == of(1, 2, "0.5")
    assert found["other"] == of(0, 2, 0)


def test_classes_are_shares_of_the_ranked() -> None:
    # ANA: 2 purchases in 2 months, frequency 1; BIA 1 in 1, frequency 1; EVA is inactive
    tickets = [
        bought("2024-05-01", "ANA", "50"),
        bought("2024-05-02", "ANA", "70"),
        bought("2024-06-01", "BIA", "10"),
        bought("2023-01-01", "EVA", "999", at=("S2", "P2")),
    ]
    made(tickets, choices=Choices(population="active"))
    found = figures()
    assert found["customers"] == of(3, None, 3)
    # tickets 60 and 10, pooled 130 / 3 = 43.3; both frequencies equal their mean
    assert found["spenders"] == found["occasional"] == of(1, 2, "0.5")
    assert found["best"] == found["frequent"] == of(0, 2, 0)
    assert found["top"] == found["other"] == of(1, 2, "0.5")  # ceil(0.2 x 2) = 1
    # nobody of S2 is ranked
    assert figures(level="store", code="S2")["top"] == of(0, 0, None)
    assert figures(level="store", code="S2")["customers"] == of(1, None, 1)


# Means over customers


def test_the_mean_frequency_is_that_of_the_published_ones() -> None:
    # ANA: 1 purchase in 3 months (since 2024-04-01), 0.333333; BIA: 1 in 1, 1.000000
    made([bought("2024-04-01", "ANA"), bought("2024-06-01", "BIA")])
    found = figures()
    # 1.333333 / 2 = 0.6666665, rounded half-up (2/3 would be 0.666667 too, but 4/3 no numerator)
    assert found["average_frequency"] == of("1.333333", 2, "0.666667")
    assert found["average_annualised_frequency"] == of(16, 2, 8)  # 12 x 1 / 3 = 4, and 12


def test_life_time_ends_with_the_last_loss_and_stages_with_the_day_before() -> None:
    tickets = [
        # lost from 2019-02-01 to her return on 2019-03-01, then active to 2020-02-29, inactive to
        # 2022-02-28, lost since 2022-03-01
        bought("2016-02-01", "ANA"),
        bought("2019-03-01", "ANA"),
        # first bought on as_of
        bought(AS_OF, "BIA"),
        # active for 366 days from 2023-06-15 (29 February in it): inactive on as_of itself
        bought("2023-06-15", "EVA"),
    ]
    made(tickets)
    found = figures()
    # ANA 2016-02-01 to 2022-03-01: 6 years of which 2016 and 2020 leap (both 29 Februaries in it)
    # = 2192, and 28 days of February to 1 March 2022 (2022-02-01 + 28): 2220. BIA 0, EVA 366.
    assert found["life_time_duration"] == of(2220 + 0 + 366, 3, 862)
    # active: ANA 2016-02-01 to 2017-02-01 is 366, 2019-03-01 to 2020-03-01 is 366; BIA 0; EVA 366
    assert found["life_time_duration_active"] == of(732 + 0 + 366, 3, 366)
    # inactive: ANA 2017-02-01 to 2019-02-01 is 730, 2020-03-01 to 2022-03-01 is 730; EVA since
    # as_of: ever, but 0 days; BIA never
    assert found["life_time_duration_inactive"] == of(1460, 2, 730)
    # lost: ANA for 28 days until her return, and 2022-03-01 to 2024-06-15 is 731 + 92 + 14 = 837
    assert found["life_time_duration_lost"] == of(28 + 837, 1, 865)


def test_a_lost_customer_is_lost_once_more() -> None:
    # lost from 2019-02-01, back on 2019-03-01: the earlier loss no longer ends her life time
    made([bought("2016-02-01"), bought("2019-03-01")], ["2019-03-15", "2019-02-20"])
    assert figures(as_of="2019-02-20")["life_time_duration"] == of(1096, 1, 1096)  # 2016 is leap
    # 2016-02-01 to 2019-03-01 is 1096 + 28, and 14 days
    assert figures(as_of="2019-03-15")["life_time_duration"] == of(1138, 1, 1138)


def test_value_and_recency_of_those_in_a_stage_now() -> None:
    tickets = [
        bought("2024-06-05", "ANA", "10"),
        gave_back("2024-06-06", "ANA", "20"),
        bought("2024-06-14", "BIA", "0.0001"),
        bought("2023-06-01", "EVA", "7"),
    ]
    made(tickets)
    found = figures()
    # -10 + 0.0001 + 7 = -2.9999; / 3 = -0.99996667 -> -1.0000
    assert found["life_time_value"] == of("-2.9999", 3, -1)
    # -9.9999 / 2 = -4.99995, the half away from zero
    assert found["life_time_value_active"] == of("-9.9999", 2, "-5.0000")
    assert found["life_time_value_inactive"] == of(7, 1, 7)
    # 10, 1 and 380 days (2023-06-01 to 2024-06-01 is 366)
    assert found["days_without_purchase"] == of(391, 3, "130.333333333333")
    assert found["days_without_purchase_active"] == of(11, 2, "5.5")
    assert found["days_without_purchase_inactive"] == of(380, 1, 380)
    assert found["days_without_purchase_lost"] == of(0, 0, None)
    assert found["life_time_value_lost"] == of(0, 0, None)


def test_the_lost_are_worth_what_they_spent() -> None:
    made([bought("2016-02-01", "ANA", "10"), bought("2024-06-14", "BIA", "5")])
    assert figures()["life_time_value_lost"] == of(10, 1, 10)


def test_customers_by_sex_are_those_whose_registration_says_it() -> None:
    persons = {
        "ANA": Person(sex="F"),
        "BIA": Person(None, ("supplier",), sex=" feminino "),  # whatever she is there
        "EVA": Person(day("2024-06-16"), sex="M"),  # not yet registered
        "IDA": Person(day(AS_OF), sex="Másculino"),
        "LIA": Person(sex="não informado"),
        "MEL": Person(sex="F"),  # never bought
    }
    codes = ("ANA", "BIA", "EVA", "IDA", "LIA", "OLA")
    tickets = [bought("2024-06-01", code, number=str(n)) for n, code in enumerate(codes)]
    made(tickets, persons=persons)
    found = figures()
    assert found["female"] == of(2, 6, "0.333333333333")
    assert found["male"] == of(1, 6, "0.166666666667")
    assert figures(level="store", code="S1")["female"] == of(2, 6, "0.333333333333")
    made(tickets)
    assert figures()["female"] == figures()["male"] == of(0, 6, 0)


def test_spending_takes_everybodys_net_and_counts_who_bought() -> None:
    tickets = [
        bought("2024-01-01", "ANA", "100"),  # the year's first day
        bought("2023-12-31", "BIA", "40"),
        gave_back("2024-02-01", "BIA", "10"),  # no purchase this year
        bought("2023-06-15", "EVA", "1000"),  # 12 months to as_of: outside
        bought("2023-06-16", "IDA", "5", number="2"),
    ]
    made(tickets)
    assert figures("year")["spending_this_year"] == of(90, 1, 90)
    # 100 + 40 - 10 + 5 = 135 of ANA, BIA and IDA
    assert figures("last_12m")["spending_12m"] == of(135, 3, 45)


def test_spending_without_a_buyer_is_unknown() -> None:
    made([bought("2023-06-01"), gave_back("2024-06-01", back="3")])
    assert figures("year")["spending_this_year"] == of(-3, 0, None)
    assert figures("last_12m")["spending_12m"] == of(-3, 0, None)


# Velocity


def test_velocities() -> None:
    tickets = [
        bought("2024-06-01", "ANA"),
        bought("2024-06-01", "ANA", number="2"),  # no other day
        bought("2024-06-05", "ANA"),
        bought("2024-06-15", "ANA"),  # 4 and 10: mean 7; on as_of nothing is projected
        bought("2024-06-05", "BIA", number="3"),
        bought("2024-06-06", "BIA", number="3"),  # 1; projected (1 + 9) / 2 = 5
        bought("2024-06-05", "EVA", number="4"),  # one day; projected 10
        bought("2024-06-15", "IDA", number="5"),  # one day, as_of itself: none
        # 0, 1, 2 and 7 days after 2024-06-01: mean 7/3 = 2.333333; projected 14 / 4 = 3.5
        *(bought(f"2024-06-0{n}", "LIA", number="6") for n in (1, 2, 3, 8)),
    ]
    made(tickets)
    found = figures()
    # 7 + 1 + 2.333333 = 10.333333
    assert found["velocity"] == of("10.333333", 3, "3.444444333333")
    assert found["velocity_pooled"] == of(14 + 1 + 7, 2 + 1 + 3, "3.666666666667")
    assert found["last_velocity"] == of(10 + 1 + 5, 3, "5.333333333333")
    # ANA 7, BIA 5, EVA 10, LIA 3.5
    assert found["velocity_projected"] == of("25.5", 4, "6.375")
    # the mean is 3.444444: BIA and LIA are faster, ANA is slower
    assert found["velocity_above_average"] == of(2, 3, "0.666666666667")
    assert found["velocity_below_average"] == of(1, 3, "0.333333333333")


def test_equal_to_the_networks_mean_is_neither() -> None:
    # means 7/3 = 2.333333 twice, whatever the last bit of their mean
    tickets = [
        *(bought(f"2024-06-0{n}", "ANA") for n in (1, 2, 3, 8)),
        *(bought(f"2024-06-0{n}", "BIA", number="2", at=("S2", "P2")) for n in (1, 4, 5, 8)),
        bought("2024-06-01", "EVA", number="3", at=("S3", "P3")),
    ]
    made(tickets)
    assert figures()["velocity_above_average"] == of(0, 2, 0)
    assert figures()["velocity_below_average"] == of(0, 2, 0)
    # nobody in S3 has two days
    found = figures(level="store", code="S3")
    for name in ("velocity", "velocity_pooled", "last_velocity", "velocity_above_average"):
        assert found[name] == of(0, 0, None)


def test_the_yardstick_is_the_networks() -> None:
    tickets = [
        *(bought(f"2024-06-{n:02}", "ANA", at=("S1", "P1")) for n in (1, 11)),  # 10
        *(bought(f"2024-06-{n:02}", "BIA", number="2", at=("S1", "P1")) for n in (1, 9)),  # 8
        *(bought(f"2024-06-{n:02}", "EVA", number="3", at=("S2", "P2")) for n in (1, 2)),  # 1
    ]
    made(tickets)
    # the network's mean is 19/3: in S1 both are slower, though BIA is faster than S1's own 9
    found = figures(level="store", code="S1")
    assert found["velocity_above_average"] == of(0, 2, 0)
    assert found["velocity_below_average"] == of(2, 2, 1)


def test_who_came_back_in_the_last_12_months() -> None:
    tickets = [
        # inactive since 2023-06-16; back on that day after 366 days (29 February is not in it:
        # 2022-06-16 to 2023-06-16 is 365): active the day before, so no event
        bought("2022-06-16", "ANA"),
        bought("2023-06-16", "ANA"),
        # inactive on the day before: 366 days
        bought("2022-06-15", "BIA", number="2"),
        bought("2023-06-16", "BIA", number="2"),
        # the same a day earlier is 12 months to as_of: outside
        bought("2022-06-14", "EVA", number="3"),
        bought("2023-06-15", "EVA", number="3"),
        # lost since 2023-06-16, back on 2023-06-17 after 3 years and a day: 365 x 3 + 1
        bought("2020-06-16", "IDA", number="4", at=("S2", "P2")),
        bought("2023-06-17", "IDA", number="4", at=("S2", "P2")),
        # inactive since 2021-07-01, back after 3 years less a day: 366 + 365 x 2 - 1 = 1094 days
        # to 2022-07-01 365, 2023-07-01 365, 2024-05-31 335 (366 - 31) = 1065
        bought("2021-07-01", "LIA", number="5", at=("S2", "P2")),
        bought("2024-05-31", "LIA", number="5", at=("S2", "P2")),
        bought("2024-06-01", "LIA", number="5", at=("S2", "P2")),
    ]
    made(tickets)
    found = figures("last_12m")
    assert found["reactivation_velocity"] == of(366 + 1065, 2, "715.5")
    assert found["recovery_velocity"] == of(1096, 1, 1096)
    assert figures("last_12m", "store", "S1")["reactivation_velocity"] == of(366, 1, 366)
    assert figures("last_12m", "store", "S1")["recovery_velocity"] == of(0, 0, None)


# Moves


def test_moves_of_the_month() -> None:
    tickets = [
        # active on 2024-05-31 and back in June
        bought("2024-05-31", "ANA"),
        bought("2024-06-01", "ANA"),
        # active then (to 2024-06-01), inactive since; not back
        bought("2023-06-01", "BIA"),
        # inactive on 2024-05-31, back in June: no activation
        bought("2023-05-31", "EVA"),
        bought("2024-06-10", "EVA"),
        # the first purchase, and a second
        bought("2024-06-02", "IDA"),
        bought("2024-06-03", "IDA"),
        # lost since 2024-06-15, as_of
        bought("2021-06-15", "LIA"),
        # lost since 2024-05-31, recovered in June
        bought("2021-05-31", "MEL"),
        bought("2024-06-15", "MEL"),
        # lost since 2024-05-31
        bought("2021-05-31", "NEI", number="2"),
        # after as_of nothing counts
        bought("2024-06-16", "NEI"),
        bought("2024-06-16", "OLI", number="2"),
    ]
    made(tickets)
    found = figures("month")
    assert found["activation_rate"] == of(1, 2, "0.5")  # ANA of ANA and BIA
    # at the end ANA, BIA, EVA, IDA, MEL consume
    assert found["renewal_rate"] == of(1, 5, "0.2")
    # IDA - LIA + MEL; at the start ANA, BIA, EVA and LIA
    assert found["real_growth_rate"] == of(1, 4, "0.25")


def test_growth_may_be_negative_and_may_divide_by_nothing() -> None:
    # lost since 2024-06-10 and 2024-06-11
    made([bought("2021-06-10", "ANA"), bought("2021-06-11", "BIA"), bought("2023-06-01", "EVA")])
    assert figures("month")["real_growth_rate"] == of(-2, 3, "-0.666666666667")
    # two who are new: nobody was there at the start
    made([bought("2024-06-10", "ANA"), bought("2024-06-11", "BIA")])
    found = figures("month")
    assert found["renewal_rate"] == of(2, 2, 1)
    assert found["real_growth_rate"] == of(2, 0, None)
    assert found["activation_rate"] == of(0, 0, None)


def test_who_was_lost_and_is_lost_again_moves_twice_in_a_month() -> None:
    short = life_cycle_of(inactive_after="5 days", lost_after="10 days")
    # lost since 2024-05-30 (10 days after 20 May); back on 2024-06-03; lost since 2024-06-13
    made([bought("2024-05-20"), bought("2024-06-03")], life_cycle=short)
    assert figures("month")["real_growth_rate"] == of(0, 0, None)  # 0 - 1 + 1
    assert figures("month")["renewal_rate"] == of(0, 0, None)


def life_cycle_of(**periods: str) -> Parameters:
    """The defaults but for the named periods."""
    split = {name: text.split() for name, text in periods.items()}
    made_of: dict[str, Any] = {
        name: Period(int(count), "days" if unit == "days" else "months")
        for name, (count, unit) in split.items()
    }
    days = ("new_for", "reactivated_for", "recovered_for", "recently_lost_for")
    risks = ("inactivation_risk_for", "loss_risk_for", "recently_inactivated_for")
    shortest = dict.fromkeys((*days, *risks), Period(1, "days"))
    return Parameters(**(shortest | made_of))


def test_loyalty_is_judged_in_the_month_in_which_the_process_ends() -> None:
    # 210 days before 2024-06-15 is 2023-11-18 (13 days of November, 31, 31, 29, 31, 30, 31, 14)
    tickets = [
        bought("2023-11-18", "ANA"),  # ends on as_of
        bought("2024-06-14", "ANA"),  # the last day that counts
        bought("2023-11-18", "BIA", number="2"),
        bought("2024-06-15", "BIA", number="2"),  # the end itself is too late
        bought("2023-11-04", "EVA", number="3"),  # ends on 2024-06-01, never back
        bought("2023-11-04", "EVA", number="4"),  # a second ticket is no second day
        bought("2023-11-03", "IDA", number="3"),  # ended on 2024-05-31
        bought("2023-11-19", "LIA", number="3"),  # ends on 2024-06-16
    ]
    made(tickets)
    assert figures("month")["loyalty_rate"] == of(1, 3, "0.333333333333")
    made([bought("2024-06-01")])
    assert figures("month")["loyalty_rate"] == of(0, 0, None)


def test_moves_belong_to_the_store_of_as_of() -> None:
    # active in S1 on 2024-05-31; of S2 now, by her last three purchases
    tickets = [
        bought("2024-05-01", at=("S1", "P1")),
        *(bought(f"2024-06-0{n}", at=("S2", "P2")) for n in (1, 2, 3)),
    ]
    made(tickets, [EARLIER, AS_OF])
    assert levels_of("activation_rate") == {
        (NETWORK, NETWORK),
        *(("store", one) for one in ("S1", "S2")),
        *(("salesperson", one) for one in ("P1", "P2")),
    }
    assert not figures("month", "store", "S1").keys() & {"activation_rate"}
    assert figures("month", "store", "S2")["activation_rate"] == of(1, 1, 1)
    assert figures("month", "store", "S1", EARLIER)["renewal_rate"] == of(1, 1, 1)


# Sales


def test_tickets_pa_and_prices_are_pooled_over_customers() -> None:
    tickets = [
        bought("2024-06-01", "ANA", "100", items=Fraction(2)),
        bought("2024-06-02", "BIA", "50", items=Fraction("0.5")),
        gave_back("2024-06-03", "ANA", "30"),
        gave_back("2024-06-08", "UMA", "1", ("S1", "P2")),  # a code that never bought
        bought("2024-06-04", None, "1000", items=Fraction(9)),
        bought("2024-06-05", None, "7", items=Fraction(3), is_generic=True),
        bought("2024-05-31", "ANA", "60", items=Fraction(4)),
    ]
    made(tickets)
    month, ever = figures("month"), figures("all")
    # 100 + 50 - 30 - 1 = 119 and 2.5 items less 2
    assert month["average_ticket"] == of(119, 2, "59.5")
    assert month["items_per_purchase"] == of("2.5", 2, "1.25")
    assert month["average_price"] == of(119, "0.5", 238)
    assert month["net_sales"] == of(1126, None, 1126)
    assert month["purchases"] == of(4, None, 4)
    assert ever["average_ticket"] == of(179, 3, "59.6667")
    assert ever["items_per_purchase"] == of("6.5", 3, "2.166666666667")
    assert ever["average_price"] == of(179, "4.5", "39.7778")
    # these two periods alone
    assert not {"average_ticket", "items_per_purchase", "average_price"} & (
        figures("year").keys() | figures("last_12m").keys()
    )
    # P2 took back a piece and sold none
    found = figures("month", "salesperson", "P2")
    assert found["average_ticket"] == of(-1, 0, None)
    assert found["average_price"] == of(-1, -1, None)
    assert found["association_rate"] == of(0, 0, None)


def test_associations() -> None:
    tickets = [
        bought("2024-06-01", "ANA", "1", items=Fraction(2)),
        bought("2024-06-02", "BIA", "10", items=Fraction(3)),
        bought("2024-06-03", "EVA", "100", items=Fraction(4)),
        bought("2024-06-03", "IDA", "1000", number="2", items=Fraction(5)),
        bought("2024-06-04", None, "10000", is_generic=True),
        bought("2024-06-05", None, "20000", is_generic=True, at=("S1", None)),
        bought("2024-06-05", None, "5", number="2"),
    ]
    persons = {
        "ANA": Person(),
        "BIA": Person(day(AS_OF)),  # after her purchase, by as_of
        "EVA": Person(day("2024-06-16")),
        "IDA": Person(roles=("supplier",)),  # in the registry, whatever she is there
    }
    made(tickets, persons=persons)
    found = figures("month")
    assert found["association_rate"] == of(4, 7, "0.571428571429")
    assert found["association_rate_with_generic"] == of(6, 7, "0.857142857143")
    assert found["registration_rate"] == of(3, 4, "0.75")
    assert found["purchases_generic"] == of(2, None, 2)
    assert found["items_generic"] == of(2, None, 2)
    assert found["value_generic"] == of(30000, None, 30000)
    assert found["purchases_unregistered"] == of(1, None, 1)
    assert found["items_unregistered"] == of(4, None, 4)
    assert found["value_unregistered"] == of(100, None, 100)
    assert found["purchases_without_registration"] == of(3, None, 3)
    assert found["items_without_registration"] == of(6, None, 6)
    assert found["value_without_registration"] == of(30100, None, 30100)
    # what nobody attended is the store's and the network's
    assert figures("month", "store", "S1")["purchases"] == of(7, None, 7)
    assert figures("month", "salesperson", "P1")["purchases"] == of(6, None, 6)
    assert figures("month", "salesperson", "P1")["value_generic"] == of(10000, None, 10000)


def test_periods_of_sales() -> None:
    prices = {
        "2023-06-14": "1",
        "2023-06-15": "2",  # 12 months to as_of: outside
        "2023-06-16": "4",
        "2023-12-31": "8",
        "2024-01-01": "16",
        "2024-05-31": "32",
        "2024-06-01": "64",
        "2024-06-15": "128",
        "2024-06-16": "256",
    }
    made([bought(on, price=price) for on, price in prices.items()])
    assert figures("month")["net_sales"] == of(64 + 128, None, 192)
    assert figures("year")["net_sales"] == of(16 + 32 + 64 + 128, None, 240)
    assert figures("last_12m")["net_sales"] == of(240 + 4 + 8, None, 252)
    assert figures("all")["net_sales"] == of(255, None, 255)
    assert figures("all")["purchases"] == of(8, None, 8)


def test_the_last_12_months_of_a_28_february_begin_on_a_leap_day() -> None:
    # 2024-02-29 + 12 months is 2025-02-28, which is no longer before itself
    made(
        [bought("2024-02-28"), bought("2024-02-29", price="5"), bought("2024-03-01", price="7")],
        ["2025-02-27", "2025-02-28"],
    )
    assert figures("last_12m", as_of="2025-02-27")["net_sales"] == of(22, None, 22)
    assert figures("last_12m", as_of="2025-02-28")["net_sales"] == of(7, None, 7)


def test_who_sold_nothing_in_a_period_has_zeros_in_it() -> None:
    made([bought("2020-01-01", at=("S2", "P2")), bought("2024-06-01")])
    for level, code in (("store", "S2"), ("salesperson", "P2")):
        found = figures("month", level, code)
        assert found["net_sales"] == found["purchases_generic"] == of(0, None, 0)
        assert found["average_ticket"] == of(0, 0, None)
        assert found["registration_rate"] == of(0, 0, None)
        assert figures("all", level, code)["net_sales"] == of(10, None, 10)


def test_adjustments_count_in_net_alone() -> None:
    made(
        [
            bought("2024-06-01", price="10"),
            Sold(
                "ANA",
                "S1",
                date(2024, 6, 2),
                "2",
                None,
                "P1",
                False,
                Fraction(0),
                Fraction("-0.0001"),
                items=Fraction(0),
                adjusted=Fraction("-0.0001"),
            ),
        ]
    )
    assert figures("month")["average_price"] == of("9.9999", 1, "9.9999")
    assert figures("month")["purchases"] == of(1, None, 1)


def test_money_is_rounded_half_up_away_from_zero() -> None:
    half = [bought("2024-06-01", price="0.0001"), bought("2024-06-02", "BIA", "0")]
    made(half)
    assert figures("month")["average_ticket"] == of("0.0001", 2, "0.0001")  # 0.00005
    made([*half, gave_back("2024-06-03", back="0.0002")])
    assert figures("month")["average_ticket"] == of("-0.0001", 2, "-0.0001")  # -0.00005


# Registrations


def test_registrations_belong_to_the_network_and_to_their_allocation() -> None:
    tickets = [
        bought("2024-05-01", "ANA"),
        bought("2024-05-01", "BIA", at=("S2", "P2")),
        bought("2024-05-01", "IDA", number="2"),
        gave_back("2024-05-01", "LIA"),
    ]
    persons = {
        "ANA": Person(None, ("supplier", "customer"), opted_out=True),
        "BIA": Person(day(AS_OF), opted_out=False),
        "EVA": Person(day("2020-01-01")),  # never bought
        "IDA": Person(day("2024-06-16")),  # not yet registered
        "LIA": Person(None, ("prospect",), opted_out=True),
        "MEL": Person(None, None),
    }
    made(tickets, persons=persons)
    found = figures()
    assert found["registrations"] == of(3, None, 3)
    assert found["opt_out"] == of(1, 3, "0.333333333333")
    assert found["opt_in"] == of(2, 3, "0.666666666667")
    assert levels_of("registrations") == {
        (NETWORK, NETWORK),
        ("store", "S1"),
        ("store", "S2"),
        ("salesperson", "P1"),
        ("salesperson", "P2"),
    }
    assert figures(level="store", code="S1")["opt_out"] == of(1, 1, 1)
    assert figures(level="salesperson", code="P2")["opt_in"] == of(1, 1, 1)
    # who is silent neither opted in nor out
    made(tickets, persons=persons, opt_in_silence=False)
    assert figures()["opt_in"] == of(1, 3, "0.333333333333")
    assert figures()["opt_out"] == of(1, 3, "0.333333333333")


def test_rates_of_contacts_count_those_that_are_valid() -> None:
    persons = {
        "ANA": Person(mobile="11987654321", cep="01310-100", email="Ana@exemplo.test ", state="SP"),
        "BIA": Person(mobile="1187654321", cep="99999-999"),  # a landline; no code has eight 9
        # that is São Paulo's
        "EVA": Person(mobile="021 91234-5678", cep="01310-100", email="a@b", state="RJ"),
        "IDA": Person(None, ("prospect",), mobile="11987654321", cep="01310-100"),
    }
    made([], persons=persons)
    found = figures()
    assert found["mobile_rate"] == of(2, 3, "0.666666666667")
    assert found["cep_rate"] == found["email_rate"] == of(1, 3, "0.333333333333")


def test_a_registry_without_sales_has_registrations_alone() -> None:
    made([], persons={"ANA": Person(address="Rua A, 1"), "BIA": Person(address="12")})
    assert levels_of("registrations") == {(NETWORK, NETWORK)}
    assert figures()["address_rate"] == of(1, 2, "0.5")
    assert figures()["email_rate"] == of(0, 2, 0)
    made([bought("2024-06-01")])
    assert not levels_of("registrations")


@pytest.mark.parametrize(
    ("column", "text", "is_valid"),
    [
        ("mobile", "11987654321", True),
        ("mobile", "(11) 98765-4321", True),
        ("mobile", "+55 11 98765-4321", True),
        ("mobile", "0055 11 98765-4321", True),
        ("mobile", "00 11 98765-4321", False),  # 00 leads abroad, and nothing follows
        ("mobile", "011 98765-4321", True),
        ("mobile", "0 15 11 98765-4321", True),
        ("mobile", "0 05 11 98765-4321", False),  # no carrier
        ("mobile", "015 98765-4321", True),  # no carrier, but Sorocaba
        ("mobile", "15 11 98765-4321", False),
        ("mobile", "+55 (0) 11 98765-4321", True),
        ("mobile", "+55 0 15 11 98765-4321", True),
        ("mobile", "0055 0 15 11 98765-4321", True),
        ("mobile", "0 55 11 98765-4321", True),  # as if 55 were a carrier
        ("mobile", "55987654321", True),  # 55 is an area code too
        ("mobile", "5555987654321", True),
        ("mobile", "055987654321", True),
        ("mobile", "11987654321.0", True),
        ("mobile", "11987654321.00", False),
        ("mobile", " 11987654321.0\t", True),
        ("mobile", "11 98765-4321.0", False),  # made of no number, and so twelve digits
        ("mobile", "\uff11\uff1198765\uff0d4321", True),
        ("mobile", "\u0661\u066198765-4321", False),  # Arabic digits are none, so seven are left
        ("mobile", "tel. 11 98765-4321", True),  # what is no digit goes
        ("mobile", "20987654321", False),  # no such area
        ("mobile", "10987654321", False),
        ("mobile", "01987654321", False),  # a trunk 0, and ten digits
        ("mobile", "99999999999", False),
        ("mobile", "5599999999999", False),  # the number itself is nines
        ("mobile", "99999999998", True),
        ("mobile", "1187654321", False),  # a landline, or an old number
        ("mobile", "551187654321", False),  # the same with the country
        ("mobile", "987654321", False),  # without area
        ("mobile", "11887654321", False),
        ("mobile", "4411987654321", False),
        ("mobile", "119876543210", False),
        ("mobile", "não tem", False),
        ("mobile", " ", False),
        ("mobile", "", False),
        ("mobile", None, False),
        ("cep", "01310-100", True),
        ("cep", "01310100", True),
        ("cep", "20040030.0", True),
        ("cep", "1310100.0", False),  # which digit of the eight is missing?
        ("cep", "1310100", False),
        ("cep", "\u00a0\uff10\uff11310-100", True),
        ("cep", "99999-998", True),
        ("cep", "99999-999", False),
        ("cep", "11111-111", False),
        ("cep", "00999-999", False),
        ("cep", "01000-000", True),
        ("cep", "78950-000", False),  # was Rondônia's
        ("cep", "013101000", False),
        ("cep", "CEP", False),
        ("cep", "", False),
        ("cep", None, False),
        ("email", "ana@loja.com.br", True),
        ("email", " Ana@LOJA.com.br\u00a0", True),
        ("email", "a@b.co", True),
        ("email", "a@b.c", False),
        ("email", "a@b.co.c", False),
        ("email", "a@b.c0", True),
        ("email", "a@b.0c", False),
        ("email", "a@0b.co", True),
        ("email", "a@bco", False),
        ("email", "@b.co", False),
        ("email", "a@.co", False),
        ("email", "a@b.", False),
        ("email", "a@b..co", False),
        ("email", "a@b-b.co", True),
        ("email", "a@b--b.co", True),
        ("email", "a@-b.co", False),
        ("email", "a@b-.co", False),
        ("email", "a@b.co-", False),
        ("email", "a@b_b.co", False),
        ("email", "a@@b.co", False),
        ("email", "a@b@c.co", False),
        ("email", "a b@c.co", False),
        ("email", "a.a@b.co", True),
        ("email", "a..a@b.co", False),
        ("email", ".a@b.co", False),
        ("email", "a.@b.co", False),
        ("email", "!#$%&'*+/=?^_`{|}~-@b.co", True),
        ("email", "a,a@b.co", False),
        ("email", "a(a)@b.co", False),
        ("email", '"a"@b.co', False),
        ("email", "a\\a@b.co", False),
        ("email", "á@b.co", False),
        ("email", "a@ç.co", False),
        ("email", "\u212a@b.co", False),  # the sign of Kelvin, whose small letter is k
        ("email", "a\uff11@b.co", False),  # a full-width digit
        ("email", f"{64 * 'a'}@b.co", True),
        ("email", f"{65 * 'a'}@b.co", False),
        ("email", f"a@{63 * 'b'}.co", True),
        ("email", f"a@{64 * 'b'}.co", False),
        ("email", f"a@b.{63 * 'c'}", True),
        ("email", f"a@b.{64 * 'c'}", False),
        # 64 + 1 + 3 * 63 = 254
        ("email", f"{64 * 'a'}@{62 * 'b'}.{62 * 'b'}.{63 * 'c'}", True),
        ("email", f"{64 * 'a'}@{63 * 'b'}.{62 * 'b'}.{63 * 'c'}", False),
        ("email", "a@b.co\n", True),
        ("email", "a@b.co\na@b.co", False),
        ("email", "a", False),
        ("email", "", False),
        ("email", None, False),
        ("address", "x", True),
        ("address", "12 É", True),
        ("address", ".", False),
        ("address", "12, 34", False),
        ("address", " \t", False),
        ("address", "", False),
        ("address", None, False),
        ("name", "Ó", True),
        ("name", "?", False),
        ("name", "0", False),
        ("name", None, False),
    ],
)
def test_what_is_valid(column: str, text: str | None, is_valid: bool) -> None:
    assert judged(column, [text]) == [is_valid]
    assert JUDGES[column](text or "") is is_valid


@pytest.mark.parametrize(
    ("state", "is_valid"),
    [
        ("SP", True),
        (" sp\u00a0", True),
        ("RJ", False),
        ("\trj", False),
        # none of the 27
        ("São Paulo", True),
        ("Rio de Janeiro", True),
        ("R.J.", True),
        ("XX", True),
        (" ", True),
        (None, True),
    ],
)
def test_a_cep_is_of_the_state_that_is_named(state: str | None, is_valid: bool) -> None:
    assert judged("cep", ["01310-100"], state) == [is_valid]
    assert is_cep("01310-100", state) is is_valid


def test_area_codes_are_the_67_of_anatel() -> None:
    numbers = [f"{area:02}98765432{area % 10}" for area in range(100)]
    valid = {
        number[:2] for number, so in zip(numbers, judged("mobile", numbers), strict=True) if so
    }
    no_areas = "20 23 25 26 29 30 36 39 40 50 52 56 57 58 59 60 70 72 76 78 80 90"
    assert valid == {str(area) for area in range(11, 100)} - set(no_areas.split())
    assert len(valid) == 67
    assert valid == {number[:2] for number in numbers if is_mobile(number)}


CORREIOS = (
    "01000-19999 SP, 20000-28999 RJ, 29000-29999 ES, 30000-39999 MG, 40000-48999 BA, "
    "49000-49999 SE, 50000-56999 PE, 57000-57999 AL, 58000-58999 PB, 59000-59999 RN, "
    "60000-63999 CE, 64000-64999 PI, 65000-65999 MA, 66000-68899 PA, 68900-68999 AP, "
    "69000-69299 AM, 69300-69399 RR, 69400-69899 AM, 69900-69999 AC, 70000-72799 DF, "
    "72800-72999 GO, 73000-73699 DF, 73700-76799 GO, 76800-76999 RO, 77000-77999 TO, "
    "78000-78899 MT, 79000-79999 MS, 80000-87999 PR, 88000-89999 SC, 90000-99999 RS"
)


def test_ceps_are_of_the_states_as_correios_lists_them() -> None:
    listed: dict[int, str] = {}
    for text in CORREIOS.split(", "):
        ends, state = text.split()
        first, last = (int(end) for end in ends.split("-"))
        listed |= dict.fromkeys(range(first, last + 1), state)
    states = sorted(set(listed.values()))
    assert len(states) == 27
    areas = [area for area in range(100_000) if area % 100 in {0, 50, 99}]
    ceps = [f"{area:05}-{500 + area % 2}" for area in areas]
    for state in states:
        expected = [listed.get(area) == state for area in areas]
        assert judged("cep", ceps, state) == [is_cep(cep, state) for cep in ceps] == expected
    expected = [area in listed for area in areas]
    assert judged("cep", ceps) == [is_cep(cep, None) for cep in ceps] == expected


@pytest.mark.parametrize(
    ("column", "by_hand", "of_pieces"),
    [
        ("mobile", MOBILES, mobile_of_pieces),
        ("cep", CEPS, cep_of_pieces),
        ("email", EMAILS, email_of_pieces),
        ("address", ADDRESSES, address_of_pieces),
    ],
)
def test_both_judge_alike(
    column: str, by_hand: Sequence[str | None], of_pieces: Callable[[Random], str]
) -> None:
    rng = Random(1)
    texts = [*by_hand, *(of_pieces(rng) for _ in range(20_000))]
    found = judged(column, texts)
    differ = [
        text for text, so in zip(texts, found, strict=True) if JUDGES[column](text or "") is not so
    ]
    assert not differ
    assert 500 < sum(found) < len(found) - 500
    if column == "cep":
        for state in STATES:
            assert judged("cep", texts, state) == [is_cep(text or "", state) for text in texts]


JUDGES: dict[str, Callable[[str], bool]] = {
    "mobile": is_mobile,
    "cep": lambda text: is_cep(text, None),
    "email": is_email,
    "address": is_address,
    "name": is_address,
}


def judged(column: str, texts: Sequence[str | None], state: str | None = None) -> list[bool]:
    """What the macro of a column says of the texts."""
    if not has_macros():
        made([])
    more = ", $state" if column == "cep" else ""
    given = {"texts": list(texts)} | ({"state": state} if more else {})
    query = (
        f"SELECT coalesce(is_{column}(text{more}), false) "
        "FROM (SELECT unnest($texts::VARCHAR[]) AS text, "
        "unnest(range(len($texts::VARCHAR[]))) AS place) ORDER BY place"
    )
    return [so for (so,) in CON.execute(query, given).fetchall()]


def has_macros() -> bool:
    """Whether the macros of validity are there already."""
    found = CON.execute(
        "SELECT 1 FROM duckdb_functions() WHERE function_name = 'is_mobile'"
    ).fetchall()
    return bool(found)


# Portfolios


def test_sales_inside_and_outside_the_portfolio() -> None:
    tickets = [
        bought("2024-05-01", "ANA", at=("S1", "P1")),
        bought("2024-05-01", "BIA", at=("S1", "P1"), number="2"),
        bought("2024-05-02", "EVA", at=("S1", None), number="3"),
        # June: inside twice, once by the queue; outside thrice, once without a salesperson
        bought("2024-06-01", "ANA", at=("S1", "P1"), by_queue=True),
        bought("2024-06-02", "BIA", at=("S1", "P1")),
        bought("2024-06-03", "ANA", at=("S1", "P2"), by_queue=True),
        bought("2024-06-04", "ANA", at=("S1", None)),
        bought("2024-06-05", "EVA", at=("S1", "P1")),
        # no purchase, no allocation, no customer
        gave_back("2024-06-06", "ANA"),
        bought("2024-06-07", "IDA", at=("S2", "P3"), by_queue=True),
        bought("2024-06-07", None, at=("S3", "P4")),
    ]
    made(tickets, [EARLIER, AS_OF], [EARLIER])
    found = figures("month")
    assert found["purchases_inside_portfolio"] == of(2, None, 2)
    assert found["purchases_inside_portfolio_by_queue"] == of(1, None, 1)
    assert found["purchases_outside_portfolio"] == of(3, None, 3)
    assert found["inside_rate"] == of(2, 5, "0.4")
    assert figures("month", "store", "S1")["inside_rate"] == of(2, 5, "0.4")
    assert figures("month", "salesperson", "P1")["inside_rate"] == of(2, 3, "0.666666666667")
    assert figures("month", "salesperson", "P2")["inside_rate"] == of(0, 1, 0)
    # to somebody without an allocation: neither
    assert figures("month", "salesperson", "P3")["purchases_outside_portfolio"] == of(0, None, 0)
    assert figures("month", "store", "S2")["inside_rate"] == of(0, 0, None)
    # to nobody: no row of this group
    assert ("store", "S3") not in levels_of("inside_rate")


def test_who_left_sells_to_those_who_wait_for_another() -> None:
    tickets = [
        bought("2024-05-01", "ANA", at=("S1", "P1")),
        bought("2024-06-01", "ANA", at=("S1", "P1"), by_queue=True),
    ]
    made(tickets, [EARLIER, AS_OF], [EARLIER], stints=[stint("P1", "2024-05-15")])
    # in transition: neither inside nor outside, by the queue or not
    found = figures("month", "salesperson", "P1")
    assert found["purchases_inside_portfolio"] == of(0, None, 0)
    assert found["purchases_inside_portfolio_by_queue"] == of(0, None, 0)
    assert found["inside_rate"] == of(0, 0, None)


# Against the brute force


def as_table() -> dict[indicators_brute.Key, indicators_brute.Figure]:
    found = CON.execute(
        "SELECT as_of, period, level, level_code, indicator, numerator, denominator, value "
        "FROM indicators"
    ).fetchall()
    table = {tuple(row[:5]): tuple(_exact(cell) for cell in row[5:]) for row in found}
    assert len(table) == len(found)
    return table  # type: ignore[return-value]


def _exact(cell: Decimal | None) -> Fraction | None:
    return None if cell is None else Fraction(cell)


@pytest.mark.slow
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(cases())
def test_indicators_are_what_the_specification_says(case: Case) -> None:
    run(case)
    found, wanted = as_table(), indicators_brute.indicators(case)
    assert found.keys() == wanted.keys()
    differ = {key: (found[key], wanted[key]) for key in found if found[key] != wanted[key]}
    assert not differ


@pytest.mark.slow
def test_a_few_years_by_the_defaults() -> None:
    """Stages as long as they are by default, which the random worlds are too short for."""
    ends = ("2019-03-31", "2021-02-28", "2022-03-01", "2024-02-29", AS_OF)
    whose = {"ANA": 97, "BIA": 400, "EVA": 1130, "IDA": 366, "LIA": 3000}
    begun = date(2018, 1, 31)
    tickets = [
        bought(
            str(begun + n * step * DAY),
            code,
            str(n % 3),
            f"{code}{n}",
            (f"S{n % 2}", f"P{step % 3}"),
        )
        for code, step in whose.items()
        for n in range(2400 // step + 1)
    ]
    world = World(
        tickets,
        {},
        {},
        (),
        [date.fromisoformat(one) for one in ends],
        [date.fromisoformat(one) for one in ends[:3]],
    )
    case = Case(world, {"ANA": Person(), "BIA": Person(date(2021, 3, 1))}, allocation=Settings())
    run(case)
    assert as_table() == indicators_brute.indicators(case)
