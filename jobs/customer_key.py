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
from jobs.session import local_rows
from jobs.tables import Place

KEY_VARIABLE = "CLIENTELA_KEY"
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
    file = _key_file(place)
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
    if fingerprint_of_lakehouse not in (None, fingerprint(key)):
        message = (
            f"this is not the key that made the customer ids of lakehouse {place}: use the key "
            "with fingerprint "
            f"{fingerprint_of_lakehouse}, not {fingerprint(key)}"
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


def _key_file(place: Place) -> Path | None:
    folder = place.local_path
    return folder.with_name(f"{folder.name}.key") if folder else None


def _make(file: Path) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_hex(_BYTES)
    try:
        descriptor = os.open(
            file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR
        )
    except FileExistsError:
        return _read(file)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(key + "\n")
    return bytes.fromhex(key)


def _read(file: Path) -> bytes:
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"key file {file} can be read by others: run chmod 600 {file}"
        raise CustomerKeyError(message)
    return _parsed(file.read_text(), f"key file {file}")


def _parsed(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        message = f"{where} must hold {_HEX_DIGITS} hexadecimal digits: openssl rand -hex {_BYTES}"
        raise CustomerKeyError(message)
    return key
