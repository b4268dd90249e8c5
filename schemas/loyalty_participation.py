"""Customers by loyalty programme and category."""

from schemas.contract import AS_OF, MONEY, Column, Table

LOYALTY_PARTICIPATION = Table(
    name="loyalty_participation",
    english="Registered customers in each category of each loyalty programme.",
    portuguese="Clientes com cadastro em cada categoria de cada programa de fidelidade.",
    grain="one category of one programme",
    key=("as_of", "loyalty_programme", "loyalty_category"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column(
            "loyalty_programme",
            "string",
            "Programme; empty for none",
            "Programa; vazio se nenhum",
            required=True,
        ),
        Column(
            "loyalty_category",
            "string",
            "Category; empty for none",
            "Categoria; vazia se nenhuma",
            required=True,
        ),
        Column(
            "customers", "bigint", "Registered customers", "Clientes com cadastro", required=True
        ),
        Column(
            "share",
            "double",
            "Share of all registered customers",
            "Participação entre todos",
            required=True,
        ),
        Column(
            "buyers_12m",
            "bigint",
            "Those with a purchase in the last 12 months",
            "Os que compraram em 12 meses",
            required=True,
        ),
        Column(
            "net_amount_12m",
            MONEY,
            "Their net in the last 12 months",
            "Seu líquido em 12 meses",
            required=True,
        ),
    ),
)
