"""The lock of a lakehouse's folder, which whoever changes the lease holds meanwhile.

Delta commits to a local disk by looking whether the file is there and then renaming: two processes
that do both in the same instant overwrite each other. Places that are no local folder have stores
that commit safely, and no lock.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

log = structlog.get_logger()

LOCK = ".lease.lock"
"""The file in a lakehouse's folder that is locked. It names the process that has the lock."""

_POLL_SECONDS = 0.02


class Lock:
    """The lock of one lakehouse's folder, for one process."""

    def __init__(self, folder: Path | None, owner: str) -> None:
        """Describe a lock; ``alone`` takes it.

        Args:
            folder: The lakehouse's, or None where there is nothing to lock.
            owner: Whom its file names while this process has it.
        """
        self._file = None if folder is None else folder / LOCK
        self._owner = owner

    @contextmanager
    def alone(self, wait_seconds: float) -> Iterator[bool]:
        """Holds the lock, so that no other process of this machine changes the lease.

        The system gives the lock of a dead process back, not that of one that is stopped. Whoever
        holds the lease goes on without it then: two commits in one instant are rare, and of two
        claims one fails by the token anyway.

        Yields:
            Whether nobody else holds it, or held it until ``wait_seconds`` had passed.
        """
        if self._file is None:
            yield True
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a") as file:
            is_alone = _locked(file.fileno(), wait_seconds)
            if is_alone:
                _sign(file.fileno(), self._owner)
            elif wait_seconds:
                log.warning("going on without the lock", file=LOCK, holder=self.holder())
            try:
                yield is_alone
            finally:
                if is_alone:
                    _sign(file.fileno(), "")

    def holder(self) -> str:
        """Who has the lock, by the name in its file."""
        name = "" if self._file is None else self._file.read_text(encoding="utf-8")
        return name or "a process without name"


def _locked(descriptor: int, wait_seconds: float) -> bool:
    """Lock a file, which is freed when it is closed; whether that was done in time."""
    deadline = time.monotonic() + wait_seconds
    while not _lock(descriptor):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # A file system without locks: Delta's own way of committing is left.
        log.warning("lakehouse cannot be locked", error=type(error).__name__)
    return True


def _sign(descriptor: int, owner: str) -> None:
    """Write into the file of a lock who has it, for those who meet a process that is stopped."""
    with suppress(OSError):  # on a full disk the lock is held all the same
        os.ftruncate(descriptor, 0)
        os.write(descriptor, owner.encode())
