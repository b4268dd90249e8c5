"""What of a registration reaches a person, by the rules of docs/registry.md."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from transforms.contacts import with_contacts

FIELDS = ("email", "mobile", "cep", "name", "address")


@pytest.mark.parametrize(
    ("field", "received", "has"),
    [
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
    ],
)
def test_a_flag_tells_what_is_filled_and_valid(
    spark: SparkSession, field: str, received: str | None, has: bool
) -> None:
    given: dict[str, str | None] = {**dict.fromkeys(FIELDS), field: received, "state": " rj"}
    persons = spark.createDataFrame([given], ", ".join(f"{name} string" for name in given))
    row = with_contacts(persons).collect()[0]
    assert {name: row[f"has_{name}"] for name in FIELDS} == dict.fromkeys(FIELDS, False) | {
        field: has
    }
    assert {name: row[name] for name in given} == given


def test_without_a_known_state_a_postal_code_of_any_is_valid(spark: SparkSession) -> None:
    ddl = ", ".join(f"{name} string" for name in (*FIELDS, "state"))
    rows = [(None, None, "01310-100", None, None, state) for state in (None, "XX", "SP", "RJ")]
    found = with_contacts(spark.createDataFrame(rows, ddl)).collect()
    assert [row.has_cep for row in found] == [True, True, True, False]
