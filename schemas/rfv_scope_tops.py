"""Since when customers are, or were, in the top of a store or portfolio."""

from schemas.contract import Column, Table
from schemas.rfv_scopes import SCOPE_COLUMNS, SCOPES

RFV_SCOPE_TOPS = Table(
    name="rfv_scope_tops",
    english="Every customer who is or was in the top of a store or portfolio, and since when.",
    portuguese="Todo cliente que está ou esteve no topo de uma loja ou carteira, e desde quando.",
    grain="one customer who was ever in the top of one store or portfolio, on one processing date",
    key=("as_of", "scope", "scope_code", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        *SCOPE_COLUMNS,
        Column(
            "first_top_on",
            "date",
            "First processing date in that top: of the calendar, or as_of itself",
            "Primeira data nesse topo: do calendário, ou a própria data de processamento",
            required=True,
        ),
    ),
    constraints={
        "scope_is_known": f"scope IN {SCOPES}",
        "not_in_the_future": "first_top_on <= as_of",
    },
)
