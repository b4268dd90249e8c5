"""Actions of the time before, or of another system: whom they addressed, and what was redeemed."""

from schemas.campaigns import ACTION
from schemas.contract import Column, Table

_CUSTOMER = Column(
    "customer_id",
    "bigint",
    "Customer as delivered; merges says who stands for her now",
    "Cliente como entregue; merges diz quem o representa agora",
    required=True,
)
_DELIVERED = Column("delivered_at", "timestamp", "Time of the delivery", "Instante da entrega")

PAST_ACTIONS = Table(
    name="past_actions",
    english="Actions that another system carried out, as delivered.",
    portuguese="Ações que outro sistema executou, como entregues.",
    grain="one action",
    key=("action_code",),
    columns=(
        ACTION,
        Column("title", "string", "Title", "Título"),
        Column("valid_from", "date", "First day; null: never looked at", "Início; nulo: ignorada"),
        Column("valid_to", "date", "Last day; null: never looked at", "Fim; nulo: ignorada"),
        _DELIVERED,
    ),
)

PAST_CONTACTS = Table(
    name="past_contacts",
    english="Whom these actions addressed.",
    portuguese="Quem essas ações abordaram.",
    grain="one customer of one action",
    key=("action_code", "customer_id"),
    columns=(ACTION, _CUSTOMER, _DELIVERED),
)

PAST_REDEMPTIONS = Table(
    name="past_redemptions",
    english="What customers redeemed of these actions, such as coupons.",
    portuguese="O que clientes resgataram dessas ações, como cupons.",
    grain="one coupon redeemed by a customer on a day",
    key=("action_code", "customer_id", "coupon_code", "redeemed_on"),
    columns=(
        ACTION,
        _CUSTOMER,
        Column("coupon_code", "string", "What was redeemed", "O que foi resgatado", required=True),
        Column("redeemed_on", "date", "Day", "Dia", required=True),
        _DELIVERED,
    ),
)
