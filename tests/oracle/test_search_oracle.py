"""The oracle of the customer search against cases worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from . import movement
from . import search as oracle
from .movement_cases import Line, rows, run

CON = oracle.connect()
"""One for all: connecting takes longer than a small example."""
CON.execute("SET threads = 1")

AS_OF = date(2024, 2, 29)
SALES = [
    Line("2024-02-10", "ANA", "50"),
    Line("2024-01-31", "ANA", "60", store="W"),
    Line("2024-01-31", "ANA", "10", store="S2", kind="return"),
    Line("2023-12-31", "BIA", "7.0001", store="S2"),
    Line("2024-03-01", "BIA", "99"),  # has not happened
    Line("2024-02-01", "EVA", "5"),  # in no registry
    Line("2024-02-03", "EVA", "5"),
    Line("2024-02-03", "LIA", "5", kind="return"),  # never bought
    Line("2024-02-02", "OTO", "1"),  # registered on the day after
]
ADDRESS = ("11987654321", "01310-100", "a@b.com", "Rua A, 1", "SP")
REGISTRY = [
    ("ANA", "2024-01-31", ["customer"], *ADDRESS),
    ("BIA", "2024-01-30", ["prospect"], "11987654321", "01310-100", "a.b.com", "Rua A, 1", None),
    ("IDA", None, ["customer"], None, None, " ", "", None),
    ("LIA", "2024-02-29", ["customer", "prospect"], *ADDRESS),
    ("NIA", "2024-01-01", ["prospect"], *ADDRESS),  # neither bought nor a customer
    ("OTO", "2024-03-01", ["customer"], *ADDRESS),
]
PROFILES = [
    ("ANA", "Ana Prova", "2000-02-29", "F", " casada", "Clube", "ouro "),
    ("BIA", "Bia Prova", "1999-03-01", "f", None, " ", None),
    ("IDA", None, "1990-12-31", "M", None, None, "Ouro"),
    ("LIA", "Lia Prova", None, None, "Casada", "Clube", None),
    ("NIA", "Nia Prova", "2000-02-29", "F", "casada", "Clube", "Ouro"),
    ("OTO", "Oto Prova", "2000-02-29", "F", "casada", "Clube", "Ouro"),
]


@pytest.fixture(scope="module", autouse=True)
def network() -> None:
    run(CON, SALES, [str(AS_OF), "2025-02-28"], online=["W"])
    for table, people in (("registry", REGISTRY), ("profiles", PROFILES)):
        CON.execute(f"DELETE FROM {table}")
        columns = {
            "registry": "customer_code, registered_on, roles, mobile, cep, email, address, state",
            "profiles": (
                "customer_code, name, birth_date, sex, marital_status, loyalty_programme, "
                "loyalty_category"
            ),
        }[table]
        places = ", ".join("?" for _ in people[0])
        CON.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", people)
    movement.customer_habits(CON)


def found(as_of: date = AS_OF, **filters: Any) -> list[str]:
    oracle.search(CON, as_of, **filters)
    return [code for (code,) in rows(CON, "SELECT customer_code FROM found_customers")]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "ANA BIA EVA IDA LIA OTO"),
        ({"birthday_from": "02-29", "birthday_to": "03-01"}, "ANA BIA"),
        ({"birthday_from": "02-28", "birthday_to": "02-29"}, "ANA"),
        ({"birthday_from": "12-31", "birthday_to": "02-29"}, "ANA IDA"),
        ({"birthday_from": "12-30", "birthday_to": "12-30"}, ""),
        # 31 January and a month is 29 February, so on that day the month is over.
        ({"registered_within_count": 1, "registered_within_unit": "months"}, "LIA"),
        ({"registered_within_count": 30, "registered_within_unit": "days"}, "ANA LIA"),
        ({"registered_within_count": 31, "registered_within_unit": "days"}, "ANA BIA LIA"),
        ({"online": True}, "ANA"),
        ({"online": False}, "BIA EVA IDA LIA OTO"),
        ({"in_loyalty": True}, "ANA LIA"),
        ({"in_loyalty": False}, "BIA EVA IDA OTO"),
        ({"loyalty_programme": "clube "}, "ANA LIA"),
        ({"loyalty_category": "OURO"}, "ANA IDA"),
        ({"incomplete": ["email"]}, "BIA IDA"),
        ({"incomplete": ["birth_date", "sex"]}, "LIA"),
        ({"incomplete": ["name", "mobile", "cep", "address"]}, "IDA"),
        ({"last_purchase_from": date(2023, 12, 31), "last_purchase_to": AS_OF}, "ANA BIA EVA OTO"),
        (
            {"last_purchase_from": date(2023, 12, 31), "last_purchase_to": date(2024, 2, 2)},
            "BIA OTO",
        ),
        ({"bought_in": "2024-01"}, "ANA"),
        ({"bought_in": "2024-03"}, ""),
        ({"not_bought_in": "2024-02"}, "BIA IDA LIA"),
        ({"bought_in": "2024-02", "not_bought_in": "2024-01"}, "EVA OTO"),
        ({"preferred_store": "S1"}, "EVA OTO"),
        # 60 in W, 50 in S1
        ({"preferred_store": "W"}, "ANA"),
        ({"sex": "F"}, "ANA BIA"),
        ({"marital_status": "CASADA"}, "ANA LIA"),
        # 24 on the day itself, and for one day more
        ({"age_from": 24, "age_to": 24}, "ANA BIA"),
        ({"age_from": 25}, "IDA"),
        ({"age_to": 33}, "ANA BIA IDA"),
        ({"age_to": 23}, ""),
        ({"with_purchases": True}, "ANA BIA EVA OTO"),
        ({"with_purchases": False}, "IDA LIA"),
        ({"frequency": "weekly"}, "EVA"),
        ({"frequency": "fortnightly"}, "ANA"),
        ({"frequency": "other"}, ""),
        ({"sex": "F", "online": False, "with_purchases": True}, "BIA"),
        ({"birthday_from": "02-01", "birthday_to": "02-28"}, ""),
        ({"purchases_12m_from": 2}, "ANA EVA"),
        ({"purchases_12m_to": 1}, "BIA OTO"),
        # ANA 50 + 60 - 10 = 100, BIA 7.0001, EVA 10, OTO 1
        ({"value_12m_from": 10, "value_12m_to": 99}, "EVA"),
        ({"value_12m_to": 7}, "OTO"),
        # ANA 100 / 2, EVA 10 / 2
        ({"average_ticket_from": 5, "average_ticket_to": 50}, "ANA BIA EVA"),
        # ANA 19 days, BIA 60, EVA 26, OTO 27
        ({"recency_days_from": 26, "recency_days_to": 27}, "EVA OTO"),
        ({"registered": True}, "ANA BIA IDA LIA"),
        ({"registered": False}, "EVA OTO"),
    ],
)
def test_filters(filters: dict[str, Any], expected: str) -> None:
    assert found(**filters) == expected.split()


WHOLE = {
    "name": "Tia Prova",
    "birth_date": "1990-01-01",
    "sex": "F",
    "email": "tia@exemplo.test",
    "mobile": "11987654321",
    "cep": "01310-100",
    "address": "Rua A, 1",
    "state": "SP",
}


@pytest.fixture
def tia() -> Iterator[None]:
    """Whoever is put there is gone again afterwards."""
    yield
    for table in ("registry", "profiles"):
        CON.execute(f"DELETE FROM {table} WHERE customer_code = 'TIA'")


@pytest.mark.parametrize(
    ("as_of", "given", "lacks"),
    [
        (AS_OF, {}, ""),
        (AS_OF, {"name": "Ó"}, ""),
        (AS_OF, {"name": " . "}, "name"),
        (AS_OF, {"name": "007"}, "name"),
        (AS_OF, {"sex": "?"}, ""),  # says something
        (AS_OF, {"sex": "\t"}, "sex"),
        (AS_OF, {"sex": "\u00a0"}, "sex"),
        (AS_OF, {"address": "12, 34"}, "address"),
        (AS_OF, {"mobile": "20987654321"}, "mobile"),
        (AS_OF, {"mobile": "0 15 11 98765-4321"}, ""),
        (AS_OF, {"email": " Tia@Exemplo.Test"}, ""),
        (AS_OF, {"email": "tia@-exemplo.test"}, "email"),
        (AS_OF, {"cep": "20040-030"}, "cep"),  # Rio's
        (AS_OF, {"cep": "20040030.0", "state": "rj "}, ""),
        (AS_OF, {"cep": "20040-030", "state": None}, ""),
        (AS_OF, {"cep": "78950-000", "state": None}, "cep"),
        (AS_OF, {"name": None, "email": "tia", "cep": ""}, "cep email name"),
        (AS_OF, {"birth_date": None}, "birth_date"),
        (AS_OF, {"birth_date": "2024-02-29"}, ""),
        (AS_OF, {"birth_date": "2024-03-01"}, "birth_date"),
        # 121 on the day itself, and on the day after
        (AS_OF, {"birth_date": "1903-02-28"}, "birth_date"),
        (date(2024, 2, 28), {"birth_date": "1903-02-28"}, "birth_date"),
        (date(2024, 2, 27), {"birth_date": "1903-02-28"}, ""),
        (AS_OF, {"birth_date": "1903-03-01"}, ""),
        # 121 on the 28th, 2025 being a common year
        (date(2025, 2, 27), {"birth_date": "1904-02-29"}, ""),
        (date(2025, 2, 28), {"birth_date": "1904-02-29"}, "birth_date"),
        # 120 both
        (date(2020, 12, 31), {"birth_date": "1900-01-01"}, ""),
        (date(2020, 12, 30), {"birth_date": "1899-12-31"}, "birth_date"),
    ],
)
@pytest.mark.usefixtures("tia")
def test_a_registration_lacks_what_is_not_valid(
    as_of: date, given: dict[str, str | None], lacks: str
) -> None:
    cells = {"customer_code": "TIA", "roles": ["customer"]} | WHOLE | given
    for table in ("registry", "profiles"):
        columns = [row[0] for row in CON.execute(f"DESCRIBE {table}").fetchall()]
        mine = {name: cell for name, cell in cells.items() if name in columns}
        places = ", ".join("?" for _ in mine)
        CON.execute(f"INSERT INTO {table} ({', '.join(mine)}) VALUES ({places})", [*mine.values()])
    fields = sorted(WHOLE.keys() - {"state"})
    assert ("TIA" in found(as_of, incomplete=fields)) is bool(lacks)
    missing = "SELECT unnest(lacks) FROM searched WHERE customer_code = 'TIA'"
    assert rows(CON, missing) == [(field,) for field in lacks.split()]


@pytest.mark.parametrize(
    ("born", "by_birthday", "by_age"),
    [
        ("1903-03-01", ["TIA"], ["TIA"]),  # 120 for a day more
        ("1903-02-28", [], []),  # 121 since the day before
        ("1899-12-31", [], []),
        ("2024-03-01", [], []),  # the day after
        (None, [], []),
    ],
)
@pytest.mark.usefixtures("tia")
def test_a_birth_date_that_is_not_valid_gives_neither_birthday_nor_age(
    born: str | None, by_birthday: list[str], by_age: list[str]
) -> None:
    CON.execute("INSERT INTO registry (customer_code, roles) VALUES ('TIA', ['customer'])")
    CON.execute("INSERT INTO profiles (customer_code, birth_date) VALUES ('TIA', ?)", [born])
    any_day = found(birthday_from="01-01", birthday_to="12-31")
    assert [code for code in any_day if code == "TIA"] == by_birthday
    assert [code for code in found(age_from=100) if code == "TIA"] == by_age


def test_who_was_born_on_29_february_is_older_on_the_28th_of_a_common_year() -> None:
    # ANA and OTO of 29 February 2000, BIA of 1 March 1999
    assert found(date(2025, 2, 28), age_from=25, age_to=25) == ["ANA", "BIA", "OTO"]


def test_who_was_born_on_29_february_has_her_birthday_on_the_28th_of_a_common_year() -> None:
    february = {"birthday_from": "02-01", "birthday_to": "02-28"}
    assert found(date(2025, 2, 28), **february) == ["ANA", "OTO"]
    assert found(date(2025, 2, 28), birthday_from="12-31", birthday_to="02-28") == [
        "ANA",
        "IDA",
        "OTO",
    ]
    assert found(date(2025, 2, 28), birthday_from="02-29", birthday_to="02-29") == ["ANA", "OTO"]
    assert found(date(2025, 2, 28), birthday_from="03-01", birthday_to="03-31") == ["BIA"]
    # February 2024 has a 29th; from March on the next one is asked, of 2025.
    assert found(date(2024, 2, 29), **february) == []
    assert found(date(2024, 3, 1), **february) == ["ANA", "OTO"]


def test_what_the_found_are_worth() -> None:
    found()
    oracle.selection_value(CON)
    # ANA 2 purchases, BIA 1, EVA 2, OTO 1; 100 + 7.0001 + 10 + 1 = 118.0001
    # 118.0001 / 6 = 19.66668…, / 4 = 29.500025
    expected = (6, 4, 6, Decimal("118.0001"), Decimal("19.6667"), Decimal("29.5000"))
    assert rows(CON, "FROM selection_value") == [expected]


def test_nobody_is_worth_nothing() -> None:
    found(with_purchases=False)
    oracle.selection_value(CON)
    assert rows(CON, "FROM selection_value") == [(2, 0, 0, 0, None, None)]
    found(bought_in="2024-03")
    oracle.selection_value(CON)
    assert rows(CON, "FROM selection_value") == [(0, 0, 0, 0, None, None)]


def test_purchases_of_the_found_in_a_period() -> None:
    found()
    oracle.rfv_report(CON, date(2024, 1, 1), date(2024, 12, 31))
    columns = "customer_code, last_purchase_on::VARCHAR, purchases, net_amount"
    assert rows(CON, f"SELECT {columns} FROM rfv_report") == [
        ("ANA", "2024-02-10", 2, 100),
        ("EVA", "2024-02-03", 2, 10),
        ("LIA", None, 0, -5),
        ("OTO", "2024-02-02", 1, 1),
    ]


def test_who_came_back_to_a_store() -> None:
    lines = [
        Line("2024-01-05", "ANA", "10"),
        Line("2024-01-09", "ANA", "5"),
        Line("2024-01-09", "ANA", "2", kind="return", number="back"),
        Line("2024-02-05", "ANA", "7"),
        Line("2024-02-06", "ANA", "7", store="S2"),
        Line("2024-02-07", "ANA", "7", kind="return"),
        Line("2024-01-31", "BIA", "8"),
        Line("2024-03-01", "BIA", "8"),  # after the second period
        Line("2024-01-31", "EVA", "1", kind="return"),
    ]
    run(CON, lines, [])
    columns = "* EXCLUDE (store_code) REPLACE (net_amount::INTEGER AS net_amount)"
    january = (date(2024, 1, 1), date(2024, 1, 31))
    oracle.returning_customers(CON, january, (date(2024, 2, 1), date(2024, 2, 29)))
    back = (date(2024, 2, 5), date(2024, 2, 6))
    assert rows(CON, f"SELECT {columns} FROM returning_customers") == [
        ("ANA", date(2024, 1, 5), date(2024, 1, 9), 13, *back),
        ("BIA", date(2024, 1, 31), date(2024, 1, 31), 8, None, None),
    ]
    # Both periods the same: her second day there is a return, EVA's and BIA's only one is not.
    oracle.returning_customers(CON, january, january)
    assert rows(CON, "SELECT customer_code, last_return_there_on FROM returning_customers") == [
        ("ANA", date(2024, 1, 9)),
        ("BIA", None),
    ]
