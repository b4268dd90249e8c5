"""Who left the ranked population since the previous date of the calendar."""

from schemas.contract import AS_OF, CUSTOMER, Column, Table
from schemas.rfv import FIRST_TOP_ON, previous_columns

RFV_LEFT = Table(
    name="rfv_left",
    english="Who was ranked on the previous date of the calendar and is not ranked now.",
    portuguese="Quem tinha posição na data anterior do calendário e agora não tem.",
    grain="one customer who left, on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        FIRST_TOP_ON,
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
