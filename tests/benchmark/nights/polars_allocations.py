"""One store and one salesperson for every customer in Polars: default rules, no earlier date."""

from __future__ import annotations

from datetime import date

import polars as pl

from tests.benchmark.nights.polars_purchases import code_number

_FIGURES = {
    "the_last": "last_purchases",
    "purchases_recent": "purchases_recent",
    "purchases_total": "purchases_total",
    "value_recent": "value_recent",
    "value_total": "value_total",
    "last_place": "last_store",
}
"""What candidates are compared by, one after the other, and the criterion's name."""

_IN_TIME = {
    "customer_code": False,
    "business_day": False,
    "sold_at": False,
    "sale_number": False,
    "store_code": True,
}
"""The order of sales, and what of it descends."""


def persons(source: str, as_of: date) -> pl.LazyFrame:
    """The registry on the date: of several entries of a person, the one changed last stands."""
    entries = pl.scan_parquet(f"{source}/clientes_*.parquet").select(
        code_number("CPF").alias("customer_code"),
        pl.col("Cadastro").alias("registered_on"),
        pl.col("Loja").alias("store_code"),
        pl.col("Atualizado em").alias("changed_at"),
    )
    registered_on = pl.col("registered_on")
    return (
        entries.filter(pl.col("customer_code").is_not_null())
        .sort("changed_at")
        .group_by("customer_code", maintain_order=True)
        .agg(pl.col("registered_on", "store_code").last())
        .filter(registered_on.is_null() | (registered_on <= as_of))
    )


def allocations(tickets: pl.LazyFrame, source: str, as_of: date) -> pl.LazyFrame:
    """One row per customer with a purchase.

    Args:
        tickets: Those of real customers.
        source: The folder of the registries.
        as_of: The date.
    """
    sales = _sales(tickets, as_of).collect(engine="streaming")
    stores = _stores(sales, source, as_of).collect(engine="streaming")
    here = sales.join(stores, on=["customer_code", "store_code"], how="semi", maintain_order="left")
    attended = here.join(
        _posts(source, as_of),
        on=["store_code", "salesperson_code"],
        how="left",
        maintain_order="left",
    )
    has_post = pl.col("is_present").is_not_null()
    chosen = _best(attended, pl.when(has_post).then("salesperson_code")).collect(engine="streaming")
    last = _handed_on(chosen, attended.filter(has_post, pl.col("is_purchase")))
    chosen_by = pl.col("criterion").alias("salesperson_criterion")
    found = (
        stores.lazy()
        .join(chosen.lazy().select("customer_code", chosen_by), on="customer_code", how="left")
        .join(last.lazy(), on="customer_code", how="left")
    )
    return found.select(
        pl.lit(as_of).alias("as_of"),
        *("customer_code", "store_code", "salesperson_code"),
        _portfolio().alias("portfolio"),
        *("routine", "criterion", "salesperson_criterion"),
        pl.lit(as_of).alias("allocated_since"),
    )


def _portfolio() -> pl.Expr:
    return (
        pl.when(pl.col("store_code").is_null())
        .then(None)
        .when(pl.col("is_present").is_null())
        .then(pl.lit("store"))
        .when("is_present")
        .then(pl.lit("salesperson"))
        .otherwise(pl.lit("transition"))
    )


def _sales(tickets: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """The sales in time, numbered: places need only tell which of a customer's was later."""
    return (
        tickets.sort(*_IN_TIME, descending=list(_IN_TIME.values()))
        .with_row_index("place")
        .select(
            "customer_code",
            "store_code",
            "salesperson_code",
            "business_day",
            "is_purchase",
            pl.col("place").cast(pl.Int64),
            pl.col("net_amount").alias("value"),
            (pl.col("business_day") + pl.duration(days=365) > as_of).alias("in_recent"),
        )
    )


def _best(sales: pl.DataFrame, candidate: pl.Expr) -> pl.LazyFrame:
    """The best candidate of each customer, and the criterion that tells it from the next one.

    Where nobody is next, it is the first that has anything to say.

    Args:
        sales: In time, each customer's together.
        candidate: Null where a sale speaks for nobody; it is one of the last purchases all the
            same.
    """
    customer = pl.col("customer_code")
    ordered = _compared(sales.lazy(), candidate).sort(
        customer, *_FIGURES, descending=[False, *[True] * len(_FIGURES)]
    )
    alone = pl.when(pl.col("the_last") == 1).then(pl.lit("last_purchases"))
    ahead = [
        pl.when(pl.col(figure) > pl.col(figure).shift(-1)).then(pl.lit(name))
        for figure, name in _FIGURES.items()
    ]
    criterion = (
        pl.when((customer == customer.shift(-1)).fill_null(False))
        .then(pl.coalesce(ahead))
        .otherwise(pl.coalesce(alone, pl.lit("purchases_recent")))
    )
    is_best = (customer != customer.shift(1)).fill_null(True)
    found = ordered.select(customer, "candidate", criterion.alias("criterion"), is_best=is_best)
    return found.filter("is_best").drop("is_best")


def _compared(sales: pl.LazyFrame, candidate: pl.Expr) -> pl.LazyFrame:
    """What candidates with a purchase are compared by."""
    bought, recent = pl.col("is_purchase"), pl.col("in_recent")
    customer = pl.col("customer_code")
    is_of_last = (customer != customer.shift(-3)).fill_null(True)
    purchases = sales.filter("is_purchase").with_columns(of_last=is_of_last)
    others = sales.filter(~bought).with_columns(of_last=pl.lit(False))
    return (
        pl.concat([purchases, others])
        .with_columns(candidate=candidate)
        .filter(pl.col("candidate").is_not_null())
        .group_by("customer_code", "candidate")
        .agg(
            ((recent & pl.col("of_last")).sum() == 3).cast(pl.Int8).alias("the_last"),
            (bought & recent).sum().alias("purchases_recent"),
            bought.sum().alias("purchases_total"),
            pl.col("value").filter(recent).sum().alias("value_recent"),
            pl.col("value").sum().alias("value_total"),
            pl.col("place").filter(bought).max().alias("last_place"),
        )
        .filter(pl.col("last_place").is_not_null())
    )


def _stores(sales: pl.DataFrame, source: str, as_of: date) -> pl.LazyFrame:
    """The store of each customer, by the first routine that gives an active one."""
    led_to = _led_to(source, as_of)
    is_active = pl.col("store_code").is_in([name for name, last in led_to.items() if name == last])
    best = _best(sales.filter(is_active), pl.col("store_code")).rename({"candidate": "by_sales"})
    by_registry = pl.col("store_code").alias("by_registry")
    registered = persons(source, as_of).filter(is_active).select("customer_code", by_registry)
    by_store = pl.col("last_store").replace_strict(led_to, default=None, return_dtype=pl.String)
    return (
        sales.lazy()
        .filter("is_purchase")
        .group_by("customer_code")
        .agg(pl.col("store_code").max_by("place").alias("last_store"))
        .join(best, on="customer_code", how="left")
        .join(registered, on="customer_code", how="left")
        .with_columns(by_store=by_store)
        .select(
            "customer_code",
            pl.coalesce("by_sales", "by_registry", "by_store").alias("store_code"),
            pl.when(pl.col("by_sales").is_not_null())
            .then(pl.lit("sales"))
            .when(pl.col("by_registry").is_not_null())
            .then(pl.lit("registry"))
            .when(pl.col("by_store").is_not_null())
            .then(pl.lit("store"))
            .otherwise(pl.lit("none"))
            .alias("routine"),
            "criterion",
        )
    )


def _led_to(source: str, as_of: date) -> dict[str, str | None]:
    """The first active store among each store, its successor, that one's successor..."""
    registry = pl.read_parquet(f"{source}/lojas_*.parquet")
    opened, closed = pl.col("Abertura"), pl.col("Fechamento")
    is_open = (opened.is_null() | (opened <= as_of)) & (closed.is_null() | (closed > as_of))
    active = set(registry.filter(is_open)["Loja"])
    successors = dict(registry.select("Loja", "Sucessora").iter_rows())

    def first_active(store: str | None) -> str | None:
        return store if store is None or store in active else first_active(successors.get(store))

    return {store: first_active(store) for store in successors}


def _posts(source: str, as_of: date) -> pl.DataFrame:
    """Who ever worked in a store; whoever is absent left with the latest end."""
    until = pl.col("Saída")
    return (
        pl.read_parquet(f"{source}/vendedores_*.parquet")
        .filter(pl.col("Entrada") <= as_of)
        .group_by(pl.col("Loja").alias("store_code"), pl.col("Vendedor").alias("salesperson_code"))
        .agg(
            (until.is_null() | (until > as_of)).any().alias("is_present"),
            until.max().alias("ended_on"),
        )
    )


def _handed_on(chosen: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Whose customer each is: who left hands on to the next other one who served her there since.

    Args:
        chosen: The salesperson of each customer who is judged first.
        kept: The purchases in her store with somebody who has a post there.
    """
    columns = ["customer_code", "salesperson_code", "is_present", "ended_on"]
    of_chosen = chosen.select("customer_code", pl.col("candidate").alias("salesperson_code"))
    now = (
        kept.join(of_chosen, on=["customer_code", "salesperson_code"], how="semi")
        .unique(["customer_code", "salesperson_code"])
        .select(*columns, pl.lit(-1, pl.Int64).alias("place"))
    )
    found = [now]
    while not (left := now.filter(~pl.col("is_present"))).is_empty():
        now = (
            kept.join(left, on="customer_code", suffix="_left")
            .filter(
                pl.col("business_day") >= pl.col("ended_on_left"),
                pl.col("place") > pl.col("place_left"),
                pl.col("salesperson_code") != pl.col("salesperson_code_left"),
            )
            .sort("place")
            .unique("customer_code", keep="first", maintain_order=True)
            .select(*columns, "place")
        )
        found.append(now)
    return pl.concat(found).unique("customer_code", keep="last", maintain_order=True)
