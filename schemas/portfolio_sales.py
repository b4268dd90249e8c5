"""Sales inside and outside the portfolio."""

from schemas.contract import AS_OF, MONEY, Column, Table
from schemas.portfolios import SALESPERSON_KEY, STORE_KEY

RELATIONS = ("inside", "outside", "transition", "unallocated")

PORTFOLIO_SALES = Table(
    name="portfolio_sales",
    english="Each salesperson's sales of the month to customers of his portfolio and to other "
    "known customers.",
    portuguese="Vendas do mês de cada vendedor a clientes de sua carteira e a outros clientes "
    "conhecidos.",
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
            "By the allocation on the calendar's date before the sale. inside: to a customer of "
            "the salesperson's portfolio in that store; transition: to one who waits there or "
            "elsewhere; unallocated: to one with no allocation or no store on that date, such as "
            "who is new this month; outside: to all others, also where nobody attended",
            "Pela alocação na data do calendário anterior à venda. inside (dentro): a cliente da "
            "carteira do vendedor naquela loja; transition: a quem espera, ali ou em outra loja; "
            "unallocated: a quem não tinha alocação ou loja nessa data, como os novos do mês; "
            "outside (fora): a todos os outros, também sem vendedor",
            required=True,
        ),
        Column("purchases", "bigint", "Purchases", "Compras", required=True),
        Column(
            "net_amount",
            MONEY,
            "Net of these tickets, of returns alone too. Tickets without a customer are in no row",
            "Líquido desses cupons, só de devoluções inclusive. Cupom sem cliente não entra",
            required=True,
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
