"""Who moved from where to where."""

from schemas.allocations import allocation_columns
from schemas.contract import AS_OF, CUSTOMER, Column, Table

CAUSES = (
    "first_purchase",
    "store_closed",
    "salesperson_left",
    "salesperson_came",
    "sale",
    "window",
    "store_opened",
    "registry",
)

ALLOCATION_MOVES = Table(
    name="allocation_moves",
    english="Customers whose allocation is not that of the calendar's previous date, and why.",
    portuguese="Clientes cuja alocação difere da da data anterior do calendário, e por quê.",
    grain="one customer who moved, on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        Column(
            "previous_as_of",
            "date",
            "The calendar's previous date",
            "A data anterior do calendário",
            required=True,
        ),
        *allocation_columns("from_", "From", "De"),
        *allocation_columns("to_", "To", "Para"),
        Column(
            "cause",
            "string",
            "The first that fits: first_purchase, store_closed, salesperson_left, "
            "salesperson_came, sale, window (a sale left the last D days), store_opened, registry",
            "A primeira que cabe: first_purchase, store_closed, salesperson_left, "
            "salesperson_came, sale, window (uma venda saiu dos últimos D dias), "
            "store_opened, registry",
            required=True,
        ),
    ),
    constraints={
        "cause_is_known": f"cause IN {CAUSES}",
        "something_changed": (
            "cause = 'first_purchase' OR NOT (from_store_code <=> to_store_code AND "
            "from_salesperson_code <=> to_salesperson_code AND from_portfolio <=> to_portfolio)"
        ),
    },
)
