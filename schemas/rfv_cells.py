"""The RFV cluster matrix and its marginals."""

from schemas.contract import AS_OF, MONEY, Column, Table

MATRICES = {
    "rfv": ("recency_band", "frequency_band", "value_band"),
    "rf": ("recency_band", "frequency_band"),
    "rv": ("recency_band", "value_band"),
    "fv": ("frequency_band", "value_band"),
}
"""The whole matrix and its three marginals, with the bands that each goes by."""

ALL_BANDS = 0
"""In a marginal, the band that it sums over."""

RFV_CELLS = Table(
    name="rfv_cells",
    english="The RFV clusters: cells of three bands, and of each two of them, with customers.",
    portuguese="Os clusters RFV: células das três faixas, e de cada duas, com clientes.",
    grain="one cell with a customer, of one matrix on one processing date",
    key=("as_of", "matrix", "recency_band", "frequency_band", "value_band"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column(
            "matrix",
            "string",
            "rfv: all three bands; rf, rv, fv: summed over the third",
            "rfv: as três faixas; rf, rv, fv: somada na terceira",
            required=True,
        ),
        *(
            Column(
                f"{name}_band",
                "int",
                f"{letter} band; 0 where summed over",
                f"Faixa {letter}; 0 se somada",
                required=True,
            )
            for name, letter in (("recency", "R"), ("frequency", "F"), ("value", "V"))
        ),
        Column("customers", "bigint", "Customers", "Clientes", required=True),
        Column(
            "value",
            MONEY,
            "Their money (net or gross) in the period of rfv.history, whatever V is",
            "Seu valor (líquido ou bruto) no período de rfv.history, seja V o que for",
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
        "summed_band_is_zero": "(recency_band = 0) = (matrix = 'fv') AND "
        "(frequency_band = 0) = (matrix = 'rv') AND (value_band = 0) = (matrix = 'rf')",
    },
)
