"""Sales, one row per ticket."""

from schemas.contract import MONEY, QUANTITY, Column, Table
from schemas.sales import CODE_CLASSES

PURCHASES = Table(
    name="purchases",
    english="Sales, one row per ticket: whose, by whom, how much. Cancelled lines leave no trace.",
    portuguese="Vendas, uma linha por cupom: de quem, por quem, quanto. Cancelados não contam.",
    grain="one ticket",
    key=("store_code", "business_day", "sale_number"),
    columns=(
        Column("store_code", "string", "Store of the sale", "Loja da venda", required=True),
        Column(
            "business_day",
            "date",
            "Business day in the network's time zone",
            "Dia comercial no fuso da rede",
            required=True,
        ),
        Column("sale_number", "string", "Ticket number", "Número do cupom", required=True),
        Column("sold_at", "timestamp", "First instant on the ticket", "Primeiro instante do cupom"),
        Column(
            "code_class",
            "string",
            "none, generic or coded",
            "sem código, genérico ou com código",
            required=True,
        ),
        Column("customer_id", "bigint", "Customer, null unless coded", "Cliente, nulo sem código"),
        Column(
            "salesperson_code",
            "string",
            "The salesperson with most net value on the ticket, then of the lowest line",
            "O vendedor com maior valor líquido no cupom, depois o do primeiro item",
        ),
        Column("channel", "string", "Sales channel", "Canal de venda"),
        Column(
            "by_queue",
            "boolean",
            "Whether any line came by the queue; null: not said",
            "Se algum item veio pela fila da vez; nulo: não informado",
        ),
        Column(
            "is_purchase",
            "boolean",
            "Whether at least one item was sold; a ticket of returns alone is no purchase",
            "Se houve ao menos um item vendido; cupom só de devoluções não é compra",
            required=True,
        ),
        Column("items", QUANTITY, "Quantity sold", "Quantidade vendida", required=True),
        Column(
            "items_returned", QUANTITY, "Quantity returned", "Quantidade devolvida", required=True
        ),
        Column(
            "gross_amount",
            MONEY,
            "Sold lines after discount",
            "Vendido após desconto",
            required=True,
        ),
        Column(
            "returned_amount",
            MONEY,
            "Return lines, positive",
            "Devolvido, positivo",
            required=True,
        ),
        Column(
            "net_amount",
            MONEY,
            "Gross less returned, price adjustments included",
            "Bruto menos devolvido, com ajustes de preço",
            required=True,
        ),
    ),
    constraints={
        "code_class_is_known": f"code_class IN {CODE_CLASSES}",
        "coded_has_customer": "(code_class = 'coded') = (customer_id IS NOT NULL)",
        "returned_is_positive": "returned_amount >= 0 AND items_returned >= 0",
        "items_make_a_purchase": "is_purchase = (items > 0)",
    },
)
