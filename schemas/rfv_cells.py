"""The RFV cluster matrix and its marginals."""

from schemas.contract import MONEY, Column, Table

MATRICES = {
    "rfv": ("recency_band", "frequency_band", "value_band"),
    "rf": ("recency_band", "frequency_band"),
    "rv": ("recency_band", "value_band"),
    "fv": ("frequency_band", "value_band"),
}
"""The whole matrix and its three marginals, with the bands that each goes by."""

RFV_CELLS = Table(
    name="rfv_cells",
    english="The RFV clusters: cells of three bands, and of each two of them, with customers.",
    portuguese="Os clusters RFV: células das três faixas, e de cada duas, com clientes.",
    grain="one cell with a customer, of one matrix on one processing date",
    key=("as_of", "matrix", "recency_band", "frequency_band", "value_band"),
    partitioned_by=("as_of",),
    columns=(
        Column("as_of", "date", "Processing date", "Data de processamento", required=True),
        Column(
            "matrix",
            "string",
            "rfv: all three bands; rf, rv, fv: summed over the third",
            "rfv: as três faixas; rf, rv, fv: somada na terceira",
            required=True,
        ),
        Column("recency_band", "int", "R band; null where summed over", "Faixa R; nula se somada"),
        Column(
            "frequency_band", "int", "F band; null where summed over", "Faixa F; nula se somada"
        ),
        Column("value_band", "int", "V band; null where summed over", "Faixa V; nula se somada"),
        Column("customers", "bigint", "Customers", "Clientes", required=True),
        Column(
            "value",
            MONEY,
            "Their money in the period of rfv.history, whatever V is",
            "Seu valor no período de rfv.history, seja V o que for",
            required=True,
        ),
        Column(
            "customer_share",
            "double",
            "Of all ranked customers",
            "De todos os clientes com posição",
            required=True,
        ),
        Column(
            "value_share",
            "double",
            "Of their value; null if that is not positive",
            "Do seu valor; nulo se não positivo",
        ),
    ),
    constraints={
        "matrix_is_known": f"matrix IN {tuple(MATRICES)}",
        "cell_has_customers": "customers > 0",
        "summed_band_is_null": "(recency_band IS NULL) = (matrix = 'fv') AND "
        "(frequency_band IS NULL) = (matrix = 'rv') AND (value_band IS NULL) = (matrix = 'rf')",
    },
)
