"""The net transition matrix between the segments over a period."""

from schemas.contract import Column, Table
from schemas.growth_accounting import PERIOD_COLUMNS, PERIOD_RULES
from schemas.life_cycle import stage_matches

NOT_YET = "none"
"""Stage and segment of a customer who has not bought yet."""

LIFE_CYCLE_MATRIX = Table(
    name="life_cycle_matrix",
    english="How many customers went from which segment to which over a period, net.",
    portuguese="Quantos clientes foram de qual segmento a qual em um período, líquido.",
    grain="one period, one level and one pair of segments that has customers",
    key=("as_of", "period", "level", "level_code", "from_segment", "to_segment"),
    partitioned_by=("as_of",),
    columns=(
        *PERIOD_COLUMNS,
        Column(
            "from_stage",
            "string",
            "Stage on the day before the period; none: not a customer yet",
            "Estágio na véspera do período; none: ainda não era cliente",
            required=True,
        ),
        Column(
            "from_segment",
            "string",
            "Segment on the day before the period; none: not a customer yet",
            "Segmento na véspera do período; none: ainda não era cliente",
            required=True,
        ),
        Column("to_stage", "string", "Stage on as_of", "Estágio em as_of", required=True),
        Column("to_segment", "string", "Segment on as_of", "Segmento em as_of", required=True),
        Column("customers", "bigint", "Customers", "Clientes", required=True),
    ),
    constraints={
        **PERIOD_RULES,
        "from_segment_is_of_stage": f"(from_stage = '{NOT_YET}' AND from_segment = '{NOT_YET}') "
        f"OR {stage_matches('from_stage', 'from_segment')}",
        "to_segment_is_of_stage": stage_matches("to_stage", "to_segment"),
        "somebody_went": "customers > 0",
    },
)
