"""Runs a command and measures it from outside: time, peak memory, Spark's stages and reads."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Measured:
    """What one command took.

    Attributes:
        seconds: Wall time from start to end.
        peak_mib: The most memory resident at once, the command's children included.
        output: Its standard output.
        errors: Its standard error, where a job logs.
        begun: When it started, in seconds since 1970.
    """

    seconds: float
    peak_mib: float
    output: str
    errors: str
    begun: float


def measured(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end.

    Raises:
        RuntimeError: If it fails; the message is the end of what it said.
    """
    begun, started = time.time(), time.monotonic()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    peak = [0.0]
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peak, ended), daemon=True)
    watch.start()
    output, errors = process.communicate()
    seconds = time.monotonic() - started
    ended.set()
    watch.join()
    if process.returncode != 0:
        message = f"{command[0]} ended with {process.returncode}: {errors[-2000:]}"
        raise RuntimeError(message)
    return Measured(seconds, peak[0], output, errors, begun)


@dataclass(frozen=True)
class Stage:
    """One completed stage of a Spark application.

    Attributes:
        seconds: From its submission to its end.
        tasks: How many it had.
        name: What Spark calls it.
        ended: In seconds since 1970.
        core_seconds: How long its tasks ran in all, garbage collection included.
        shuffled_mb: What they wrote for other tasks to read, in 10^6 bytes.
    """

    seconds: float
    tasks: int
    name: str
    ended: float
    core_seconds: float = 0.0
    shuffled_mb: float = 0.0


def stages(event_log: Path) -> list[Stage]:
    """The completed stages in an event log of one application, in order of completion."""
    found = []
    for event in _events(event_log, "SparkListenerStageCompleted"):
        info = event["Stage Info"]
        ended = info.get("Completion Time", 0) / 1000
        took = ended - info.get("Submission Time", 0) / 1000
        sums = {each["Name"]: each["Value"] for each in info["Accumulables"] if "Name" in each}
        found.append(
            Stage(
                took,
                info["Number of Tasks"],
                info["Stage Name"],
                ended,
                core_seconds=int(sums.get("internal.metrics.executorRunTime", 0)) / 1000,
                shuffled_mb=int(sums.get("internal.metrics.shuffle.write.bytesWritten", 0)) / 1e6,
            )
        )
    return found


@dataclass(frozen=True)
class Reads:
    """How many rows the tasks of one stage read, from files and from shuffles.

    Attributes:
        stage: Its number in the application.
        rows: What each task read.
    """

    stage: int
    rows: tuple[int, ...]

    @property
    def total(self) -> int:
        """What the stage read."""
        return sum(self.rows)

    @property
    def gathered(self) -> bool:
        """Whether one task read all of it."""
        return max(self.rows) == self.total

    def multiple(self, cores: int) -> float:
        """How many times its share the task read that read most.

        A share is the same for every task, and for every core where there are fewer tasks.
        """
        return max(self.rows) * max(len(self.rows), cores) / self.total


def reads(event_log: Path, until: float) -> list[Reads]:
    """The stages that read rows, by number, from tasks that ended well by a time since 1970."""
    rows: dict[tuple[int, int], list[int]] = {}
    for event in _events(event_log, "SparkListenerTaskEnd"):
        ended = event["Task Info"]["Finish Time"] / 1000
        if event["Task End Reason"]["Reason"] == "Success" and ended <= until:
            metrics = event["Task Metrics"]
            read = (
                metrics["Input Metrics"]["Records Read"]
                + metrics["Shuffle Read Metrics"]["Total Records Read"]
            )
            attempt = event["Stage ID"], event["Stage Attempt ID"]
            rows.setdefault(attempt, []).append(read)
    return [Reads(stage, tuple(found)) for (stage, _), found in sorted(rows.items()) if any(found)]


def _events(event_log: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The events of one kind in all files of an event log."""
    start = f'{{"Event":"{kind}"'
    for file in sorted(each for each in event_log.rglob("*") if each.is_file()):
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.startswith(start))


def _watch(pid: int, peak: list[float], ended: threading.Event) -> None:
    """Notes the most memory that a process and its family have at once.

    One of the family counts from the second look on: a process that Java has just forked, and that
    is to become another program in an instant, shows all of Java's memory as its own.
    """
    seen = {pid}
    while not ended.wait(_POLL_SECONDS):
        family = set(_family(pid))
        peak[0] = max(peak[0], sum(_resident_mib(each) for each in family & seen))
        seen = family | {pid}


def _family(pid: int) -> list[int]:
    """A process and all that it started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def _resident_mib(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    resident = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(resident[0]) / 1024 if resident else 0.0
