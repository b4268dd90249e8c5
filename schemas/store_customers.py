"""The customers of each store by the value bought there."""

from schemas.contract import AS_OF, CUSTOMER, Column, Table
from schemas.network_customers import RANKED_VALUE_RULES, ranked_value

STORE_CUSTOMERS = Table(
    name="store_customers",
    english="The customers of each store by the value bought there, with ABC class.",
    portuguese="Os clientes de cada loja pelo valor comprado nela, com curva ABC.",
    grain="one customer with a purchase in one store, on one processing date",
    key=("as_of", "store_code", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column("store_code", "string", "Store", "Loja", required=True),
        CUSTOMER,
        *ranked_value(
            (
                "Bought in the store; if network.value_basis is net, less what was returned in it",
                "Comprado na loja; se network.value_basis é net, menos o devolvido nela",
            ),
        ),
    ),
    constraints=RANKED_VALUE_RULES,
)
