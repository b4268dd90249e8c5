"""One customer, one store, one salesperson."""

from schemas.contract import AS_OF, CUSTOMER, Column, Table

ROUTINES = ("sales", "accounts", "registry", "store", "network", "none")
CRITERIA = (
    "last_purchases",
    "purchases_recent",
    "purchases_total",
    "value_recent",
    "value_total",
    "last_store",
    "final_tie",
)
PORTFOLIOS = ("salesperson", "transition", "store")


def allocation_columns(prefix: str, english: str, portuguese: str) -> tuple[Column, ...]:
    """Store, salesperson and portfolio, with a word that says which."""
    return (
        Column(f"{prefix}store_code", "string", f"{english}: store", f"{portuguese}: loja"),
        Column(
            f"{prefix}salesperson_code",
            "string",
            f"{english}: salesperson; in transition the one who left, so group by portfolio too",
            f"{portuguese}: vendedor; em transição, o que saiu: agrupe também por portfolio",
        ),
        Column(
            f"{prefix}portfolio",
            "string",
            f"{english}: portfolio (salesperson, transition or store); null without a store",
            f"{portuguese}: carteira (salesperson, transition ou store); nula sem loja",
        ),
    )


ALLOCATIONS = Table(
    name="allocations",
    english="Whose customer each one is: one store and one portfolio, and what decided it.",
    portuguese="De quem é cada cliente: uma loja e uma carteira, e o que o decidiu.",
    grain="one customer with a purchase, on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        *allocation_columns("", "Main", "Principal"),
        Column(
            "routine",
            "string",
            "Routine that gave the store: sales, accounts, registry, store, network; none without",
            "Rotina que deu a loja: sales, accounts, registry, store, network; none se não há",
            required=True,
        ),
        Column(
            "criterion",
            "string",
            "Criterion that decided the store, where the routine is sales",
            "Critério que decidiu a loja, quando a rotina é sales",
        ),
        Column(
            "salesperson_criterion",
            "string",
            "Criterion that chose the salesperson who is judged first; null if nobody attended",
            "Critério que escolheu o vendedor julgado primeiro; nulo se ninguém atendeu",
        ),
        Column(
            "allocated_since",
            "date",
            "First of the unbroken dates of the calendar with the same allocation",
            "Primeira das datas seguidas do calendário com a mesma alocação",
            required=True,
        ),
        *allocation_columns("previous_", "Before allocated_since", "Antes de allocated_since"),
    ),
    constraints={
        "routine_is_known": f"routine IN {ROUTINES}",
        "criteria_are_known": f"criterion IN {CRITERIA} AND salesperson_criterion IN {CRITERIA}",
        "criterion_is_of_sales": "(routine = 'sales') = (criterion IS NOT NULL)",
        "none_has_no_store": "(routine = 'none') = (store_code IS NULL)",
        "portfolio_is_of_a_store": "(portfolio IS NULL) = (store_code IS NULL)",
        "portfolio_is_known": f"portfolio IN {PORTFOLIOS}",
        "portfolio_names_its_salesperson": (
            "coalesce(portfolio IN ('salesperson', 'transition'), FALSE) "
            "= (salesperson_code IS NOT NULL)"
        ),
        "someone_was_chosen": "(salesperson_criterion IS NULL) = (salesperson_code IS NULL)",
        "since_is_not_in_the_future": "allocated_since <= as_of",
    },
)
