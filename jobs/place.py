"""Where a lakehouse lies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.errors import UsageError
from jobs.session import default_file_system
from jobs.settings import Lakehouse

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:")


@dataclass(frozen=True)
class Place:
    """Where a lakehouse lies: under a path, or in a schema of a catalog."""

    path: str | None
    schema: str | None

    @classmethod
    def of(cls, lakehouse: Lakehouse) -> Place:
        """The place that settings name; a local path becomes absolute."""
        if lakehouse.catalog and lakehouse.schema_:
            return cls(None, f"{quoted(lakehouse.catalog)}.{quoted(lakehouse.schema_)}")
        is_url = _SCHEME.match(lakehouse.path)
        path = lakehouse.path if is_url else str(Path(lakehouse.path).absolute())
        return cls(path.rstrip("/") or "/", None)

    def identifier(self, table: str) -> str:
        """What SQL calls a table of this lakehouse."""
        if self.path is not None:
            return f"delta.{quoted(f'{self.path}/{table}')}"
        return f"{self.schema}.{quoted(table)}"

    @property
    def local_path(self) -> Path | None:
        """The folder, where the lakehouse is one on this machine."""
        if self.path is None:
            return None
        bare = re.sub(r"^file:/*", "/", self.path)
        return None if _SCHEME.match(bare) else Path(bare)

    def __str__(self) -> str:
        """The path, or catalog and schema."""
        return self.path if self.path is not None else str(self.schema)


def place_for(spark: SparkSession, lakehouse: Lakehouse) -> Place:
    """The place that settings name, if a session looks for it where the suite does.

    To the suite a path without scheme is one of this machine, beside which the key and the lock of
    the lease lie. To Spark it is one of Hadoop's default file system.

    Raises:
        UsageError: If that is another one, or the path is a file's or leads through one.
    """
    place = Place.of(lakehouse)
    local = place.local_path
    if local is not None and any(each.is_file() for each in (local, *local.parents)):
        message = f"lakehouse {place}: it, or a folder above it, is a file: name a folder"
        raise UsageError(message)
    if place.path is not None and not _SCHEME.match(place.path):
        default = default_file_system(spark)
        if not default.startswith("file:"):
            message = (
                f"lakehouse {place}: Spark takes a path without scheme to lie in {default} "
                f"(fs.defaultFS): write {default}{place}, or file://{place} for a disk of this "
                "machine"
            )
            raise UsageError(message)
    return place


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return f"`{name.replace('`', '``')}`"
