"""What each customer bought of each product."""

from schemas.contract import CUSTOMER, MONEY, QUANTITY, Column, Table

CUSTOMER_PRODUCTS = Table(
    name="customer_products",
    english="Each customer's purchases of each product, on all days.",
    portuguese="Compras de cada produto por cliente, em todos os dias.",
    grain="one customer and one product",
    key=("customer_id", "product_code"),
    partitioned_by=(),
    columns=(
        CUSTOMER,
        Column("product_code", "string", "Product", "Produto", required=True),
        Column(
            "purchases", "bigint", "Tickets with it sold", "Cupons com venda dele", required=True
        ),
        Column("items", QUANTITY, "Quantity sold", "Quantidade vendida", required=True),
        Column(
            "items_returned", QUANTITY, "Quantity returned", "Quantidade devolvida", required=True
        ),
        Column("net_amount", MONEY, "Net of its lines", "Líquido de suas linhas", required=True),
        Column(
            "first_on",
            "date",
            "First day it was sold to her; null if only returned",
            "Primeiro dia de venda; nulo se só devolvido",
        ),
        Column(
            "last_on",
            "date",
            "Last day it was sold to her; null if only returned",
            "Último dia de venda; nulo se só devolvido",
        ),
    ),
)
