"""Since when customers are, or were, in the top."""

from schemas.contract import AS_OF, CUSTOMER, Column, Table

RFV_FIRST_TOPS = Table(
    name="rfv_first_tops",
    english="Every customer who is or was in the top, and since when; also who is not ranked now.",
    portuguese="Todo cliente que está ou esteve no topo, e desde quando; também quem saiu do RFV.",
    grain="one customer who was ever in the top, on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        Column(
            "first_top_on",
            "date",
            "First processing date in the top: of the calendar, or as_of itself",
            "Primeira data no topo: do calendário, ou a própria data de processamento",
            required=True,
        ),
    ),
    constraints={"not_in_the_future": "first_top_on <= as_of"},
)
