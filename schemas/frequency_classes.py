"""How many customers buy how often."""

from schemas.contract import AS_OF, MONEY, Column, Table

FREQUENCY = ("weekly", "fortnightly", "monthly", "other")

FREQUENCY_CLASSES = Table(
    name="frequency_classes",
    english="Customers who buy weekly, fortnightly, monthly or less often.",
    portuguese="Clientes que compram toda semana, quinzena, mês ou com menos frequência.",
    grain="one frequency class of one level",
    key=("as_of", "level", "level_code", "frequency_class"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column("level", "string", "network, store or salesperson", "Nível", required=True),
        Column(
            "level_code",
            "string",
            "Code of the store or salesperson; network for the network",
            "Código da loja ou do vendedor; network para a rede",
            required=True,
        ),
        Column(
            "frequency_class",
            "string",
            "By mean days between purchases of the last 12 months",
            "Pela média de dias entre compras em 12 meses",
            required=True,
        ),
        Column(
            "customers",
            "bigint",
            "Customers with two purchase days in the last 12 months",
            "Clientes com dois dias de compra em 12 meses",
            required=True,
        ),
        Column(
            "share",
            "double",
            "Share of those of the level",
            "Participação entre os do nível",
            required=True,
        ),
        Column(
            "purchases_12m",
            "bigint",
            "Their purchases in the last 12 months",
            "Suas compras em 12 meses",
            required=True,
        ),
        Column(
            "net_amount_12m",
            MONEY,
            "Their net in the last 12 months",
            "Seu líquido em 12 meses",
            required=True,
        ),
    ),
    constraints={
        "frequency_is_known": f"frequency_class IN {FREQUENCY}",
    },
)
