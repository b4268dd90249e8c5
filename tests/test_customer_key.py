"""Keys: made whole or not at all, and refused where another one would do harm."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.customer_key import (
    KEY_VARIABLE,
    NEW_KEY_VARIABLE,
    SUPPRESSION_VARIABLE,
    find_key,
    find_new_key,
    find_suppression_key,
    fingerprint,
    suppression_key,
)
from jobs.errors import CustomerKeyError
from jobs.place import Place

OTHER = "0f" * 32


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in (KEY_VARIABLE, NEW_KEY_VARIABLE, SUPPRESSION_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return Place(str(tmp_path / "lakehouse"), None)


def files(folder: Path) -> dict[str, tuple[str, int]]:
    """What lies in a folder: the text and the permissions of each file."""
    return {
        each.name: (each.read_text(encoding="utf-8"), stat.S_IMODE(each.stat().st_mode))
        for each in folder.iterdir()
    }


def refused(place: Place, fingerprint_of_lakehouse: str | None) -> str:
    """What is said of a key that is refused."""
    with pytest.raises(CustomerKeyError) as error:
        find_key(place, fingerprint_of_lakehouse)
    assert error.value.exit_code == 8
    return str(error.value)


def entries(spark: SparkSession, *fingerprints: str) -> DataFrame:
    rows = [(each,) for each in fingerprints]
    return spark.createDataFrame(rows, "key_fingerprint string")


def test_a_key_is_made_once_for_its_owner_alone(place: Place, tmp_path: Path) -> None:
    key = find_key(place, None)
    assert find_key(place, fingerprint(key)) == key
    assert [each.name for each in tmp_path.iterdir()] == ["lakehouse.key"]
    assert stat.S_IMODE((tmp_path / "lakehouse.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("where", ["file", "environment"])
def test_another_key_is_refused_by_both_fingerprints_and_nothing_changes(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    key = find_key(place, None)
    if where == "file":
        (tmp_path / "lakehouse.key").write_text(OTHER, encoding="utf-8")
    else:
        monkeypatch.setenv(KEY_VARIABLE, OTHER)
    before = files(tmp_path)
    said = refused(place, fingerprint(key))
    assert fingerprint(key) in said
    assert fingerprint(bytes.fromhex(OTHER)) in said
    # Fingerprints tell keys apart; the keys themselves are told to nobody.
    assert key.hex() not in said
    assert OTHER not in said
    assert files(tmp_path) == before


def test_a_lost_key_is_asked_for_and_no_other_is_made(place: Place, tmp_path: Path) -> None:
    key, file = find_key(place, None), tmp_path / "lakehouse.key"
    file.unlink()
    said = refused(place, fingerprint(key))
    assert f"set {KEY_VARIABLE} or put {file} back from a backup" in said
    assert files(tmp_path) == {}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_file_that_others_may_read_is_refused(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    key, file = find_key(place, None), tmp_path / "lakehouse.key"
    file.chmod(mode)
    before = files(tmp_path)
    for known in (fingerprint(key), None):
        assert f"run chmod 600 {file}" in refused(place, known)
    assert files(tmp_path) == before
    # The environment goes before the file, which then is not even looked at.
    with monkeypatch.context() as patch:
        patch.setenv(KEY_VARIABLE, key.hex())
        assert find_key(place, fingerprint(key)) == key
    file.chmod(0o600)
    assert find_key(place, fingerprint(key)) == key


def test_a_key_file_of_bytes_and_not_of_digits_is_refused(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "lakehouse.key"
    file.write_bytes(bytes(range(224, 256)))
    file.chmod(0o600)
    assert f"key file {file} must hold 64 hexadecimal digits" in refused(place, None)


@pytest.mark.parametrize("where", ["file", "environment"])
@pytest.mark.parametrize("text", ["", "0f" * 31, "0f" * 33, "0g" * 32, OTHER[:-1]])
def test_a_malformed_key_is_refused_and_not_shown(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, where: str
) -> None:
    file, named = tmp_path / "lakehouse.key", f"environment variable {KEY_VARIABLE}"
    if where == "file":
        named = f"key file {file}"
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
    else:
        monkeypatch.setenv(KEY_VARIABLE, text)  # an empty one is not none
    before = files(tmp_path)
    # Neither a first run nor a later one makes a key in its place.
    for known in (None, fingerprint(bytes.fromhex(OTHER))):
        said = refused(place, known)
        assert f"{named} must hold 64 hexadecimal digits" in said
        assert not text or text not in said
    assert files(tmp_path) == before


def test_a_key_that_could_not_be_written_whole_leaves_nothing(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            find_key(place, None)
    assert list(tmp_path.iterdir()) == []
    assert len(find_key(place, None)) == 32


@pytest.mark.parametrize("has_links", [True, False])
def test_a_key_that_somebody_else_made_meanwhile_stays(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_links: bool
) -> None:
    file, true = tmp_path / "lakehouse.key", os.fsync

    def meanwhile(descriptor: int) -> None:
        file.write_text(OTHER, encoding="utf-8")
        file.chmod(0o600)
        true(descriptor)

    def no_links(*_paths: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
        assert len(find_key(place, None)) == 32
        file.unlink()
    monkeypatch.setattr(os, "fsync", meanwhile)
    assert find_key(place, None) == bytes.fromhex(OTHER)
    assert [each.name for each in tmp_path.iterdir()] == ["lakehouse.key"]


def test_erased_people_are_known_by_one_key_only(
    spark: SparkSession, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CustomerKeyError, match=r"suppression key of lakehouse .* is not there"):
        suppression_key(place, entries(spark, "a"))
    key = suppression_key(place, entries(spark))
    assert suppression_key(place, entries(spark, fingerprint(key))) == key
    monkeypatch.setenv(SUPPRESSION_VARIABLE, OTHER)
    assert find_suppression_key(place, is_new=False) == bytes.fromhex(OTHER)
    with pytest.raises(CustomerKeyError, match="this is not the suppression key"):
        suppression_key(place, entries(spark, fingerprint(key)))


def test_a_new_key_comes_from_where_the_old_one_is(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NEW_KEY_VARIABLE, OTHER)
    # The rotation would be published with it, and leave the old one in the file.
    with pytest.raises(CustomerKeyError, match="lies in a file, so the new one is made there"):
        find_new_key(place)
    monkeypatch.setenv(KEY_VARIABLE, "0a" * 32)
    assert find_new_key(place) == bytes.fromhex(OTHER)
    monkeypatch.delenv(NEW_KEY_VARIABLE)
    with pytest.raises(CustomerKeyError, match="comes from the environment, so the new one must"):
        find_new_key(place)
    monkeypatch.delenv(KEY_VARIABLE)
    assert find_new_key(place) == find_new_key(place)
    assert [each.name for each in tmp_path.iterdir()] == ["lakehouse.new.key"]
