"""What Spark, Delta and the system say of damaged tables and full disks, in words for people.

Nothing of their texts is passed on but the names of tables and files, since they may quote data.
"""

from __future__ import annotations

import re

from jobs.errors import LakehouseError
from schemas import RUNS, TABLES

_CONFLICTS = (
    "DELTA_CONCURRENT",
    "DELTA_METADATA_CHANGED",
    "DELTA_PROTOCOL_CHANGED",
    "ALREADY_EXISTS",
)
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large")
_UNREADABLE = (
    "FAILED_READ_FILE",
    "CANNOT_READ_FILE",
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
    "Nothing was published. Bring the whole lakehouse back from a backup, or make it anew from the "
    "delivered files with the same key (docs/faults.md)"
)


def is_conflict(error: Exception) -> bool:
    """Whether Delta refused a commit because another one came first."""
    return any(sign in str(error) for sign in _CONFLICTS)


def is_gone(error: Exception) -> bool:
    """Whether Delta has no changes of a version any more, or never kept them."""
    return any(sign in str(error) for sign in _GONE)


def explained(error: Exception) -> LakehouseError | None:
    """An unexpected error as one of the lakehouse, if it is a fault of disks or files.

    Args:
        error: Anything but an error of the suite's own.
    """
    text = str(error)
    if any(sign in text for sign in _NO_ROOM):
        return LakehouseError(
            "no room is left on the disk of the lakehouse or of Spark's temporary files "
            "(spark.local.dir): nothing was published. Make room and run again"
        )
    if isinstance(error, PermissionError) or "Permission denied" in text:
        return LakehouseError(
            "the lakehouse, the key beside it or Spark's temporary folder cannot be written: "
            "nothing was published. Check their owner and permissions, and run again"
        )
    found = _FILE.search(text)
    if found is None or not any(sign in text for sign in _UNREADABLE):
        return None
    table, file, entry = found.groups()
    if file != "_delta_log":
        what = f"its data file {file} is missing or damaged"
    elif entry:
        what = f"entry {entry} of its log (_delta_log) is missing or torn"
    else:
        what = "its folder or its log (_delta_log) is missing"
    return LakehouseError(f"table {table}: {what}. {_ADVICE}")
