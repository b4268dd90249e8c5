"""Files in which people of the chain name customers: CSV with semicolons and a header line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from jobs.errors import UsageError


def read_people_file(file: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a file, their values trimmed; the first stands on line 2.

    Args:
        file: In UTF-8, with or without a byte order mark.
        columns: What its first line names, in any order.

    Raises:
        UsageError: Naming the file, and no value of it.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter=";", strict=True)
            is_as_said = sorted(reader.fieldnames or ()) == sorted(columns)
            rows = [{name: (row.get(name) or "").strip() for name in columns} for row in reader]
    except (OSError, UnicodeError, csv.Error) as error:
        message = f"{file}: cannot be read as CSV in UTF-8: {type(error).__name__}"
        raise UsageError(message) from error
    if not is_as_said or not rows:
        message = f"{file}: its first line must be {';'.join(columns)}, and others must follow it"
        raise UsageError(message)
    return rows
