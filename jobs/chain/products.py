"""What the chain sells, and at what price."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.chain.calendar import Chain
from jobs.chain.randomness import Draws, divided, table, text_table
from jobs.chain.words import BRANDS, COLOURS, KINDS, STYLES

_PRICE_LEVELS = (100, 106, 112, 119, 125)  # per cent, by year
_FEWEST, _MOST = 200, 5000
_FINE = 1 << 20


def products(chain: Chain) -> int:
    """How many products there are."""
    return min(_MOST, max(_FEWEST, chain.lines // 500))


def drawn_product(chain: Chain, draws: Draws, line: Column) -> Column:
    """The product of a line; of low numbers many are sold, of high ones few."""
    place = draws.below(_FINE, "product", line)
    return F.shiftright(place * place * products(chain), 40)


def product_code(product: Column) -> Column:
    """What the tills call a product."""
    return F.concat(F.lit("P"), F.lpad(product.cast("string"), 5, "0"))


def price_in_cents(draws: Draws, product: Column, year: Column) -> Column:
    """The price of one piece before discount, ending in ,90, dearer from year to year."""
    usual = F.get(table([each.cents for each in KINDS]), product % len(KINDS))
    own = usual * (45 + draws.below(75, "price", product))
    level = F.get(table(_PRICE_LEVELS), year)
    return divided(own * level, 100 * 100 * 100) * 100 + 90


def product_rows(spark: SparkSession, chain: Chain, draws: Draws) -> DataFrame:
    """The registry of products, one row each, with the column names of the file."""
    rows = spark.range(0, products(chain), 1, 1).withColumnRenamed("id", "product")
    product = F.col("product")
    name = F.concat_ws(
        " ",
        _of_kind("names"),
        draws.one_of(STYLES, "style", product),
        draws.one_of(COLOURS, "colour", product),
    )
    return rows.select(
        product_code(product).alias("Produto"),
        name.alias("Descrição"),
        draws.one_of(BRANDS, "brand", product).alias("Marca"),
        _of_kind("department").alias("Departamento"),
        _of_kind("category").alias("Categoria"),
        _of_kind("subcategory").alias("Subcategoria"),
    )


def _of_kind(field: str) -> Column:
    return F.get(
        text_table([getattr(each, field) for each in KINDS]), F.col("product") % len(KINDS)
    )
