"""What is told of an error of Java or Spark: names of classes and conditions, never its text.

The text may quote the data, or an address with a password in it. Where Java itself has ended, every
question to it raises a ``Py4JError``, and nothing is told.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from py4j.protocol import Py4JError

_MOST_CAUSES = 8
_NOT_THERE = ("java.io.FileNotFoundException", "java.nio.file.NoSuchFileException")
_NO_SUCH_SYSTEM = "org.apache.hadoop.fs.UnsupportedFileSystemException"
_NO_SUCH_CLASS = "java.lang.ClassNotFoundException"
# Spark tells of these within the text of an exception of its own, which may have no cause.
_SIGNS = ("OutOfMemoryError", "ExecutorLostFailure", "SafeModeException")


def java_classes(error: BaseException) -> list[str]:
    """The classes of the Java exception behind an error and of its causes, outermost first."""
    with suppress(Py4JError):
        return list(dict.fromkeys(str(each.getClass().getName()) for each in _thrown(error)))
    return []


def text_of(error: BaseException) -> str:
    """All that is said of an error, which is for looking into and not for showing."""
    try:
        return str(error)
    except Py4JError:  # a Java exception's text is asked of Java
        return ""


def kind(error: BaseException) -> str:
    """An error by its class, Spark's name of its condition, and the Java classes behind it."""
    classes = java_classes(error)
    text = text_of(error) if classes else ""
    signs = [each for each in _SIGNS if each in text and not any(each in name for name in classes)]
    condition = _condition(error)
    named = f"{type(error).__name__}{f' {condition}' if condition else ''}"
    return f"{named} ({', '.join(classes + signs)})" if classes else named


def lacks_file_system(error: BaseException) -> bool:
    """Whether Java knows no file system for an address's scheme, or lacks the jars of it."""
    classes = java_classes(error)
    # The class of a file system is named in settings, so that only its name is known before.
    return _NO_SUCH_SYSTEM in classes or (
        _NO_SUCH_CLASS in classes and "FileSystem not found" in text_of(error)
    )


def why_unseen(error: BaseException) -> str:
    """Why Java could not look at a place, as the part of a message that follows its name."""
    classes = java_classes(error)
    if classes and classes[0] in _NOT_THERE:
        return "no such file or folder"
    return _why_not(error, "looked at")


def why_unwritten(error: BaseException) -> str:
    """Why Java could not write to a place, likewise."""
    return _why_not(error, "written to")


def _why_not(error: BaseException, done: str) -> str:
    if lacks_file_system(error):
        return (
            "no file system is known here for addresses that begin like this; Amazon S3 is s3a://, "
            "and its jars are given with --packages (docs/faults.md)"
        )
    return f"cannot be {done} ({', '.join(java_classes(error))})"


def _thrown(error: BaseException) -> list[Any]:
    """The Java exception that py4j, or PySpark in its place, made the error of, and its causes."""
    found: list[Any] = []
    each = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    with suppress(Py4JError):
        while each is not None and len(found) < _MOST_CAUSES:
            found.append(each)
            each = each.getCause()
    return found


def _condition(error: BaseException) -> str | None:
    """Spark's name of what went wrong, from itself: a text may hold data that looks like one."""
    chain: list[Any] = [error, *_thrown(error)]
    for each in chain:
        # Other errors have no such method, nor have Java's own exceptions.
        with suppress(AttributeError, Py4JError):
            if named := each.getCondition():
                return str(named)
    return None
