"""What Spark, Delta and the system say of damaged tables and full disks, in words for people.

Nothing of their texts is passed on but the names of tables and files, since they may quote data.
"""

from __future__ import annotations

import re

from jobs.errors import LakehouseError
from jobs.java_errors import lacks_file_system, text_of, why_unseen
from schemas import RUNS, TABLES

NOTHING_PUBLISHED = "nothing was published"

_CONFLICTS = (
    "DELTA_CONCURRENT",
    "DELTA_METADATA_CHANGED",
    "DELTA_PROTOCOL_CHANGED",
    "ALREADY_EXISTS",
)
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large")
_OF_THE_SYSTEM = ("Too many open files", "Read-only file system", "Stale file handle")
_UNREADABLE = (
    "FAILED_READ_FILE",
    "CANNOT_READ_FILE",
    "ChecksumException",
    "No such file or directory",
    "FileNotFoundException",
    "PATH_NOT_FOUND",
    "DELTA_PATH_DOES_NOT_EXIST",
    "DELTA_LOG_FILE_NOT_FOUND",
    "DELTA_VERSIONS_NOT_CONTIGUOUS",
    "DELTA_TRUNCATED_TRANSACTION_LOG",
    "DELTA_STATE_RECOVER_ERROR",
    "DELTA_MISSING",
)
# A partition's folder may lie between the table's and the file.
_FILE = re.compile(
    rf"/({'|'.join((RUNS.name, *TABLES))})/(?:[a-z_]+=[^/\s]+/)?"
    r"((?:_delta_log|_change_data/(?:[a-z_]+=[^/\s]+/)?\S*?\.parquet)|part-\S*?\.parquet)"
    r"(?:/([\w.]*\w))?"
)
_GONE = (
    "DELTA_MISSING_CHANGE_DATA",
    "DELTA_CHANGE_TABLE_FEED_DISABLED",
    "DELTA_VERSION_NOT_FOUND",
    "DELTA_VERSIONS_NOT_CONTIGUOUS",
    "DELTA_LOG_FILE_NOT_FOUND",
    "DELTA_CHANGE_DATA_FILE_NOT_FOUND",
    "FILE_NOT_EXIST",
)
_ADVICE = (
    "Bring the whole lakehouse back from a backup, or make it anew from the delivered files with "
    "the same key (docs/faults.md)"
)


def is_conflict(error: Exception) -> bool:
    """Whether Delta refused a commit because another one came first."""
    return any(sign in str(error) for sign in _CONFLICTS)


def is_gone(error: Exception) -> bool:
    """Whether Delta has no changes of a version any more, or never kept them."""
    return any(sign in str(error) for sign in _GONE)


def is_without_version(error: Exception) -> bool:
    """Whether Delta has not the version of a table that it was asked for."""
    return "DELTA_VERSION_NOT_FOUND" in text_of(error)


def without_published(name: str, published: int, found: int) -> LakehouseError:
    """What a run or a reader meets where a table's folder is not of one moment with ``runs``.

    Args:
        name: The table.
        published: Its version in the last publication.
        found: Its newest version.
    """
    return LakehouseError(
        f"table {name}: its version {published} is published, but its newest is {found}. A folder "
        "that comes from an older backup does not fit the others: nothing was published. Bring the "
        "whole lakehouse back as it was at one moment (docs/faults.md)"
    )


def unreadable_file(error: Exception) -> str | None:
    """The name of the data file that could not be read, if that is what went wrong."""
    found = _unreadable(text_of(error))
    if found is None or found[2] == "_delta_log":
        return None
    return found[2].rpartition("/")[2]


def explained(error: Exception, kept: str = NOTHING_PUBLISHED) -> LakehouseError | None:
    """An unexpected error as one of the lakehouse, if it is a fault of disks or files.

    Args:
        error: Anything but an error of the suite's own.
        kept: What is to be said of what was published before it.
    """
    text = text_of(error)
    if any(sign in text for sign in _NO_ROOM):
        return LakehouseError(
            "no room is left on the disk of the lakehouse, of the output or of Spark's temporary "
            f"files (spark.local.dir): {kept}. Make room and run again"
        )
    if isinstance(error, PermissionError) or "Permission denied" in text:
        return LakehouseError(
            "the lakehouse, the key beside it or Spark's temporary folder cannot be read or "
            f"written: {kept}. Check their owner and permissions, and run again"
        )
    if said := next((each for each in _OF_THE_SYSTEM if each in text), None):
        return LakehouseError(
            f"the system says {said!r} of a file of the lakehouse, the key beside it or Spark's "
            f"temporary folder: {kept}. No file is damaged by that: correct its limit (ulimit -n) "
            "or how the disk is mounted, and run again"
        )
    if lacks_file_system(error):
        return LakehouseError(f"the lakehouse's address: {why_unseen(error)}")
    found = _unreadable(text)
    if found is None:
        return None
    table, file, entry = found.groups()
    if file != "_delta_log":
        what = f"its data file {file} is missing or damaged"
    elif entry:
        what = f"entry {entry} of its log (_delta_log) is missing or torn"
    else:
        what = "its folder or its log (_delta_log) is missing"
    return LakehouseError(f"table {table}: {what}; {kept}. {_ADVICE}")


def _unreadable(text: str) -> re.Match[str] | None:
    """The table and the file of which a text says that it cannot be read."""
    return _FILE.search(text) if any(sign in text for sign in _UNREADABLE) else None
