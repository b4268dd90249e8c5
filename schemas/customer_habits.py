"""How often, where and what each customer buys."""

from schemas.contract import AS_OF, CUSTOMER, MEAN, Column, Table
from schemas.frequency_classes import FREQUENCY

CUSTOMER_HABITS = Table(
    name="customer_habits",
    english="Each customer's pace, preferred store and main category.",
    portuguese="Ritmo, loja preferida e categoria principal de cada cliente.",
    grain="one customer on a processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        Column(
            "mean_interval_days_12m",
            MEAN,
            "Mean days between purchase days of the last 12 months; null under two",
            "Média de dias entre dias de compra em 12 meses; nulo com menos de dois",
        ),
        Column(
            "frequency_class",
            "string",
            "weekly, fortnightly, monthly or other, by that mean; null without it",
            "weekly (semanal), fortnightly (quinzenal), monthly (mensal), other; nulo sem média",
        ),
        Column(
            "preferred_store_code",
            "string",
            "Store of most purchases in the last 12 months; null without a purchase in them",
            "Loja com mais compras em 12 meses; nula sem compra neles",
        ),
        Column(
            "online_purchases",
            "bigint",
            "Purchases in online stores on all days until as_of",
            "Compras em lojas online em todos os dias até as_of",
            required=True,
        ),
        Column(
            "products",
            "bigint",
            "Distinct products bought on all days until as_of",
            "Produtos distintos comprados em todos os dias até as_of",
            required=True,
        ),
        Column(
            "categories",
            "bigint",
            "Distinct categories bought on all days until as_of",
            "Categorias distintas compradas em todos os dias até as_of",
            required=True,
        ),
        Column(
            "main_category",
            "string",
            "Category with most net value on all days until as_of; null if none is known",
            "Categoria com maior valor líquido em todos os dias até as_of; nula se nenhuma é "
            "conhecida",
        ),
        Column(
            "main_category_share",
            "double",
            "Its share of her net value in known categories; null if either is not positive",
            "Participação dela no valor com categoria; nulo se um deles não é positivo",
        ),
    ),
    constraints={
        "frequency_is_known": f"frequency_class IN {FREQUENCY}",
    },
)
