"""A lakehouse of made-up customers, as the jobs would leave it before a list is made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.customer_key import find_key, fingerprint
from jobs.place import Place
from jobs.publication import Run
from jobs.registry.persons import settle_persons
from jobs.session import start_session
from schemas import TABLES
from tests.benchmark.lists import AS_OF
from tests.benchmark.registry_in_spark import as_contract

_STORES, _SELLERS = 500, 8
_SEGMENTS = {"normal_active": "active", "loss_risk": "inactive", "normal_lost": "lost"}
_CATEGORIES = 5


def generate_customers(customers: int, out: Path) -> None:
    """Publish a lakehouse of so many customers, who all have bought and are registered.

    One in ten refuses every contact, one in ten e-mail, and one in twenty has no valid address.
    """
    spark = start_session("lists")
    with Run(
        spark, Place(str(out / "lakehouse"), None), "daily", lease_seconds=600, wait_seconds=0
    ) as run:
        run.outcome.key_fingerprint = fingerprint(find_key(run.place, None))
        run.outcome.as_of = [AS_OF]
        run.outcome.calendar_from = AS_OF
        everybody = spark.range(customers).select(F.xxhash64("id").alias("customer_id"))
        for name, given in _columns().items():
            rows = as_contract(_dated(everybody, name), name, given)
            run.tables.append(name, rows)
        settle_persons(run)
    spark.stop()


def _dated(everybody: DataFrame, name: str) -> DataFrame:
    """Two tickets for each customer; of all else one row."""
    if name != "purchases":
        return everybody
    return everybody.select("*", F.explode(F.array(F.lit(0), F.lit(1))).alias("ticket"))


def _columns() -> Mapping[str, Mapping[str, Column]]:
    """What is known of each customer, by table; other required columns are 0, the rest null."""
    who, day, one = F.col("customer_id"), F.lit(AS_OF), F.lit(1)
    part = F.pmod(who, F.lit(1000))
    store = F.lpad(F.pmod(who, F.lit(_STORES)).cast("string"), 3, "0")
    seller = F.concat(store, F.lit("-"), F.pmod(who, F.lit(_SELLERS)).cast("string"))
    segment = F.element_at(F.array(*map(F.lit, _SEGMENTS)), (part % 3 + 1).cast("int"))
    stage = F.element_at(F.array(*map(F.lit, _SEGMENTS.values())), (part % 3 + 1).cast("int"))
    mail = F.concat(F.lit("c"), F.abs(who).cast("string"), F.lit("@example.com"))
    value = (F.pmod(who, F.lit(1_000_000)) / F.lit(100)).cast("decimal(18,4)")
    key = {"customer_id": who, "as_of": day}
    quarter, same = F.lit(0.25), F.lit("same")
    ranked = [name for name in TABLES["rfv"].column_names if name.endswith("_movement")]
    percentiles = [name for name in TABLES["rfv"].column_names if name.endswith("_percentile")]
    bands = [name for name in TABLES["rfv"].column_names if name.endswith("_band")]
    return {
        "customer_codes": {
            "customer_id": who,
            "customer_code": who.cast("string"),
            "code_kind": F.lit("text"),
        },
        "persons_received": {
            "customer_id": who,
            "roles": F.array(F.lit("customer")),
            "registered_on": day,
            "store_code": store,
            "name": F.concat(F.lit("Cliente "), who.cast("string")),
            "email": F.when(part >= 50, mail).otherwise(F.lit("sem e-mail")),
            "opted_out": part.between(100, 199),
            "channels_opted_out": F.when(part.between(200, 299), F.array(F.lit("email"))),
        },
        "purchases": {
            "customer_id": who,
            "store_code": store,
            "business_day": F.date_sub(day, part.cast("int") % 300),
            "sale_number": F.concat_ws("-", who.cast("string"), "ticket"),
            "code_class": F.lit("coded"),
            "is_purchase": F.lit(True),
            "items": one,
            "gross_amount": value,
            "net_amount": value,
        },
        "accounts": {
            **key,
            **dict.fromkeys(("first_purchase_on", "last_purchase_on"), day),
            **dict.fromkeys(("purchases", "purchase_days"), one),
            **dict.fromkeys(("first_store_code", "last_store_code"), store),
            "net_amount": value,
            "average_ticket": value,
            "registered": F.lit(True),
        },
        "customer_habits": {**key, "frequency_class": F.lit("other")},
        "allocations": {
            **key,
            "store_code": store,
            "salesperson_code": seller,
            "portfolio": F.when(part % 10 == 0, F.lit("transition")).otherwise(
                F.lit("salesperson")
            ),
            "routine": F.lit("registry"),
            "salesperson_criterion": F.lit("last_store"),
            "allocated_since": day,
        },
        "life_cycle": {
            "customer_id": who,
            "valid_from": day,
            "valid_to": F.when(segment != "normal_lost", F.date_add(day, 30)),
            "stage": stage,
            "segment": segment,
            "cause": F.lit("purchase"),
        },
        "rfv": {
            **key,
            "value": value,
            **dict.fromkeys(percentiles, quarter),
            **dict.fromkeys(bands, one),
            **dict.fromkeys(ranked, same),
            "top_class": F.lit("other"),
            "fv_quadrant": F.lit("occasional"),
            "category": F.concat(F.lit("c"), (part % _CATEGORIES).cast("string")),
        },
    }
