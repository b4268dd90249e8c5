"""Customer accounts: the aggregates of one customer on one processing date."""

from schemas.contract import AS_OF, CUSTOMER, MEAN, MONEY, QUANTITY, Column, Table

WINDOWS = {
    "": ("since the first purchase", "desde a primeira compra"),
    "_12m": ("in the last 12 months", "nos últimos 12 meses"),
    "_this_year": ("since 1 January of the year", "desde 1º de janeiro do ano"),
}
"""The suffix of a measure's column, and the purchases it speaks of."""

_WITH_RETURNS = ("items_returned", "returned_amount", "net_amount")
"""What counts returns, those too that came before the first purchase."""

_ALL_DAYS = (
    "on all days until as_of, before the first purchase too",
    "em todos os dias até as_of, também antes da primeira compra",
)

MEASURES = (
    ("purchases", "bigint", "Purchases (tickets)", "Compras (cupons)"),
    ("purchase_days", "bigint", "Distinct days with a purchase", "Dias distintos com compra"),
    ("items", QUANTITY, "Quantity bought", "Quantidade comprada"),
    ("items_returned", QUANTITY, "Quantity returned", "Quantidade devolvida"),
    ("gross_amount", MONEY, "Bought after discount", "Comprado após desconto"),
    ("returned_amount", MONEY, "Returned (positive)", "Devolvido (positivo)"),
    (
        "net_amount",
        MONEY,
        "Net (gross less returned, price adjustments included)",
        "Líquido (bruto menos devolvido, com ajustes de preço)",
    ),
)
"""What is counted in each window."""


def _measures(suffix: str) -> tuple[Column, ...]:
    columns = []
    for name, kind, english, portuguese in MEASURES:
        is_of_all_days = not suffix and name in _WITH_RETURNS
        when, quando = _ALL_DAYS if is_of_all_days else WINDOWS[suffix]
        texts = f"{english} {when}", f"{portuguese} {quando}"
        columns.append(Column(name + suffix, kind, *texts, required=True))
    return tuple(columns)


ACCOUNTS = Table(
    name="accounts",
    english="Customer accounts: the aggregates of each customer on each processing date.",
    portuguese="Contas de clientes: os agregados de cada cliente em cada data de processamento.",
    grain="one customer on one processing date, from the first purchase on",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        Column("first_purchase_on", "date", "First purchase day", "Primeira compra", required=True),
        Column("last_purchase_on", "date", "Last purchase day", "Última compra", required=True),
        *_measures(""),
        *_measures("_12m"),
        *_measures("_this_year"),
        Column(
            "average_ticket",
            MONEY,
            "Net amount ÷ purchases (ticket médio)",
            "Ticket médio: valor líquido ÷ compras",
            required=True,
        ),
        Column(
            "items_per_purchase",
            "double",
            "Items ÷ purchases (PA)",
            "PA: peças por atendimento",
            required=True,
        ),
        Column(
            "average_price",
            MONEY,
            "Net amount ÷ (items − items returned), null if that is not positive",
            "Preço médio: líquido ÷ (itens − devolvidos), nulo se não positivo",
        ),
        Column(
            "months_as_customer",
            "int",
            "1 + whole months since the first purchase",
            "1 + meses completos desde a primeira compra",
            required=True,
        ),
        Column(
            "frequency",
            MEAN,
            "Purchases ÷ months as customer",
            "Compras ÷ meses como cliente",
            required=True,
        ),
        Column(
            "annualised_frequency",
            MEAN,
            "12 × purchases ÷ months as customer",
            "12 × compras ÷ meses como cliente",
            required=True,
        ),
        Column(
            "recency_days",
            "int",
            "Days since the last purchase",
            "Dias desde a última compra",
            required=True,
        ),
        Column(
            "last_interval_days",
            "int",
            "Days between the last two purchase days, null for one day",
            "Velocidade de compra: dias entre os dois últimos dias de compra",
        ),
        Column(
            "mean_interval_days",
            MEAN,
            "Mean velocity to the last purchase, null for one day",
            "Velocidade média até a última compra, nula para um dia",
        ),
        Column(
            "interval_stddev_days",
            "double",
            "Sample standard deviation of the intervals, null under two",
            "Desvio-padrão amostral dos intervalos, nulo com menos de dois",
        ),
        Column(
            "projected_interval_days",
            MEAN,
            "Projected velocity: as if a purchase happened on as_of; null if her only purchase day "
            "is as_of",
            "Velocidade média projetada: como se houvesse compra em as_of; nula se seu único dia "
            "de compra é as_of",
        ),
        Column("stores", "bigint", "Distinct stores", "Lojas distintas", required=True),
        Column(
            "salespeople",
            "bigint",
            "Distinct salespeople",
            "Vendedores distintos",
            required=True,
        ),
        Column("channels", "bigint", "Distinct channels", "Canais distintos", required=True),
        Column(
            "first_store_code",
            "string",
            "Store of the first purchase",
            "Loja da primeira compra",
            required=True,
        ),
        Column(
            "last_store_code",
            "string",
            "Store of the last purchase",
            "Loja da última compra",
            required=True,
        ),
        Column(
            "registered",
            "boolean",
            "Whether the registry bears the code on as_of",
            "Se o código está no cadastro na data",
            required=True,
        ),
    ),
    constraints={
        "purchases_are_positive": "purchases >= purchase_days AND purchase_days > 0",
        "first_before_last": "first_purchase_on <= last_purchase_on AND last_purchase_on <= as_of",
        "windows_are_parts": "purchases_12m <= purchases AND purchases_this_year <= purchases",
        "recency_follows": "recency_days = datediff(as_of, last_purchase_on)",
    },
)
