"""Registrations that may be one person's, and which of them are treated as one."""

from enum import Enum

from schemas.contract import Column, Table


class State(str, Enum):
    """What became of a pair."""

    PROPOSED = "proposed"
    """For people to look at."""
    MERGED = "merged"
    """Treated as one person, from the next run on."""
    KEPT_APART = "kept_apart"
    """Undone, or looked at and found to be two; no later search merges them again."""


DUPLICATES = Table(
    name="duplicates",
    english="Pairs of registrations that may be one person's: the evidence, and what was decided.",
    portuguese="Pares de cadastros que podem ser da mesma pessoa: a evidência e a decisão.",
    grain="one pair of customers",
    key=("customer_id", "other_customer_id"),
    columns=(
        Column(
            "customer_id",
            "bigint",
            "The one of the smaller id",
            "O de identificador menor",
            required=True,
        ),
        Column("other_customer_id", "bigint", "The other", "O outro", required=True),
        Column(
            "passes",
            "array<string>",
            "The searches that found the pair: code, email_birth_date, mobile_name, probabilistic",
            "As buscas que acharam o par",
            required=True,
        ),
        Column(
            "evidence",
            "array<string>",
            "The fields in which they agree, by name",
            "Os campos em que concordam, pelo nome",
            required=True,
        ),
        Column(
            "score",
            "decimal(18,6)",
            "Probability that they are one; 1 by an exact pass",
            "Probabilidade de serem a mesma pessoa; 1 numa busca exata",
            required=True,
        ),
        Column(
            "state",
            "string",
            "proposed, merged, kept_apart",
            "proposto (proposed), unificado (merged), mantido separado (kept_apart)",
            required=True,
        ),
        Column("decided_at", "timestamp", "When that was decided", "Quando se decidiu"),
        Column(
            "decided_by",
            "string",
            "Who decided it; the search itself, or a person",
            "Quem decidiu; a própria busca, ou uma pessoa",
            personal=True,
        ),
        Column(
            "why", "string", "Why, if a person did", "Por quê, se foi uma pessoa", personal=True
        ),
        Column(
            "sequence",
            "bigint",
            "The publication of that decision (runs.sequence)",
            "A publicação dessa decisão (runs.sequence)",
            required=True,
        ),
    ),
    constraints={
        "state_is_known": f"state IN {tuple(each.value for each in State)}",
        "pair_is_ordered": "customer_id < other_customer_id",
        "score_is_a_probability": "score BETWEEN 0 AND 1",
    },
)

MERGES = Table(
    name="merges",
    english="Whom a merged customer counts as.",
    portuguese="Como quem conta um cliente unificado com outro.",
    grain="one customer who was merged into another",
    key=("customer_id",),
    columns=(
        Column("customer_id", "bigint", "Who was merged", "Quem foi unificado", required=True),
        Column(
            "surviving_id",
            "bigint",
            "The customer who stands for both",
            "O cliente que representa ambos",
            required=True,
        ),
    ),
    constraints={"another_survives": "customer_id <> surviving_id"},
)
