"""How many customers come back to a store."""

from schemas.contract import AS_OF, Column, Table

STORE_RETURNS = Table(
    name="store_returns",
    english="The share of each store's customers who bought again within 12 months.",
    portuguese="A parcela de clientes de cada loja que voltou a comprar em 12 meses.",
    grain="one store",
    key=("as_of", "store_code"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column("store_code", "string", "Store", "Loja", required=True),
        Column(
            "customers",
            "bigint",
            "Customers with a purchase there in the last 12 months",
            "Clientes com compra nela em 12 meses",
            required=True,
        ),
        Column(
            "returned_there",
            "bigint",
            "Those with a later purchase day there",
            "Os que voltaram a comprar nela",
            required=True,
        ),
        Column(
            "returned_anywhere",
            "bigint",
            "Those with a later purchase day in any store",
            "Os que voltaram a comprar em qualquer loja",
            required=True,
        ),
        Column(
            "share_there",
            "double",
            "Returned there ÷ customers",
            "Voltaram nela ÷ clientes",
            required=True,
        ),
        Column(
            "share_anywhere",
            "double",
            "Returned anywhere ÷ customers",
            "Voltaram em qualquer ÷ clientes",
            required=True,
        ),
    ),
    constraints={
        "somebody": "customers > 0",
        "there_is_somewhere": "returned_there BETWEEN 0 AND returned_anywhere",
        "who_returned_bought": "returned_anywhere <= customers",
    },
)
