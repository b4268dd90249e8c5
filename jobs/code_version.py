"""Which code computed a publication: its version, and a digest of every rule in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jobs import VERSION

if TYPE_CHECKING:
    from importlib.abc import Traversable

_RULES = ("transforms", "schemas", "conf/indicators", "jobs")
"""What decides which figures come out, given settings and data."""


@cache
def code_version() -> str:
    """The version, ``+`` and a digest; with another digest the same data may give other figures."""
    digest = hashlib.sha256()
    for place in _RULES:
        package, *folders = place.split("/")
        for name, file in sorted(_files(resources.files(package).joinpath(*folders), place)):
            digest.update(f"{name}\0".encode())
            digest.update(file.read_bytes())
    return f"{VERSION}+{digest.hexdigest()[:12]}"


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _files(each, f"{name}/{each.name}")
        elif each.name.endswith((".py", ".yaml")):
            yield f"{name}/{each.name}", each
