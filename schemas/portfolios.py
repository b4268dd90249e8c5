"""Sizes and value of portfolios."""

from schemas.contract import AS_OF, MONEY, Column, Table

STORE_KEY = Column(
    "store_code", "string", "Store; empty: none", "Loja; vazio: nenhuma", required=True
)
SALESPERSON_KEY = Column(
    "salesperson_code",
    "string",
    "Salesperson; empty: nobody",
    "Vendedor; vazio: ninguém",
    required=True,
)

PORTFOLIOS = Table(
    name="portfolios",
    english="The portfolios of stores and salespeople: customers, and what they are worth.",
    portuguese="As carteiras de lojas e vendedores: clientes e quanto valem.",
    grain="one portfolio of a salesperson, of transition, or of the store itself",
    key=("as_of", "store_code", "portfolio", "salesperson_code"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        STORE_KEY,
        Column(
            "portfolio",
            "string",
            "salesperson, transition (waiting after that salesperson left), store, or none",
            "salesperson, transition (à espera após a saída do vendedor), store ou none",
            required=True,
        ),
        SALESPERSON_KEY,
        Column("customers", "bigint", "Customers", "Clientes", required=True),
        Column(
            "purchases",
            "bigint",
            "Their purchases, in all stores",
            "Compras deles, na rede",
            required=True,
        ),
        Column(
            "net_amount",
            MONEY,
            "Their net value, in all stores",
            "Valor líquido, na rede",
            required=True,
        ),
        Column(
            "purchases_12m",
            "bigint",
            "Purchases of the last 12 months",
            "Compras dos últimos 12 meses",
            required=True,
        ),
        Column(
            "net_amount_12m",
            MONEY,
            "Net value of the last 12 months",
            "Valor líquido dos últimos 12 meses",
            required=True,
        ),
    ),
    constraints={
        "portfolio_is_known": "portfolio IN ('salesperson', 'transition', 'store', 'none')",
        "nobody_is_empty": "(portfolio IN ('store', 'none')) = (salesperson_code = '')",
        "none_has_no_store": "(portfolio = 'none') = (store_code = '')",
        "somebody_is_in_it": "customers > 0",
    },
)
