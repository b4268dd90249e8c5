"""Text as people type it: white space that looks like nothing is nothing."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

WHITE_SPACE = " \t\n\r\v\f\u00a0\u2007\u202f\ufeff"
"""What is stripped from both ends; the no-break spaces come from spreadsheets and web pages."""


def trimmed(raw: Column) -> Column:
    """Text without white space at its ends. Null in, null out."""
    return F.btrim(raw, F.lit(WHITE_SPACE))


def is_ascii(raw: Column) -> Column:
    """Whether text has none but the characters of ASCII. Null in, null out."""
    # A character of UTF-8 has one byte only if it is of ASCII; so has what is no UTF-8.
    return F.is_valid_utf8(raw) & (F.octet_length(raw) == F.char_length(raw))


def text(raw: Column) -> Column:
    """Trimmed text, null where nothing is left."""
    return F.nullif(trimmed(raw), F.lit(""))
