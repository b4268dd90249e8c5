"""What of a registration reaches a person, by the rules of docs/registry.md."""

from __future__ import annotations

from pyspark.sql import SparkSession

from transforms.contacts import with_contacts

FIELDS = ("email", "mobile", "cep", "name", "address")


RECEIVED: list[tuple[str, str | None, bool]] = [
    ("email", None, False),
    ("email", " \t", False),
    ("email", " Ana@Exemplo.Test ", True),
    ("email", "ana@exemplo", False),
    ("email", "ana..prova@exemplo.test", False),
    ("mobile", None, False),
    ("mobile", "(11) 98888-7777", True),
    ("mobile", "011 98888-7777", True),  # the trunk's 0
    ("mobile", "0 15 11 98888-7777", True),  # and a carrier
    ("mobile", "+55 11 98888-7777", True),
    ("mobile", "(20) 98888-7777", False),  # no such area
    ("mobile", "99999999999", False),  # what a till fills in
    ("mobile", "1133334444", False),  # a landline
    ("mobile", "none", False),
    ("cep", None, False),
    ("cep", "20040-030", True),
    ("cep", "20040030.0", True),  # through a column of floats
    ("cep", "11111-111", False),
    ("cep", "2004003", False),
    ("cep", "78950-000", False),  # of no state any more
    ("cep", "01310-100", False),  # of another state than hers
    ("name", None, False),
    ("name", "Ana", True),
    ("name", "...", False),
    ("address", None, False),
    ("address", "Rua A, 1", True),
    ("address", "0", False),
]


def test_a_flag_tells_what_is_filled_and_valid(spark: SparkSession) -> None:
    given: list[dict[str, object]] = [
        {"row": row, "state": " rj", **dict.fromkeys(FIELDS), field: received}
        for row, (field, received, _) in enumerate(RECEIVED)
    ]
    texts = ", ".join(f"{name} string" for name in ("state", *FIELDS))
    persons = spark.createDataFrame(given, f"row int, {texts}")
    found = {row["row"]: row for row in with_contacts(persons).collect()}
    for row, (field, received, has) in enumerate(RECEIVED):
        told = {name: found[row][f"has_{name}"] for name in FIELDS}
        assert told == {**dict.fromkeys(FIELDS, False), field: has}, (field, received)
        assert {name: found[row][name] for name in given[row]} == given[row]


def test_without_a_known_state_a_postal_code_of_any_is_valid(spark: SparkSession) -> None:
    ddl = ", ".join(f"{name} string" for name in (*FIELDS, "state"))
    rows = [(None, None, "01310-100", None, None, state) for state in (None, "XX", "SP", "RJ")]
    found = with_contacts(spark.createDataFrame(rows, ddl)).collect()
    assert [row.has_cep for row in found] == [True, True, True, False]
