"""Why net sales of the month changed."""

from schemas.contract import AS_OF, MONEY, QUANTITY, Column, Table

REVENUE_TREE = Table(
    name="revenue_tree",
    english="Why net sales of the month changed: customers, purchases, items or price.",
    portuguese="Por que a venda líquida do mês mudou: clientes, compras, peças ou preço.",
    grain="one level and one month compared with an earlier one",
    key=("as_of", "compared_with", "level", "level_code"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column(
            "compared_with",
            "string",
            "month_before or year_before: as many days of that month; at its end all of it",
            "month_before (mês anterior) ou year_before (há um ano): mesmos dias, no fim todos",
            required=True,
        ),
        Column(
            "level", "string", "network or store", "network (rede) ou store (loja)", required=True
        ),
        Column(
            "level_code",
            "string",
            "Code of the store; network for the network",
            "Código da loja; network para a rede",
            required=True,
        ),
        Column(
            "customers",
            "bigint",
            "Customers with a purchase, this month",
            "Clientes com compra, neste mês",
            required=True,
        ),
        Column(
            "purchases",
            "bigint",
            "Their purchases, this month",
            "Suas compras, neste mês",
            required=True,
        ),
        Column(
            "items",
            QUANTITY,
            "Quantity sold to them, this month",
            "Quantidade vendida a eles, neste mês",
            required=True,
        ),
        Column(
            "customers_net_amount",
            MONEY,
            "Net of customers' tickets, this month",
            "Líquido dos cupons de clientes, neste mês",
            required=True,
        ),
        Column(
            "other_net_amount",
            MONEY,
            "Net of tickets without a customer, this month",
            "Líquido dos cupons sem cliente, neste mês",
            required=True,
        ),
        Column(
            "net_amount",
            MONEY,
            "Net of all tickets, this month",
            "Líquido de todos os cupons, neste mês",
            required=True,
        ),
        Column(
            "customers_before",
            "bigint",
            "Customers with a purchase, the month compared with",
            "Clientes com compra, no mês comparado",
            required=True,
        ),
        Column(
            "purchases_before",
            "bigint",
            "Their purchases, the month compared with",
            "Suas compras, no mês comparado",
            required=True,
        ),
        Column(
            "items_before",
            QUANTITY,
            "Quantity sold to them, the month compared with",
            "Quantidade vendida a eles, no mês comparado",
            required=True,
        ),
        Column(
            "customers_net_amount_before",
            MONEY,
            "Net of customers' tickets, the month compared with",
            "Líquido dos cupons de clientes, no mês comparado",
            required=True,
        ),
        Column(
            "other_net_amount_before",
            MONEY,
            "Net of tickets without a customer, the month compared with",
            "Líquido dos cupons sem cliente, no mês comparado",
            required=True,
        ),
        Column(
            "net_amount_before",
            MONEY,
            "Net of all tickets, the month compared with",
            "Líquido de todos os cupons, no mês comparado",
            required=True,
        ),
        Column(
            "effect_customers",
            MONEY,
            "What more or fewer customers changed",
            "Efeito de mais ou menos clientes",
            required=True,
        ),
        Column(
            "effect_purchases_per_customer",
            MONEY,
            "What more or fewer purchases of each changed",
            "Efeito das compras por cliente",
            required=True,
        ),
        Column(
            "effect_items_per_purchase",
            MONEY,
            "What larger or smaller purchases changed",
            "Efeito das peças por compra",
            required=True,
        ),
        Column(
            "effect_price_per_item",
            MONEY,
            "What higher or lower prices, and returns, changed",
            "Efeito do preço por peça e das devoluções",
            required=True,
        ),
        Column(
            "effect_other",
            MONEY,
            "What sales without a customer changed",
            "Efeito das vendas sem cliente",
            required=True,
        ),
    ),
    constraints={
        "compared_is_known": "compared_with IN ('month_before', 'year_before')",
        "effects_add_up": (
            "net_amount - net_amount_before = effect_customers + effect_purchases_per_customer "
            "+ effect_items_per_purchase + effect_price_per_item + effect_other"
        ),
    },
)
