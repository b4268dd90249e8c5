"""Cohorts by month of the first purchase."""

from schemas.contract import AS_OF, MONEY, Column, Table

COHORTS = Table(
    name="cohorts",
    english="Customers by the month of their first purchase, and what they do at each age.",
    portuguese="Clientes pelo mês da primeira compra, e o que fazem em cada idade.",
    grain="one cohort of one level at one age",
    key=("as_of", "level", "level_code", "cohort", "age"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column(
            "level", "string", "network or store", "network (rede) ou store (loja)", required=True
        ),
        Column(
            "level_code",
            "string",
            "Code of the store; network for the network",
            "Código da loja; network para a rede",
            required=True,
        ),
        Column(
            "cohort",
            "date",
            "First day of the month of the first purchase",
            "Primeiro dia do mês da primeira compra",
            required=True,
        ),
        Column("age", "int", "Calendar months since then", "Meses desde então", required=True),
        Column(
            "customers", "bigint", "Customers of the cohort", "Clientes da safra", required=True
        ),
        Column(
            "buyers",
            "bigint",
            "Those who bought in the month of this age",
            "Os que compraram no mês desta idade",
            required=True,
        ),
        Column("purchases", "bigint", "Purchases in it", "Compras nele", required=True),
        Column(
            "net_amount",
            MONEY,
            "Net of their tickets in it",
            "Líquido de seus cupons nele",
            required=True,
        ),
        Column(
            "net_amount_so_far",
            MONEY,
            "Net up to this age",
            "Líquido até esta idade",
            required=True,
        ),
        Column(
            "retention", "double", "Buyers ÷ customers", "Compradores ÷ clientes", required=True
        ),
    ),
    constraints={
        "somebody": "customers > 0",
        "buyers_are_customers": "buyers BETWEEN 0 AND customers",
        "purchases_are_of_buyers": "purchases >= buyers",
    },
)
