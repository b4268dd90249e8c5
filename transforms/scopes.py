"""Scopes and levels: within whom customers are ranked and counted (spec §4, §5)."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

NETWORK, STORE, PORTFOLIO = "network", "store", "portfolio"
SCOPE = ("as_of", "scope", "scope_code")


def known_codes(codes: Mapping[str, Column], name: str) -> Column:
    """An array of the pairs (``name``, ``<name>_code``) whose code is not null.

    Args:
        codes: The code of a row in each scope or level.
        name: scope or level.
    """
    pairs = [
        F.struct(F.lit(each).alias(name), code.alias(f"{name}_code"))
        for each, code in codes.items()
    ]
    return F.filter(F.array(*pairs), lambda pair: pair[f"{name}_code"].isNotNull())
