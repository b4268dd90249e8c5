"""A way to die at a chosen commit, so that tests can see what a killed run leaves behind."""

from __future__ import annotations

import os
import signal

KILL_AFTER_COMMIT = "CLIENTELA_KILL_AFTER_COMMIT"
"""Environment variable: the number of the commit after which the process kills itself."""


class CommitCounter:
    """Counts the commits of a run, and kills the process after the one that the variable names."""

    def __init__(self) -> None:
        """Start at zero."""
        self.commits: list[tuple[str, int]] = []

    def committed(self, table: str, version: int) -> None:
        """Note a commit."""
        self.commits.append((table, version))
        if os.environ.get(KILL_AFTER_COMMIT) == str(len(self.commits)):
            os.kill(os.getpid(), signal.SIGKILL)
