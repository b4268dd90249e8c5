"""A cluster of Spark's own: a master and two workers, each a process of this machine.

``daily`` goes to it as anybody sends it: through the door, which adds the suite by ``--py-files``
and Delta by ``--jars``. It must leave the tables that a run on one machine leaves, the second time
although a worker is killed in the middle.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pyspark
import pytest
from pyspark.sql import SparkSession

from jobs.customer_key import KEY_VARIABLE
from tests import lakehouses
from tests.conftest import FEW_ROWS, ROOT
from tests.lakehouses import everything, line, write

pytestmark = pytest.mark.slow

SPARK = Path(pyspark.__file__).parent
KEY = bytes(range(32)).hex()
AS_OF = date(2024, 3, 31)
QUICK = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"
ONE_CORE = f"{QUICK} -XX:+UseSerialGC"
CUSTOMERS = ("52998224725", "11144477735", "39053344705", "15350946056", "86288366757")  # made up
_SECONDS = 400

Rows = dict[str, list[tuple[Any, ...]]]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(what: Callable[[], bool], seconds: float = _SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@dataclass
class Cluster:
    """A master and workers, each the leader of a group of processes with what it starts."""

    folder: Path
    port: int = field(default_factory=free_port)
    page: int = field(default_factory=free_port)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def start(self, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        # Nothing of the suite is in their environment: what they need comes with the job.
        environment = {
            name: os.environ[name] for name in ("PATH", "JAVA_HOME") if name in os.environ
        }
        environment |= {
            "SPARK_HOME": str(SPARK),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder / "scratch"),
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": ONE_CORE,
        }
        name = f"{kind}{len(self.started)}"
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *(
                        SPARK / "bin" / "spark-class",
                        f"org.apache.spark.deploy.{kind.lower()}.{kind}",
                    ),
                    *("--host", "127.0.0.1", *arguments),
                ],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def begin(self) -> None:
        self.start("Master", "--port", str(self.port), "--webui-port", str(self.page))
        for number in range(2):
            own = ["--port", "0", "--webui-port", "0", "--cores", "1", "--memory", "1g"]
            place = ["--work-dir", str(self.folder / f"work{number}"), self.address]
            self.workers.append(self.start("Worker", *own, *place))
        wait_until(lambda: self.alive() == 2)

    def alive(self) -> int:
        """How many workers the master knows to live."""
        try:
            # Not through a proxy that the environment names.
            opened = build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{self.page}/json/")
            with opened as answer:
                return int(json.load(answer)["aliveworkers"])
        except OSError:
            return 0

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process with all that it started, such as a worker's executor."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.begin()
        yield made
    finally:
        for each in made.started:
            made.kill(each)


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of a few customers in two stores, registered or not, some of it given back."""
    folder = tmp_path_factory.mktemp("delivery")
    lakehouses.mapping(folder)
    sales = [
        line(
            str(number),
            item,
            day=f"{1 + number % 28:02}/{1 + number % 3:02}/2024",
            store=f"0{1 + number % 2}",
            cpf=CUSTOMERS[number % len(CUSTOMERS)] if number % 7 else "",
            seller=f"v{number % 3}",
            product=f"p{item}{number % 4}",
            quantity="-1" if number % 11 == 0 else "2",
            amount="-10,00" if number % 11 == 0 else f"{10 + number},50",
            kind="D" if number % 11 == 0 else "V",
        )
        for number in range(1, 120)
        for item in (1, 2)
    ]
    write(folder / "in" / "vendas.csv", sales)
    persons = [f"{cpf};Pessoa {n};;;0{n + 1}/02/1980" for n, cpf in enumerate(CUSTOMERS[:3])]
    header = "cpf;nome;email;celular;nascimento"
    write(folder / "in" / "clientes.csv", persons, header=header)
    write(folder / "in" / "lojas.csv", ["01;01/01/2020;", "02;;"], header="loja;abertura;fim")
    return folder


@pytest.fixture(scope="module")
def on_one_machine(
    spark: SparkSession, delivery: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Rows]:
    """What a run on one machine leaves; asked for while the cluster is at work."""

    @cache
    def tables() -> Rows:
        place = tmp_path_factory.mktemp("local") / "lakehouse"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(KEY_VARIABLE, KEY)
            settings, source = lakehouses.settings_for(place), lakehouses.mapping(delivery)
            lakehouses.deliver(spark, settings, source, delivery / "in", dates=[AS_OF])
        left = everything(place)
        assert len(left["accounts"]) == len(CUSTOMERS)
        assert len(left["sales"]) == 238
        return left

    return tables


def daily(cluster: Cluster, delivery: Path, place: Path) -> subprocess.Popen[bytes]:
    """The door's ``daily`` with the cluster as its master, on a new lakehouse."""
    conf = FEW_ROWS | {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": QUICK,
        "spark.executor.memory": "640m",
        "spark.executor.cores": "1",
        "spark.executor.extraJavaOptions": ONE_CORE,
    }
    options = [f"--conf={name}={value}" for name, value in conf.items()]
    door = [str(ROOT / "spark-submit.sh"), "--master", cluster.address]
    own = ["--source", f"{delivery}/till.yaml", "--input", f"{delivery}/in"]
    own += ["--lakehouse", str(place), "--set", "processing_calendar.every=none"]
    environment = {name: value for name, value in os.environ.items() if "SPARK" not in name}
    with place.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            [*door, *options, "daily", "--as-of", str(AS_OF), *own],
            cwd=delivery,
            env=environment | {KEY_VARIABLE: KEY},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@contextmanager
def killed_on_failure(cluster: Cluster, process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        cluster.kill(process)
        raise


def ended(cluster: Cluster, process: subprocess.Popen[bytes], place: Path) -> None:
    try:
        code = process.wait(timeout=_SECONDS)
    finally:
        cluster.kill(process)
    assert code == 0, place.with_suffix(".log").read_text()[-3000:]


def test_a_cluster_leaves_the_tables_that_one_machine_leaves(
    cluster: Cluster,
    delivery: Path,
    on_one_machine: Callable[[], Rows],
    tmp_path: Path,
) -> None:
    place = tmp_path / "lakehouse"
    running = daily(cluster, delivery, place)
    with killed_on_failure(cluster, running):
        expected = on_one_machine()
    ended(cluster, running, place)
    assert everything(place) == expected
    # Both workers had an executor, and each fetched the jars of the job.
    fetched = {file.parts[-4] for file in cluster.folder.glob("work*/app-*/*/*delta-spark*.jar")}
    assert fetched == {"work0", "work1"}


def test_a_worker_that_is_lost_in_the_middle_changes_no_table(
    cluster: Cluster,
    delivery: Path,
    on_one_machine: Callable[[], Rows],
    tmp_path: Path,
) -> None:
    place = tmp_path / "lakehouse"
    running = daily(cluster, delivery, place)
    written = place / "accounts" / "_delta_log" / f"{1:020}.json"
    with killed_on_failure(cluster, running):
        wait_until(lambda: written.exists() or running.poll() is not None)
        assert running.poll() is None, place.with_suffix(".log").read_text()[-3000:]
        cluster.kill(cluster.workers[-1])
    ended(cluster, running, place)
    assert everything(place) == on_one_machine()
    wait_until(lambda: cluster.alive() == 1)
