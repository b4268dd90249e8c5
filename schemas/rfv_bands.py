"""The edges of the RFV bands."""

from schemas.contract import AS_OF, Column, Table

RFV_BANDS = Table(
    name="rfv_bands",
    english="The RFV bands: their customers and edges, empty ones too.",
    portuguese="As faixas RFV: seus clientes e limites, também as vazias.",
    grain="one band of one measure, empty or not, on one processing date with customers",
    key=("as_of", "measure", "band"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column("measure", "string", "recency, frequency or value", "Medida", required=True),
        Column("band", "int", "Band, 1 the worst", "Faixa, 1 a pior", required=True),
        Column("customers", "bigint", "Customers", "Clientes", required=True),
        Column(
            "lowest",
            "decimal(24,6)",
            "Lowest measure in it, recency in days; null if empty",
            "Menor medida nela, recência em dias; nula se vazia",
        ),
        Column(
            "highest",
            "decimal(24,6)",
            "Highest measure in it, recency in days; null if empty",
            "Maior medida nela, recência em dias; nula se vazia",
        ),
        Column(
            "lower_cut",
            "double",
            "Its measures are above this cut, recency as −days; null without cut",
            "Corte abaixo de suas medidas, recência como −dias; nulo sem corte",
        ),
        Column(
            "upper_cut",
            "double",
            "Its measures are at most this cut, recency as −days; null without cut",
            "Corte acima de suas medidas, recência como −dias; nulo sem corte",
        ),
    ),
    constraints={
        "measure_is_known": "measure IN ('recency', 'frequency', 'value')",
        "edges_follow_customers": "(customers = 0) = (lowest IS NULL) AND lowest <= highest",
    },
)
