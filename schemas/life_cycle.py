"""The life-cycle timeline: one row per customer and interval in one segment."""

from schemas.contract import CUSTOMER, Column, Table

SEGMENTS = {
    "new": "active",
    "in_loyalty_process": "active",
    "recovered": "active",
    "reactivated": "active",
    "inactivation_risk": "active",
    "normal_active": "active",
    "recently_inactivated": "inactive",
    "loss_risk": "inactive",
    "normal_inactive": "inactive",
    "recently_lost": "lost",
    "normal_lost": "lost",
}
"""Every segment and its stage, within a stage in the order of precedence."""

STAGES = tuple(dict.fromkeys(SEGMENTS.values()))
CAUSES = ("purchase", "time")


def stage_matches(stage: str = "stage", segment: str = "segment") -> str:
    """The condition that a segment stands with its stage."""
    return " OR ".join(
        f"({stage} = '{each}' AND {segment} IN "
        f"({', '.join(repr(name) for name, of in SEGMENTS.items() if of == each)}))"
        for each in STAGES
    )


LIFE_CYCLE = Table(
    name="life_cycle",
    english="Life-cycle timeline: the segment of each customer from the first purchase on.",
    portuguese="Linha do tempo do ciclo de vida: o segmento de cada cliente desde a 1ª compra.",
    grain="one customer and one unbroken time in a segment",
    key=("customer_id", "valid_from"),
    columns=(
        CUSTOMER,
        Column("valid_from", "date", "First day in it", "Primeiro dia nele", required=True),
        Column(
            "valid_to",
            "date",
            "First day no longer in it; null if none will come without a purchase",
            "Primeiro dia fora dele; nulo se sem compra não virá",
        ),
        Column(
            "stage",
            "string",
            "active, inactive or lost",
            "ativo, inativo ou perdido",
            required=True,
        ),
        Column("segment", "string", "Segment within the stage", "Segmento", required=True),
        Column(
            "cause",
            "string",
            "purchase if the customer bought on the first day, else time",
            "purchase se comprou no primeiro dia, senão time (tempo)",
            required=True,
        ),
    ),
    constraints={
        "valid_to_follows": "valid_from < valid_to",
        "segment_is_of_stage": stage_matches(),
        "cause_is_known": f"cause IN {CAUSES}",
        "only_normal_lost_is_open": "valid_to IS NOT NULL OR segment = 'normal_lost'",
    },
)
