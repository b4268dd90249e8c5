"""Scopes and levels: within whom customers are ranked and counted (spec §4, §5)."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

NETWORK, STORE, PORTFOLIO = "network", "store", "portfolio"
SCOPE = ("as_of", "scope", "scope_code")


def codes_of_levels(*columns: str) -> dict[str, Column]:
    """The code of a row at each level: the network's, and those of columns ``<level>_code``."""
    own = {each.removesuffix("_code"): F.col(each) for each in columns}
    return {NETWORK: F.lit(NETWORK), **own}


def known_codes(codes: Mapping[str, Column], name: str) -> Column:
    """An array of the pairs (``name``, ``<name>_code``) whose code is not null.

    Args:
        codes: The code of a row in each scope or level.
        name: scope or level.
    """
    none = F.array().cast(f"array<struct<{name}:string,{name}_code:string>>")
    # Put together, since Spark calls back for each element that it filters.
    return F.concat(
        *(
            F.when(
                code.isNotNull(),
                F.array(F.struct(F.lit(each).alias(name), code.alias(f"{name}_code"))),
            ).otherwise(none)
            for each, code in codes.items()
        )
    )
