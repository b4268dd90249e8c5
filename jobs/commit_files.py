"""Delta's commit files on a disk of this machine, which a power failure may leave empty or torn.

Delta writes a file and renames it, without waiting for the disk. So of the last commits before the
power went the names may be there and the content not. An empty file is worst: every reader of
Delta takes it for a commit that changed nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import structlog

from jobs.errors import LakehouseError
from jobs.faults import without_published

log = structlog.get_logger()

_COMMIT = re.compile(r"(\d{20})\.json")
_NOTHING = {"commitInfo": {"operation": "BYPASS", "operationParameters": {}}}


def refuse_unfit(table: Path, until: int) -> None:
    """Refuses a table of whose commits one is empty, or the one to read was never made.

    Args:
        table: The table's folder.
        until: The version to read; later ones are not looked at.

    Raises:
        LakehouseError: Naming the table and the file, or both versions.
    """
    newest = None
    for version, entry in _commits(table):
        newest = version if newest is None else max(newest, version)
        if version <= until and entry.stat().st_size == 0:
            message = (
                f"table {table.name}: entry {entry.name} of its log (_delta_log) is empty, as "
                "after a power failure. Nothing was published. Bring the whole lakehouse back from "
                "a backup, or make it anew from the delivered files with the same key "
                "(docs/faults.md)"
            )
            raise LakehouseError(message)
    # Without any commit Delta tells what is missing.
    if newest is not None and newest < until:
        raise without_published(table.name, until, newest)


def remove_begun(table: Path) -> None:
    """Removes a table's folder in which nothing was ever committed.

    A process that dies while it creates a table may leave its folders without the first commit,
    which Delta takes for a table that is there.
    """
    entries = table / "_delta_log"
    # What begins with a dot was not put in its place yet.
    if entries.is_dir() and not any(each.is_file() for each in entries.glob("[!.]*")):
        log.warning("removing a table that was never created to its end", table=table.name)
        shutil.rmtree(table)


def bypass_torn(table: Path, after: int) -> None:
    """Puts a commit that changes nothing in the place of each that is torn.

    What tore them was never published, so nobody can rely on it; but Delta reads every commit of a
    log, and could not go back behind these.

    Args:
        table: The table's folder.
        after: The version that was published; only later ones are touched.
    """
    for version, entry in list(_commits(table)):
        file = Path(entry.path)
        if version > after and not _is_whole(file):
            log.warning("bypassing a torn commit", table=table.name, version=version)
            beside = file.with_name(f".{file.name}.bypass")
            beside.write_text(json.dumps(_NOTHING) + "\n", encoding="utf-8")
            # Sums of what the file held: Hadoop's of its bytes, and Delta's of the table.
            for sums in (f".{file.name}.crc", f"{file.stem}.crc", f".{file.stem}.crc.crc"):
                file.with_name(sums).unlink(missing_ok=True)
            beside.replace(file)


def _commits(table: Path) -> Iterator[tuple[int, os.DirEntry[str]]]:
    folder = table / "_delta_log"
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if found := _COMMIT.fullmatch(entry.name):
                yield int(found[1]), entry


def _is_whole(file: Path) -> bool:
    """Whether every action of a commit can be read, to the end of the last."""
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        actions = [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return False
    return bool(actions) and text.endswith("\n")
