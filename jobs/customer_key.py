"""The key behind the customer ids: who makes it, where it lies, when it is refused (principle 4).

The key comes from the environment. A lakehouse that is a local folder may instead have a key file
beside it, made once with owner-only permission. The lakehouse itself holds a fingerprint of the
key, never the key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.errors import CustomerKeyError
from jobs.place import Place
from jobs.session import local_rows

KEY_VARIABLE = "CLIENTELA_KEY"
NEW_KEY_VARIABLE = "CLIENTELA_NEW_KEY"
_NEW = "new.key"
SUPPRESSION_VARIABLE = "CLIENTELA_SUPPRESSION_KEY"
_BYTES = 32
_HEX_DIGITS = 2 * _BYTES
_BLOCK = 64


def find_key(place: Place, fingerprint_of_lakehouse: str | None) -> bytes:
    """The key of a lakehouse: from the environment, its key file, or new for a new lakehouse.

    Args:
        place: Where the lakehouse lies.
        fingerprint_of_lakehouse: What its last publication says; None before the first.

    Raises:
        CustomerKeyError: If there is no key, it is malformed, or another one made the ids.
    """
    file = _file(place, "key")
    given = os.environ.get(KEY_VARIABLE)
    if given is not None:
        key = _parsed(given, f"environment variable {KEY_VARIABLE}")
    elif file is not None and file.exists():
        key = _read(file)
    elif fingerprint_of_lakehouse is not None:
        where = f" or put {file} back from a backup" if file else ""
        message = (
            f"the key of lakehouse {place} is lost: set {KEY_VARIABLE}{where}. Without it, new "
            "sales cannot be joined to the customers already there"
        )
        raise CustomerKeyError(message)
    elif file is not None:
        key = _make(file)
    else:
        message = (
            f"lakehouse {place} is no local folder, so its key comes from the environment: set "
            f"{KEY_VARIABLE} to {_HEX_DIGITS} hexadecimal digits (openssl rand -hex {_BYTES})"
        )
        raise CustomerKeyError(message)
    if fingerprint_of_lakehouse not in (None, fingerprint(key)) and given is None:
        key = _rotated(place, fingerprint_of_lakehouse) or key
    if fingerprint_of_lakehouse not in (None, fingerprint(key)):
        message = (
            f"this is not the key that made the customer ids of lakehouse {place}: use the key "
            "with fingerprint "
            f"{fingerprint_of_lakehouse}, not {fingerprint(key)}"
        )
        raise CustomerKeyError(message)
    return key


def find_new_key(place: Place) -> bytes:
    """The key to rotate to: from the environment, or made once beside the lakehouse.

    A rotation that was killed goes on with the same one.

    Raises:
        CustomerKeyError: If there is none, or it is malformed.
    """
    given = os.environ.get(NEW_KEY_VARIABLE)
    if given is not None and os.environ.get(KEY_VARIABLE) is None:
        message = (
            f"the key of lakehouse {place} lies in a file, so the new one is made there too: unset "
            f"{NEW_KEY_VARIABLE}, or give the old key by {KEY_VARIABLE}"
        )
        raise CustomerKeyError(message)
    if given is not None:
        return _parsed(given, f"environment variable {NEW_KEY_VARIABLE}")
    file = _file(place, _NEW)
    if file is None or os.environ.get(KEY_VARIABLE) is not None:
        message = (
            f"the key of lakehouse {place} comes from the environment, so the new one must too: "
            f"set {NEW_KEY_VARIABLE} to {_HEX_DIGITS} hexadecimal digits (openssl rand -hex "
            f"{_BYTES}), and after the rotation {KEY_VARIABLE} to the same"
        )
        raise CustomerKeyError(message)
    return _read(file) if file.exists() else _make(file)


def put_new_key_in_place(place: Place, fingerprint_of_lakehouse: str | None) -> None:
    """Let the new key's file take the old one's place, once the lakehouse was published with it."""
    if os.environ.get(KEY_VARIABLE) is None:
        _rotated(place, fingerprint_of_lakehouse)


def find_suppression_key(place: Place, *, is_new: bool) -> bytes:
    """The key of a lakehouse's suppression entries, which is never rotated; made for the first.

    Args:
        place: Where the lakehouse lies.
        is_new: Whether no entry was made yet.

    Raises:
        CustomerKeyError: If it is lost or malformed.
    """
    file = _file(place, "suppression.key")
    given = os.environ.get(SUPPRESSION_VARIABLE)
    if given is not None:
        return _parsed(given, f"environment variable {SUPPRESSION_VARIABLE}")
    if file is not None and file.exists():
        return _read(file)
    if file is not None and is_new:
        return _make(file)
    where = f" or put {file} back from a backup" if file else ""
    message = (
        f"the suppression key of lakehouse {place} is not there: set {SUPPRESSION_VARIABLE} to "
        f"{_HEX_DIGITS} hexadecimal digits{where}. Without it, erased people would come back with "
        "the next delivery of old files"
    )
    raise CustomerKeyError(message)


def suppression_key(place: Place, entries: DataFrame) -> bytes:
    """The key of a lakehouse's suppression entries, as ``find_suppression_key`` finds it.

    Args:
        place: Where the lakehouse lies.
        entries: The table ``suppressions``.

    Raises:
        CustomerKeyError: If it is lost, malformed, or another one made the entries.
    """
    key = find_suppression_key(place, is_new=entries.isEmpty())
    if not entries.where(F.col("key_fingerprint") != fingerprint(key)).isEmpty():
        message = (
            f"this is not the suppression key that lakehouse {place} was given: with another "
            "one, erased people would come back. Put the first one back from a backup"
        )
        raise CustomerKeyError(message)
    return key


def fingerprint(key: bytes) -> str:
    """What tells keys apart without telling the key: 16 hexadecimal digits."""
    return hmac.new(key, b"clientela key fingerprint", hashlib.sha256).hexdigest()[:16]


def key_row(spark: SparkSession, key: bytes) -> DataFrame:
    """The key as ``transforms.identity`` takes it: one row with HMAC's two pads.

    It is a row and not a literal, because literals stand in query plans and event logs.
    """
    block = key.ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block).hex() for pad in (0x36, 0x5C))
    pads = local_rows(
        spark, [{"inner_pad": inner, "outer_pad": outer}], "inner_pad string, outer_pad string"
    )
    return pads.select(
        F.unhex("inner_pad").alias("inner_pad"), F.unhex("outer_pad").alias("outer_pad")
    )


def _file(place: Place, ending: str) -> Path | None:
    folder = place.local_path
    return folder.with_name(f"{folder.name}.{ending}") if folder else None


def _rotated(place: Place, fingerprint_of_lakehouse: str | None) -> bytes | None:
    """The new key, put into the old one's place, if the lakehouse was published with it."""
    old, new = _file(place, "key"), _file(place, _NEW)
    if old is None or new is None or not new.exists():
        return None
    key = _read(new)
    if fingerprint(key) != fingerprint_of_lakehouse:
        return None
    new.replace(old)
    return key


def _make(file: Path) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_hex(_BYTES)
    # Linked when it is whole, since half a key would stop every later run, and one that somebody
    # else made meanwhile must stay.
    beside = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    try:
        with os.fdopen(descriptor, "w") as opened:
            opened.write(key + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        _put(beside, file)
    except FileExistsError:
        return _read(file)
    finally:
        beside.unlink(missing_ok=True)
    return bytes.fromhex(key)


def _put(beside: Path, file: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        os.link(beside, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if file.exists():
            raise FileExistsError from None
        beside.replace(file)


def _read(file: Path) -> bytes:
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"key file {file} can be read by others: run chmod 600 {file}"
        raise CustomerKeyError(message)
    try:
        text = file.read_text(encoding="ascii")
    except UnicodeDecodeError:  # the bytes themselves, and not their digits
        text = ""
    return _parsed(text, f"key file {file}")


def _parsed(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        message = f"{where} must hold {_HEX_DIGITS} hexadecimal digits: openssl rand -hex {_BYTES}"
        raise CustomerKeyError(message)
    return key
