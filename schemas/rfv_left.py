"""Who left the ranked population since the previous date of the calendar."""

from schemas.contract import Column, Table
from schemas.rfv import previous_columns

RFV_LEFT = Table(
    name="rfv_left",
    english="Who was ranked on the previous date of the calendar and is not ranked now.",
    portuguese="Quem tinha posição na data anterior do calendário e agora não tem.",
    grain="one customer who left, on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        Column("as_of", "date", "Processing date", "Data de processamento", required=True),
        Column("customer_id", "bigint", "Customer", "Cliente", required=True),
        Column(
            "first_top_on",
            "date",
            "First processing date in the top; null if she never was",
            "Primeira data de processamento no topo; nula se nunca esteve",
        ),
        Column(
            "previous_as_of",
            "date",
            "The date of the processing calendar before as_of",
            "A data do calendário de processamento antes de as_of",
            required=True,
        ),
        *previous_columns(required=True),
    ),
    constraints={"previous_is_earlier": "previous_as_of < as_of"},
)
