"""The customers of each portfolio by the value that its salesperson attended."""

from schemas.contract import AS_OF, CUSTOMER, Column, Table
from schemas.network_customers import RANKED_VALUE_RULES, ranked_value

PORTFOLIO_CUSTOMERS = Table(
    name="portfolio_customers",
    english="The customers of each salesperson's portfolio by the value attended by him, with ABC.",
    portuguese="Os clientes da carteira de cada vendedor pelo valor atendido por ele, com ABC.",
    grain="one customer of one salesperson's portfolio, on one processing date",
    key=("as_of", "salesperson_code", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column("salesperson_code", "string", "Salesperson", "Vendedor", required=True),
        CUSTOMER,
        *ranked_value(
            (
                "Attended by him; if network.value_basis is net, less what was returned with him",
                "Atendido por ele; se network.value_basis é net, menos o devolvido com ele",
            ),
        ),
    ),
    constraints=RANKED_VALUE_RULES,
)
