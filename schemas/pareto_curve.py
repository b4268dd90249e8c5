"""The Pareto curve: how much of the value the best customers hold."""

from schemas.contract import AS_OF, MONEY, Column, Table

SCOPE_COLUMNS = (
    Column(
        "scope",
        "string",
        "network, store or portfolio",
        "Rede (network), loja (store) ou carteira (portfolio)",
        required=True,
    ),
    Column(
        "scope_code",
        "string",
        "The store's or salesperson's code; network for the network",
        "Código da loja ou do vendedor; network para a rede",
        required=True,
    ),
)

PARETO_CURVE = Table(
    name="pareto_curve",
    english="The Pareto curve: value held by the best k% of a scope's customers.",
    portuguese="A curva de Pareto: valor detido pelos melhores k% dos clientes.",
    grain="one percentage of customers, 1 to 100, of one scope on one processing date",
    key=("as_of", "scope", "scope_code", "percent"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        *SCOPE_COLUMNS,
        Column("percent", "int", "k, from 1 to 100", "k, de 1 a 100", required=True),
        Column(
            "customers",
            "bigint",
            "The first k% of the customers, rounded up",
            "Os primeiros k% dos clientes, arredondados para cima",
            required=True,
        ),
        Column(
            "positive_value",
            MONEY,
            "Their value, negative ones as 0",
            "Seu valor, negativos como 0",
            required=True,
        ),
        Column(
            "customer_share", "double", "Of all customers", "De todos os clientes", required=True
        ),
        Column(
            "value_share",
            "double",
            "Of all positive value; null if there is none",
            "De todo o valor positivo; nulo se não há",
        ),
    ),
    constraints={
        "percent_is_one": "percent BETWEEN 1 AND 100",
        "somebody_is_in_it": "customers >= 1",
    },
)
