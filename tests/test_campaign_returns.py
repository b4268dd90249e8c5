"""What lists and controls bought, by hand: late sales, returns, merges, people erased since."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from jobs.activation.past import told_from
from jobs.activation.returning import bought_of, measured_from
from jobs.tables import Tables
from schemas import TABLES
from tests.test_person_history import given as rows_of
from transforms.campaign_returns import MEASURES, action_sums, bought, dated, erased_sums, members

LISTED, FIRST, LAST = date(2026, 2, 27), date(2026, 3, 2), date(2026, 3, 11)
"""A validity of ten days; the ten before the list begin on 18 February."""
MERGES = "customer_id bigint, surviving_id bigint"


def lists(spark: SparkSession, *rows: tuple[int, str, dict[str, Any]]) -> DataFrame:
    filled = [
        {
            "action_code": "a",
            "customer_id": each,
            "list_group": group,
            "stratum": "",
            "is_lent": False,
            "reasons": ["everybody"],
            **more,
        }
        for each, group, more in rows
    ]
    return rows_of(spark, "action_lists", filled)


def actions(spark: SparkSession) -> DataFrame:
    columns = "action_code string, valid_from date, valid_to date, listed_as_of date"
    return spark.createDataFrame([("a", FIRST, LAST, LISTED)], columns)


def ticket(
    customer: int, day: date, net: str, *, items: str = "1", returned: str = "0"
) -> dict[str, Any]:
    return {
        "store_code": "01",
        "business_day": day,
        "sale_number": f"{customer}{day}{net}",
        "customer_id": customer,
        "is_purchase": Decimal(items) > 0,
        "items": Decimal(items),
        "items_returned": Decimal(returned),
        "net_amount": Decimal(net),
    }


def tickets(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    return rows_of(spark, "purchases", list(rows))


def nobody_merged(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([], MERGES)


class Held:
    """Tables as those of a lakehouse; what is not given is empty."""

    def __init__(self, spark: SparkSession, **tables: DataFrame) -> None:
        self._spark = spark
        self._tables = tables

    def read(self, name: str) -> DataFrame:
        return self._tables[name] if name in self._tables else rows_of(self._spark, name, [])


def held(spark: SparkSession, **tables: DataFrame) -> Tables:
    return cast("Tables", Held(spark, **tables))


def measured(rows: DataFrame) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, rows.select("as_of", "customer_id", *MEASURES, "before").collect()))


def test_a_date_before_that_of_a_late_list_knows_nothing_of_later_sales(
    spark: SparkSession,
) -> None:
    columns = "action_code string, valid_from date, valid_to date, listed_as_of date"
    drawn_late = spark.createDataFrame([("a", FIRST, LAST, date(2026, 3, 9))], columns)
    sold = tickets(
        spark,
        ticket(1, FIRST, "1.0000"),
        ticket(1, date(2026, 3, 5), "2.0000"),
        ticket(1, date(2026, 3, 8), "4.0000"),
    )
    who = members(lists(spark, (1, "list", {})), spark.createDataFrame([], MERGES))
    dates = [FIRST, date(2026, 3, 5), LAST]
    rows = bought(who, dated(drawn_late, dates), sold)
    found = sorted(map(tuple, rows.select("as_of", "value", "before").collect()))
    assert found == [(FIRST, 10_000, 10_000), (dates[1], 30_000, 30_000), (LAST, 70_000, 70_000)]


def test_what_is_bought_counts_in_the_validity_and_the_value_before_in_as_many_days(
    spark: SparkSession,
) -> None:
    drawn = members(
        lists(spark, (1, "list", {}), (2, "control", {}), (3, "list", {})), nobody_merged(spark)
    )
    sold = tickets(
        spark,
        ticket(1, FIRST, "10.0000"),
        ticket(1, LAST, "0.0001", items="1.5"),
        ticket(1, date(2026, 3, 12), "99.0000"),  # after it
        ticket(1, date(2026, 3, 1), "99.0000"),  # before it, and after the list
        ticket(1, LISTED, "7.0000"),
        ticket(1, date(2026, 2, 18), "1.0000"),
        ticket(1, date(2026, 2, 17), "99.0000"),  # earlier than as many days
        ticket(2, date(2026, 3, 5), "-4.0000", items="0", returned="2"),  # only gave back
        ticket(9, FIRST, "5.0000"),  # on no list
    )
    dates = [date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 31)]
    assert measured(bought(drawn, dated(actions(spark), dates), sold)) == [
        (dates[1], 1, 1, 1, 1000, 100_000, 80_000),
        (dates[1], 2, 0, 0, -2000, -40_000, 0),
        (dates[1], 3, 0, 0, 0, 0, 0),
        (dates[2], 1, 1, 2, 2500, 100_001, 80_000),
        (dates[2], 2, 0, 0, -2000, -40_000, 0),
        (dates[2], 3, 0, 0, 0, 0, 0),
    ]


def test_who_was_merged_since_counts_once_or_in_no_group(spark: SparkSession) -> None:
    drawn = lists(
        spark,
        (1, "list", {"store_code": "01"}),
        (2, "list", {"store_code": "02"}),
        (3, "list", {}),
        (4, "control", {}),
        (5, "control", {"segment": "new"}),
    )
    merges = spark.createDataFrame([(1, 2), (4, 3), (5, 6)], MERGES)
    made = members(drawn, merges).select("customer_id", "list_group", "store_code", "segment")
    assert sorted(map(tuple, made.collect())) == [
        (2, "list", "01", None),
        (6, "control", None, "new"),
    ]


def test_sums_are_exact_and_add_up(spark: SparkSession) -> None:
    drawn = members(
        lists(
            spark,
            (1, "list", {"stratum": "x", "store_code": "01", "segment": "new"}),
            (2, "list", {"stratum": "y", "store_code": "01"}),
            (3, "control", {"stratum": "x", "store_code": "02", "segment": "new"}),
        ),
        nobody_merged(spark),
    )
    large = "99999999999999.9999"
    sold = tickets(
        spark,
        ticket(1, FIRST, "2.0000"),
        ticket(2, FIRST, large),
        ticket(2, LISTED, large),
        ticket(3, FIRST, "1.0000"),
    )
    valid = dated(actions(spark), [LAST])
    erased = rows_of(spark, "action_erased", [])
    made = action_sums(bought(drawn, valid, sold), erased, valid)
    whole = 999_999_999_999_999_999
    columns = ("level", "code", "stratum", "list_group", "customers", "total_value")
    told = sorted(map(tuple, made.select(*columns, "squares_value", "cross_value").collect()))
    assert told == [
        ("action", "", "x", "control", 1, 10_000, 10**8, 0),
        ("action", "", "x", "list", 1, 20_000, 4 * 10**8, 0),
        ("action", "", "y", "list", 1, whole, whole**2, whole**2),
        ("salesperson", "", "", "control", 1, 10_000, 10**8, 0),
        ("salesperson", "", "", "list", 2, whole + 20_000, whole**2 + 4 * 10**8, whole**2),
        ("segment", "", "", "list", 1, whole, whole**2, whole**2),
        ("segment", "new", "", "control", 1, 10_000, 10**8, 0),
        ("segment", "new", "", "list", 1, 20_000, 4 * 10**8, 0),
        ("store", "01", "", "list", 2, whole + 20_000, whole**2 + 4 * 10**8, whole**2),
        ("store", "02", "", "control", 1, 10_000, 10**8, 0),
    ]
    assert set(made.columns) == set(TABLES["action_sums"].column_names)


def test_the_sums_of_the_erased_stay_in_the_whole(spark: SparkSession) -> None:
    both = lists(spark, (1, "list", {}), (2, "list", {}))
    sold = tickets(
        spark,
        ticket(1, FIRST, "2.0000"),
        ticket(2, FIRST, "3.0000"),
        ticket(2, LAST, "4.0000"),
        ticket(2, LISTED, "5.0000"),
    )
    valid = dated(actions(spark), [date(2026, 3, 1), FIRST, date(2026, 3, 5), LAST])
    of = {
        name: bought(members(drawn, nobody_merged(spark)), valid, sold)
        for name, drawn in (
            ("all", both),
            ("erased", both.where("customer_id = 2")),
            ("left", both.where("customer_id <> 2")),
            ("nobody", both.limit(0)),
        )
    }
    # She was erased after 5 March: what she bought until then is all that is known later.
    known = erased_sums(of["erased"]).where("counted_on < DATE'2026-03-11'")
    columns = TABLES["action_erased"].column_names
    erased = known.selectExpr("*", "CAST(7 AS bigint) AS sequence").select(*columns)
    nothing = erased.limit(0)

    def whole(rows: DataFrame, remembered: DataFrame) -> list[tuple[Any, ...]]:
        made = action_sums(rows, remembered, valid).where("level = 'action'")
        return sorted(map(tuple, made.select(*TABLES["action_sums"].column_names).collect()))

    before, after = whole(of["all"], nothing), whole(of["left"], erased)
    assert before[:2] == after[:2]
    assert [row[6] for row in after] == [2, 2, 2]
    at = TABLES["action_sums"].column_names.index("total_value")
    assert [row[at] for row in before] == [50_000, 50_000, 90_000]
    assert [row[at] for row in after] == [50_000, 50_000, 50_000]
    # Where nobody else was drawn, hers are all there is, on every date since they were counted.
    alone = whole(of["nobody"], erased)
    assert [(row[0], row[at]) for row in alone] == [
        (FIRST, 30_000),
        (date(2026, 3, 5), 30_000),
        (LAST, 30_000),
    ]
    later = whole(of["nobody"], erased.where("counted_on > DATE'2026-03-02'"))
    assert later == alone[1:]
    parts = action_sums(of["nobody"], erased, valid).where("level <> 'action'")
    assert parts.isEmpty()


@pytest.mark.parametrize("dates", [[], [date(2026, 3, 1)]])
def test_an_action_that_is_not_valid_yet_has_no_rows(
    spark: SparkSession, dates: list[date]
) -> None:
    drawn = members(lists(spark, (1, "list", {})), nobody_merged(spark))
    sold = tickets(spark, ticket(1, FIRST, "2.0000"))
    on = dated(actions(spark), [*dates, date(2026, 2, 1)])
    assert bought(drawn, on, sold).isEmpty()


@pytest.mark.parametrize(
    ("listed", "value", "before"),
    [(LISTED, 10_000, 2_000_000), (LAST, 10_000, 10_000), (date(2026, 3, 31), 10_000, 40_000)],
)
def test_sales_of_the_validity_count_however_late_the_list(
    spark: SparkSession, listed: date, value: int, before: int
) -> None:
    row = {"action_code": "a", "valid_from": FIRST, "valid_to": LAST, "listed_as_of": listed}
    tables = held(
        spark,
        actions=rows_of(spark, "actions", [row, {**row, "action_code": "b"}]),
        purchases=tickets(
            spark,
            ticket(1, date(2026, 2, 18), "200.0000"),
            ticket(1, FIRST, "1.0000"),
            ticket(1, date(2026, 3, 22), "4.0000"),
        ),
    )
    drawn = lists(spark, (1, "list", {}))
    rows = bought_of(tables, {"a": Row(**row)}, drawn, [date(2026, 4, 30)])
    assert [tuple(each) for each in rows.select("action_code", "value", "before").collect()] == [
        ("a", value, before)
    ]


def test_an_action_of_nobody_has_no_figures_on_any_day(spark: SparkSession) -> None:
    erased = [
        {"action_code": code, "list_group": "list", "counted_on": day, "customers": 1}
        for code, day in (
            ("some left", date(2026, 3, 5)),
            ("all erased", LAST),
            ("all erased", date(2026, 3, 5)),
            ("other", FIRST),
        )
    ]
    drawn = lists(
        spark,
        (1, "list", {"action_code": "some left"}),
        (1, "control", {"action_code": "all held back"}),
        # Merged, and drawn into both groups: she counts in neither.
        (2, "list", {"action_code": "in both"}),
        (3, "control", {"action_code": "in both"}),
        (4, "list", {"action_code": "other"}),
    )
    tables = held(
        spark,
        action_lists=drawn,
        action_erased=rows_of(spark, "action_erased", erased),
        merges=spark.createDataFrame([(2, 3)], MERGES),
    )
    codes = ("some left", "all held back", "all erased", "in both", "nobody")
    assert measured_from(tables, dict.fromkeys(codes, FIRST)) == {
        "some left": FIRST,
        "all held back": FIRST,
        "all erased": date(2026, 3, 5),
    }


def test_an_action_of_another_system_before_all_sales_is_told_of_nobody(
    spark: SparkSession,
) -> None:
    nobodys = {**ticket(1, date(2026, 3, 1), "1.0000"), "customer_id": None}
    sold = tickets(spark, nobodys, ticket(1, FIRST, "1.0000"), ticket(2, LAST, "1.0000"))
    begun = {"before": date(2026, 3, 1), "same day": FIRST, "after": date(2026, 3, 3)}
    assert told_from(held(spark, purchases=sold), begun) == {"after": date(2026, 3, 3)}
    assert told_from(held(spark), begun) == {}
