"""Accepted sales lines, as the tills sent them."""

from schemas.contract import MONEY, QUANTITY, Column, Table

LINE_KINDS = ("sold", "return", "cancelled", "price_adjustment", "stock_adjustment")
"""What a line is; ``transforms.sale_lines.line_kind`` holds the rule."""

CODE_CLASSES = ("none", "generic", "coded")
"""What the customer code of a line is; whether a code is registered derives per ``as_of``."""

SALES = Table(
    name="sales",
    english="Accepted sales lines: one product on one ticket, cancelled and returned lines too.",
    portuguese="Itens de venda aceitos: um produto em um cupom, cancelados e devolvidos inclusive.",
    grain="one line of one ticket",
    key=("store_code", "business_day", "sale_number", "line_number"),
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
        Column(
            "line_number",
            "int",
            "Line within the ticket, the source's own or given in a stable order",
            "Item no cupom, da origem ou atribuído em ordem estável",
            required=True,
        ),
        Column("sold_at", "timestamp", "Instant of the sale", "Instante da venda"),
        Column(
            "kind",
            "string",
            "sold, return, cancelled, price_adjustment or stock_adjustment",
            "vendido, devolvido, cancelado, ajuste de preço ou ajuste de estoque",
            required=True,
        ),
        Column(
            "code_class",
            "string",
            "none: no customer code; generic: a sentinel such as CONSUMIDOR; coded: a real code",
            "none: sem código; generic: código genérico como CONSUMIDOR; coded: código real",
            required=True,
        ),
        Column(
            "customer_id",
            "bigint",
            "Customer of the line as delivered, before merges; null unless coded. purchases has "
            "the ticket's customer, the surviving one",
            "Cliente do item como entregue, antes de unificações; nulo sem código. purchases tem o "
            "cliente do cupom, já o que permanece",
        ),
        Column("salesperson_code", "string", "Salesperson of the line", "Vendedor do item"),
        Column("channel", "string", "Sales channel", "Canal de venda"),
        Column(
            "by_queue",
            "boolean",
            "Whether the salesperson's turn in the queue brought the sale",
            "Se a venda veio pela fila da vez",
        ),
        Column("product_code", "string", "Product", "Produto"),
        Column(
            "quantity",
            QUANTITY,
            "Quantity, with the sign received",
            "Quantidade, com o sinal recebido",
            required=True,
        ),
        Column(
            "list_amount",
            MONEY,
            "Amount before discount, with the sign received",
            "Valor antes do desconto, com o sinal recebido",
            required=True,
        ),
        Column("discount_amount", MONEY, "Discount on the line", "Desconto no item", required=True),
        Column(
            "amount",
            MONEY,
            "List amount less discount, with the sign received. To net sales a return adds "
            "-abs(amount), a sold line or price adjustment amount, any other kind nothing",
            "Valor de lista menos desconto, com o sinal recebido. À venda líquida a devolução soma "
            "-abs(amount), item vendido ou ajuste de preço soma amount, outro tipo nada",
            required=True,
        ),
        Column(
            "delivered_at",
            "timestamp",
            "What makes a delivery newer: its own time, from a column or the file's name",
            "O que torna uma entrega mais nova: coluna ou data no nome do arquivo",
        ),
    ),
    keeps_changes=True,
    constraints={
        "amount_is_list_less_discount": "amount = list_amount - discount_amount",
        "kind_is_known": f"kind IN {LINE_KINDS}",
        "code_class_is_known": f"code_class IN {CODE_CLASSES}",
        "coded_has_customer": "(code_class = 'coded') = (customer_id IS NOT NULL)",
    },
)
