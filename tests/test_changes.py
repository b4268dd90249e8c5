"""Whom something happened to, what is carried on for all others, and on which dates."""

from __future__ import annotations

import datetime as dt
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.changes import Changes, changes_since
from jobs.customers_changed import customers_changed
from jobs.past_runs import ComputingRun
from jobs.place import Place
from jobs.plan import Plan, sources_of, why_full
from jobs.processing_dates import view_of_pass
from jobs.registries import all_succeeded_by
from jobs.session import local_rows
from jobs.settings import load_settings
from jobs.tables import Tables
from schemas import TABLES
from transforms.accounts import accounts, carried_accounts
from transforms.allocation_history import allocations_carried_on
from transforms.calendar_view import CalendarView
from transforms.changes import (
    Span,
    bought_ahead,
    carried,
    looking_back,
    rows_changed,
    stints_between,
    sums_carried,
    tickets_between,
    tickets_with,
)
from transforms.life_cycle import due_on_timeline
from transforms.periods import ALWAYS, Period

JAN_31, FEB_28, FEB_29, MARCH_31 = (
    date(2024, 1, 31),
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 31),
)
ACTION = {
    "title": "an action",
    "objective": "sales",
    "channel": "email",
    "valid_to": MARCH_31,
    "state": "listed",
    "declaration": "{}",
    "changed_at": datetime(2024, 1, 31, tzinfo=timezone.utc),
}
MEMBER = {"list_group": "list", "stratum": "", "is_lent": False, "reasons": []}
YEAR, MONTH = Period(12, "months"), Period(30, "days")


def tickets(spark: SparkSession, *rows: tuple[Any, ...]) -> DataFrame:
    return spark.createDataFrame(
        rows, "customer_id bigint, business_day date, store_code string, salesperson_code string"
    )


def ids(rows: DataFrame) -> set[int]:
    assert rows.columns == ["customer_id"]
    return {row.customer_id for row in rows.collect()}


def test_something_happened_to_whose_ticket_enters_or_leaves_in_the_span(
    spark: SparkSession,
) -> None:
    history = tickets(
        spark,
        (1, FEB_28, "a", None),  # on the day that was computed: known
        (2, FEB_29, "a", None),
        (3, MARCH_31, "a", None),
        (4, date(2024, 4, 1), "a", None),  # later
        (5, date(2023, 2, 28), "a", None),  # left the year on 28 February already
        (6, date(2023, 3, 1), "a", None),
        (7, date(2024, 1, 29), "a", None),  # the 30 days end on 28 February
        (8, date(2024, 1, 30), "a", None),
        (None, MARCH_31, "a", None),
    )
    span = [Span(FEB_28, MARCH_31)]
    assert ids(tickets_between(history, span, [YEAR, MONTH])) == {2, 3, 6, 8, 1}
    assert ids(tickets_between(history, span, [YEAR])) == {2, 3, 6}
    assert ids(tickets_between(history, [], [YEAR])) == set()
    assert ids(bought_ahead(history, [FEB_28], MONTH)) == {2}  # 29 March is the last day ahead
    assert ids(bought_ahead(history, [FEB_28, MARCH_31], MONTH)) == {2, 4}
    assert ids(bought_ahead(history, [], MONTH)) == set()


def test_a_stint_matters_where_it_begins_or_ends(spark: SparkSession) -> None:
    stints = spark.createDataFrame(
        [
            ("a", "s", FEB_28, None),  # began before
            ("a", "t", FEB_29, None),
            ("b", "s", date(2020, 1, 1), MARCH_31),
            ("b", "t", date(2020, 1, 1), date(2024, 4, 1)),  # ends later
        ],
        "store_code string, salesperson_code string, works_from date, works_to date",
    )
    moved = stints_between(stints, [Span(FEB_28, MARCH_31)])
    history = tickets(
        spark,
        (1, JAN_31, "a", "t"),
        (2, JAN_31, "b", "s"),
        (3, JAN_31, "b", "t"),
        (4, JAN_31, "a", None),
    )
    assert ids(tickets_with(history, moved)) == {1, 2}


def test_rows_that_came_and_went_and_equal_ones_that_stay(spark: SparkSession) -> None:
    before = spark.createDataFrame([("x", None), ("y", 1), ("z", 2)], "code string, said int")
    now = spark.createDataFrame([("x", None), ("y", 3), ("w", None)], "code string, said int")
    assert sorted(map(tuple, rows_changed(before, now).collect()), key=repr) == [
        ("w", None, True),
        ("y", 1, False),
        ("y", 3, True),
        ("z", 2, False),
    ]


def test_others_are_carried_to_each_date_that_goes_on_from_theirs(spark: SparkSession) -> None:
    slices = spark.createDataFrame(
        [(JAN_31, 1, "a"), (JAN_31, 2, "b"), (FEB_28, 1, "c")],
        "as_of date, customer_id bigint, said string",
    )
    changed = spark.createDataFrame([(2,)], "customer_id bigint")
    sources = {FEB_29: JAN_31, MARCH_31: JAN_31, FEB_28: FEB_28}
    rows = carried(slices, changed, sources).select("as_of", "customer_id", "said", "carried_from")
    assert sorted(map(tuple, rows.collect())) == [
        (FEB_28, 1, "c", FEB_28),
        (FEB_29, 1, "a", JAN_31),
        (MARCH_31, 1, "a", JAN_31),
    ]
    assert carried(slices, changed, {}).collect() == []


def test_a_store_that_another_routine_may_give_next_time(spark: SparkSession) -> None:
    allocated = spark.createDataFrame(
        [(1, "sales"), (2, "accounts"), (3, "registry"), (4, "none")],
        "customer_id bigint, routine string",
    )
    assert ids(looking_back(allocated, ["sales"])) == {2, 3, 4}
    assert ids(looking_back(allocated, [])) == {1, 2, 3, 4}


def test_carried_accounts_equal_those_computed_on_the_later_date(spark: SparkSession) -> None:
    def ticket(customer: int, day: date, net: str, *, sold: bool = True) -> dict[str, Any]:
        return {
            "store_code": "a",
            "business_day": day,
            "sale_number": f"{customer}-{day}",
            "code_class": "coded",
            "customer_id": customer,
            "is_purchase": sold,
            **dict.fromkeys(("items", "gross_amount", "net_amount"), 0),
            **dict.fromkeys(("items_returned", "returned_amount"), 0),
        } | {"net": net}

    rows = [
        ticket(1, date(2023, 11, 30), "10"),
        ticket(1, date(2023, 12, 31), "5.5"),  # this year's, on that very day only
        ticket(2, date(2023, 12, 31), "7", sold=False),
        ticket(2, date(2023, 1, 15), "3"),
    ]
    amounts = "store_code string, business_day date, sale_number string, code_class string, "
    history = spark.createDataFrame(
        [{**row, "net_amount": None} for row in rows],
        amounts + "customer_id bigint, is_purchase boolean, net string",
    ).select(
        "*",
        *(F.lit(None).cast(kind).alias(name) for name, kind in _UNKNOWN.items()),
        *(
            F.when(F.col("is_purchase"), F.col("net")).otherwise("0").cast(kind).alias(name)
            for name, kind in _BOUGHT.items()
        ),
        *(F.lit(0).cast(kind).alias(name) for name, kind in _RETURNED.items()),
    )
    tickets_then = history.select(*TABLES["purchases"].column_names)
    persons = spark.createDataFrame(
        [(1, date(2024, 1, 2)), (2, None)], "customer_id bigint, registered_on date"
    )
    earlier, later = date(2023, 12, 31), date(2024, 1, 3)
    before = accounts(tickets_then, persons, [earlier], YEAR)
    nobody = spark.createDataFrame([], "customer_id bigint")
    on = carried_accounts(carried(before, nobody, {later: earlier}), persons)
    expected = accounts(tickets_then, persons, [later], YEAR)
    key = ("as_of", "customer_id")
    assert on.orderBy(*key).collect() == expected.orderBy(*key).collect()
    moved = on.orderBy("customer_id").select("purchases_this_year", "recency_days", "registered")
    assert [tuple(row) for row in moved.collect()] == [(0, 3, True), (0, 353, True)]
    assert [row[0] for row in before.orderBy("customer_id").select("registered").collect()] == [
        False,
        True,
    ]


_UNKNOWN = {
    "sold_at": "timestamp",
    "salesperson_code": "string",
    "channel": "string",
    "by_queue": "boolean",
}
_BOUGHT = {
    "items": "decimal(18,3)",
    "gross_amount": "decimal(18,4)",
    "net_amount": "decimal(18,4)",
}
_RETURNED = {"items_returned": "decimal(18,3)", "returned_amount": "decimal(18,4)"}


def test_what_began_outside_of_the_calendar_begins_when_a_later_date_sees_it(
    spark: SparkSession,
) -> None:
    rows = spark.createDataFrame(
        [
            (FEB_29, 1, FEB_28, FEB_28, "a"),  # first seen on 28 February, which none looks back on
            (FEB_29, 2, JAN_31, FEB_28, None),  # held since January
            (MARCH_31, 1, FEB_28, FEB_28, "a"),
            (MARCH_31, 3, FEB_29, FEB_29, None),  # from a date of the calendar
        ],
        "as_of date, customer_id bigint, allocated_since date, carried_from date, "
        "previous_store_code string",
    )
    view = CalendarView((FEB_29, MARCH_31), (JAN_31, FEB_29, MARCH_31))
    begun = view.begins_anew({FEB_29: FEB_28, MARCH_31: FEB_28})
    on = allocations_carried_on(rows, begun).orderBy("as_of", "customer_id").drop("carried_from")
    assert [tuple(row) for row in on.collect()] == [
        (FEB_29, 1, FEB_29, "a"),
        (FEB_29, 2, JAN_31, None),
        (MARCH_31, 1, FEB_29, "a"),
        (MARCH_31, 3, FEB_29, None),
    ]
    assert allocations_carried_on(rows, {}).collect() == rows.collect()


def test_due_on_the_timeline_looks_ahead_and_not_at_first_purchases(spark: SparkSession) -> None:
    changes = spark.createDataFrame(
        [
            (1, FEB_28, None, None, "active", "new", "purchase"),
            (1, date(2024, 3, 29), "active", "new", "active", "in_loyalty_process", "time"),
            (1, date(2024, 3, 30), "active", "new", "active", "normal_active", "time"),
            (2, FEB_28, "active", "new", "active", "normal_active", "time"),  # on the day: past
        ],
        TABLES["life_cycle_transitions"].ddl.replace(" NOT NULL", ""),
    )
    found = due_on_timeline(changes, [FEB_28], MONTH).collect()
    assert [tuple(row) for row in found] == [
        (FEB_28, 1, date(2024, 3, 29), 30, "new", "active", "in_loyalty_process")
    ]
    assert due_on_timeline(changes, [], MONTH).collect() == []


def test_what_no_date_looks_back_on_begins_anew_and_moves_go_by_what_is_looked_back_on() -> None:
    days = [date(2024, 3, day) for day in range(1, 10)]
    calendar = tuple(days[2:6])  # 3 to 6 March
    view = CalendarView(tuple(days), calendar)
    # From a slice before the calendar: its first date begins, and later ones look back on it.
    assert view.begins_anew({days[1]: days[0], days[2]: days[0], days[4]: days[0]}) == {
        days[1]: days[1],
        days[2]: days[2],
        days[4]: days[2],
    }
    # Behind the calendar each date sees it for the first time; from a date of the calendar it goes
    # on, and so does what is only rebuilt.
    carried_on = {days[8]: days[7], days[4]: days[2], days[3]: days[3], days[7]: days[7]}
    assert view.begins_anew(carried_on) == {days[8]: days[8]}
    assert CalendarView((days[1],), ()).begins_anew({days[1]: days[0]}) == {days[1]: days[1]}
    # Moves are the same where both look back on one date, and where a date is only rebuilt.
    moved = view.moves_again({days[8]: days[7], days[4]: days[2], days[3]: days[3]})
    assert moved == {days[8]: days[7], days[3]: days[3]}


def test_slices_come_from_the_latest_kept_date_that_is_not_after_theirs() -> None:
    kept = [JAN_31, FEB_29]
    assert sources_of([JAN_31, FEB_28, MARCH_31], kept) == {
        JAN_31: JAN_31,
        FEB_28: JAN_31,
        MARCH_31: FEB_29,
    }
    assert sources_of([dt.date(2024, 1, 30)], kept) == {}


def test_a_date_of_the_calendar_takes_along_later_ones_that_are_kept_or_of_the_calendar() -> None:
    days = [date(2024, 3, day) for day in range(1, 8)]
    computed, outside = {*days[:5]}, date(2024, 2, 10)
    view = view_of_pass("day", days[0], [days[1]], {*computed, outside}, {days[0], days[4]})
    assert view.dates == tuple(days[1:5])  # 3 and 4 March were pruned, and 5 looks back on them
    # A date outside of the calendar that was pruned stays away.
    week = view_of_pass("none", days[0], [days[1]], computed, {days[0]})
    assert week.dates == (days[1],)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ([], "nothing was computed before"),
        ([("{}", "other", "k")], "the code is"),
        ([("{}", "", "other")], "the key behind"),
        ([('{"rfv": {"bands": 5}}', "", "k")], "setting rfv.bands was changed"),
        ([("{}", "", "k"), ('{"pareto": {"x": 1}}', "", "k")], "setting pareto.x was changed"),
        ([('{"lakehouse": {"path": "there"}}', "", "k")], None),
        ([('{"campaigns": {"confidence": "0.9"}}', "", "k")], "setting campaigns.confidence was"),
        ([('{"campaigns": {"holdout": {"share": "0.1"}}}', "", "k")], None),
    ],
)
def test_everyone_is_computed_where_nothing_can_be_carried_on(
    before: list[tuple[str, str, str]], said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.plan.code_version", lambda: "")
    runs = [ComputingRun(*each, versions={}) for each in before]
    reason = why_full(runs, "{}", "k")
    assert reason is None if said is None else str(reason).startswith(said)


def test_stores_whose_successors_end_in_one(spark: SparkSession) -> None:
    stores = spark.createDataFrame(
        [("a", "b"), ("b", "c"), ("c", None), ("d", "d")],
        "store_code string, successor_store_code string",
    )
    assert all_succeeded_by(stores, {"c"}) == {"a", "b"}
    assert all_succeeded_by(stores, {"a", "d"}) == set()


@pytest.fixture
def tables(spark: SparkSession, tmp_path: Path) -> Tables:
    return Tables(spark, Place(str(tmp_path / "lakehouse"), None), {})


def append(tables: Tables, name: str, *rows: dict[str, Any]) -> None:
    tables.append(name, local_rows(tables.spark, rows, TABLES[name].ddl))


def first_days(tables: Tables, before: dict[str, int]) -> dict[str, date]:
    return changes_since(tables, [before], DataFrame.cache).first_days


def test_what_comes_late_of_past_actions_and_holdouts_counts_from_its_first_day(
    tables: Tables,
) -> None:
    spring = {"valid_from": FEB_29, "valid_to": MARCH_31}
    append(
        tables,
        "past_actions",
        {"action_code": "a", "valid_from": JAN_31, "valid_to": FEB_28},
        {"action_code": "b", **spring},
        {"action_code": "never looked at"},
    )
    append(tables, "past_contacts", {"action_code": "a", "customer_id": 1})
    before = dict(tables.versions)
    assert first_days(tables, before) == {}
    append(tables, "past_contacts", {"action_code": "never looked at", "customer_id": 1})
    assert first_days(tables, before) == {}
    append(tables, "past_contacts", {"action_code": "b", "customer_id": 1})
    assert first_days(tables, before) == {"past_contacts": FEB_29}
    drawn = {"holdout": "h", "customer_id": 1, "is_held_out": True, "share": "0.1"}
    append(tables, "holdout", {**drawn, "drawn_on": FEB_28})
    expected = {"past_contacts": FEB_29, "holdout": FEB_29}  # on the day itself nobody is held out
    assert first_days(tables, before) == expected
    codes = tables.read("past_actions").where("action_code = 'a'").select("action_code")
    tables.delete("past_actions", codes)
    append(tables, "past_actions", {"action_code": "a", "valid_from": FEB_28, "valid_to": FEB_28})
    assert first_days(tables, before) == {**expected, "past_actions": JAN_31}


def test_whoever_is_merged_counts_as_another_from_when_she_was_drawn_though_she_never_bought(
    tables: Tables,
) -> None:
    append(
        tables,
        "actions",
        {**ACTION, "action_code": "ours", "valid_from": FEB_29},
        {**ACTION, "action_code": "without them", "valid_from": JAN_31},
    )
    append(
        tables,
        "past_actions",
        {"action_code": "past", "valid_from": FEB_29},
        {"action_code": "without them", "valid_from": JAN_31},
        {"action_code": "of no period"},
    )
    drawn: dict[str, dict[str, Any]] = {
        "holdout": {"holdout": "h", "is_held_out": True, "share": "0.1", "drawn_on": FEB_28},
        "past_contacts": {"action_code": "past"},
        "action_lists": {"action_code": "ours", **MEMBER},
    }
    for customer, (name, row) in enumerate(drawn.items(), start=1):
        append(tables, name, {"customer_id": customer, **row})
    before = dict(tables.versions)
    append(tables, "merges", {"customer_id": 9, "surviving_id": 10})
    assert first_days(tables, before) == {}
    for customer in range(1, 4):
        before = dict(tables.versions)
        append(tables, "merges", {"customer_id": customer, "surviving_id": 10})
        assert first_days(tables, before) == {"merges": FEB_29}
    before = dict(tables.versions)
    tables.delete("merges", tables.read("merges").where("customer_id = 1").select("customer_id"))
    assert first_days(tables, before) == {"merges": FEB_29}


def test_a_new_store_counts_from_its_opening_unless_it_is_online_or_succeeded(
    tables: Tables,
) -> None:
    append(tables, "stores", {"store_code": "a"})

    def first_day(store: dict[str, Any]) -> date:
        before = dict(tables.versions)
        append(tables, "stores", {"store_code": f"s{before['stores']}", **store})
        return first_days(tables, before)["stores"]

    assert first_day({"opened_on": FEB_29}) == FEB_29
    assert first_day({"opened_on": FEB_29, "closed_on": MARCH_31}) == FEB_29
    assert first_day({}) == ALWAYS
    assert first_day({"opened_on": FEB_29, "is_online": True}) == ALWAYS
    # Whose store closed before may go on to the one that takes over from this one.
    assert first_day({"opened_on": FEB_29, "successor_store_code": "a"}) == ALWAYS


def test_what_a_later_run_read_is_compared_with_too(tables: Tables) -> None:
    append(tables, "stores", {"store_code": "a"}, {"store_code": "b"})
    append(tables, "persons", {"customer_id": 1, "registered_on": JAN_31, "store_code": "a"})
    complete = dict(tables.versions)
    keys = tables.read("stores").where("store_code = 'a'").select("store_code")
    tables.delete("stores", keys)
    append(tables, "stores", {"store_code": "a", "closed_on": FEB_29})
    of_part = dict(tables.versions)
    tables.delete("stores", keys)
    append(tables, "stores", {"store_code": "a"})
    # The registry is what it was, and was another for the run between.
    assert first_days(tables, complete) == {}
    changes = changes_since(tables, [complete, of_part], DataFrame.cache)
    assert (changes.first_days, changes.stores) == ({"stores": FEB_29}, frozenset({"a"}))
    assert [each.versions for each in changes.states] == [complete, of_part]
    # What changed since the first stays changed, and each cause counts from its earliest day.
    for day in (FEB_28, MARCH_31):
        append(tables, "persons", {"customer_id": 2, "registered_on": day})
    changes = changes_since(tables, [complete, of_part], DataFrame.cache)
    assert changes.first_days == {"stores": FEB_29, "persons": FEB_28}
    assert changes.persons is not None
    assert ids(changes.persons) == {2}


def test_whoever_was_erased_counts_no_more_in_the_lists_of_actions(tables: Tables) -> None:
    append(tables, "actions", {**ACTION, "action_code": "a", "valid_from": FEB_29})
    append(tables, "actions", {**ACTION, "action_code": "b", "valid_from": JAN_31})
    for customer in (1, 2):
        append(tables, "action_lists", {"action_code": "a", "customer_id": customer, **MEMBER})
    before = dict(tables.versions)
    append(tables, "action_lists", {"action_code": "b", "customer_id": 1, **MEMBER})
    assert first_days(tables, before) == {}  # it has no figures yet
    gone = tables.read("action_lists").where("action_code = 'a' AND customer_id = 2")
    tables.delete("action_lists", gone.select("action_code", "customer_id"))
    assert first_days(tables, before) == {"action_lists": FEB_29}


def test_the_default_store_takes_whom_no_routine_before_the_networks_placed(
    tables: Tables,
) -> None:
    append(tables, "stores", {"store_code": "a"}, {"store_code": "x", "opened_on": MARCH_31})
    placed = {"as_of": FEB_28, "allocated_since": FEB_28}
    in_store = {**placed, "store_code": "a", "portfolio": "store"}
    append(
        tables,
        "allocations",
        {**in_store, "customer_id": 1, "routine": "sales", "criterion": "last_store"},
        {**in_store, "customer_id": 2, "routine": "registry"},
        {**in_store, "customer_id": 3, "routine": "network"},
        {**placed, "customer_id": 4, "routine": "none"},
    )
    plan = Plan(
        CalendarView((MARCH_31,), (JAN_31, MARCH_31)),
        JAN_31,
        Changes(tables),
        None,
        {MARCH_31: FEB_28},
    )

    def anew(*routines: str) -> set[int]:
        chosen = [f"allocation.routines=[{', '.join(routines)}]", "allocation.default_store=x"]
        found = customers_changed(tables, load_settings([], chosen), plan, Changes(tables))
        return ids(found)

    assert anew("sales", "registry", "network") == {3, 4}
    assert anew("registry", "network", "sales") == {1, 3, 4}
    assert anew("network", "sales", "registry") == {1, 2, 3, 4}
    assert anew("sales", "registry") == set()


def test_whoever_left_a_store_that_closes_is_computed_anew(tables: Tables) -> None:
    append(tables, "stores", {"store_code": "a", "closed_on": FEB_29}, {"store_code": "b"})
    moved = {"as_of": FEB_28, "previous_as_of": JAN_31, "cause": "sale"}
    append(
        tables,
        "allocation_moves",
        {**moved, "customer_id": 1, "from_store_code": "a", "to_store_code": "b"},
        {**moved, "customer_id": 2, "from_store_code": "b", "to_store_code": "c"},
        {**moved, "customer_id": 3, "to_store_code": "b"},
    )
    view = CalendarView((MARCH_31,), (JAN_31, MARCH_31))
    plan = Plan(view, JAN_31, Changes(tables), None, {MARCH_31: FEB_28})
    assert ids(customers_changed(tables, load_settings(), plan, Changes(tables))) == {1}


def test_sums_go_on_without_what_those_who_changed_had_added(spark: SparkSession) -> None:
    ddl = "store_code string, cohort date, customers bigint, net bigint"
    earlier, less, more = (
        spark.createDataFrame(rows, ddl)
        for rows in (
            [("a", JAN_31, 5, 100), ("b", JAN_31, 1, -7), (None, JAN_31, 2, 3), ("c", None, 4, 4)],
            [("a", JAN_31, 2, 30), ("b", JAN_31, 1, -7), (None, JAN_31, 1, 1)],
            # A row of the key may be new, may be one of those, and may stand there twice.
            [("a", JAN_31, 1, -5), ("a", JAN_31, 1, 6), ("d", FEB_28, 1, 9), (None, JAN_31, 1, 5)],
        )
    )
    assert sorted(
        map(tuple, sums_carried(earlier, less, more, ["store_code", "cohort"]).collect()), key=repr
    ) == [
        ("a", JAN_31, 5, 71),
        ("b", JAN_31, 0, 0),
        ("c", None, 4, 4),
        ("d", FEB_28, 1, 9),
        (None, JAN_31, 2, 7),
    ]
