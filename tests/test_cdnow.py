"""The worked figures of CDNOW's sample, from its rows to the published tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.source_mapping import load_mapping
from tests import lakehouses, real_data

pytestmark = pytest.mark.slow

CALIBRATED, ENDED = date(1997, 9, 30), date(1998, 6, 30)


def sales(rows: list[str]) -> list[str]:
    """Each row of the sample as a ticket of its own, since it has no ticket numbers."""
    lines = []
    for number, row in enumerate(rows):
        _, code, day, discs, paid = row.split()
        lines.append(
            lakehouses.line(
                str(number),
                cpf=code,
                day=f"{day[6:]}/{day[4:6]}/{day[:4]}",
                quantity=discs,
                amount=paid.replace(".", ","),
            )
        )
    return lines


def test_the_worked_figures(spark: SparkSession, tmp_path: Path) -> None:
    rows = real_data.cdnow().read_text(encoding="ascii").splitlines()
    lakehouses.write(tmp_path / "in" / "vendas.csv", sales(rows))
    content = {**lakehouses.TILL, "customer_code": {"kind": "text"}}
    (tmp_path / "till.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    settings = lakehouses.settings_for(tmp_path / "lakehouse")
    source = load_mapping(tmp_path / "till.yaml")
    counts = lakehouses.deliver(spark, settings, source, tmp_path / "in", dates=[CALIBRATED, ENDED])
    assert counts["sales_accepted"] == len(rows) == 6919

    accounts = lakehouses.read(spark, settings, "accounts")
    calibrated = accounts.where(F.col("as_of") == F.lit(CALIBRATED))
    repeats = calibrated.agg(
        F.sum(F.col("purchase_days") - 1), F.count_if(F.col("purchase_days") > 1)
    )
    assert tuple(repeats.collect()[0]) == (2457, 946)

    summary = lakehouses.read(spark, settings, "pareto_summary").where("scope = 'network'")
    row = summary.where(F.col("as_of") == F.lit(ENDED)).collect()[0]
    assert (row.customers, row.value) == (2357, Decimal("244091.94"))
    assert round(100 * row.top_20_value_share, 2) == 67.46
    assert row.customers_for_80 == 777
