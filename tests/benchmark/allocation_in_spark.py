"""The allocations of a generated chain in Spark, as the job makes them; its own process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.kept import keeping
from jobs.registries import longest_succession
from jobs.session import joined_by_customer, start_session
from jobs.settings import load_settings
from schemas import TABLES
from tests.benchmark.allocation import AS_OF
from transforms.allocation import allocate
from transforms.allocation_history import allocations
from transforms.allocation_routines import Registries
from transforms.allocation_salespeople import stints
from transforms.allocation_stores import candidate_stores, successions
from transforms.calendar_view import CalendarView
from transforms.purchases import by_customer


def write_allocations(purchases: Path, out: Path) -> None:
    """Allocate, write, and print how many customers each routine, criterion, portfolio has."""
    spark = start_session("allocation")
    rules = load_settings().allocation.rules

    def read(name: str) -> DataFrame:
        return spark.read.parquet(str(purchases / f"{name}.parquet"))

    stores = read("stores")
    successors = {
        row[0]: row[1] for row in stores.select("store_code", "successor_store_code").collect()
    }
    candidates = candidate_stores(stores, online_candidates=rules.online_candidates)
    known = Registries(
        read("persons"),
        candidates,
        successions(stores, candidates, longest_succession(successors)),
        stints(read("salespeople")),
    )
    nothing = spark.createDataFrame([], TABLES["allocations"].ddl)
    view = CalendarView((AS_OF,), ())
    with joined_by_customer(spark), keeping() as keep:
        history = keep(read("purchases").transform(by_customer))
        _, whose = allocate(history, nothing, known, rules, "net", view, keep)
        allocations(whose).write.parquet(str(out))
    found = spark.read.parquet(str(out)).groupBy("routine", "criterion", "portfolio").count()
    rows = found.orderBy(*(F.asc_nulls_last(name) for name in found.columns)).collect()
    spark.stop()
    sys.stdout.write(json.dumps([list(row) for row in rows]) + "\n")
