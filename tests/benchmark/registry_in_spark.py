"""The registry of a generated chain as tables, and the job that cleans and scores it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import generate, registration_quality
from jobs.chain.calendar import Chain
from jobs.chain.persons import COPY
from jobs.customer_key import key_row
from jobs.place import Place
from jobs.session import start_session
from jobs.settings import load_settings
from jobs.source_mapping import Expression, load_mapping
from jobs.tables import Tables
from schemas import TABLES
from schemas.contract import MONEY
from tests.benchmark.registry import AS_OF, MADE
from transforms.identity import is_valid_code, with_customer_id
from transforms.registry import registry_rows, text_columns, with_usable_codes
from transforms.texts import text

_LINES_A_PERSON = 35
"""A chain of so many lines for each person has a few more persons than are asked for."""

_READ = ("persons", "customer_codes", "accounts", "allocations")
_WRONG = {
    "cpf": ("cpf_invalido",),
    "email": ("email_invalido",),
    "mobile": ("celular_invalido",),
    "birth_date": ("nascimento_generico", "nascimento_futuro"),
    "cep": ("cep_invalido",),
}


def generate_registry(persons: int, out: Path) -> None:
    """Write registry, codes, accounts and allocations as tables, and what is known to be wrong."""
    spark = start_session("registry")
    spark.conf.set("spark.sql.codegen.hugeMethodLimit", "8000")  # as in short_methods
    entries = str(out / "entries")
    chain = Chain(lines=persons * _LINES_A_PERSON, stores=120, seed=7, until=AS_OF)
    made = generate.registries(spark, chain)
    made["clientes"].write.parquet(f"{entries}/clientes")
    made["gabarito_clientes"].write.parquet(f"{entries}/gabarito")
    _persons(spark, f"{entries}/clientes").write.parquet(f"{entries}/persons")
    rows = spark.read.parquet(f"{entries}/persons")
    tables = Tables(spark, Place(str(out / "lakehouse"), None), {})
    known = rows.withColumn("filled_from", F.lit(None).cast("map<string,bigint>"))
    tables.append("persons", known.select(*TABLES["persons"].column_names))
    tables.append("customer_codes", rows.select(*TABLES["customer_codes"].column_names))
    known = tables.read("persons").select("customer_id", "registered_on", "store_code")
    tables.append("accounts", _accounts(known))
    tables.append("allocations", _allocations(known))
    truth = spark.read.parquet(f"{entries}/gabarito").select("Ficha", "Defeitos")
    ids = rows.select(F.col("Ficha"), "customer_id")
    (out / MADE).write_text(json.dumps(_known(truth.join(ids, on="Ficha", how="inner"))))
    spark.stop()


def clean_and_score(made: Path) -> None:
    """Run the job once, and print how many of each field it found to be invalid."""
    spark = start_session("registry")
    tables = Tables(spark, Place(str(made / "lakehouse"), None), {})
    tables.versions.update({name: tables.latest_version(name) for name in _READ})
    registration_quality.run(tables, load_settings(), [AS_OF])
    cleaned = tables.read("persons_cleaned")
    of_elsewhere = F.col("cep_reason") == "another_state"
    counts = {field: F.count(f"{field}_reason") for field in _WRONG}
    counts["cep"] = F.count(F.when(~of_elsewhere, F.col("cep_reason")))
    counts |= {"cep_of_another_state": F.count_if(of_elsewhere), "persons": F.count(F.lit(1))}
    found = cleaned.agg(*(count.alias(name) for name, count in counts.items())).collect()[0]
    spark.stop()
    sys.stdout.write(json.dumps(found.asDict()) + "\n")


def _persons(spark: SparkSession, entries: str) -> DataFrame:
    """The persons as ingest makes them, without the few whose mistyped CPF another one has."""
    mapped = load_mapping(Path("chain_parquet")).inputs["persons"].columns
    written = {
        name: F.expr(given.sql) if isinstance(given, Expression) else F.col(f"`{given}`")
        for name, given in mapped.items()
    }
    texts = (
        spark.read.parquet(entries)
        .where(F.col("Ficha") <= COPY)
        .select(
            "Ficha",
            F.lit(None).cast("timestamp").alias("delivered_at"),
            *(
                text(written.get(name, F.lit(None)).cast("string")).alias(name)
                for name in text_columns(TABLES["persons_received"])
            ),
        )
    )
    read = registry_rows(texts, TABLES["persons_received"], ("dd/MM/yyyy", "yyyy-MM-dd"))
    code, key = F.col("customer_code"), key_row(spark, bytes(range(32)))
    coded = (
        with_usable_codes(read, "cpf", ())
        .where(code.isNotNull())
        .withColumn("code_kind", F.lit("cpf"))
        .withColumn("code_valid", is_valid_code(code, "cpf"))
        .transform(with_customer_id, code=code, kind="cpf", key=key)
    )
    several = coded.groupBy("customer_id").count().where("count > 1")
    return coded.join(F.broadcast(several), on="customer_id", how="left_anti")


def _accounts(known: DataFrame) -> DataFrame:
    """An account for half of the persons, and one without registration for a quarter as many."""
    half, quarter = F.col("customer_id") % 2 == 0, F.col("customer_id") % 4 == 1
    units = F.pmod(F.xxhash64("customer_id"), F.lit(50_000_000))
    value = (units.cast("decimal(14,0)") * F.lit(Decimal("0.0001"))).cast(MONEY)
    bought = known.where(half | quarter).select(
        F.when(half, F.col("customer_id")).otherwise(-F.abs("customer_id")).alias("customer_id"),
        *(value.alias(name) for name in ("gross_amount", "net_amount", "average_ticket")),
        half.alias("registered"),
        "store_code",
    )
    day, one = F.lit(AS_OF), F.lit(1)
    given = {
        "as_of": day,
        **{name: F.col(name) for name in bought.columns if name != "store_code"},
        **{name: F.col("store_code") for name in ("first_store_code", "last_store_code")},
        **dict.fromkeys(("first_purchase_on", "last_purchase_on"), day),
        **{name: one.cast("bigint") for name in ("purchases", "purchase_days")},
    }
    return as_contract(bought.na.fill({"store_code": "001"}), "accounts", given)


def _allocations(known: DataFrame) -> DataFrame:
    """Everybody with an account belongs to the store of her registration."""
    code = F.concat("store_code", F.lit("-"), F.pmod("customer_id", F.lit(8)).cast("string"))
    given = {
        "as_of": F.lit(AS_OF),
        "customer_id": F.col("customer_id"),
        "store_code": F.col("store_code"),
        "salesperson_code": code,
        "portfolio": F.lit("salesperson"),
        "routine": F.lit("registry"),
        "salesperson_criterion": F.lit("last_store"),
        "allocated_since": F.lit(AS_OF),
    }
    whose = _accounts(known).select("customer_id", F.col("last_store_code").alias("store_code"))
    return as_contract(whose, "allocations", given)


def as_contract(rows: DataFrame, name: str, given: Mapping[str, Column]) -> DataFrame:
    """All columns of a table; of those not given, required ones are 0 and the others null."""
    return rows.select(
        *(
            given.get(each.name, F.lit(0 if each.required else None))
            .cast(each.type)
            .alias(each.name)
            for each in TABLES[name].columns
        )
    )


def _known(truth: DataFrame) -> dict[str, int]:
    """How many persons have each slip that makes a value invalid."""
    slips = F.split("Defeitos", r"\|")
    counts = {
        field: F.count_if(F.arrays_overlap(slips, F.array(*map(F.lit, wrong))))
        for field, wrong in _WRONG.items()
    }
    is_elsewhere = F.array_contains(slips, "cep_de_outro_estado")
    counts["cep_of_another_state"] = F.count_if(
        is_elsewhere & ~F.array_contains(slips, "uf_ausente")
    )
    counts["persons"] = F.count(F.lit(1))
    found = truth.agg(*(count.alias(name) for name, count in counts.items())).collect()[0]
    return {name: int(count) for name, count in found.asDict().items()}
