"""How much each customer buys in her main store."""

from schemas.contract import AS_OF, CUSTOMER, MONEY, Column, Table

STORE_LOYALTY = Table(
    name="store_loyalty",
    english="How much each customer buys in her main store, and how often she switches stores.",
    portuguese="Quanto cada cliente compra em sua loja principal, e quantas vezes troca de loja.",
    grain="one customer with a purchase, on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        Column("main_store_code", "string", "Main store, null if none", "Loja principal, ou nula"),
        Column("purchases", "bigint", "Purchases in all stores", "Compras na rede", required=True),
        Column(
            "main_purchases",
            "bigint",
            "Purchases in the main store",
            "Compras na loja principal",
            required=True,
        ),
        Column(
            "purchases_share",
            "double",
            "main_purchases ÷ purchases; null without main store",
            "main_purchases ÷ purchases; nulo sem loja principal",
        ),
        Column(
            "value",
            MONEY,
            "Value in all stores, net or gross by network.value_basis",
            "Valor na rede, líquido ou bruto por network.value_basis",
            required=True,
        ),
        Column(
            "main_value",
            MONEY,
            "Value in the main store, likewise",
            "Valor na loja principal, da mesma forma",
            required=True,
        ),
        Column(
            "value_share",
            "double",
            "main_value ÷ value; null without main store or positive value",
            "main_value ÷ value; nulo sem loja principal ou valor positivo",
        ),
        Column("stores", "bigint", "Stores with a purchase", "Lojas com compra", required=True),
        Column(
            "switches",
            "bigint",
            "Purchases in another store than the one before",
            "Compras em loja diferente da anterior",
            required=True,
        ),
    ),
    constraints={
        "main_is_part": "main_purchases BETWEEN 0 AND purchases",
        "purchases_share_is_share": "purchases_share BETWEEN 0 AND 1",
        "a_switch_needs_two_stores": "switches < purchases AND (switches = 0) = (stores = 1)",
        "shares_need_a_main_store": (
            "(main_store_code IS NULL) = (purchases_share IS NULL) "
            "AND (main_store_code IS NOT NULL OR value_share IS NULL)"
        ),
    },
)
