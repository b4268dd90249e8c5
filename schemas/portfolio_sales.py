"""Sales inside and outside the portfolio."""

from schemas.contract import AS_OF, MONEY, Column, Table
from schemas.portfolios import SALESPERSON_KEY, STORE_KEY

RELATIONS = ("inside", "outside", "transition", "unallocated")

PORTFOLIO_SALES = Table(
    name="portfolio_sales",
    english="Each salesperson's sales of the month to customers of his portfolio and to others.",
    portuguese="Vendas do mês de cada vendedor a clientes de sua carteira e a outros.",
    grain="one salesperson in one store and one relation, from the 1st of the month to as_of",
    key=("as_of", "store_code", "salesperson_code", "relation"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        STORE_KEY,
        SALESPERSON_KEY,
        Column(
            "relation",
            "string",
            "By the allocation in force: inside, outside, transition or unallocated",
            "Pela alocação vigente: inside (dentro), outside (fora), transition, unallocated",
            required=True,
        ),
        Column("purchases", "bigint", "Purchases", "Compras", required=True),
        Column(
            "net_amount", MONEY, "Net of all sales", "Líquido de todas as vendas", required=True
        ),
        Column(
            "purchases_by_queue",
            "bigint",
            "Purchases by the queue",
            "Compras pela fila da vez",
            required=True,
        ),
        Column(
            "net_amount_by_queue",
            MONEY,
            "Net of the sales by the queue",
            "Líquido das vendas pela fila da vez",
            required=True,
        ),
    ),
    constraints={
        "relation_is_known": f"relation IN {RELATIONS}",
        "queue_is_part": "purchases_by_queue BETWEEN 0 AND purchases",
    },
)
