"""Packages that only some jobs need: whoever lacks them learns it before Spark starts."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from jobs.errors import MissingPackageError


def require_packages(names: Iterable[str], lock: str, what: str) -> None:
    """See that packages are installed where the driver runs.

    Args:
        names: The modules.
        lock: The part of ``locks/`` that has them.
        what: What needs them, for the message.

    Raises:
        MissingPackageError: Naming the first that is missing, and what installs it.
    """
    for name in names:
        if importlib.util.find_spec(name) is None:
            message = (
                f"package {name} is not installed where {what} runs: install locks/{lock}.txt "
                f"there, e.g. python -m pip install -r locks/{lock}.txt"
            )
            raise MissingPackageError(message)
