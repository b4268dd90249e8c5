"""RFV: where each customer stands by recency, frequency and value."""

from schemas.contract import AS_OF, CUSTOMER, MEAN, MONEY, Column, Table

TOP_CLASSES = ("top", "was_top", "other")
QUADRANTS = ("best", "spenders", "frequent", "occasional")

_MEASURES = {
    "recency": ("recency", "recência"),
    "frequency": ("frequency", "frequência"),
    "value": ("value", "valor"),
}
_PLACES = {
    "weighted_rank": ("bigint", "rank by the weighted mean", "posição pela média ponderada"),
    "nested_rank": ("bigint", "rank by nested bands", "posição por faixas aninhadas"),
    **{
        f"{name}_band": ("int", f"band of {english}", f"faixa de {portuguese}")
        for name, (english, portuguese) in _MEASURES.items()
    },
    "top_class": ("string", "top class", "classe RFV"),
}
MOVED = tuple(_PLACES)
"""The places whose movement is followed."""

FIRST_TOP_ON = Column(
    "first_top_on",
    "date",
    "First processing date in the top; null if she never was",
    "Primeira data de processamento no topo; nula se nunca esteve",
)


def _rank(name: str) -> Column:
    english, portuguese = _MEASURES[name]
    return Column(
        f"{name}_rank",
        "bigint",
        f"Ascending rank by {english}, 1 the worst, equals share the lowest",
        f"Posição crescente por {portuguese}, 1 a pior, iguais dividem a menor",
        required=True,
    )


def _percentile(name: str) -> Column:
    english, portuguese = _MEASURES[name]
    return Column(
        f"{name}_percentile",
        "double",
        f"Percent rank by {english}, from 0 to 1, 1 the best",
        f"Percentil por {portuguese}, de 0 a 1, 1 o melhor",
        required=True,
    )


def _band(name: str) -> Column:
    english, portuguese = _MEASURES[name]
    return Column(
        f"{name}_band",
        "int",
        f"Band of {english}, 1 the worst",
        f"Faixa de {portuguese}, 1 a pior",
        required=True,
    )


def _opened(text: str) -> str:
    """With a capital first; the others stay, as those of RFV."""
    return text[:1].upper() + text[1:]


def previous_columns(*, required: bool) -> tuple[Column, ...]:
    """The places on the previous date of the calendar."""
    return tuple(
        Column(
            f"previous_{name}",
            kind,
            f"{_opened(english)} on previous_as_of",
            f"{_opened(portuguese)} em previous_as_of",
            required=required,
        )
        for name, (kind, english, portuguese) in _PLACES.items()
    )


PREVIOUS_AS_OF = Column(
    "previous_as_of",
    "date",
    "The date of the processing calendar before as_of; null if there is none",
    "A data do calendário de processamento antes de as_of; nula se não há",
)

_MOVES = "('up', 'down', 'same', 'entered')"
_MOVEMENTS = tuple(
    Column(
        f"{name}_movement",
        "string",
        f"How the {english} moved: up (better), down, same, entered; null without earlier date",
        f"Como mudou: {portuguese}; up é melhor; nulo sem data anterior",
    )
    for name, (_, english, portuguese) in _PLACES.items()
)

PLACE_COLUMNS = (
    *map(_rank, _MEASURES),
    *map(_percentile, _MEASURES),
    *map(_band, _MEASURES),
    Column(
        "weighted_rank",
        "bigint",
        "Rank by the weighted mean of the percentiles, 1 the best",
        "Posição pela média ponderada dos percentis, 1 a melhor",
        required=True,
    ),
    Column(
        "nested_rank",
        "bigint",
        "Rank by R band, then F band, then V band, 1 the best",
        "Posição por faixa R, depois F, depois V, 1 a melhor",
        required=True,
    ),
    Column(
        "top_class",
        "string",
        "top; was_top: not now but on an earlier date; other (Demais RFV)",
        "top; was_top: não agora, mas em data anterior; other: Demais RFV",
        required=True,
    ),
    FIRST_TOP_ON,
    PREVIOUS_AS_OF,
    *previous_columns(required=False),
    *_MOVEMENTS,
)
"""Ranks, percentiles, bands, class and movement: the same in the network and in any scope."""

PLACE_RULES = {
    "percentiles_are_shares": " AND ".join(
        f"{name}_percentile BETWEEN 0 AND 1" for name in _MEASURES
    ),
    "bands_start_at_one": " AND ".join(f"{name}_band >= 1" for name in _MEASURES),
    "class_is_known": f"top_class IN {TOP_CLASSES}",
    "class_follows_first_top": "(top_class = 'other') = (first_top_on IS NULL)",
    "movements_are_known": " AND ".join(f"{name}_movement IN {_MOVES}" for name in MOVED),
}

RFV = Table(
    name="rfv",
    english="RFV: ranks, bands, class, movement and quadrant of each customer.",
    portuguese="RFV: posições, faixas, classe, mudança de posição e quadrante de cada cliente.",
    grain="one customer of the ranked population on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        Column(
            "recency_days",
            "int",
            "R: days since the last purchase",
            "R: dias desde a última compra",
            required=True,
        ),
        Column(
            "frequency",
            MEAN,
            "F: purchases, or purchases per month, by rfv.frequency",
            "F: compras, ou compras por mês, conforme rfv.frequency",
            required=True,
        ),
        Column(
            "value",
            MONEY,
            "V: money (net or gross by network.value_basis) or average ticket, by rfv.value",
            "V: valor (líquido ou bruto por network.value_basis) ou ticket médio, por rfv.value",
            required=True,
        ),
        *PLACE_COLUMNS,
        Column(
            "fv_quadrant",
            "string",
            "F&V: best, spenders, frequent or occasional",
            "F&V: melhores, gastadores, frequentes ou eventuais",
            required=True,
        ),
        Column(
            "category",
            "string",
            "fv_quadrant or top_class, by rfv.category",
            "Categoria: fv_quadrant ou top_class, conforme rfv.category",
            required=True,
        ),
    ),
    constraints={**PLACE_RULES, "quadrant_is_known": f"fv_quadrant IN {QUADRANTS}"},
)
