"""Customers who change segment soon unless they buy."""

from schemas.contract import AS_OF, CUSTOMER, Column, Table
from schemas.life_cycle import stage_matches

DUE_TO_CHANGE = Table(
    name="due_to_change",
    english="Who changes segment soon after the processing date unless a purchase comes.",
    portuguese="Quem muda de segmento logo após a data de processamento se não comprar.",
    grain="one customer and one day of change that lies ahead of one processing date",
    key=("as_of", "customer_id", "changes_on"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        Column(
            "changes_on",
            "date",
            "First day in the new segment",
            "Primeiro dia no novo segmento",
            required=True,
        ),
        Column(
            "days_left", "int", "Days from as_of until then", "Dias de as_of até lá", required=True
        ),
        Column("from_segment", "string", "Segment until then", "Segmento até então", required=True),
        Column("to_stage", "string", "Stage from then on", "Estágio a partir daí", required=True),
        Column(
            "to_segment", "string", "Segment from then on", "Segmento a partir daí", required=True
        ),
    ),
    constraints={
        "it_lies_ahead": "as_of < changes_on AND days_left = datediff(changes_on, as_of)",
        "to_segment_is_of_stage": stage_matches("to_stage", "to_segment"),
    },
)
