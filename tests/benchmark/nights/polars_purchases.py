"""Tickets, accounts and the timeline in Polars, each from what was written before it.

Tables are sorted by customer once, so that what looks at the row before or after is a shift and no
window over millions of small groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

TICKET = ["store_code", "business_day", "sale_number"]
NEVER = date(9999, 12, 31)
_AMOUNTS = ["items", "items_returned", "gross_amount", "returned_amount", "net_amount"]
_SETTLED = {**dict.fromkeys(TICKET, pl.String()), "business_day": pl.Date(), "settled": pl.String()}
_NOT_YET = date(1, 1, 1)


def code_number(code: str) -> pl.Expr:
    """A code as a number, which is cheaper to group and join by than text; null for words."""
    bare = (
        pl.col(code).str.replace_all(".", "", literal=True).str.replace_all("-", "", literal=True)
    )
    return bare.cast(pl.Int64, strict=False)


def money(units: pl.Expr) -> pl.Expr:
    """Ten-thousandths as money."""
    return (units.cast(pl.Decimal(38, 4)) / 10_000).cast(pl.Decimal(18, 4))


def mean(units: pl.Expr) -> pl.Expr:
    """Millionths as a mean."""
    return (units.cast(pl.Decimal(38, 6)) / 1_000_000).cast(pl.Decimal(18, 6))


def half_up(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """A quotient of whole numbers to the nearest one, halves away from zero."""
    return above.sign() * ((2 * above.abs() + below) // (2 * below))


def lines(source: str, as_of: date) -> pl.LazyFrame:
    """The sale lines that count."""
    code = code_number("CPF")
    return (
        pl.scan_parquet(f"{source}/vendas_*.parquet")
        .filter(
            pl.col("Data") <= as_of,
            pl.col("Tipo") != "C",
            (pl.col("Tipo") == "D") | (pl.col("Quantidade") > 0),
        )
        .with_columns(
            kind=pl.when(pl.col("Tipo") == "D")
            .then(pl.lit("return"))
            .when(pl.col("Valor bruto") < 0)
            .then(pl.lit("price_adjustment"))
            .otherwise(pl.lit("sold")),
            customer_code=pl.when((code > 0) & (code != 99_999_999_999)).then(code),
        )
        .select(
            pl.col("Loja").alias("store_code"),
            pl.col("Data").alias("business_day"),
            pl.col("Cupom").alias("sale_number"),
            pl.col("Item").alias("line_number"),
            pl.col("Data").dt.combine(pl.col("Hora").str.to_time("%H:%M:%S")).alias("sold_at"),
            "customer_code",
            pl.when(pl.col("customer_code").is_not_null()).then(pl.col("Item")).alias("coded_line"),
            (pl.col("CPF").str.strip_chars() != "").fill_null(False).alias("has_code"),
            pl.col("Vendedor").alias("salesperson_code"),
            pl.col("Canal").alias("channel"),
            (pl.col("Fila") == "S").alias("by_queue"),
            *_measures(),
        )
    )


def _measures() -> list[pl.Expr]:
    """What a line adds to its ticket."""
    bought, returned = pl.col("kind") == "sold", pl.col("kind") == "return"
    quantity, signed = pl.col("Quantidade"), pl.col("Valor bruto") - pl.col("Desconto")
    nothing = pl.lit(0).cast(pl.Decimal(18, 2))
    return [
        bought.alias("is_purchase"),
        pl.when(bought).then(quantity).otherwise(0).alias("items"),
        pl.when(returned).then(quantity.abs()).otherwise(0).alias("items_returned"),
        pl.when(bought).then(signed).otherwise(nothing).alias("gross_amount"),
        pl.when(returned).then(signed.abs()).otherwise(nothing).alias("returned_amount"),
        pl.when(returned).then(-signed.abs()).otherwise(signed).alias("net_amount"),
    ]


def purchases(sold: pl.LazyFrame, beside: str) -> pl.LazyFrame:
    """One row per ticket. Hardly one has two salespeople: only those are settled by value.

    Args:
        sold: The lines.
        beside: A file to write the tickets to before they are settled, so that neither they nor
            the lines are held in memory to be looked at twice.
    """
    _tickets(sold).sink_parquet(beside)
    tickets = pl.scan_parquet(beside)
    is_open = pl.col("salesperson_code") != pl.col("other_salesperson_code")
    several = tickets.filter(is_open).select(TICKET).collect(engine="streaming")
    settled = _settled(sold, several) if several.height else pl.LazyFrame(schema=_SETTLED)
    kinds = {"items": 3, "items_returned": 3} | dict.fromkeys(_AMOUNTS[2:], 4)
    return tickets.join(settled, on=TICKET, how="left").select(
        *TICKET,
        "sold_at",
        pl.when(pl.col("customer_code").is_not_null())
        .then(pl.lit("coded"))
        .when(pl.col("has_code"))
        .then(pl.lit("generic"))
        .otherwise(pl.lit("none"))
        .alias("code_class"),
        "customer_code",
        pl.coalesce("settled", "salesperson_code").alias("salesperson_code"),
        "channel",
        "by_queue",
        "is_purchase",
        *(pl.col(name).cast(pl.Decimal(18, scale)) for name, scale in kinds.items()),
    )


def _tickets(sold: pl.LazyFrame) -> pl.LazyFrame:
    return sold.group_by(TICKET).agg(
        pl.col("sold_at").min(),
        pl.col("customer_code").min_by("coded_line"),
        pl.col("has_code").any(),
        pl.col("salesperson_code").min(),
        pl.col("salesperson_code").max().alias("other_salesperson_code"),
        pl.col("channel").min(),
        pl.col("by_queue").max(),
        pl.col("is_purchase").any(),
        *(pl.col(name).sum() for name in _AMOUNTS),
    )


def _settled(sold: pl.LazyFrame, several: pl.DataFrame) -> pl.LazyFrame:
    """Of tickets with several salespeople, the one with most net value, then the lowest line."""
    return (
        sold.filter(pl.col("salesperson_code").is_not_null())
        .join(several.lazy(), on=TICKET, how="semi")
        .group_by(*TICKET, "salesperson_code")
        .agg(pl.col("net_amount").sum(), pl.col("line_number").min())
        .sort("net_amount", "line_number", descending=[True, False])
        .group_by(TICKET, maintain_order=True)
        .agg(pl.col("salesperson_code").first().alias("settled"))
    )


def purchase_days(tickets: pl.LazyFrame) -> pl.LazyFrame:
    """The days on which a customer bought, in order, with the one before and the one after."""
    is_same_before = pl.col("customer_code") == pl.col("customer_code").shift(1)
    is_same_after = pl.col("customer_code") == pl.col("customer_code").shift(-1)
    return (
        tickets.filter(pl.col("is_purchase"))
        .select("customer_code", pl.col("business_day").alias("bought"))
        .unique()
        .sort("customer_code", "bought")
        .with_columns(
            pl.when(is_same_before).then(pl.col("bought").shift(1)).alias("previous_on"),
            pl.when(is_same_after).then(pl.col("bought").shift(-1)).alias("next_on"),
        )
    )


def life_cycle(tickets: pl.LazyFrame) -> pl.LazyFrame:
    """The timeline with the default periods."""
    is_first = pl.col("previous_on").is_null()
    bought, previous = pl.col("bought"), pl.col("previous_on")
    kind = (
        pl.when(bought > previous.dt.offset_by("36mo"))
        .then(pl.lit("recovered"))
        .when(bought > previous.dt.offset_by("12mo"))
        .then(pl.lit("reactivated"))
    )
    # The first day of a customer says that there was no return, so that nothing is carried over
    # from the customer before.
    ends = (
        purchase_days(tickets)
        .with_columns(kind=pl.when(is_first).then(pl.lit("none")).otherwise(kind))
        .with_columns(
            pl.when(is_first).then(bought).forward_fill().alias("first_on"),
            pl.when(pl.col("kind").is_not_null())
            .then(pl.when(is_first).then(_NOT_YET).otherwise(bought))
            .forward_fill()
            .alias("last_return"),
            pl.col("kind").forward_fill().alias("returned_as"),
        )
        .select(
            "customer_code",
            "bought",
            "next_on",
            "returned_as",
            bought.dt.offset_by("12mo").alias("inactive_from"),
            bought.dt.offset_by("36mo").alias("lost_from"),
            pl.max_horizontal("bought", pl.col("first_on") + _days(30)).alias("new_until"),
            pl.when(bought == pl.col("first_on"))
            .then(pl.col("first_on") + _days(210))
            .otherwise(bought)
            .alias("loyalty_until"),
            pl.max_horizontal("bought", pl.col("last_return") + _days(30)).alias("return_until"),
        )
    )
    return _changes(ends)


def _days(count: int) -> pl.Expr:
    return pl.duration(days=count)


def _changes(ends: pl.LazyFrame) -> pl.LazyFrame:
    """Of each purchase day the stretches until the next one, those of one segment put together."""
    stretches = pl.concat(
        ends.filter(since < until, since < pl.col("next_on").fill_null(NEVER)).select(
            "customer_code",
            since.alias("valid_from"),
            pl.lit(stage).alias("stage"),
            segment.alias("segment"),
            (since == pl.col("bought")).alias("by_purchase"),
        )
        for stage, segment, since, until in _course()
    )
    is_same_before = pl.col("customer_code") == pl.col("customer_code").shift(1)
    is_same_after = pl.col("customer_code") == pl.col("customer_code").shift(-1)
    is_change = ~is_same_before | (pl.col("segment") != pl.col("segment").shift(1))
    cause = pl.when("by_purchase").then(pl.lit("purchase")).otherwise(pl.lit("time"))
    return (
        stretches.sort("customer_code", "valid_from")
        .filter(is_change.fill_null(True))
        .select(
            "customer_code",
            "valid_from",
            pl.when(is_same_after).then(pl.col("valid_from").shift(-1)).alias("valid_to"),
            "stage",
            "segment",
            cause.alias("cause"),
        )
    )


def _course() -> Sequence[tuple[str, pl.Expr, pl.Expr, pl.Expr]]:
    """Stage, segment, beginning and end of the stretches after a purchase day."""
    inactive, lost = pl.col("inactive_from"), pl.col("lost_from")
    bought, new_until = pl.col("bought"), pl.col("new_until")
    judged_from = pl.max_horizontal("new_until", "loyalty_until", "return_until")
    return (
        ("active", pl.lit("new"), bought, new_until),
        ("active", pl.lit("in_loyalty_process"), new_until, pl.col("loyalty_until")),
        ("active", pl.col("returned_as"), new_until, pl.col("return_until")),
        ("active", pl.lit("normal_active"), judged_from, inactive - _days(90)),
        ("active", pl.lit("inactivation_risk"), inactive - _days(90), inactive),
        ("inactive", pl.lit("recently_inactivated"), inactive, inactive + _days(30)),
        ("inactive", pl.lit("normal_inactive"), inactive + _days(30), lost - _days(90)),
        ("inactive", pl.lit("loss_risk"), lost - _days(90), lost),
        ("lost", pl.lit("recently_lost"), lost, lost + _days(30)),
        ("lost", pl.lit("normal_lost"), lost + _days(30), pl.lit(NEVER)),
    )
