"""The notebooks run from top to bottom on a lakehouse, and show their plots."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from pyspark.sql import SparkSession

from tests import lakehouses
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def lakehouse(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("notebooks")
    start = date(2022, 1, 3)
    # A few hundred tickets of 40 customers, at intervals from a few days to more than a year.
    days = [
        (who, start + timedelta(days=who * step % 1100))
        for who in range(40)
        for step in (1, 7, 31, 90, 400)
    ]
    lines = [
        lakehouses.line(str(number), cpf=f"c{who}", day=f"{day:%d/%m/%Y}", seller=f"v{who % 3}")
        for number, (who, day) in enumerate(days)
    ]
    lakehouses.write(folder / "in" / "vendas.csv", lines)
    settings = lakehouses.settings_for(folder / "lakehouse")
    month_ends = [date(2024, month, 1) - timedelta(days=1) for month in range(1, 13)]
    source = lakehouses.mapping(folder)
    lakehouses.deliver(spark, settings, source, folder / "in", dates=month_ends)
    before = os.environ.get("CLIENTELA_LAKEHOUSE")
    os.environ["CLIENTELA_LAKEHOUSE"] = str(folder / "lakehouse")
    yield folder / "lakehouse"
    if before is None:
        del os.environ["CLIENTELA_LAKEHOUSE"]
    else:
        os.environ["CLIENTELA_LAKEHOUSE"] = before


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs_and_shows_its_plots(lakehouse: Path, file: Path) -> None:
    assert lakehouse.is_dir()
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]  # has no types
    assert not any(cell.get("outputs") for cell in notebook.cells), "clear its outputs"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    plots = sum(
        "image/png" in output.get("data", {})
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    asked = sum("plt.show()" in cell.source for cell in notebook.cells)
    assert plots == asked > 0
