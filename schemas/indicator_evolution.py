"""How every indicator moves."""

from schemas.contract import AS_OF, Column, Table
from schemas.indicators import VALUE

INDICATOR_EVOLUTION = Table(
    name="indicator_evolution",
    english="Every indicator beside its values a month and a year before.",
    portuguese="Todo indicador ao lado de seus valores de um mês e um ano antes.",
    grain="one indicator of one level in one period that ends on a processing date",
    key=("as_of", "period", "level", "level_code", "indicator"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column("period", "string", "As in indicators", "Como em indicators", required=True),
        Column("level", "string", "network, store or salesperson", "Nível", required=True),
        Column(
            "level_code",
            "string",
            "Code of the store or salesperson; network for the network",
            "Código da loja ou do vendedor; network para a rede",
            required=True,
        ),
        Column(
            "indicator",
            "string",
            "Code in indicator_dictionary",
            "Código em indicator_dictionary",
            required=True,
        ),
        Column("value", VALUE, "Value on as_of", "Valor em as_of"),
        Column(
            "month_before_on",
            "date",
            "Last date of the calendar in the month before. Flows of a month or year that has not "
            "ended on as_of are less than whole ones",
            "Última data do calendário no mês anterior. Fluxos de mês ou ano que não terminou em "
            "as_of são menores que os de períodos inteiros",
        ),
        Column("month_before", VALUE, "Value then", "Valor naquela data"),
        Column("month_change", VALUE, "Value less that", "Valor menos aquele"),
        Column(
            "month_growth",
            "double",
            "That change ÷ the earlier value; null if that is not positive",
            "Variação ÷ valor anterior; nulo se este não é positivo",
        ),
        Column(
            "year_before_on",
            "date",
            "Last date of the calendar in the same month a year before. Flows compare only if "
            "as_of ends its month",
            "Última data do calendário no mesmo mês do ano anterior. Fluxos só se comparam se "
            "as_of encerra o mês",
        ),
        Column("year_before", VALUE, "Value then", "Valor naquela data"),
        Column("year_change", VALUE, "Value less that", "Valor menos aquele"),
        Column(
            "year_growth",
            "double",
            "That change ÷ the earlier value; null if that is not positive",
            "Variação ÷ valor anterior; nulo se este não é positivo",
        ),
    ),
)
