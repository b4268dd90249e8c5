"""Every change of segment of every customer."""

from schemas.contract import CUSTOMER, Column, Table
from schemas.life_cycle import CAUSES, stage_matches

LIFE_CYCLE_TRANSITIONS = Table(
    name="life_cycle_transitions",
    english="Changes of segment, the first purchase included, and those that time will bring.",
    portuguese="Mudanças de segmento, com a 1ª compra e as que o tempo ainda trará.",
    grain="one customer and one day of change",
    key=("customer_id", "changed_on"),
    columns=(
        CUSTOMER,
        Column(
            "changed_on",
            "date",
            "First day in the new segment",
            "Primeiro dia no novo segmento",
            required=True,
        ),
        Column(
            "from_stage",
            "string",
            "Stage until then; null for the first purchase",
            "Estágio até então; nulo na 1ª compra",
        ),
        Column(
            "from_segment",
            "string",
            "Segment until then; null for the first purchase",
            "Segmento até então; nulo na 1ª compra",
        ),
        Column("to_stage", "string", "Stage from then on", "Estágio a partir daí", required=True),
        Column(
            "to_segment", "string", "Segment from then on", "Segmento a partir daí", required=True
        ),
        Column(
            "cause",
            "string",
            "purchase if the customer bought on that day, else time",
            "purchase se comprou nesse dia, senão time (tempo)",
            required=True,
        ),
    ),
    constraints={
        "it_is_a_change": "from_segment != to_segment",
        "from_segment_is_of_stage": stage_matches("from_stage", "from_segment"),
        "to_segment_is_of_stage": stage_matches("to_stage", "to_segment"),
        "opened_by_a_purchase": "from_stage IS NOT NULL OR (to_segment = 'new' "
        "AND cause = 'purchase')",
        "cause_is_known": f"cause IN {CAUSES}",
    },
)
