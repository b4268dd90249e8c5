"""The customer search: each filter by itself, together, and what the found are worth."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.errors import SettingsError
from jobs.search_settings import load_search
from transforms.periods import Period
from transforms.search import funnel, rfv_report, search, selection_value, with_classes
from transforms.search_filters import Filters

AS_OF = date(2024, 2, 29)
COLUMNS = (
    "customer_id bigint, is_registered boolean, registered_on date, name string, birth_date date, "
    "sex string, marital_status string, email string, mobile string, cep string, address string, "
    "state string, "
    "loyalty_programme string, loyalty_category string, purchases bigint, "
    "net_amount decimal(18,4), last_purchase_on date, frequency_class string, "
    "preferred_store_code string, online_purchases bigint, segment string, category string, "
    "store_code string, salesperson_code string, portfolio string, purchases_12m bigint, "
    "net_amount_12m decimal(18,4), average_ticket decimal(18,4), recency_days int, "
    "top_class string, recency_band int, frequency_band int, value_band int, "
    "weighted_rank bigint, abc_class string, becoming array<string>, as_of date"
)
NAMES = [each.split(" ")[0] for each in COLUMNS.split(", ")]
COMPLETE = {
    "is_registered": True,
    "name": "Ana Prova",
    "birth_date": date(2000, 2, 29),
    "sex": "F",
    "email": "ana@exemplo.test",
    "mobile": "11 90000-0001",
    "cep": "01310-100",
    "address": "Rua A, 1",
}
PEOPLE: dict[int, dict[str, Any]] = {
    1: {
        **COMPLETE,
        "registered_on": date(2024, 1, 31),
        "marital_status": " casada",
        "loyalty_programme": "Clube",
        "loyalty_category": "ouro ",
        "purchases": 3,
        "net_amount": Decimal("100.0000"),
        "last_purchase_on": date(2024, 2, 10),
        "frequency_class": "weekly",
        "preferred_store_code": "01",
        "online_purchases": 1,
        "segment": "new",
        "category": "best",
        "store_code": "01",
        "salesperson_code": "ana",
        "portfolio": "salesperson",
        "purchases_12m": 2,
        "net_amount_12m": Decimal("50.0000"),
        "average_ticket": Decimal("33.3333"),
        "recency_days": 19,
        "top_class": "top",
        "recency_band": 20,
        "frequency_band": 19,
        "value_band": 18,
        "weighted_rank": 1,
        "abc_class": "A",
        "becoming": ["in_loyalty_process", "inactivation_risk"],
    },
    2: {
        **COMPLETE,
        "registered_on": date(2024, 1, 30),
        "birth_date": date(1999, 3, 1),
        "sex": "f",
        "email": "ana.exemplo.test",
        "loyalty_programme": " ",
        "purchases": 1,
        "net_amount": Decimal("-0.0003"),
        "last_purchase_on": date(2023, 12, 31),
        "preferred_store_code": "02",
        "online_purchases": 0,
        "segment": "loss_risk",
        "store_code": "02",
        "salesperson_code": "ana",  # who left her behind
        "portfolio": "transition",
        "purchases_12m": 1,
        "net_amount_12m": Decimal("-0.0003"),
        "average_ticket": Decimal("-0.0003"),
        "recency_days": 60,
        "top_class": "was_top",
        "recency_band": 10,
        "frequency_band": 1,
        "value_band": 1,
        "weighted_rank": 2,
        "abc_class": "C",
        "becoming": ["recently_lost"],
    },
    3: {"is_registered": True, "birth_date": date(1990, 12, 31), "sex": "M"},
    4: {
        "purchases": 1,
        "net_amount": Decimal("0.0001"),
        "last_purchase_on": date(2024, 2, 1),
        "online_purchases": 0,
    },
}
ANYBODY = [1, 2, 3, 4]


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    rows = [
        tuple({"customer_id": who, "as_of": AS_OF, **fields}.get(name) for name in NAMES)
        for who, fields in PEOPLE.items()
    ]
    return spark.createDataFrame(rows, COLUMNS)


@pytest.fixture(scope="module")
def tickets(spark: SparkSession) -> DataFrame:
    rows = [
        (1, date(2024, 2, 10), True, Decimal("50.0000")),
        (1, date(2024, 1, 31), True, Decimal("60.0000")),
        (1, date(2024, 1, 1), False, Decimal("-10.0000")),
        (2, date(2023, 12, 31), True, Decimal("-0.0003")),
        (4, date(2024, 2, 1), True, Decimal("0.0001")),
        (4, date(2024, 1, 31), False, Decimal("-5.0000")),
    ]
    return spark.createDataFrame(
        rows, "customer_id bigint, business_day date, is_purchase boolean, net_amount decimal(18,4)"
    )


def bought(spark: SparkSession) -> DataFrame:
    """Products sold to whom; two of a category to one."""
    rows = [(1, "P1", "shoes"), (1, "P2", "shoes"), (2, "P2", "shoes"), (4, "P3", None)]
    return spark.createDataFrame(rows, "customer_id bigint, product_code string, category string")


def found(customers: DataFrame, tickets: DataFrame, **filters: Any) -> list[int]:
    products = bought(customers.sparkSession)
    rows = search(customers, tickets, Filters(**filters), products).collect()
    return sorted(row.customer_id for row in rows)


@pytest.mark.parametrize(
    ("as_of", "first", "last", "expected"),
    [
        (date(2024, 2, 10), (2, 1), (2, 28), []),
        (date(2024, 2, 10), (2, 1), (2, 29), [1]),
        (date(2025, 2, 10), (2, 1), (2, 28), [1]),
        # Whoever asks for her day finds her, though it has none.
        (date(2025, 2, 10), (2, 29), (3, 1), [1, 2]),
        (date(2025, 2, 10), (3, 1), (3, 31), [2]),
        (date(2025, 2, 10), (2, 28), (1, 1), [1, 2, 3]),
        (date(2025, 2, 10), (3, 2), (2, 27), [3]),
        # Those after February ask of the next year's.
        (date(2023, 12, 10), (12, 1), (2, 28), [3]),
        (date(2024, 12, 10), (12, 1), (2, 28), [1, 3]),
        (date(2024, 2, 29), (2, 1), (2, 28), []),
        (date(2024, 3, 1), (2, 1), (2, 28), [1]),
        (date(2025, 2, 28), (2, 1), (2, 28), [1]),
    ],
)
def test_who_was_born_on_a_leap_day_has_a_birthday_each_year(
    customers: DataFrame,
    tickets: DataFrame,
    as_of: date,
    first: tuple[int, int],
    last: tuple[int, int],
    expected: list[int],
) -> None:
    on_the_day = customers.withColumn("as_of", F.lit(as_of))
    assert found(on_the_day, tickets, birthday=(first, last)) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"birthday": ((1, 1), (12, 31))}, [1, 2, 7]),
        ({"birthday": ((3, 1), (2, 27))}, [2]),
        ({"birthday": ((1, 1), (1, 1))}, []),
        ({"birthday": ((3, 1), (3, 1))}, [2]),
        ({"age": (0, 200)}, [1, 2, 7]),
        ({"age": (-5, 0)}, [7]),
        ({"age": (120, 200)}, [2]),
        ({"incomplete": ["birth_date"]}, [3, 4, 5, 6, 8]),
    ],
)
def test_a_birth_date_that_is_not_valid_gives_neither_birthday_nor_age(
    spark: SparkSession, tickets: DataFrame, filters: dict[str, Any], expected: list[int]
) -> None:
    births = {
        1: date(2000, 2, 29),
        2: date(1903, 3, 1),  # 121 years old tomorrow
        3: date(1903, 2, 28),  # 121 since yesterday
        4: date(1900, 1, 1),  # a till's placeholder
        5: date(1899, 12, 31),
        6: date(2024, 3, 1),  # tomorrow
        7: date(2024, 2, 29),  # today
        8: None,
    }
    people = [
        {**COMPLETE, "customer_id": who, "birth_date": born, "as_of": AS_OF}
        for who, born in births.items()
    ]
    rows = [tuple(each.get(name) for name in NAMES) for each in people]
    assert found(spark.createDataFrame(rows, COLUMNS), tickets, **filters) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ANYBODY),
        ({"birthday": ((2, 29), (3, 1))}, [1, 2]),
        ({"birthday": ((2, 29), (2, 29))}, [1]),
        ({"birthday": ((12, 31), (2, 29))}, [1, 3]),
        # 31 January and a month is 29 February, so on that day the month is over.
        ({"registered_within": Period.parse("1 month")}, []),
        ({"registered_within": Period.parse("30 days")}, [1]),
        ({"registered_within": Period.parse("31 days")}, [1, 2]),
        ({"online": True}, [1]),
        ({"online": False}, [2, 3, 4]),
        ({"loyalty_programme": "clube "}, [1]),
        ({"loyalty_category": "OURO"}, [1]),
        ({"in_loyalty": True}, [1]),
        ({"in_loyalty": False}, [2, 3, 4]),
        ({"incomplete": ["email"]}, [2, 3]),
        ({"incomplete": ["sex", "birth_date"]}, []),
        ({"incomplete": ["name", "mobile", "cep", "address"]}, [3]),
        ({"last_purchase": (date(2023, 12, 31), date(2024, 2, 1))}, [2, 4]),
        ({"bought_in": date(2024, 1, 15)}, [1]),
        ({"not_bought_in": date(2024, 1, 1)}, [2, 3, 4]),
        ({"bought_in": date(2024, 2, 1), "not_bought_in": date(2024, 1, 1)}, [4]),
        ({"preferred_store": "02"}, [2]),
        ({"sex": "F"}, [1, 2]),
        ({"marital_status": "CASADA"}, [1]),
        # Born on 29 February 2000: 24 on that day of 2024; born on 1 March 1999: 24 for a day more.
        ({"age": (24, 24)}, [1, 2]),
        ({"age": (25, 200)}, [3]),
        ({"with_purchases": True}, [1, 2, 4]),
        ({"with_purchases": False}, [3]),
        ({"frequency": "weekly"}, [1]),
        ({"frequency": "other"}, []),
        ({"segment": ["new", "normal_lost"]}, [1]),
        ({"segment": ["new", "loss_risk"]}, [1, 2]),
        ({"rfv_category": ["best"]}, [1]),
        ({"main_store": ["02", "03"]}, [2]),
        ({"salesperson": ["ana"]}, [1]),
        ({"total_purchases": (1, 1)}, [2, 4]),
        ({"total_purchases": (0, 3)}, [1, 2, 4]),
        ({"total_value": (Decimal("-0.0003"), Decimal("0.0001"))}, [2, 4]),
        ({"total_value": (Decimal("-0.0002"), Decimal("0.0000"))}, []),
        ({"sex": "F", "online": False, "with_purchases": True}, [2]),
        ({"purchases_12m": (1, 1)}, [2]),
        ({"purchases_12m": (0, 9)}, [1, 2]),
        ({"value_12m": (Decimal("0.0000"), Decimal("50.0000"))}, [1]),
        ({"average_ticket": (Decimal("-0.0003"), Decimal("33.3332"))}, [2]),
        ({"recency_days": (19, 59)}, [1]),
        ({"registered": True}, [1, 2, 3]),
        ({"registered": False}, [4]),
        ({"portfolio": ["transition", "store"]}, [2]),
        ({"top_class": ["was_top", "other"]}, [2]),
        ({"recency_band": (11, 20)}, [1]),
        ({"frequency_band": (1, 18)}, [2]),
        ({"value_band": (1, 18)}, [1, 2]),
        ({"weighted_rank": (1, 1)}, [1]),
        ({"abc_class": ["B", "C"]}, [2]),
        ({"becomes": ["inactivation_risk", "loss_risk"]}, [1]),
        ({"becomes": ["new"]}, []),
        ({"product": ["P1", "P9"]}, [1]),
        ({"product": ["P9"]}, []),
        ({"product_category": ["shoes"]}, [1, 2]),
        ({"product_category": ["shoes"], "sex": "F", "abc_class": ["A"]}, [1]),
    ],
)
def test_filters(
    customers: DataFrame, tickets: DataFrame, filters: dict[str, Any], expected: list[int]
) -> None:
    assert found(customers, tickets, **filters) == expected


def test_a_funnel_tells_what_each_filter_leaves(customers: DataFrame, tickets: DataFrame) -> None:
    def steps(**filters: Any) -> list[tuple[Any, ...]]:
        products = bought(customers.sparkSession)
        made = funnel(customers, tickets, Filters(**filters), products)
        return sorted(map(tuple, made.collect()))

    assert steps() == [(0, "everybody", 4, 4)]
    assert steps(product=["P2"], product_category=["shoes"], registered=True) == [
        (0, "everybody", 4, 4),
        (1, "registered", 3, 3),
        (2, "product", 2, 2),
        (3, "product_category", 2, 2),
    ]
    # Of 3 and 4 nobody knows the segment, of 4 nobody the sex.
    assert steps(segment=["new", "loss_risk"], sex="F", bought_in=date(2024, 1, 15)) == [
        (0, "everybody", 4, 4),
        (1, "sex", 2, 2),
        (2, "segment", 2, 2),
        (3, "bought_in", 1, 1),
    ]
    assert steps(with_purchases=True, age=(25, 200), not_bought_in=date(2024, 1, 1)) == [
        (0, "everybody", 4, 4),
        (1, "with_purchases", 3, 3),
        (2, "age", 1, 0),
        (3, "not_bought_in", 3, 0),
    ]


def test_who_enters_several_segments_soon_enters_each(spark: SparkSession) -> None:
    customers = spark.createDataFrame([(1,), (2,), (3,)], "customer_id bigint")
    by_value = spark.createDataFrame(
        [(1, "A"), (2, "C"), (9, "A")], "customer_id bigint, abc_class string"
    )
    due = spark.createDataFrame(
        [(1, "normal_lost"), (1, "loss_risk"), (1, "loss_risk"), (9, "new")],
        "customer_id bigint, to_segment string",
    )
    made = with_classes(customers, by_value, due)
    assert sorted(map(tuple, made.collect())) == [
        (1, "A", ["loss_risk", "normal_lost"]),
        (2, "C", None),
        (3, None, None),
    ]


def test_what_the_found_are_worth(customers: DataFrame) -> None:
    assert selection_value(customers).collect() == [
        # 99.9998 / 5 = 19.99996 and / 3 = 33.33326…
        (4, 3, 5, Decimal("99.9998"), Decimal("20.0000"), Decimal("33.3333"))
    ]
    nobody = customers.where("purchases IS NULL")
    assert selection_value(nobody).collect() == [(1, 0, 0, Decimal(0), None, None)]
    half = customers.where("customer_id = 4 OR customer_id = 2")
    # -0.0002 / 2 = -0.0001
    assert selection_value(half).collect()[0].mean_sale_value == Decimal("-0.0001")


def test_purchases_of_the_found_in_a_period(customers: DataFrame, tickets: DataFrame) -> None:
    made = rfv_report(customers, tickets, date(2024, 1, 1), date(2024, 1, 31))
    assert sorted(made.collect()) == [
        (1, date(2024, 1, 31), 1, Decimal("50.0000")),
        (4, None, 0, Decimal("-5.0000")),
    ]


def test_a_file_of_filters(tmp_path: Path) -> None:
    file = tmp_path / "aniversariantes.yaml"
    file.write_text(
        "filters:\n"
        "  birthday: {from: 12-20, to: 01-05}\n"
        "  registered_within: 3 months\n"
        "  last_purchase: {from: 2024-01-01, to: 2024-02-29}\n"
        "  not_bought_in: 2024-02\n"
        "  age: {from: 18}\n"
        "  incomplete: [email]\n"
        "  segment: [new]\n"
        "  total_purchases: {from: 2}\n"
        "  total_value: {to: 99.95}\n"
        "  weighted_rank: {to: 100}\n"
        "  becomes: [loss_risk]\n"
        "  registered: false\n"
        "columns: [name, mobile, net_amount]\n"
    )
    asked = load_search(file)
    assert asked.columns == ("name", "mobile", "net_amount")
    assert asked.filters.wanted == Filters(
        birthday=((12, 20), (1, 5)),
        registered_within=Period.parse("3 months"),
        last_purchase=(date(2024, 1, 1), date(2024, 2, 29)),
        not_bought_in=date(2024, 2, 1),
        age=(18, 200),
        incomplete=("email",),
        segment=("new",),
        total_purchases=(2, 2**62),
        total_value=(Decimal(-(10**14)), Decimal("99.95")),
        weighted_rank=(0, 100),
        becomes=("loss_risk",),
        registered=False,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("filters: {birthdays: 1}", "filters.birthdays: unknown key; did you mean 'birthday'?"),
        ("filters: {birthday: {from: 02-30, to: 03-01}}", "is not a day of the year: write MM-DD"),
        ("filters: {birthday: {from: [13, 45], to: 01-05}}", "is not a day of the year"),
        ('filters: {preferred_store: " "}', "filters.preferred_store: "),
        ("filters: {bought_in: 2024-13}", "is not a month: write YYYY-MM"),
        ("filters: {age: {from: 30, to: 20}}", "from (30) lies after to (20): exchange them"),
        ("filters: {online: maybe}", "filters.online: "),
        ("filters: {segment: [newest]}", "'newest' is no segment of the life cycle; did you mean"),
        ("filters: {main_store: []}", "filters.main_store: "),
        ("filters: {becomes: [newest]}", "'newest' is no segment of the life cycle; did you mean"),
        ("filters: {abc_class: [D]}", "filters.abc_class"),
        ("filters: {recency_band: {from: 3, to: 2}}", "from (3) lies after to (2)"),
        ("filters: {total_purchases: {from: 3, to: 2}}", "from (3) lies after to (2)"),
        ("filters: {total_value: {from: 0.00001}}", "filters.total_value.from: "),
        ("filters: {incomplete: []}", "filters.incomplete: "),
        ("columns: [nam]", "columns names 'nam', which no list has; did you mean 'name'?"),
        ("columns: [name, name]", "columns must name at least one, each once"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "filters.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"filters\.yaml") as refused:
        load_search(file)
    assert said in str(refused.value)
