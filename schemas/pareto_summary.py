"""The Pareto summary: how concentrated value is."""

from schemas.contract import AS_OF, MONEY, Column, Table
from schemas.pareto_curve import SCOPE_COLUMNS

PARETO_SUMMARY = Table(
    name="pareto_summary",
    english="How concentrated value is among the customers of a scope.",
    portuguese="Quão concentrado é o valor entre os clientes.",
    grain="one scope that has customers, on one processing date",
    key=("as_of", "scope", "scope_code"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        *SCOPE_COLUMNS,
        Column("customers", "bigint", "Customers", "Clientes", required=True),
        Column("value", MONEY, "Their value", "Seu valor", required=True),
        Column(
            "positive_value",
            MONEY,
            "Their value, negative ones as 0: what shares divide by",
            "Seu valor, negativos como 0: o divisor das parcelas",
            required=True,
        ),
        Column(
            "top_20_value_share",
            "double",
            "Share of value of the best 20%, or of pareto.top_customers_share if set otherwise",
            "Parcela do valor dos melhores 20%, ou de pareto.top_customers_share se for outra",
        ),
        Column(
            "customers_for_80",
            "bigint",
            "The fewest customers that make 80% of value, or pareto.value_share if set otherwise",
            "O mínimo de clientes que faz 80% do valor, ou pareto.value_share se for outra",
        ),
        Column(
            "customers_for_80_share",
            "double",
            "customers_for_80 ÷ customers",
            "customers_for_80 ÷ clientes",
        ),
        Column(
            "gini",
            "double",
            "Gini coefficient of value: 0 equal, towards 1 concentrated",
            "Coeficiente de Gini do valor: 0 igual, perto de 1 concentrado",
        ),
    ),
    constraints={
        "shares_need_value": "(positive_value > 0) = (gini IS NOT NULL) AND "
        "(positive_value > 0) = (customers_for_80 IS NOT NULL)",
    },
)
