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


def entries(spark: SparkSession, *fingerprints: str) -> DataFrame:
    rows = [(each,) for each in fingerprints]
    return spark.createDataFrame(rows, "key_fingerprint string")


def test_a_key_is_made_once_for_its_owner_alone(place: Place, tmp_path: Path) -> None:
    key = find_key(place, None)
    assert find_key(place, fingerprint(key)) == key
    assert [each.name for each in tmp_path.iterdir()] == ["lakehouse.key"]
    assert stat.S_IMODE((tmp_path / "lakehouse.key").stat().st_mode) == 0o600


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
