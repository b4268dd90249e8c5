"""Delivered files: found, told apart by content and opened through Hadoop's file systems.

So a folder of this machine, HDFS and an object store are read by the same code.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jobs.errors import SourceError, UsageError
from jobs.java_errors import why_unseen

_HEAD_BYTES = 1 << 20
_DELTA_LOG = "_delta_log"

JAVA_ERRORS = (Py4JJavaError, PySparkException)
"""What Python gets of an exception in Java: PySpark makes its own of some, such as those for
arguments that Java refuses."""


@dataclass(frozen=True)
class DeliveredFile:
    """A file of a delivery, or a whole Delta table.

    Attributes:
        path: Its full address, in which a space is ``%20``.
        name: Its path under the folder that was given.
        size: In bytes, when it was listed.
        changed_at: When it had been changed last by then; both are 0 for a Delta table.
        is_delta: Whether it is a folder that is a Delta table.
    """

    path: str
    name: str
    size: int
    changed_at: int
    is_delta: bool = False

    @property
    def plain_path(self) -> str:
        """The address as it is written on disk."""
        return unquote(self.path)

    @property
    def glob(self) -> str:
        """What Spark's readers find the file by: the plain path, its brackets taken as such."""
        return re.sub(r"([\\{}\[\]*?])", r"\\\1", self.plain_path)

    def matches(self, pattern: str) -> bool:
        """Whether a glob fits the file's name or its path under the folder."""
        base = self.name.rsplit("/", 1)[-1]
        return fnmatch.fnmatchcase(base, pattern) or fnmatch.fnmatchcase(self.name, pattern)


class Amount(NamedTuple):
    """How many files lie somewhere, and their bytes together."""

    files: int
    size: int


class Files:
    """Hadoop's file systems, as far as ingest needs them."""

    def __init__(self, spark: SparkSession) -> None:
        """Use the session's Hadoop configuration."""
        jvm: Any = spark._jvm  # noqa: SLF001 - Spark offers no public way to Hadoop's files
        self._conf: Any = spark._jsc.hadoopConfiguration()  # noqa: SLF001 - likewise
        # Looked up once: a look-up by name costs more than reading the head of a file.
        self._path: Any = jvm.org.apache.hadoop.fs.Path
        self._uri: Any = jvm.java.net.URI
        self._digests: Any = jvm.org.apache.commons.codec.digest.DigestUtils
        self._streams: Any = jvm.org.apache.commons.io.IOUtils
        self._bounded: Any = jvm.org.apache.commons.io.input.BoundedInputStream
        self._codecs: Any = jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(self._conf)

    def listed(self, inputs: Sequence[str]) -> list[DeliveredFile]:
        """Every file under the folders and among the files given, by name.

        Names that begin with a dot or an underscore are passed over.

        Raises:
            SourceError: If one of them does not exist, or cannot be looked into.
        """
        found: list[DeliveredFile] = []
        for each in inputs:
            try:
                path = self._path(each)
                system = path.getFileSystem(self._conf)
                status = system.getFileStatus(path)
            except JAVA_ERRORS as error:
                message = f"{each}: {why_unseen(error)}; check --input"
                raise SourceError(message) from error
            prefix = "" if status.isDirectory() else None
            found += self._walk(system, status, prefix)
        return sorted(found, key=lambda file: (file.name, file.path))

    def names(self, folder: str) -> list[str]:
        """The names of the files and folders in a folder."""
        path = self._path(folder)
        found = path.getFileSystem(self._conf).listStatus(path)
        return [str(each.getPath().getName()) for each in found]

    def has_anything(self, folder: str) -> bool:
        """Whether there is such a folder, with anything in it.

        Raises:
            UsageError: If its address is none of a file system that is known.
        """
        try:
            path = self._path(folder)
            system = path.getFileSystem(self._conf)
        except JAVA_ERRORS as error:
            message = f"{folder}: {why_unseen(error)}"
            raise UsageError(message) from error
        return bool(system.exists(path)) and bool(self.names(folder))

    def amount(self, folder: str) -> Amount:
        """What lies in a folder and in those within it."""
        path = self._path(folder)
        found = path.getFileSystem(self._conf).getContentSummary(path)
        return Amount(int(found.getFileCount()), int(found.getLength()))

    def paths_under(self, folder: str) -> list[str]:
        """The full address of every file in a folder and in those within it, hidden ones too."""
        path = self._path(folder)
        system = path.getFileSystem(self._conf)
        if system.getScheme() == "file":
            # Java tells of each file by several calls, a millisecond and more together.
            here = str(path.toUri().getPath())
            return sorted(f"file:{at}/{name}" for at, _, names in os.walk(here) for name in names)
        found = system.listFiles(path, True)
        paths = []
        while found.hasNext():
            paths.append(str(found.next().getPath().toString()))
        return sorted(paths)

    def write(self, place: str, content: bytes) -> None:
        """Write a file whole or not at all, in the place of an earlier one."""
        beside = f"{place}.writing"
        path = self._path(beside)
        system = path.getFileSystem(self._conf)
        try:
            # A local file system would lay a file of checksums beside each.
            system.setWriteChecksum(False)
            with _Closing(system.create(path, True)) as stream:
                stream.write(bytearray(content))
            self.replace(place, beside)
        finally:
            system.setWriteChecksum(True)
            self.remove(beside)

    def replace(self, place: str, by: str) -> None:
        """Put one file in the place of another, or where none was.

        Between the two steps neither is there, and ``by`` lies where it lay.

        Raises:
            UsageError: If the place is a folder, or nothing can be put there.
        """
        old, new = self._path(place), self._path(by)
        system = old.getFileSystem(self._conf)
        system.mkdirs(old.getParent())
        if system.exists(old) and system.getFileStatus(old).isDirectory():
            message = f"{place} is a folder: name a file"
            raise UsageError(message)
        system.delete(old, False)
        if not system.rename(new, old):
            message = f"{place} cannot be written: check the folder and what you may do there"
            raise UsageError(message)
        # A local file system moves the file of checksums along.
        system.delete(self._path(f"{old.getParent()}/.{old.getName()}.crc"), False)

    def touch(self, place: str) -> None:
        """Make an empty file, or make one anew."""
        path = self._path(place)
        path.getFileSystem(self._conf).create(path, True).close()

    def changed_at(self, place: str) -> float | None:
        """When a file was changed last, in seconds since 1970; None if it is not there."""
        path = self._path(place)
        system = path.getFileSystem(self._conf)
        if not system.exists(path):
            return None
        return float(system.getFileStatus(path).getModificationTime()) / 1000

    def text(self, place: str) -> str | None:
        """A small file's text; None if it is not there."""
        path = self._path(place)
        system = path.getFileSystem(self._conf)
        if not system.exists(path):
            return None
        with _Closing(system.open(path)) as stream:
            return bytes(self._streams.toByteArray(stream)).decode("utf-8")

    def remove(self, place: str) -> None:
        """Remove a file or a folder with all that is in it, if it is there."""
        path = self._path(place)
        path.getFileSystem(self._conf).delete(path, True)

    def digest(self, file: DeliveredFile) -> str:
        """The SHA-256 of a file's bytes; of a Delta table, of its newest log entry.

        Raises:
            SourceError: If the file cannot be read.
        """
        try:
            with _Closing(self._open(self._fingerprinted(file))) as stream:
                return str(self._digests.sha256Hex(stream))
        except Py4JJavaError as error:
            message = f"{file.name}: cannot be read; check that the file is there and readable"
            raise SourceError(message) from error

    def refuse_changed(self, file: DeliveredFile, digest: str) -> None:
        """Refuses a file that is not what it was when it was listed.

        Args:
            file: As listed, before its digest was taken.
            digest: For a Delta table, the digest that was taken; a file's bytes are not read again.

        Raises:
            SourceError: If it changed or is gone.
        """
        if file.is_delta:
            is_same = self.digest(file) == digest
        else:
            path = self._path(self._uri(file.path))
            try:
                status = path.getFileSystem(self._conf).getFileStatus(path)
                found = (status.getLen(), status.getModificationTime())
            except Py4JJavaError:
                found = (-1, -1)
            is_same = found == (file.size, file.changed_at)
        if not is_same:
            message = (
                f"{file.name}: changed while it was being read; nothing was published. Put files "
                "into the delivery's folder when they are whole, and run again"
            )
            raise SourceError(message)

    def head(self, file: DeliveredFile) -> bytes:
        """The first megabyte of a file's text, gzipped or not.

        Raises:
            SourceError: If it cannot be read, or is truncated.
        """
        codec = self._codecs.getCodec(self._path(file.path))
        try:
            with _Closing(self._open(file.path)) as stream:
                plain = codec.createInputStream(stream) if codec else stream
                return bytes(self._streams.toByteArray(self._bounded(plain, _HEAD_BYTES)))
        except Py4JJavaError as error:
            message = (
                f"{file.name}: cannot be read to its end; it is truncated or not {_kind(file)}"
            )
            raise SourceError(message) from error

    def _walk(self, system: Any, status: Any, under: str | None) -> list[DeliveredFile]:  # noqa: ANN401 - Java objects
        path = status.getPath()
        if not status.isDirectory():
            name = f"{under}{path.getName()}" if under else path.getName()
            size, changed_at = status.getLen(), status.getModificationTime()
            return [DeliveredFile(path.toUri().toString(), name, size, changed_at)]
        try:
            children = list(system.listStatus(path))
        except JAVA_ERRORS as error:
            message = f"folder {path.toString()}: {why_unseen(error)}; check its permissions"
            raise SourceError(message) from error
        if any(child.getPath().getName() == _DELTA_LOG for child in children):
            name = (under or path.getName()).rstrip("/")
            address = path.toUri().toString()
            return [DeliveredFile(address, name or path.getName(), 0, 0, is_delta=True)]
        found = []
        for child in children:
            name = child.getPath().getName()
            if not name.startswith((".", "_")):
                inner = f"{under or ''}{name}/" if child.isDirectory() else (under or "")
                found += self._walk(system, child, inner)
        return found

    def _fingerprinted(self, file: DeliveredFile) -> str:
        if not file.is_delta:
            return file.path
        log = self._path(self._path(self._uri(file.path)), _DELTA_LOG)
        entries = log.getFileSystem(self._conf).listStatus(log)
        commits = [
            entry.getPath() for entry in entries if entry.getPath().getName().endswith(".json")
        ]
        if not commits:
            message = f"{file.name}: its log ({_DELTA_LOG}) is empty; deliver it when it is whole"
            raise SourceError(message)
        return str(max(commits, key=lambda path: path.getName()).toUri().toString())

    def _open(self, address: str) -> Any:  # noqa: ANN401 - a Java stream
        path = self._path(self._uri(address))
        return path.getFileSystem(self._conf).open(path)


class _Closing:
    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - a Java stream
        self._stream = stream

    def __enter__(self) -> Any:  # noqa: ANN401 - a Java stream
        return self._stream

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def _kind(file: DeliveredFile) -> str:
    return "gzip" if file.name.endswith(".gz") else "readable"
