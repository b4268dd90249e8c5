"""The names of the pages' files."""

from __future__ import annotations

import re
from hashlib import sha256

from jobs.report.figures import NETWORK_LEVEL, Level

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SAFE_LENGTH = 40


def page_name(level: Level, language: str) -> str:
    """The file of a level's page in a language.

    A store's code stands in it as it is where every file system and address can hold it. Any
    other, one with capitals too since some file systems take them for small letters, is made safe
    and gets a digest after a ``~``, which no plain code holds: so no two codes share a file.
    """
    if level == NETWORK_LEVEL:
        return f"network.{language}.html"
    code = level.level_code
    if not _PLAIN.fullmatch(code):
        safe = re.sub(r"[^A-Za-z0-9_-]+", "-", code).strip("-")[:_SAFE_LENGTH]
        code = f"{safe}~{sha256(code.encode()).hexdigest()[:12]}"
    return f"store-{code}.{language}.html"
