"""What indicators of portfolios are sums of: the table ``portfolio_sales`` (spec §7, §6)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def portfolio_facts(sales: DataFrame) -> DataFrame:
    """Sales inside and outside of portfolios, nobody's code null.

    Args:
        sales: The table ``portfolio_sales``, whose keys are empty where a sale has no store or
            salesperson.

    Returns:
        Its rows; ``store_code`` and ``salesperson_code`` null instead of empty.
    """
    codes = ("store_code", "salesperson_code")
    return sales.withColumns({name: F.nullif(F.col(name), F.lit("")) for name in codes})
