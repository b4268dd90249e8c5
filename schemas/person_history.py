"""What was said, asked and looked up of a person: the one place of audit."""

from enum import Enum

from schemas.contract import Column, Table

REGISTRY = "registry"
"""``said_by`` of what the chain's registry says."""

CHANNELS = ("email", "sms", "phone", "whatsapp", "mail")
ALL_CHANNELS = "all"
"""The ``field`` of a general opt-out."""

LOYALTY = "loyalty"
FEATURES = ("campaign", LOYALTY, "conecta", "boomerang")
"""What a person can be blocked from; ``campaign`` bars all actions."""

NOBODY = 0
"""The ``customer_id`` of a look-up that found nobody."""

CORRECTABLE = ("birth_date", "email", "mobile")


class Kind(str, Enum):
    """What happened to a person's registration."""

    CORRECT = "correct"
    """A field got another value."""
    BLOCK = "block"
    """She is kept out of a feature."""
    UNBLOCK = "unblock"
    """She no longer is."""
    OPT_OUT = "opt_out"
    """She wants no contact by a channel, or by any."""
    OPT_IN = "opt_in"
    """She wants it again."""
    LOOK_UP = "look_up"
    """Somebody looked at what is held of her, or looked for her in vain."""


PERSON_HISTORY = Table(
    name="person_history",
    english="What was corrected, consented to, blocked or looked up of a person: who, when, why.",
    portuguese="O que foi corrigido, consentido, bloqueado ou consultado: quem, quando, por quê.",
    grain="one thing said, asked or looked up",
    key=("sequence", "position", "kind", "customer_id", "field"),
    columns=(
        Column(
            "sequence",
            "bigint",
            "The publication that it came with (runs.sequence)",
            "A publicação em que entrou (runs.sequence)",
            required=True,
        ),
        Column(
            "position",
            "int",
            "Its place among what the same run was told",
            "Sua posição entre o que a mesma execução recebeu",
            required=True,
        ),
        Column("kind", "string", "What happened", "O que aconteceu", required=True),
        Column(
            "customer_id",
            "bigint",
            "The person; 0 for a look-up that found nobody",
            "A pessoa; 0 na consulta que não achou ninguém",
            required=True,
        ),
        Column(
            "field",
            "string",
            "The field, channel, feature or command",
            "O campo, canal, recurso ou comando",
            required=True,
        ),
        Column("old_value", "string", "The value before", "O valor anterior", personal=True),
        Column("new_value", "string", "The value since", "O novo valor", personal=True),
        Column(
            "said_at",
            "timestamp",
            "When it was said; of the registry, when it was delivered, if it says so",
            "Quando foi dito; do cadastro, quando foi entregue, se informado",
        ),
        Column(
            "said_by",
            "string",
            "Who said or asked it; registry for the registry itself",
            "Quem disse ou pediu; registry para o próprio cadastro",
            required=True,
            personal=True,
        ),
        Column("why", "string", "Why", "Por quê", personal=True),
    ),
    constraints={"kind_is_known": f"kind IN {tuple(each.value for each in Kind)}"},
)
