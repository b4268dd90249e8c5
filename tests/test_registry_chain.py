"""The registry of a generated chain: what is known to be wrong in it, counted in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from jobs import generate
from jobs.chain.calendar import Chain
from jobs.settings import load_settings
from jobs.source_mapping import Expression, load_mapping
from schemas import TABLES
from schemas.registration_quality import FIELDS, IDENTIFIED, UNIQUE_FIELDS
from tests import registry_checks
from transforms.identity import code_class, is_valid_code, normalised_code
from transforms.persons_cleaned import checked_persons, persons_cleaned
from transforms.ranking import WINDOW
from transforms.registration_quality import (
    accounts_to_register,
    accounts_without_registration,
    registration_quality,
)
from transforms.registry import registry_rows, text_columns, with_usable_codes
from transforms.texts import text

pytestmark = pytest.mark.slow

CHAIN = Chain(lines=120_000, stores=12, seed=11, until=date(2025, 12, 31))
DATES = (date(2023, 6, 30), date(2025, 12, 31))
SENTINELS = (*load_settings().ingest.generic_customer_codes, "CLIENTE LOJA", "99999999999")
Row = dict[str, Any]


class Registry(NamedTuple):
    """The registry and the accounts of a chain, where Spark and where Python reads them."""

    checked: DataFrame
    allocated: DataFrame
    accounts: DataFrame
    codes: DataFrame
    persons: list[Row]
    slips: dict[int, set[str]]


@pytest.fixture(scope="module")
def chain(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("registry_chain")
    generate.run(CHAIN, str(folder), "parquet")
    persons = _persons(_read(spark, folder, "clientes")).cache()
    code = normalised_code(F.col("CPF"), "cpf")
    coded = (
        _read(spark, folder, "vendas")
        .where(code_class(F.col("CPF"), code, SENTINELS) == "coded")
        .withColumn("customer_code", code)
    )
    known = persons.select("customer_id", "customer_code", "registered_on")
    bought = (
        coded.join(known, on="customer_code", how="left")
        .withColumn("customer_id", F.coalesce("customer_id", -F.abs(F.xxhash64("customer_code"))))
        .withColumn("as_of", F.explode(F.array(*map(F.lit, DATES))))
        .where(F.to_date("Data") <= F.col("as_of"))
        .groupBy("as_of", "customer_id", "customer_code", "registered_on")
        .agg(
            F.sum(F.col("Valor bruto") - F.col("Desconto")).cast("decimal(18,4)").alias("net"),
            F.countDistinct("Data", "Cupom").alias("purchases"),
            F.max(F.to_date("Data")).alias("last_purchase_on"),
            F.max_by("Loja", F.struct("Data", "Cupom", "Item")).alias("store_code"),
            F.max_by("Vendedor", F.struct("Data", "Cupom", "Item")).alias("salesperson_code"),
        )
        .withColumnRenamed("net", "net_amount")
        .withColumn(
            "registered",
            (F.col("customer_id") > 0)
            & F.coalesce(F.col("registered_on") <= F.col("as_of"), F.lit(True)),
        )
        .withColumn("portfolio", F.when(F.col("salesperson_code").isNotNull(), "salesperson"))
        .cache()
    )
    codes = (
        persons.select("customer_id", "customer_code")
        .union(bought.select("customer_id", "customer_code"))
        .distinct()
        .withColumn("code_kind", F.lit("cpf"))
        .withColumn("code_valid", is_valid_code(F.col("customer_code"), "cpf"))
        .cache()
    )
    truth = _read(spark, folder, "gabarito_clientes")
    slips = {
        row[0]: set(row[1].split("|")) - {""} for row in truth.select("Ficha", "Defeitos").collect()
    }
    rows = [row.asDict() for row in persons.collect()]
    checked = checked_persons(persons.drop("customer_code"), codes).cache()
    yield Registry(checked, bought, bought, codes, rows, slips)
    spark.catalog.clearCache()


def _read(spark: SparkSession, folder: Path, name: str) -> DataFrame:
    return spark.read.parquet(str(folder / f"{name}_*.parquet"))


def _persons(entries: DataFrame) -> DataFrame:
    """The persons of the file as ingest makes them; the last entry of a CPF stands."""
    mapped = load_mapping(Path("chain_parquet")).inputs["persons"].columns
    written = {
        name: F.expr(given.sql) if isinstance(given, Expression) else F.col(f"`{given}`")
        for name, given in mapped.items()
    }
    texts = entries.select(
        "Ficha",
        *(
            text(written.get(name, F.lit(None)).cast("string")).alias(name)
            for name in text_columns(TABLES["persons_received"])
        ),
    )
    patterns = ("dd/MM/yyyy", "yyyy-MM-dd")
    read = registry_rows(texts, TABLES["persons_received"], patterns)
    usable = read.transform(with_usable_codes, kind="cpf", sentinels=SENTINELS)
    newest = Window.partitionBy("customer_code").orderBy(F.col("Ficha").desc())
    return (
        usable.where(F.col("customer_code").isNotNull())
        .withColumn("place", F.row_number().over(newest))
        .where("place = 1")
        .withColumn("customer_id", F.col("Ficha").cast("bigint"))
        .drop("Ficha", "place")
    )


def reasons_in_python(person: Row, as_of: date) -> dict[str, str | None]:
    """The reason of each field of a person, by the rules in plain Python."""
    judge, state = registry_checks.judge, person["state"]
    words = {
        name: "nothing_usable"
        for name in ("name", "address")
        if person[name] and not any(map(str.isalpha, person[name]))
    }
    return {
        "cpf": judge("cpf", person["customer_code"])[1],
        "cnpj": None,
        "name": words.get("name"),
        "identity_document": judge("rg", person["identity_document"])[1],
        "birth_date": registry_checks.birth_date_reason(person["birth_date"], as_of),
        "email": judge("email", person["email"])[1],
        "mobile": judge("mobile", person["mobile"])[1],
        "phone": judge("phone", person["phone"])[1],
        "address": words.get("address"),
        "cep": judge("cep", person["cep"], state)[1],
    }


def quality_in_python(chain: Registry, as_of: date) -> dict[tuple[str, str, str], list[int]]:
    """Persons, filled, valid and unique by level, level code and field."""
    here = [
        person
        for person in chain.persons
        if "customer" in person["roles"]
        and (person["registered_on"] is None or person["registered_on"] <= as_of)
    ]
    rows = chain.allocated.where(F.col("as_of") == as_of).collect()
    salespeople = {row.customer_id: row.salesperson_code for row in rows}
    judged = [(person, reasons_in_python(person, as_of)) for person in here]
    spoken = {"identity_document": "rg"}

    def value(person: Row, field: str) -> str | None:
        if field in ("cpf", "cnpj"):
            return str(person["customer_code"]) if field == "cpf" else None
        return registry_checks.judge(spoken.get(field, field), person[field])[0]

    bearers = {
        field: Counter(value(person, field) for person, reasons in judged if reasons[field] is None)
        for field in UNIQUE_FIELDS
    }
    found: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for person, reasons in judged:
        month = person["registered_on"]
        levels = {
            "network": "network",
            "store": person["store_code"],
            "salesperson": salespeople.get(person["customer_id"]),
            "registration_month": month and f"{month:%Y-%m}",
        }
        has = {
            field: person["customer_code"] is not None
            if field == "cpf"
            else field != "cnpj" and person[field] is not None
            for field in FIELDS
        }
        right = {field: has[field] and reasons[field] is None for field in FIELDS}
        for each in (has, right):
            each[IDENTIFIED] = each["name"] and each["address"] and each["cep"]
        for (level, code), field in product(levels.items(), (*FIELDS, IDENTIFIED)):
            if code is not None:
                own = (
                    field in UNIQUE_FIELDS
                    and right[field]
                    and bearers[field][value(person, field)] == 1
                )
                counts = (True, has[field], right[field], own)
                place = found[level, code, field]
                for number, counted in enumerate(counts):
                    place[number] += counted
    return found


def test_what_is_known_to_be_wrong_is_found_and_nothing_else(chain: Registry) -> None:
    cleaned = {row.customer_id: row for row in persons_cleaned(chain.checked, DATES[-1]).collect()}
    assert len(cleaned) == len(chain.persons) > 3_000
    told = {
        "cpf": {"cpf_invalido"},
        "identity_document": set(),
        "email": {"email_invalido"},
        "mobile": {"celular_invalido"},
        "birth_date": {"nascimento_generico", "nascimento_futuro"},
        "name": set(),
        "address": set(),
    }
    seen: Counter[str] = Counter()
    for person in chain.persons:
        row, slips = cleaned[person["customer_id"]], chain.slips[person["customer_id"]]
        for field, wrong in told.items():
            assert (row[f"{field}_reason"] is not None) == bool(wrong & slips), (field, slips)
        if "cep_de_outro_estado" in slips:
            assert row.cep_reason == (None if "uf_ausente" in slips else "another_state")
        else:
            assert (row.cep_reason is not None) == ("cep_invalido" in slips), slips
        for field, reason in reasons_in_python(person, DATES[-1]).items():
            assert row[f"{field}_reason"] == reason, (field, slips)
        seen.update(slips)
    assert all(seen[slip] > 2 for wrong in told.values() for slip in wrong), seen
    assert seen["cep_de_outro_estado"] > 20


def test_quality_equals_counts_in_python(chain: Registry) -> None:
    rows = registration_quality(chain.checked, chain.allocated, DATES).collect()
    assert len(rows) > 2_000
    counts = ("persons", "filled", "valid", "unique_values")
    for as_of in DATES:
        expected = quality_in_python(chain, as_of)
        made = {
            (row.level, row.level_code, row.field): [row[count] for count in counts]
            for row in rows
            if row.as_of == as_of
        }
        assert made == {
            place: [*of_place[:3], of_place[3] if place[2] in UNIQUE_FIELDS else None]
            for place, of_place in expected.items()
        }
    network = {row.field: row for row in rows if (row.as_of, row.level) == (DATES[-1], "network")}
    assert network["email"].unique_values < network["email"].valid < network["email"].filled
    for row in rows:
        assert row.valid_rate == row.valid / row.persons
        assert row.unique_rate == (
            None if row.unique_values is None else row.unique_values / row.persons
        )


def test_accounts_to_register_equal_a_sort_in_python(chain: Registry) -> None:
    given = accounts_without_registration(chain.accounts, chain.allocated, chain.codes, "net")
    made = accounts_to_register(given, WINDOW).collect()
    lists = defaultdict(list)
    for row in chain.accounts.collect():
        if not row.registered and row.net_amount > 0:
            lists[row.as_of, row.store_code].append((-row.net_amount, row.customer_id))
    expected = {
        (*place, rank, customer): -value
        for place, listed in lists.items()
        for rank, (value, customer) in enumerate(sorted(listed), start=1)
    }
    found = {(row.as_of, row.store_code, row.rank, row.customer_id): row.value for row in made}
    assert found == expected
    assert len(found) == len(made) > 1_000
