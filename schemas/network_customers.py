"""The customers of the network by value."""

from schemas.contract import AS_OF, CUSTOMER, MONEY, Column, Table


def ranked_value(value: tuple[str, str]) -> tuple[Column, ...]:
    """A customer's value, rank by it and ABC class in a scope.

    Args:
        value: What the value is, in English and Portuguese.
    """
    return (
        Column("value", MONEY, *value, required=True),
        Column(
            "rank",
            "bigint",
            "By value descending, then customer_id; 1 the best",
            "Por valor decrescente, depois customer_id; 1 o melhor",
            required=True,
        ),
        Column(
            "abc_class",
            "string",
            "A, B or C by the share of value of those with strictly more",
            "Curva ABC: pela parcela do valor de quem tem estritamente mais",
            required=True,
        ),
    )


RANKED_VALUE_RULES = {
    "rank_starts_at_one": "rank >= 1",
    "abc_class_is_known": "abc_class IN ('A', 'B', 'C')",
}

NETWORK_CUSTOMERS = Table(
    name="network_customers",
    english="The customers of the network by value, with ABC class.",
    portuguese="Os clientes da rede por valor, com curva ABC.",
    grain="one customer with an account on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        *ranked_value(
            (
                (
                    "Bought on all days until as_of, net (less all returned, before the first "
                    "purchase too) or gross, by network.value_basis"
                ),
                (
                    "Comprado em todos os dias até as_of, líquido (menos todo o devolvido, também "
                    "antes da primeira compra) ou bruto, por network.value_basis"
                ),
            ),
        ),
    ),
    constraints=RANKED_VALUE_RULES,
)
