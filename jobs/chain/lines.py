"""The lines of tickets: what was sold, returned or cancelled, and for how much."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.chain.calendar import Chain
from jobs.chain.network import ONLINE, Store
from jobs.chain.products import drawn_product, price_in_cents, product_code
from jobs.chain.randomness import WHOLE, Draws, divided, table, text_table

MONEY = "decimal(18,2)"
MOST_LINES = 64
"""More than any ticket has: tells lines of different tickets apart."""

# Shares in ten-thousandths.
_RETURN_TICKETS, _EXCHANGES, _CANCELLED_TICKETS, _CANCELLED_LINES = 250, 200, 120, 50
_DISCOUNTED = 2800
_BY_APP = 4000

_DISCOUNTS = (5, 10, 10, 15, 20, 30, 50)  # per cent
_PIECES = (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3)


def lines(tickets: DataFrame, network: Sequence[Store], chain: Chain, draws: Draws) -> DataFrame:
    """All lines of the chain, in the order of the tickets.

    Args:
        tickets: What ``tickets.tickets`` returns.
        network: The stores by index.
        chain: The chain.
        draws: The chain's draws.

    Returns:
        One row per line with the columns of the file: ``Loja``, ``Data`` (date), ``Hora``,
        ``Cupom``, ``Item``, ``Tipo`` (V sold, D returned, C cancelled), ``CPF``, ``Vendedor``,
        ``Canal``, ``Fila`` (S or N; came by the queue), ``Produto``, ``Quantidade`` and the money
        columns ``Valor bruto`` and ``Desconto`` in reais. Quantity and money of what was returned
        are negative. Text is null where there is none.
    """
    line = F.col("line")
    pieces = F.get(table(_PIECES), draws.below(len(_PIECES), "pieces", line))
    return (
        tickets.withColumn("item", F.explode(F.sequence(F.lit(1), F.col("size").cast("int"))))
        .withColumn("line", F.col("ticket") * MOST_LINES + F.col("item"))
        .withColumn("product", drawn_product(chain, draws, line))
        .withColumn("kind", _kind(draws))
        .withColumn("pieces", F.when(F.col("kind") == "D", -pieces).otherwise(pieces))
        .withColumn(
            "cents", price_in_cents(draws, F.col("product"), F.col("year")) * F.col("pieces")
        )
        .withColumn("off", _discount(draws))
        .select(*_columns(network, draws))
    )


def _columns(network: Sequence[Store], draws: Draws) -> list[Column]:
    yes_no = F.when(F.col("by_queue"), F.lit("S")).when(~F.col("by_queue"), F.lit("N"))
    by_app = draws.chance(_BY_APP, "by app", F.col("ticket"))
    channel = (
        F.when(F.col("store") != ONLINE, F.lit("Loja"))
        .when(by_app, F.lit("Aplicativo"))
        .otherwise(F.lit("Site"))
    )
    return [
        F.get(text_table([each.code for each in network]), F.col("store")).alias("Loja"),
        F.col("date").alias("Data"),
        _clock(F.col("second")).alias("Hora"),
        _six_digits(F.col("number")).alias("Cupom"),
        F.col("item").alias("Item"),
        F.col("kind").alias("Tipo"),
        F.col("code").alias("CPF"),
        F.col("salesperson").alias("Vendedor"),
        channel.alias("Canal"),
        yes_no.alias("Fila"),
        product_code(F.col("product")).alias("Produto"),
        F.col("pieces").cast("int").alias("Quantidade"),
        _reais(F.col("cents")).alias("Valor bruto"),
        _reais(F.col("off")).alias("Desconto"),
    ]


def _kind(draws: Draws) -> Column:
    """V, D or C: tickets of returns, tickets cancelled whole, exchanges, and single cancellations.

    An exchange gives back its first piece and takes others.
    """
    draw = draws.below(WHOLE, "kind", F.col("ticket"))
    is_return = draw < _RETURN_TICKETS
    is_exchange = (draw >= _RETURN_TICKETS) & (draw < _RETURN_TICKETS + _EXCHANGES)
    gives_back = is_exchange & (F.col("size") > 1) & (F.col("item") == 1)
    is_cancelled = (draw >= WHOLE - _CANCELLED_TICKETS) | draws.chance(
        _CANCELLED_LINES, "cancelled", F.col("line")
    )
    return (
        F.when(is_return | gives_back, F.lit("D"))
        .when(is_cancelled, F.lit("C"))
        .otherwise(F.lit("V"))
    )


def _discount(draws: Draws) -> Column:
    """What is taken off a line, in whole cents towards zero, with the line's sign."""
    drawn = draws.below(len(_DISCOUNTS), "discount", F.col("line"))
    percent = F.when(
        draws.chance(_DISCOUNTED, "discounted", F.col("line")), F.get(table(_DISCOUNTS), drawn)
    ).otherwise(0)
    return divided(F.col("cents") * percent, 100)


def _clock(second: Column) -> Column:
    """``14:05:09``."""
    places = (divided(second, 3600), divided(second, 60) % 60, second % 60)
    return F.concat_ws(":", *(F.lpad(each.cast("string"), 2, "0") for each in places))


def _six_digits(number: Column) -> Column:
    """At least six: ``lpad`` alone would cut a longer number off."""
    text = number.cast("string")
    return F.lpad(text, F.greatest(F.lit(6), F.length(text)), F.lit("0"))


def _reais(cents: Column) -> Column:
    return (cents.cast("decimal(18,0)") * F.lit("0.01").cast("decimal(3,2)")).cast(MONEY)
