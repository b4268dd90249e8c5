"""RFV within stores and portfolios."""

from schemas.contract import AS_OF, CUSTOMER, Column, Table
from schemas.rfv import PLACE_COLUMNS, PLACE_RULES

SCOPES = ("store", "portfolio")

SCOPE_COLUMNS = (
    AS_OF,
    Column(
        "scope",
        "string",
        "store or portfolio",
        "store (loja) ou portfolio (carteira)",
        required=True,
    ),
    Column(
        "scope_code",
        "string",
        "Code of the store or the salesperson",
        "Código da loja ou do vendedor",
        required=True,
    ),
    CUSTOMER,
)
"""In which store or portfolio somebody is ranked."""

RFV_SCOPES = Table(
    name="rfv_scopes",
    english="RFV of allocated customers within their store and their salesperson's portfolio; who "
    "left one has no row there.",
    portuguese="RFV dos clientes alocados dentro de sua loja e da carteira do vendedor; quem saiu "
    "delas não tem linha ali.",
    grain="one customer in her store or portfolio, on one processing date",
    key=("as_of", "scope", "scope_code", "customer_id"),
    partitioned_by=("as_of",),
    columns=(*SCOPE_COLUMNS, *PLACE_COLUMNS),
    constraints={**PLACE_RULES, "scope_is_known": f"scope IN {SCOPES}"},
)
