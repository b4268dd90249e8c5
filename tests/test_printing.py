"""Output that nobody can read changes nothing of what was published. Nothing here starts Spark."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.endings import TRACE, UNEXPECTED, UNREAD, told_to_people
from jobs.printing import PUBLISHED
from tests.conftest import ROOT

JOBS = """
import contextlib, types
from jobs import commands, run
from jobs.publication import Outcome

parts = ("received", "accepted", "rejected", "superseded", "replaced")
counts = {f"{name}_{part}": 1 for name in ("sales", "stores") for part in parts}
done = types.SimpleNamespace(outcome=Outcome(counts=counts))
commands.load_mapping = commands.ingest_files = lambda *_: None
commands.writing_run = lambda *_, **__: contextlib.nullcontext(done)
tables = types.SimpleNamespace(place="here")
commands.published = lambda *_: (tables, types.SimpleNamespace(sequence=1, versions={}))
run.main()
"""
"""The command line, of which ``ingest`` prints what it published, and ``describe`` prints."""

FULL = Path("/dev/full")
INGEST = ("ingest", "--source", "till", "--input", "here")


@contextmanager
def left_pipe() -> Iterator[int]:
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@contextmanager
def full_disk() -> Iterator[int]:
    with FULL.open("wb") as file:
        yield file.fileno()


def ended(output: int, *job: str) -> tuple[int, str]:
    """The code with which a job ends that prints there, and what it says to stderr."""
    buffered = {name: each for name, each in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.run(
        [sys.executable, "-c", JOBS, *job],
        cwd=ROOT,
        env={**buffered, "PYTHONPATH": str(ROOT)},
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return process.returncode, process.stderr


needs_full = pytest.mark.skipif(not FULL.exists(), reason="a device of Linux")


@needs_full
def test_what_was_published_is_done_whether_it_can_be_printed_or_not() -> None:
    for output in (left_pipe, full_disk):
        with output() as place:
            code, said = ended(place, *INGEST)
        assert code == 0, said
        assert said.count("results not printed") == 1
        assert "clientela: " not in said


@needs_full
def test_a_job_that_prints_alone_tells_that_it_could_not() -> None:
    with left_pipe() as place:
        code, said = ended(place, "describe")
    assert (code, said) == (UNREAD, "")
    with full_disk() as place:
        code, said = ended(place, "describe")
    assert code == 10
    assert "no room is left on the disk of the lakehouse, of the output or" in said
    assert "nothing was published" in said


def test_after_a_publication_nobody_is_told_that_there_was_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TRACE, raising=False)

    def publishes_and_fails(error: Exception) -> None:
        PUBLISHED.set(True)
        raise error

    for error, code in ((PermissionError(13, "Permission denied"), 10), (KeyError(), UNEXPECTED)):
        with pytest.raises(SystemExit) as left, told_to_people():
            publishes_and_fails(error)
        assert left.value.code == code
        said = capsys.readouterr().err
        assert "what was published before that stays" in said
        assert "nothing was published" not in said
