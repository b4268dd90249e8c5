"""A sign of life beside the lease, which needs no task of Spark.

The lease is renewed by a statement, and that waits while a stage holds every core: for longer than
the lease lasts, if a stage does. So whoever holds it also touches a file, and a lease that has
ended is taken over only once its holder has been silent for as long. Where no file can be touched,
the lease alone decides.
"""

from __future__ import annotations

import threading
import time

import structlog
from pyspark.sql import SparkSession

from jobs.files import Files
from jobs.place import Place
from jobs.tables import Tables
from schemas import RUNS

log = structlog.get_logger()

_BEAT_SECONDS = 2.0
"""The longest time between two signs, so that a run with a shorter lease hears them too."""


class Heartbeat:
    """The signs of life of those who hold, or held, the lease of a lakehouse."""

    def __init__(self, spark: SparkSession, place: Place, seconds: int) -> None:
        """Describe it; ``begin`` starts it.

        Args:
            spark: The session.
            place: The lakehouse, whose table of runs exists before anything is asked here.
            seconds: For how long a lease holds.
        """
        self._tables = Tables(spark, place, {})
        self._files = Files(spark)
        self._seconds = seconds
        self._folder: str | None = None
        self._ended = threading.Event()
        self._beating: threading.Thread | None = None

    def begin(self, token: str) -> None:
        """Give signs of life until ``end``: every two seconds, or more often for a short lease."""
        try:
            self._file(token)  # a catalog is asked before every core is busy
        except Exception as error:  # noqa: BLE001 - as the module says
            log.warning("no signs of life can be given", error=type(error).__name__)
            return
        self._beating = threading.Thread(target=self._beat, args=(token,), daemon=True)
        self._beating.start()

    def end(self, token: str) -> None:
        """Give no more, and take away the last."""
        self._ended.set()
        if self._beating is not None:
            self._beating.join()
            self.forget(token)

    def forget(self, token: str) -> None:
        """Take away the last sign of somebody's life, if there is one."""
        try:
            self._files.remove(self._file(token))
        except Exception as error:  # noqa: BLE001 - it is old soon
            log.warning("sign of life not taken away", error=type(error).__name__)

    def is_heard(self, token: str) -> bool:
        """Whether somebody gave a sign of life within the time for which a lease holds."""
        try:
            changed_at = self._files.changed_at(self._file(token))
        except Exception as error:  # noqa: BLE001 - as the module says
            log.warning("signs of life cannot be looked for", error=type(error).__name__)
            return False
        # One from the future is of a clock that was wrong, and says nothing.
        return changed_at is not None and abs(time.time() - changed_at) < self._seconds

    def _beat(self, token: str) -> None:
        while not self._ended.wait(min(self._seconds / 3, _BEAT_SECONDS)):
            self._touch(token)

    def _touch(self, token: str) -> None:
        try:
            self._files.touch(self._file(token))
        except Exception as error:  # noqa: BLE001 - as the module says
            log.warning("no sign of life given", error=type(error).__name__)

    def _file(self, token: str) -> str:
        self._folder = self._folder or self._tables.location(RUNS.name)
        # Delta passes over names that begin with a dot.
        return f"{self._folder}/.alive-{token}"
