"""The notebooks run from top to bottom on a lakehouse, and show their plots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from pyspark.sql import SparkSession

from tests import lakehouses
from tests.conftest import AS_JOBS_RUN, QUICK_COMPILER, ROOT, for_few_rows

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MONTH_ENDS = [date(2024, month, 1) - timedelta(days=1) for month in range(7, 13)]
"""The dates computed, which are also those of the calendar."""


@pytest.fixture(scope="module")
def lakehouse(
    spark: SparkSession, submit_arguments: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("notebooks")
    start = date(2022, 1, 3)
    # A few hundred tickets of 40 customers, at intervals from a few days to more than a year.
    days = [
        (who, start + timedelta(days=who * step % 1100))
        for who in range(40)
        for step in (1, 7, 31, 90, 400)
    ]
    lines = [
        lakehouses.line(
            str(number),
            cpf=f"c{who}",
            day=f"{day:%d/%m/%Y}",
            seller=f"v{who % 3}",
            amount=f"{10 + number % 7 * who},00",
        )
        for number, (who, day) in enumerate(days)
    ]
    lakehouses.write(folder / "in" / "vendas.csv", lines)
    settings = lakehouses.settings_for(
        folder / "lakehouse",
        "processing_calendar.every=month-end",
        "processing_calendar.start_before_first_run=1 days",
    )
    source, session = lakehouses.mapping(folder), lakehouses.small_session(spark)
    lakehouses.deliver(session, settings, source, folder / "in", dates=MONTH_ENDS)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CLIENTELA_LAKEHOUSE", str(folder / "lakehouse"))
        few = submit_arguments.replace(AS_JOBS_RUN, for_few_rows(QUICK_COMPILER))
        environment.setenv("PYSPARK_SUBMIT_ARGS", few)
        yield folder / "lakehouse"


@pytest.mark.usefixtures("lakehouse")
@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs_and_shows_its_plots(file: Path) -> None:
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]  # has no types
    assert not any(cell.get("outputs") for cell in notebook.cells), "clear its outputs"
    run(notebook)
    asked = sum("plt.show()" in cell.source for cell in notebook.cells)
    assert plots(notebook) == asked > 0


@pytest.mark.usefixtures("lakehouse")
def test_on_the_first_date_of_the_calendar_the_rfv_notebook_says_so() -> None:
    file = ROOT / "notebooks" / "rfv.ipynb"
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]  # has no types
    asked = sum("plt.show()" in cell.source for cell in notebook.cells)
    chosen = next(cell for cell in notebook.cells if cell.source.startswith("ranked = "))
    chosen.source = f"as_of = date.fromisoformat('{MONTH_ENDS[0]}')\n{chosen.source}"
    run(notebook)
    said = "".join(output.get("text", "") for output in outputs(notebook))
    assert f"customers on {MONTH_ENDS[0]}; the date before is None" in said
    assert said.count(f"The calendar has no earlier date than {MONTH_ENDS[0]}") == 2
    assert plots(notebook) == asked - 2


@pytest.mark.usefixtures("lakehouse")
def test_with_one_date_and_nothing_known_after_it_the_tour_says_so() -> None:
    file = ROOT / "notebooks" / "tour.ipynb"
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]  # has no types
    sources = [cell.source for cell in notebook.cells]
    chosen = next(n for n, source in enumerate(sources) if "as_of: date = dates[-1]" in source)
    alone = "dates, known_until = dates[:1], dates[0]"
    notebook.cells[chosen].source = sources[chosen].replace("as_of: date", f"{alone}\nas_of: date")
    # What comes after needs Spark, and the dates alone decide what it does.
    end = next(n for n, source in enumerate(sources) if "start_session" in source)
    notebook.cells = notebook.cells[:end]
    run(notebook)
    said = "".join(output.get("text", "") for output in outputs(notebook))
    assert "There is one date only" in said
    assert f"No date of a month or a year before {MONTH_ENDS[0]} is published" in said
    assert said.count("no labels yet") == 2
    assert plots(notebook) == 3  # stages, revenue tree and cohorts need no earlier date


def run(notebook: nbformat.NotebookNode) -> None:
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()


def outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def plots(notebook: nbformat.NotebookNode) -> int:
    return sum("image/png" in output.get("data", {}) for output in outputs(notebook))
