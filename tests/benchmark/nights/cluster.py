"""The first run of a lakehouse on a standalone cluster, with one worker of one core and with two.

Master, workers and driver are processes of this machine, as in ``tests.test_cluster``: what is
seen is whether work spreads, not what a network costs. With fewer cores than workers and a driver
need, they hinder each other.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from tests.benchmark.measured import Measured, measured
from tests.benchmark.nights.figures import Figures, differences, of_lakehouse
from tests.benchmark.nights.machine import machine
from tests.benchmark.nights.made import AS_OF, DOOR
from tests.benchmark.nights.split import prepared
from tests.test_cluster import Cluster, wait_until

_WORKERS = (1, 2)
_LINES_PER_CUSTOMER = 24


def run(lines: int, driver_memory: str, executor_memory: str, folder: Path) -> bool:
    """Prepare the files if need be, run on both clusters, and print what they took.

    Returns:
        Whether both left the same.
    """
    files = prepared(lines, _LINES_PER_CUSTOMER, driver_memory, folder).files
    took = {
        workers: _on(workers, driver_memory, executor_memory, files, folder) for workers in _WORKERS
    }
    click.echo(f"\n{lines:,} lines, `daily`, the first run\n\n| workers | s | driver's peak MiB |")
    click.echo("|---|---|---|")
    for workers, ran in took.items():
        click.echo(f"| {workers} | {ran.seconds:.1f} | {ran.peak_mib:,.0f} |")
    ratio = took[2].seconds / took[1].seconds
    click.echo(f"\nTwo workers took {ratio:.2f} of the time of one.")
    differing = differences({f"{each} workers": _left(each, folder) for each in _WORKERS})
    click.echo(f"Both left the same: {not differing}")
    for each in differing:
        click.echo(f"- {each}")
    found = {
        "lines": lines,
        "machine": machine(),
        "seconds": {workers: round(ran.seconds, 1) for workers, ran in took.items()},
        "ratio": round(ratio, 3),
        "differences": differing,
    }
    with (folder / f"cluster-{lines}.json").open("a", encoding="utf-8") as file:
        file.write(json.dumps(found) + "\n")
    return not differing


def _left(workers: int, folder: Path) -> Figures:
    place = folder / f"cluster-of-{workers}"
    return of_lakehouse(place / "lakehouse", AS_OF, "2gib", place / "scratch")


def _on(
    workers: int, driver_memory: str, executor_memory: str, files: Path, folder: Path
) -> Measured:
    place = folder / f"cluster-of-{workers}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    made = Cluster(place)
    try:
        _begin(made, workers, executor_memory)
        return measured(
            [
                *(str(DOOR), "--master", made.address, "--driver-memory", driver_memory),
                *_conf(place, executor_memory),
                *("daily", "--as-of", str(AS_OF), "--lakehouse", str(place / "lakehouse")),
                *("--source", "chain_parquet", "--input", str(files)),
                *("--set", "processing_calendar.every=none"),
                *("--set", "ingest.max_rejected_share=1"),
            ]
        )
    finally:
        for each in made.started:
            made.kill(each)


def _begin(made: Cluster, workers: int, executor_memory: str) -> None:
    made.start("Master", "--port", str(made.port), "--webui-port", str(made.page))
    for number in range(workers):
        sized = ("--cores", "1", "--memory", executor_memory)
        own = ("--port", "0", "--webui-port", "0", "--work-dir", f"{made.folder}/work{number}")
        made.workers.append(made.start("Worker", *sized, *own, made.address))
    wait_until(lambda: made.alive() == workers)


def _conf(place: Path, executor_memory: str) -> Sequence[str]:
    conf = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": executor_memory,
        "spark.executor.cores": "1",
        "spark.local.dir": str(place / "driver"),
    }
    return [f"--conf={name}={value}" for name, value in conf.items()]
