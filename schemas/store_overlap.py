"""Customers that pairs of stores share."""

from schemas.contract import AS_OF, Column, Table

STORE_OVERLAP = Table(
    name="store_overlap",
    english="How many customers each pair of stores shares.",
    portuguese="Quantos clientes cada par de lojas tem em comum.",
    grain="one pair of stores with a common customer, on one processing date",
    key=("as_of", "store_code", "other_store_code"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column(
            "store_code", "string", "Store of the lower code", "Loja de menor código", required=True
        ),
        Column("other_store_code", "string", "The other store", "A outra loja", required=True),
        Column(
            "customers",
            "bigint",
            "Customers with a purchase in both",
            "Clientes com compra em ambas",
            required=True,
        ),
        Column(
            "store_customers",
            "bigint",
            "Customers with a purchase in the first",
            "Clientes com compra na primeira",
            required=True,
        ),
        Column(
            "other_store_customers",
            "bigint",
            "Customers with a purchase in the other",
            "Clientes com compra na outra",
            required=True,
        ),
    ),
    constraints={
        "codes_rise": "store_code < other_store_code",
        "common_are_part": "customers BETWEEN 1 AND least(store_customers, other_store_customers)",
    },
)
