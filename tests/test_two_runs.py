"""Two runs at once: one at a time by the lease, and tables as if one had come after the other.

Two runs take turns, step by step, in an order that each test lays down; so no test rests on luck.
Their steps are to look at the lease, to create ``runs`` where it is not there, to claim the lease,
to commit to one table and to another, and to publish. The lock of a local folder is off but in the
tests of itself, as where a lakehouse lies elsewhere.

What a run writes depends on what it read, so that every order of two runs leaves other rows.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pyspark.sql import SparkSession

from jobs import lease, publication
from jobs.errors import LeaseError
from jobs.lease import Lease
from jobs.lock import LOCK, Lock
from jobs.place import Place
from jobs.publication import Run
from jobs.session import local_rows
from schemas import TABLES
from tests import lakehouses
from tests.conftest import ROOT
from tests.lakehouses import line, write

pytestmark = pytest.mark.slow

SLICE, LINES = "registrations_without_account", "stores"
"""A table of results, of which a run replaces a slice, and one to which it appends."""
NUMBERS = {"A": 10, "B": 20, "C": 30, "D": 40}
DAYS = dict(zip("ABCD", [date(2024, month, 28) for month in (1, 2, 3, 3)], strict=True))
SAME_DAY = dict.fromkeys(NUMBERS, date(2024, 1, 31))
ANA, RUI = "52998224725", "11144477735"  # made up
LONG_AGO = datetime(2000, 1, 1)
_PATIENCE = 60

State = tuple[frozenset[tuple[date, int]], frozenset[str]]
"""The rows of the two tables."""

NOTHING: State = (frozenset(), frozenset())


def follows(state: State, name: str, day: date) -> State:
    """What a run of a name for a day makes of a state: its rows count those that it found."""
    slices, lines = state
    found = len(lines)
    others = {row for row in slices if row[0] != day}
    return frozenset({*others, (day, NUMBERS[name] + found)}), lines | {f"{name}{found}"}


def write_both(run: Run, name: str, day: date) -> None:
    found = run.tables.read(LINES).count()
    spark = run.tables.spark
    row = {"as_of": day, "customer_id": NUMBERS[name] + found}
    run.tables.replace_slices(SLICE, local_rows(spark, [row], TABLES[SLICE].ddl), [day])
    lines = [{"store_code": f"{name}{found}"}]
    run.tables.append(LINES, local_rows(spark, lines, TABLES[LINES].ddl))


def published(place: Path) -> tuple[list[str], State]:
    """The runs published so far, in order, and what a reader of the last of them sees."""
    if not list(place.glob("runs/_delta_log/*.json")):
        return [], NOTHING
    runs = pl.read_delta(f"{place}/runs").filter(pl.col("run_id") != "lease").sort("sequence")
    assert runs["sequence"].to_list() == list(range(1, len(runs) + 1))
    if runs.is_empty():
        return [], NOTHING
    versions = runs["versions"][-1]
    slices, lines = (
        pl.read_delta(f"{place}/{name}", version=versions[name]) for name in (SLICE, LINES)
    )
    state = (
        frozenset(slices.select("as_of", "customer_id").rows()),
        frozenset(lines["store_code"]),
    )
    assert (len(slices), len(lines)) == (len(state[0]), len(state[1]))
    return runs["job"].to_list(), state


def run_of(name: str, session: SparkSession, place: Path, wait_seconds: int = 0) -> Run:
    where = Place(str(place), None)
    return Run(session, where, name, lease_seconds=3600, wait_seconds=wait_seconds)


class Killed(BaseException):
    """Ends a run as a killed process ends: nothing is given back."""


class Runner:
    """A run in a thread of its own, which stops before each step until it is told to go on."""

    def __init__(self, name: str, session: SparkSession, place: Path, day: date) -> None:
        self.name = name
        self.day = day
        self.at = ""
        self.error: BaseException | None = None
        self._place = place
        self._is_killed = False
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        self._session = session
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._stopped.acquire()

    @property
    def has_ended(self) -> bool:
        return self.at == "end"

    def step(self) -> None:
        """Do what comes next, up to the step after it."""
        if not self.has_ended:
            self._go.release()
            assert self._stopped.acquire(timeout=120), f"{self.name} hangs at {self.at}"

    def until(self, step: str) -> None:
        """Do everything that comes before a step."""
        for _ in range(_PATIENCE):
            if self.at == step:
                return
            self.step()
        message = f"{self.name} is at {self.at} and never gets to {step}"
        raise AssertionError(message)

    def kill(self) -> None:
        """End the run where it stands, as a process that is killed."""
        self._is_killed = True
        self.step()
        assert self.has_ended

    def _before(self, step: str) -> None:
        self.at = step
        self._stopped.release()
        self._go.acquire()
        if self._is_killed:
            self._run_itself._lease.release = lambda **_: None
            raise Killed

    def _stopping(self, step: Callable[[], str], true: Callable[..., Any]) -> Callable[..., Any]:
        def stops(*arguments: Any, **named: Any) -> Any:
            self._before(step())
            return true(*arguments, **named)

        return stops

    def _run(self) -> None:
        run = run_of(self.name, self._session, self._place, wait_seconds=3600)
        self._run_itself: Any = run
        held: Any = run._lease
        # Between its steps it stands still as a whole, or is dead.
        held._heartbeat.begin = lambda _: None
        held._try_acquire = self._stopping(lambda: "look", held._try_acquire)
        held._tables.create = self._stopping(lambda: "create", held._tables.create)
        # It is asked for between the look at the lease's row and the MERGE that claims it.
        held._expiry = self._stopping(lambda: "claim", held._expiry)
        try:
            with run:
                commits = iter(("commit to one", "commit to the other"))
                tables: Any = run.tables
                tables._version_made = self._stopping(lambda: next(commits), tables._version_made)
                write_both(run, self.name, self.day)
                self._before("publish")
        except Killed as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error
        finally:
            self.at = "end"
            self._stopped.release()


def check(place: Path, days: Mapping[str, date]) -> list[str]:
    """Readers see what the published runs leave one after the other, and nothing of the others."""
    jobs, state = published(place)
    expected = NOTHING
    for job in jobs:
        expected = follows(expected, job, days[job])
    assert state == expected, jobs
    assert len(set(jobs)) == len(jobs)
    return jobs


def play(place: Path, order: str, runners: Mapping[str, Runner], days: Mapping[str, date]) -> None:
    """Let the runs take turns in an order, and then by turns to their ends."""
    for turn in range(len(order) + _PATIENCE):
        if all(each.has_ended for each in runners.values()):
            return
        names = sorted(runners)
        runners[order[turn] if turn < len(order) else names[turn % len(names)]].step()
        check(place, days)
    message = f"still at {[each.at for each in runners.values()]}"
    raise AssertionError(message)


@pytest.fixture(scope="module")
def sessions(spark: SparkSession) -> dict[str, SparkSession]:
    return {name: lakehouses.small_session(spark) for name in NUMBERS}


@pytest.fixture(scope="module")
def begun(
    sessions: Mapping[str, SparkSession], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A lakehouse that C published to.

    Like all lakehouses here it has only the tables that these runs write, since it is one of many.
    """
    place = tmp_path_factory.mktemp("begun") / "lakehouse"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publication, "TABLES", {name: TABLES[name] for name in (SLICE, LINES)})
        with run_of("C", sessions["C"], place) as run:
            write_both(run, "C", DAYS["C"])
        yield place


@pytest.fixture
def place(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun, tmp_path / "lakehouse"))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lakehouse in a folder is treated as one where the folder has no lock."""

    @contextmanager
    def unlocked(_lock: Lock, wait_seconds: float) -> Iterator[bool]:
        assert wait_seconds >= 0
        yield True

    monkeypatch.setattr(Lock, "alone", unlocked)
    monkeypatch.setattr(lease, "_POLL_SECONDS", 0)


def orders(of_each: int) -> list[str]:
    """The orders of the first steps of two runs, whichever of them is called A."""
    turns = range(1, 2 * of_each)
    return [
        "A" + "".join("A" if turn in those_of_a else "B" for turn in turns)
        for those_of_a in combinations(turns, of_each - 1)
    ]


@pytest.mark.usefixtures("elsewhere", "begun")
@pytest.mark.parametrize("order", orders(3))
def test_of_two_first_runs_one_waits_whatever_their_steps(
    sessions: Mapping[str, SparkSession], tmp_path: Path, order: str
) -> None:
    days = DAYS if order[1] == "A" else SAME_DAY
    place = tmp_path / "lakehouse"
    runners = {name: Runner(name, sessions[name], place, days[name]) for name in "AB"}
    assert [(each.at, each.error) for each in runners.values()] == [("look", None)] * 2
    play(place, order, runners, days)
    assert [each.error for each in runners.values()] == [None, None]
    assert sorted(check(place, days)) == ["A", "B"]


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("order", orders(2))
def test_of_two_later_runs_one_waits_whatever_their_steps(
    sessions: Mapping[str, SparkSession], place: Path, order: str
) -> None:
    days = {**DAYS, "A": DAYS["C"]} if order[1] == "A" else DAYS
    runners = {name: Runner(name, sessions[name], place, days[name]) for name in "AB"}
    play(place, order, runners, days)
    assert [each.error for each in runners.values()] == [None, None]
    jobs = check(place, days)
    assert jobs[0] == "C"
    assert sorted(jobs[1:]) == ["A", "B"]


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("resumed", ["commit to one", "publish", "end"])
@pytest.mark.parametrize("stopped", ["commit to one", "commit to the other", "publish"])
def test_a_run_that_stood_still_and_lost_its_lease_publishes_nothing(
    sessions: Mapping[str, SparkSession], place: Path, stopped: str, resumed: str
) -> None:
    first = Runner("A", sessions["A"], place, DAYS["A"])
    first.until(stopped)
    lakehouses.end_lease(place, LONG_AGO)
    second = Runner("B", sessions["B"], place, DAYS["B"])
    second.until(resumed)
    play(place, "AAAA", {"A": first, "B": second}, DAYS)
    assert isinstance(first.error, LeaseError)
    jobs = check(place, DAYS)
    if stopped == "publish" or resumed == "end":  # it had written already, or the other had
        assert (jobs, second.error) == (["C", "B"], None)
    elif second.error is not None:
        assert isinstance(second.error, LeaseError)
        assert jobs == ["C"]
    if second.error is None and resumed != "end":
        return

    def run_after() -> None:
        with run_of("D", sessions["C"], place) as run:
            write_both(run, "D", DAYS["D"])

    try:
        run_after()
    except LeaseError:  # what the first left in the way may stop one run, and not two
        run_after()
    assert check(place, DAYS) == [*jobs, "D"]


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("stopped", ["commit to one", "commit to the other", "publish"])
def test_the_lease_of_a_dead_run_is_taken_over_once_it_has_ended(
    sessions: Mapping[str, SparkSession], place: Path, stopped: str
) -> None:
    days = {**DAYS, "A": DAYS["C"]}
    dead = Runner("A", sessions["A"], place, days["A"])
    dead.until(stopped)
    dead.kill()
    second = Runner("B", sessions["B"], place, days["B"])
    for _ in range(3):
        second.step()
        assert second.at == "look"  # it waits as long as the lease holds
        assert check(place, days) == ["C"]
    lakehouses.end_lease(place, LONG_AGO)
    play(place, "", {"B": second}, days)
    assert second.error is None
    assert check(place, days) == ["C", "B"]


@pytest.mark.usefixtures("elsewhere")
def test_a_run_whose_lease_was_due_looks_before_it_writes(
    sessions: Mapping[str, SparkSession], place: Path
) -> None:
    with pytest.raises(LeaseError, match="lost its lease"):  # noqa: PT012, SIM117 - two runs overlap
        with run_of("A", sessions["A"], place) as run:
            lakehouses.end_lease(place, LONG_AGO)
            with run_of("B", sessions["B"], place) as other:
                write_both(other, "B", DAYS["B"])
            run._lease._good_until = 0  # it stood still longer than its lease holds
            write_both(run, "A", DAYS["A"])
    assert run.commits == ()
    assert check(place, DAYS) == ["C", "B"]


# --- The lock of a local folder, and processes ----------------------------------------------------


def test_the_lease_changes_only_under_the_lock_of_the_folder(
    sessions: Mapping[str, SparkSession], place: Path
) -> None:
    commits = lease_commits(place)
    with (place / LOCK).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with (
            pytest.raises(LeaseError, match="another run"),
            run_of("A", sessions["A"], place),
        ):
            pass
    assert lease_commits(place) == commits
    with run_of("A", sessions["A"], place) as run:
        lock = run._lease._lock.alone
        with lock(0) as is_alone, lock(0) as is_alone_too:
            assert (is_alone, is_alone_too) == (True, False)
        write_both(run, "A", DAYS["A"])
    assert check(place, DAYS) == ["C", "A"]


def lease_commits(place: Path) -> int:
    return len(list((place / "runs" / "_delta_log").glob("*.json")))


class Lake:
    """Where processes of their own run ``daily``, which computes accounts alone."""

    def __init__(self, folder: Path, arguments: str) -> None:
        lakehouses.mapping(folder)
        write(folder / "vendas.csv", [line("1", cpf=ANA), line("2", cpf=RUI, day="07/02/2024")])
        self.folder = folder
        self.place = folder / "lakehouse"
        self._arguments = arguments

    def start(self, day: date, wait_seconds: int) -> subprocess.Popen[str]:
        options = ["--source", str(self.folder / "till.yaml"), "--lakehouse", str(self.place)]
        options += ["--input", str(self.folder / "vendas.csv")]
        for each in (
            "processing_calendar.every=none",
            f"lakehouse.lease_wait_seconds={wait_seconds}",
        ):
            options += ["--set", each]
        code = "from jobs import daily, run; daily.PARTS = ('accounts',); run.main()"
        return subprocess.Popen(
            [sys.executable, "-c", code, "daily", "--as-of", str(day), *options],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PYSPARK_SUBMIT_ARGS": self._arguments,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def lake(tmp_path: Path, submit_arguments: str) -> Lake:
    return Lake(tmp_path, submit_arguments)


def test_two_processes_on_an_empty_lakehouse_publish_one_after_the_other(
    spark: SparkSession, lake: Lake
) -> None:
    days = (date(2024, 1, 31), date(2024, 2, 29))
    both = [lake.start(day, wait_seconds=300) for day in days]
    try:
        said = [each.communicate(timeout=300) for each in both]
    finally:
        for each in both:
            each.kill()
    assert [each.returncode for each in both] == [0, 0], said
    settings = lakehouses.settings_for(lake.place)
    runs = pl.read_delta(f"{lake.place}/runs").filter(pl.col("run_id") != "lease")
    assert runs["sequence"].sort().to_list() == [1, 2]
    # The second finds the file read already, whichever it is.
    assert sorted("sales: 2 received" in out for out, _ in said) == [False, True]
    accounts = lakehouses.rows(spark, settings, "accounts", "as_of", "purchases")
    assert accounts == [(days[0], 1), (days[1], 1), (days[1], 1)]
    assert len(lakehouses.rows(spark, settings, "sales")) == 2


def test_a_process_that_may_not_wait_leaves_with_a_code_and_a_line_of_its_own(
    spark: SparkSession, lake: Lake
) -> None:
    held = Lease(spark, Place(str(lake.place), None), 3600)
    held.acquire(0)
    try:
        ended = lake.start(date(2024, 1, 31), wait_seconds=0)
        out, said = ended.communicate(timeout=300)
    finally:
        held.release()
    assert (ended.returncode, out) == (7, "")
    lines = [each for each in said.splitlines() if each.startswith("clientela: ")]
    assert len(lines) == 1, said
    assert f"another run ({held._owner}, its lease ends " in lines[0]
    assert "try again later, or raise lakehouse.lease_wait_seconds" in lines[0]
    assert not list(lake.place.glob("accounts"))
