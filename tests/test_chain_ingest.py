"""The daily files of a generated chain, read through their mapping."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs import generate
from jobs.chain.calendar import Chain
from jobs.source_mapping import load_mapping
from tests import lakehouses

CHAIN = Chain(lines=100_000, stores=12, seed=7, until=date(2025, 12, 31))
KINDS = {"V": "sold", "D": "return", "C": "cancelled"}


@pytest.mark.slow
def test_a_chain_of_daily_files_is_ingested_whole(spark: SparkSession, tmp_path: Path) -> None:
    files = tmp_path / "files"
    generate.run(CHAIN, str(files), "csv")
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    counts = lakehouses.deliver(spark, settings, load_mapping(Path("chain")), files)
    assert counts["sales_received"] == counts["sales_accepted"] == CHAIN.lines
    for name in ("stores", "salespeople", "products"):
        assert counts[f"{name}_received"] == counts[f"{name}_accepted"]

    # Only persons without a CPF are rejected; those who stand there twice under one are superseded.
    truth = generate.registries(spark, CHAIN)["gabarito_clientes"]
    without = truth.where(F.col("CPF").isNull()).count()
    assert counts["persons_rejected"] == without > 0
    assert counts["persons_superseded"] > 0
    assert (
        lakehouses.rows(spark, settings, "rejected_rows", "reasons")
        == [(["missing_key"],)] * without
    )

    count, money = F.count(F.lit(1)), F.sum(F.col("Valor bruto") - F.col("Desconto"))
    made = generate.sales(spark, CHAIN, tasks=2).groupBy("Tipo").agg(count, money).collect()
    sales = lakehouses.read(spark, settings, "sales")
    found = sales.groupBy("kind").agg(count, F.sum("amount")).collect()
    assert {tuple(row) for row in found} == {(KINDS[row[0]], *row[1:]) for row in made}
