"""A generated chain split into all that came before its last day, and the sales of that day."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb

from tests.benchmark.measured import measured
from tests.benchmark.nights.made import AS_OF, DOOR

_READ = ("vendas", "clientes", "lojas", "vendedores", "produtos")


@dataclass(frozen=True)
class Chain:
    """The files of a chain.

    Attributes:
        files: All of them.
        before: Its registries, and its sales but for those of the last day.
        day: The sales of the last day.
    """

    files: Path
    before: Path
    day: Path


def prepared(lines: int, lines_per_customer: int, driver_memory: str, folder: Path) -> Chain:
    """The chain of this many lines, generated and split unless it lies there."""
    sized = f"{lines}-{lines_per_customer}"
    chain = Chain(*(folder / f"{name}-{sized}" for name in ("chain", "before", "day")))
    if not (chain.files / "generated.json").exists():
        options = ("--lines", str(lines), "--lines-per-customer", str(lines_per_customer))
        took = measured(
            [
                *(str(DOOR), "--driver-memory", driver_memory, "generate", *options),
                *("--seed", "7", "--until", str(AS_OF)),
                *("--format", "parquet", "--out", str(chain.files)),
            ]
        )
        click.echo(f"generate ({lines:,} lines): {took.seconds:.0f} s\n")
    # The day is put in its place last, so that it is there only if both are whole.
    if not chain.day.exists():
        split(chain)
    return chain


def split(chain: Chain) -> None:
    """Link the files that hold nothing of the last day, and write the others in two parts."""
    shutil.rmtree(chain.before, ignore_errors=True)
    chain.before.mkdir()
    unfinished = chain.day.with_name(f"{chain.day.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    con = duckdb.connect()
    sales = f"read_parquet('{chain.files}/vendas_*.parquet', filename = true)"
    found = con.execute(f"SELECT DISTINCT filename FROM {sales} WHERE Data = DATE '{AS_OF}'")
    with_day = {Path(name) for (name,) in found.fetchall()}
    for name in _READ:
        for file in sorted(chain.files.glob(f"{name}_*.parquet")):
            if file not in with_day:
                os.link(file, chain.before / file.name)
    for file in with_day:
        rest = f"SELECT * FROM '{file}' WHERE Data <> DATE '{AS_OF}'"
        con.execute(f"COPY ({rest}) TO '{chain.before / file.name}'")
    files = ", ".join(f"'{file}'" for file in sorted(with_day))
    day = f"SELECT * FROM read_parquet([{files}]) WHERE Data = DATE '{AS_OF}'"
    con.execute(f"COPY ({day}) TO '{unfinished}/vendas_day.parquet'")
    con.close()
    unfinished.rename(chain.day)
