"""Where a lakehouse lies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jobs.settings import Lakehouse


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
        is_url = re.match(r"^[a-z][a-z0-9+.-]*:", lakehouse.path)
        path = lakehouse.path if is_url else str(Path(lakehouse.path).absolute())
        return cls(path.rstrip("/"), None)

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
        return None if re.match(r"^[a-z][a-z0-9+.-]*:", bare) else Path(bare)

    def __str__(self) -> str:
        """The path, or catalog and schema."""
        return self.path if self.path is not None else str(self.schema)


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return f"`{name.replace('`', '``')}`"
