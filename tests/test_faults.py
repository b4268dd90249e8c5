"""What disks, clocks and people do to a lakehouse: the right result or a clear line, nothing lost.

Each fault of docs/faults.md is a test. Most runs ingest alone, and those that compute compute
accounts alone: what goes wrong is the same, and a test costs a tenth.
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs import daily, ingest, publication
from jobs.endings import told_to_people
from jobs.failpoints import CommitCounter
from jobs.faults import explained
from jobs.files import DeliveredFile, Files
from jobs.publication import Run
from jobs.registry import verifying
from jobs.settings import Settings
from jobs.source_mapping import SourceMapping
from schemas import TABLES
from tests import lakehouses
from tests.conftest import ROOT
from tests.lakehouses import HEADER, TILL, everything, line, write

pytestmark = pytest.mark.slow

ANA, RUI, EVA = "52998224725", "11144477735", "39053344705"  # made up
BY_NAME = {"newer_by": {"file_name": r"vendas_(\d{8})", "pattern": "yyyyMMdd"}}
AS_OF = date(2024, 1, 31)
FIRST = [line("1", cpf=ANA), line("2", cpf=RUI), line("3", quantity="x")]
SECOND = [line("1", cpf=RUI, amount="5,00"), line("4", cpf=EVA, day="07/01/2024")]


Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Base:
    """A lakehouse with one publication, of which each test has a copy; and what else it needs."""

    spark: SparkSession
    folder: Path
    source: SourceMapping
    first: Path
    second: Path

    def copy(self, folder: Path) -> Path:
        shutil.copy2(self.folder / "lakehouse.key", folder / "lakehouse.key")
        return Path(shutil.copytree(self.folder / "lakehouse", folder / "lakehouse"))

    def started(self, place: Path, **changes: str) -> Run:
        return lakehouses.started(lakehouses.small_session(self.spark), settings_of(place, changes))

    def ingest(self, place: Path, *files: Path, **changes: str) -> None:
        """Ingest and publish."""
        with self.started(place, **changes) as run:
            self.ingest_in(run, place, *files)

    def ingest_in(self, run: Run, place: Path, *files: Path) -> None:
        ingest.ingest(run, settings_of(place), self.source, [str(file) for file in files])

    def deliver(self, place: Path, *files: Path) -> None:
        """Ingest, if there is anything, compute and publish."""
        with self.started(place) as run:
            if files:
                self.ingest_in(run, place, *files)
            daily.compute(run, settings_of(place), [AS_OF])

    def read(self, place: Path, table: str) -> int:
        """How many rows a reader finds."""
        session = lakehouses.small_session(self.spark)
        return len(lakehouses.read(session, settings_of(place), table).collect())

    def empty(self, place: Path, table: str) -> None:
        """Take the rows of a table away, and publish."""
        with self.started(place) as run:
            run.tables.overwrite(table, run.tables.read(table).where("false"))


@pytest.fixture(scope="module", autouse=True)
def _only_accounts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(daily, "PARTS", ("accounts",))
        yield


@pytest.fixture(scope="module")
def base(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("base")
    first = write(folder / "vendas_20240201.csv", FIRST)
    second = write(folder / "vendas_20240202.csv", SECOND)
    made = Base(spark, folder, lakehouses.mapping(folder, **BY_NAME), first, second)
    made.deliver(folder / "lakehouse", first)
    return made


@pytest.fixture(scope="module")
def after(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What a run on the second delivery publishes where nothing goes wrong."""
    place = base.copy(tmp_path_factory.mktemp("after"))
    base.ingest(place, base.second)
    return everything(place)


@pytest.fixture
def place(base: Base, tmp_path: Path) -> Path:
    return base.copy(tmp_path)


def settings_of(place: Path, changes: Mapping[str, str] | None = None) -> Settings:
    assigned = (f"lakehouse.{key}={value}" for key, value in (changes or {}).items())
    return lakehouses.settings_for(place, *assigned)


def renamed(place: Path) -> Path:
    """The lakehouse under another name, of which this process remembers nothing."""
    other = place.with_name(f"{place.name}_renamed")
    place.with_name(f"{place.name}.key").rename(other.with_name(f"{other.name}.key"))
    return place.rename(other)


def last_commit(table: Path) -> Path:
    return max((table / "_delta_log").glob("*.json"))


def cut(file: Path, share: float) -> bytes:
    """Cut a file, as a power failure does, and return what it held."""
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    return whole


def told(do: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the one line with which a job that does this ends."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended, told_to_people():
        do()
    said = capsys.readouterr().err
    lines = [each for each in said.splitlines() if each.startswith("clientela: ")]
    assert len(lines) == 1, said
    assert "\n\tat " not in said
    assert isinstance(ended.value.code, int)
    return ended.value.code, lines[0]


# --- Damaged tables -------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_torn_commit_that_was_published_is_named_and_the_table_left_alone(
    base: Base, place: Path, capsys: pytest.CaptureFixture[str], share: float
) -> None:
    before, file = everything(place), last_commit(place / "accounts")
    whole = cut(file, share)
    for do in (base.read, base.empty):
        code, said = told(lambda do=do: do(place, "accounts"), capsys)  # type: ignore[misc]
        assert code == 10
        assert f"table accounts: entry {file.name} of its log" in said
        assert "Bring the whole lakehouse back from a backup" in said
    assert last_commit(place / "accounts") == file
    file.write_bytes(whole)
    assert everything(place) == before
    base.empty(place, "accounts")
    assert everything(place)["accounts"] == []


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_torn_commit_that_was_not_published_is_bypassed_by_the_next_run(
    base: Base, place: Path, after: Rows, share: float
) -> None:
    before = everything(place)
    with pytest.raises(KeyError), base.started(place) as run:  # noqa: PT012 - it dies there
        for table in ("sales", "accounts"):
            run.tables.overwrite(table, run.tables.read(table).where("false"))
        raise KeyError
    place = renamed(place)
    for table in ("sales", "accounts"):
        cut(last_commit(place / table), share)
    assert everything(place) == before
    base.ingest(place, base.second)
    assert everything(place) == after
    # Whoever reads the log from its beginning, as other readers do, finds nothing torn in it.
    for table in ("sales", "accounts"):
        assert len(DeltaTable(f"{place}/{table}").to_pyarrow_table()) == len(after[table])


def test_a_publication_that_was_torn_did_not_happen_and_is_made_again(
    base: Base, place: Path, after: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(place)
    base.ingest(place, base.second, lease_seconds="2")
    assert everything(place) == after
    place = renamed(place)
    file = last_commit(place / "runs")
    cut(file, 0.5)
    # A slow machine renews the lease until Delta sums up the log: the power failed before that.
    for checkpoint in file.parent.glob(f"{file.stem}.checkpoint*"):
        checkpoint.unlink()
        (file.parent / "_last_checkpoint").unlink(missing_ok=True)
    code, said = told(lambda: base.read(place, "accounts"), capsys)
    assert code == 10
    assert f"table runs: entry {file.name} of its log" in said
    file.write_bytes(b"")  # as another power failure tears it, and as docs/faults.md has it done
    assert everything(place) == before
    base.ingest(place, base.second, lease_wait_seconds="30")
    assert everything(place) == after


def test_without_runs_a_lakehouse_is_refused_and_not_written_over(
    base: Base, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(place)
    kept = shutil.move(place / "runs", place.with_name("kept"))
    for _ in range(2):
        code, said = told(lambda: base.empty(place, "accounts"), capsys)
        assert code == 10
        assert "the folder runs was lost" in said
        assert not (place / "runs").exists()  # with a new one, a killed run would empty the rest
    shutil.move(kept, place / "runs")
    assert everything(place) == before
    for table in TABLES:
        versions = lakehouses.published(base.spark, settings_of(place)).versions
        assert DeltaTable(f"{place}/{table}").version() == versions[table], table


@pytest.mark.parametrize("share", [None, 0.5])
@pytest.mark.parametrize("table", ["accounts", "sales"])
def test_a_data_file_that_vanished_or_was_cut_is_named_with_its_table(
    base: Base, place: Path, capsys: pytest.CaptureFixture[str], table: str, share: float | None
) -> None:
    before = everything(place)
    file = next((place / table).glob("**/*.parquet"))
    whole = cut(file, share or 0)
    if share is None:
        file.unlink()
    code, said = told(lambda: base.read(place, table), capsys)
    assert code == 10
    assert f"table {table}: its data file {file.name} is missing or damaged" in said
    if table == "sales":  # read beside a delivery, which is not to blame
        assert told(lambda: base.ingest(place, base.second), capsys) == (code, said)
    file.write_bytes(whole)
    assert everything(place) == before


def test_a_data_file_without_its_end_is_no_damage_unless_it_was_published(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = next((place / "sales").glob("**/part-*.parquet"))
    left = [file.with_name(f"part-{n}-left-by-a-kill.parquet") for n in range(2)]
    for n, each in enumerate(left, 1):
        each.write_bytes(file.read_bytes()[: -8 * n])
    header = "cpf;rg;name;email;mobile"
    people = write(tmp_path / "people.csv", ["123.456.789-09;;Eva Reis;;"], header)
    verifying.verify(settings_of(place), people)
    printed = capsys.readouterr().out
    for each in left:
        assert f"file:{each}: not readable, and not of the last publication; " in printed
    assert f"no file that can be read of {place} holds any of the 1 people" in printed
    cut(file, 0.5)
    code, said = told(lambda: verifying.verify(settings_of(place), people), capsys)
    assert code == 10
    assert f"table sales: its data file {file.name} is missing or damaged" in said


def test_a_table_whose_folder_vanished_is_named(
    base: Base, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(place / "accounts")
    for do in (base.read, base.empty):
        code, said = told(lambda do=do: do(place, "accounts"), capsys)  # type: ignore[misc]
        assert code == 10
        assert "table accounts: its folder or its log (_delta_log) is missing" in said
    assert not (place / "accounts").exists()


@pytest.mark.parametrize("is_clean", [True, False])
def test_a_table_whose_folder_comes_from_an_older_backup_is_named_with_both_versions(
    base: Base,
    place: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    is_clean: bool,
) -> None:
    backup = shutil.copytree(place / "sales", tmp_path / "backup")
    base.ingest(place, base.second)
    if not is_clean:
        with pytest.raises(KeyError), base.started(place):
            raise KeyError
    place = renamed(place)
    published, older = (DeltaTable(str(each)).version() for each in (place / "sales", backup))
    before = everything(place)
    newer = shutil.move(place / "sales", tmp_path / "newer")
    shutil.copytree(backup, place / "sales")
    for do in (base.read, base.empty):
        code, said = told(lambda do=do: do(place, "sales"), capsys)  # type: ignore[misc]
        assert code == 10
        assert f"table sales: its version {published} is published" in said
        assert f"its newest is {older}" in said
    assert DeltaTable(f"{place}/sales").version() == older
    shutil.rmtree(place / "sales")
    shutil.move(newer, place / "sales")
    assert everything(place) == before


# --- A full disk ----------------------------------------------------------------------------------


class FullAfter(CommitCounter):
    """Lets no file grow beyond some bytes from a commit on, as if the disk were full by then."""

    def __init__(self, spark: SparkSession, table: str, size: int) -> None:
        super().__init__()
        jvm: Any = spark._jvm
        self._process = int(jvm.java.lang.ProcessHandle.current().pid())
        self._limits = resource.prlimit(self._process, resource.RLIMIT_FSIZE)
        self._table = table
        self._size = size

    def committed(self, table: str, version: int) -> None:
        super().committed(table, version)
        if table == self._table:
            self.limit(self._size)

    def limit(self, size: int) -> None:
        resource.prlimit(self._process, resource.RLIMIT_FSIZE, (size, self._limits[1]))

    def lift(self) -> None:
        resource.prlimit(self._process, resource.RLIMIT_FSIZE, self._limits)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits of another process: Linux")
@pytest.mark.parametrize(("table", "size"), [("customer_codes", 2048), ("sales", 512)])
def test_a_full_disk_is_told_and_the_next_run_does_what_was_to_be_done(
    base: Base,
    place: Path,
    after: Rows,
    capsys: pytest.CaptureFixture[str],
    table: str,
    size: int,
) -> None:
    before = everything(place)
    run = base.started(place, lease_seconds="4")
    disk = FullAfter(base.spark, table, size)
    run._commits = disk

    def fill() -> None:
        with run:
            base.ingest_in(run, place, base.second)

    try:
        code, said = told(fill, capsys)
    finally:
        disk.lift()
    assert code == 10
    assert "no room is left on the disk" in said
    assert table in [name for name, _ in disk.commits]
    assert "runs" not in [name for name, _ in disk.commits]
    assert everything(place) == before
    base.ingest(place, base.second, lease_wait_seconds="30")
    assert everything(place) == after


def test_other_faults_of_disks_are_told_too_and_no_other_error() -> None:
    full = explained(OSError(28, "No space left on device"))
    assert "Make room and run again" in str(full)
    refused = explained(PermissionError(13, "Permission denied", "lakehouse/.lease.lock"))
    assert "Check their owner and permissions" in str(refused)
    for said in ("Too many open files", "Read-only file system", "Stale file handle"):
        # As Java says it of a file that is there.
        of_java = f"java.io.FileNotFoundException: /lakehouse/sales/part-0.parquet ({said})"
        told = str(explained(ValueError(of_java)))
        assert f"the system says '{said}'" in told
        assert "No file is damaged by that" in told
    assert "the system says 'Read-only" in str(explained(OSError(30, "Read-only file system")))
    assert explained(ValueError("/lakehouse/sales/part-0.parquet is fine")) is None
    assert explained(ValueError("No such file or directory: vendas.csv")) is None
    kept = str(explained(OSError(28, "No space left on device"), "what was published stays"))
    assert "what was published stays. Make room" in kept
    assert "nothing was published" not in kept


# --- A source that changes ------------------------------------------------------------------------


def grows(file: Path) -> None:
    with file.open("a") as opened:
        opened.write(line("9", cpf=ANA) + "\n")


def is_replaced(file: Path) -> None:
    other = file.with_name("other")
    other.write_text(file.read_text().replace("5,00", "6,00"))
    assert other.stat().st_size == file.stat().st_size
    other.replace(file)


def test_a_file_that_vanished_before_it_is_opened_is_named(
    base: Base,
    place: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # In a folder that is named like a table, so that it might be taken for one of its files.
    file = tmp_path / "sales" / "part-1.json"
    file.parent.mkdir()
    file.write_text('{"loja": "01"}\n', encoding="utf-8")
    source = lakehouses.mapping(tmp_path, format="json", files="part*.json")
    true = Files.digest

    def then_gone(files: Files, found: DeliveredFile) -> str:
        digest = true(files, found)
        file.unlink()
        return digest

    monkeypatch.setattr(Files, "digest", then_gone)

    def deliver() -> None:
        with base.started(place) as run:
            ingest.ingest(run, settings_of(place), source, [str(file)])

    code, said = told(deliver, capsys)
    assert code == 4
    assert "part-1.json: cannot be read to its end" in said


def vanishes(file: Path) -> None:
    file.rename(file.with_name("gone"))


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        (grows, "read_rows"),
        (is_replaced, "read_rows"),
        (vanishes, "typed_rows"),
        (grows, "add_to_ledger"),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_not_taken_for_read(
    base: Base,
    place: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    changes: Callable[[Path], None],
    at: str,
) -> None:
    before = everything(place)
    file = Path(shutil.copy2(base.second, tmp_path / "vendas_20240202 da loja [1].csv"))
    last_week = time.time() - 7 * 86_400
    os.utime(file, (last_week, last_week))
    true = vars(ingest)[at]  # its digest is taken by then

    def meanwhile(*arguments: Any, **named: Any) -> object:
        changes(file)
        return true(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(ingest, at, meanwhile)
        code, said = told(lambda: base.ingest(place, file), capsys)
    assert code == 4
    assert f"{file.name}: " in said
    assert ("cannot be read to its end" if changes is vanishes else "changed while") in said
    assert everything(place) == before

    if changes is is_replaced:  # the others are no different, and a restore costs seconds
        base.ingest(place, file)
        name = TABLES["ingested_files"].column_names.index("file_id")
        read = {row[name] for row in everything(place)["ingested_files"]}
        assert read == {digest_of(base.first), digest_of(file)}


def test_a_delta_table_that_changes_while_it_is_read_is_not_taken_for_read(
    base: Base,
    place: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = TILL["inputs"]["sales"]["columns"] | {  # type: ignore[index]
        "is_return": {"constant": "false"},
        "is_cancelled": {"constant": "false"},
    }
    names = HEADER.split(";")
    given = {"files": "venda*", "format": "delta", "columns": columns}
    source = lakehouses.mapping(tmp_path, **given)

    def deliver(*lines: str) -> None:
        rows = [dict(zip(names, each.split(";"), strict=True)) for each in lines]
        write_deltalake(f"{tmp_path}/in/venda", pa.Table.from_pylist(rows), mode="append")

    def read() -> None:
        with base.started(place) as run:
            ingest.ingest(run, settings_of(place), source, [str(tmp_path / "in")])

    def meanwhile(*arguments: Any, **named: Any) -> object:
        deliver(line("8", cpf=EVA))
        return true(*arguments, **named)

    before, true = everything(place), vars(ingest)["typed_rows"]
    deliver(line("7", cpf=ANA))
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "typed_rows", meanwhile)
        code, said = told(read, capsys)
    assert code == 4
    assert "venda: changed while it was being read" in said
    assert everything(place) == before
    read()
    number = TABLES["sales"].column_names.index("sale_number")
    assert {row[number] for row in everything(place)["sales"]} == {"1", "2", "7", "8"}


def digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


# --- Clocks and zones -----------------------------------------------------------------------------


def test_the_order_of_publications_is_not_that_of_clocks(
    base: Base, place: Path, after: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Ahead:
            return cls.fromtimestamp(time.time() + 400 * 86_400, tz)

    with monkeypatch.context() as patch:
        patch.setattr(publication, "datetime", Ahead)
        base.ingest(place, base.second)
    # The commits of the tables bear the times of two other clocks.
    for number, file in enumerate(sorted(place.glob("*/_delta_log/*.json"))):
        at = time.time() + (400 if number % 2 else -400) * 86_400
        os.utime(file, (at, at))
    place = renamed(place)
    base.ingest(place, base.second)
    assert everything(place) == after
    runs = DeltaTable(f"{place}/runs").to_pyarrow_table().to_pylist()
    times = {run["sequence"]: run["published_at"] for run in runs if run["sequence"]}
    assert sorted(times) == [1, 2, 3]
    assert times[2] > times[3] > times[1]


def test_a_lease_of_a_clock_that_was_ahead_is_named_and_can_be_ended(
    base: Base, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = base.started(place)
    dead.__enter__()
    dead._lease._stop_renewal()  # as if its process had died
    dead._lease._heartbeat.end(dead._lease._token)
    at = datetime.now(timezone.utc) + timedelta(days=30)
    lakehouses.end_lease(place, at)
    code, said = told(lambda: base.empty(place, "accounts"), capsys)
    assert code == 7
    assert f"its lease ends {at:%Y-%m-%d %H:%M:%S} UTC" in said
    lakehouses.end_lease(place, datetime(2000, 1, 1))  # as docs/faults.md has it done
    base.empty(place, "accounts")
    assert everything(place)["accounts"] == []


def test_a_zone_of_the_system_or_of_java_changes_no_table(
    base: Base, tmp_path: Path, submit_arguments: str
) -> None:
    columns = dict(TILL["inputs"]["sales"]["columns"])  # type: ignore[index]
    del columns["business_day"]
    columns["sold_at"] = "data"
    timed = {"columns": columns, "dates": ["dd/MM/yyyy HH:mm"], **BY_NAME}
    source = lakehouses.mapping(tmp_path, **timed)
    nights = [
        line("1", cpf=ANA, day="05/01/2024 23:45"),
        line("2", cpf=RUI, day="31/01/2024 23:59"),
    ]
    first = write(tmp_path / "vendas_20240201.csv", nights)
    mornings = [
        line("3", cpf=ANA, day="06/01/2024 00:15"),
        line("4", cpf=EVA, day="01/02/2024 00:01"),
    ]
    second = write(tmp_path / "vendas_20240202.csv", mornings)
    here, there = tmp_path / "here", tmp_path / "there"
    session = lakehouses.small_session(base.spark)
    lakehouses.deliver(session, settings_of(here), source, first, dates=[AS_OF])
    shutil.copy2(f"{here}.key", f"{there}.key")
    shutil.copytree(here, there)
    lakehouses.deliver(session, settings_of(here), source, second, dates=[AS_OF])

    options = ["--source", str(tmp_path / "till.yaml"), "--input", str(second)]
    for each in ("processing_calendar.every=none", "ingest.max_rejected_share=1"):
        options += ["--set", each]
    only_accounts = "from jobs import daily, run; daily.PARTS = ('accounts',); run.main()"
    command = [sys.executable, "-c", only_accounts, "daily", "--as-of", str(AS_OF)]
    flag = "-XX:+UseSerialGC"
    assert flag in submit_arguments
    ended = subprocess.run(
        [*command, "--lakehouse", str(there), *options],
        cwd=ROOT,
        env={
            **os.environ,
            "TZ": "Asia/Tokyo",
            "PYTHONPATH": str(ROOT),
            "PYSPARK_SUBMIT_ARGS": submit_arguments.replace(
                flag, f"{flag} -Duser.timezone=America/New_York"
            ),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    tables = everything(here)
    assert everything(there) == tables
    day = TABLES["sales"].column_names.index("business_day")
    days = sorted(row[day] for row in tables["sales"])
    assert days == [date(2024, 1, 5), date(2024, 1, 6), date(2024, 1, 31), date(2024, 2, 1)]


# --- A day that was cancelled ---------------------------------------------------------------------


def test_a_day_of_which_every_sale_is_cancelled_leaves_no_trace_in_accounts(
    base: Base, tmp_path: Path
) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    seen, unseen = base.copy(tmp_path / "with"), base.copy(tmp_path / "without")
    # A customer who was there before, one who came that day, and one who only gave something back.
    day = [
        line("11", cpf=ANA, day="20/01/2024", amount="90,00"),
        line("12", cpf=EVA, day="20/01/2024"),
        line("13", cpf=RUI, day="20/01/2024", kind="D", quantity="-1", amount="-10,00"),
    ]
    base.deliver(seen, write(tmp_path / "vendas_20240203.csv", day))
    told_of = everything(seen)["accounts"]
    cancelled = [each.rsplit(";", 1)[0] + ";C" for each in day]
    base.deliver(seen, write(tmp_path / "vendas_20240204.csv", cancelled))
    base.deliver(unseen)
    accounts = everything(unseen)["accounts"]
    assert len(told_of) == 3
    assert len(accounts) == 2
    assert everything(seen)["accounts"] == accounts
