"""What is told of errors of Java and Spark: classes and conditions, and nothing of their text.

Nothing here starts Spark; ``Thrown`` answers as py4j shows a Java exception.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from py4j.protocol import Py4JError, Py4JNetworkError

from jobs import session
from jobs.endings import TRACE, UNEXPECTED, told_to_people
from jobs.errors import LakehouseError
from jobs.faults import explained
from jobs.java_errors import java_classes, kind, why_unseen, why_unwritten

SPARK = "org.apache.spark.SparkException"
MEMORY = "java.lang.OutOfMemoryError"
DENIED = "java.nio.file.AccessDeniedException"
NO_SYSTEM = "org.apache.hadoop.fs.UnsupportedFileSystemException"
PERSON = "MARIA_PROVA"  # made up, and of the form of a condition


@dataclass
class Thrown:
    """A Java exception: one of Spark's if it has a condition."""

    name: str
    message: str | None = None
    cause: Thrown | None = None
    condition: str | None = None

    def getClass(self) -> Thrown:  # noqa: N802 - Java's name
        return self

    def getName(self) -> str:  # noqa: N802
        return self.name

    def getMessage(self) -> str | None:  # noqa: N802
        return self.message

    def getCause(self) -> Thrown | None:  # noqa: N802
        return self.cause

    def getCondition(self) -> str | None:  # noqa: N802
        if not self.name.startswith("org.apache.spark."):
            message = "Method getCondition([]) does not exist"
            raise Py4JError(message)
        return self.condition


class Gone(Thrown):
    """An exception of a Java that has ended since."""

    def getClass(self) -> Thrown:  # noqa: N802
        raise Py4JNetworkError

    def getCause(self) -> Thrown | None:  # noqa: N802
        raise Py4JNetworkError

    def getCondition(self) -> str | None:  # noqa: N802
        raise Py4JNetworkError


class JavaError(Exception):
    """What py4j raises."""

    def __init__(self, java_exception: Thrown) -> None:
        super().__init__(f"An error occurred while calling o1.f.\n: {java_exception.message}")
        self.java_exception = java_exception


class CapturedError(Exception):
    """What PySpark raises in its place."""

    def __init__(self, origin: Thrown, condition: str | None) -> None:
        super().__init__(origin.message)
        self._origin = origin
        self._condition = condition

    def getCondition(self) -> str | None:  # noqa: N802 - PySpark's name
        return self._condition


def test_the_classes_of_a_chain_are_told_once_each_from_the_outermost() -> None:
    chain = Thrown(SPARK, cause=Thrown(SPARK, cause=Thrown(MEMORY)))
    assert java_classes(JavaError(chain)) == [SPARK, MEMORY]
    assert java_classes(CapturedError(chain, None)) == [SPARK, MEMORY]
    assert java_classes(ValueError(PERSON)) == []


def test_a_chain_that_leads_back_to_itself_ends() -> None:
    thrown = Thrown(SPARK)
    thrown.cause = thrown
    assert java_classes(JavaError(thrown)) == [SPARK]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("[MARIA] bought"), "ValueError"),
        (ValueError(f"[{PERSON}] bought"), "ValueError"),
        (JavaError(Thrown(SPARK)), f"JavaError ({SPARK})"),
        # What a text holds is no condition, wherever it stands and whatever it looks like.
        (JavaError(Thrown(SPARK, f"Job aborted: [{PERSON}] is")), f"JavaError ({SPARK})"),
        (JavaError(Thrown(DENIED, f"[{PERSON}] is")), f"JavaError ({DENIED})"),
        (CapturedError(Thrown(SPARK, f"[{PERSON}] is"), None), f"CapturedError ({SPARK})"),
        (
            JavaError(Thrown(SPARK, condition="TASK_WRITE_FAILED", cause=Thrown(MEMORY))),
            f"JavaError TASK_WRITE_FAILED ({SPARK}, {MEMORY})",
        ),
        (
            JavaError(Thrown(DENIED, cause=Thrown(SPARK, condition="DIVIDE_BY_ZERO"))),
            f"JavaError DIVIDE_BY_ZERO ({DENIED}, {SPARK})",
        ),
        (
            CapturedError(Thrown(SPARK, f"[{PERSON}] is"), "CAST_INVALID_INPUT"),
            f"CapturedError CAST_INVALID_INPUT ({SPARK})",
        ),
        (JavaError(Gone(SPARK)), "JavaError"),
    ],
)
def test_an_error_is_told_by_its_kind(error: Exception, told: str) -> None:
    assert kind(error) == told


def test_what_spark_tells_of_other_hosts_in_its_text_alone_is_told() -> None:
    lost = Thrown(SPARK, "Job aborted: Lost task 0.3: ExecutorLostFailure (executor 2 exited)")
    assert kind(JavaError(lost)) == f"JavaError ({SPARK}, ExecutorLostFailure)"
    full = Thrown(SPARK, f"Job aborted: Lost task 0.0: {MEMORY}: Java heap space", Thrown(MEMORY))
    assert kind(JavaError(full)) == f"JavaError ({SPARK}, {MEMORY})"


def test_one_line_tells_the_kind_and_what_was_begun_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TRACE, raising=False)
    monkeypatch.setattr(session, "named_work", lambda: "table sales")
    with pytest.raises(SystemExit) as ended, told_to_people():
        raise JavaError(Thrown(SPARK, f"[{PERSON}] is", Thrown(DENIED, f"/{PERSON}: 403")))
    assert ended.value.code == UNEXPECTED
    said = capsys.readouterr().err
    assert said == (
        f"clientela: unexpected error JavaError ({SPARK}, {DENIED}), last begun: table sales; "
        f"nothing was published. Set {TRACE}=1 to see the trace, which may show data\n"
    )


def test_a_place_that_cannot_be_used_is_told_with_the_reason() -> None:
    missing = JavaError(Thrown("java.io.FileNotFoundException"))
    assert why_unseen(missing) == "no such file or folder"
    # To write is refused by the same class where a folder's permissions forbid it.
    assert why_unwritten(missing) == "cannot be written to (java.io.FileNotFoundException)"
    assert why_unseen(JavaError(Thrown(DENIED))) == f"cannot be looked at ({DENIED})"


@pytest.mark.parametrize(
    "thrown",
    [
        Thrown(NO_SYSTEM, 'No FileSystem for scheme "s3"'),
        Thrown(
            "java.lang.RuntimeException",
            "Class org.apache.hadoop.fs.s3a.S3AFileSystem not found",
            Thrown("java.lang.ClassNotFoundException"),
        ),
    ],
)
def test_an_address_without_file_system_is_told_as_such(thrown: Thrown) -> None:
    for why in (why_unseen, why_unwritten):
        assert why(JavaError(thrown)).startswith("no file system is known here")
    told = explained(JavaError(thrown))
    assert isinstance(told, LakehouseError)
    assert "no file system is known here" in str(told)
    assert "s3a://" in str(told)
