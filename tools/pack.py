"""Pack the suite into the one zip that Spark ships to its executors.

Used by ``spark-submit.sh``: ``python tools/pack.py ROOT ZIP``. The same sources give the same
bytes, whatever their times and order on disk. The file is replaced at once, and only when it
differs, so that a job which reads it meanwhile finds the old zip or the new one.
"""

import io
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("conf", "jobs", "schemas", "transforms")
SUFFIXES = {".css", ".html", ".js", ".properties", ".py", ".sql", ".yaml"}
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def sources(root: Path) -> Iterator[Path]:
    """Yield the files to ship, in an order that does not depend on the file system."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path


def packed(root: Path) -> bytes:
    """Return the zip of the suite under ``root``, uncompressed: it is small."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sources(root):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), LONG_AGO)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def pack(root: Path, target: Path) -> bool:
    """Bring ``target`` up to date with ``root``; return whether it had to change."""
    content = packed(root)
    if target.is_file() and target.read_bytes() == content:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(target)
    return True


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
