"""Growth accounting: stocks of the life cycle's stages and the moves between them."""

from schemas.contract import Column, Table

MOVES: dict[str, tuple[str | None, str]] = {
    "new": (None, "active"),
    "reactivated": ("inactive", "active"),
    "recovered": ("lost", "active"),
    "inactivated": ("active", "inactive"),
    "lost": ("inactive", "lost"),
}
"""Every move that a timeline can make: the stage left (None: no customer yet) and the one entered.

Only ``recovered`` skips a stage. Nobody goes from active to lost, since the settings require
``lost_after`` to be longer than ``inactive_after`` from any day.
"""

PERIODS = ("day", "month", "year")
LEVELS = ("network", "store", "salesperson")

PERIOD_COLUMNS = (
    Column("as_of", "date", "Processing date, last day", "Data de processamento", required=True),
    Column(
        "period",
        "string",
        "day, month or year: that day, its month or its year so far",
        "day, month ou year: o dia, o mês ou o ano até ele",
        required=True,
    ),
    Column("start_on", "date", "The day before the period", "A véspera do período", required=True),
    Column("level", "string", "network, store or salesperson", "Nível", required=True),
    Column(
        "level_code",
        "string",
        "Code of the store or salesperson; network for the network",
        "Código da loja ou do vendedor; network para a rede",
        required=True,
    ),
)
"""What says of which period and level a row speaks."""

PERIOD_RULES = {
    "period_is_known": f"period IN {PERIODS}",
    "level_is_known": f"level IN {LEVELS}",
    "starts_before_it_ends": "start_on < as_of",
}


def _stock(stage: str, side: str) -> Column:
    words = {
        "start": ("on the day before the period", "na véspera do período"),
        "end": ("on as_of", "em as_of"),
    }
    stages = {"active": "ativos", "inactive": "inativos", "lost": "perdidos"}
    english, portuguese = words[side]
    return Column(
        f"{stage}_{side}",
        "bigint",
        f"{stage.capitalize()} customers {english}",
        f"Clientes {stages[stage]} {portuguese}",
        required=True,
    )


GROWTH_ACCOUNTING = Table(
    name="growth_accounting",
    english="Customers per stage at both ends of a period and every move between stages in it.",
    portuguese="Clientes por estágio nas pontas do período e toda mudança de estágio nele.",
    grain="one period and one level",
    key=("as_of", "period", "level", "level_code"),
    partitioned_by=("as_of",),
    columns=(
        *PERIOD_COLUMNS,
        *(_stock(stage, "start") for stage in ("active", "inactive", "lost")),
        Column("new", "bigint", "First purchases", "Primeiras compras", required=True),
        Column(
            "reactivated",
            "bigint",
            "Moves from inactive to active",
            "De inativo a ativo",
            required=True,
        ),
        Column(
            "recovered", "bigint", "Moves from lost to active", "De perdido a ativo", required=True
        ),
        Column(
            "inactivated",
            "bigint",
            "Moves from active to inactive",
            "De ativo a inativo",
            required=True,
        ),
        Column(
            "lost",
            "bigint",
            "Moves from inactive to lost",
            "De inativo a perdido",
            required=True,
        ),
        *(_stock(stage, "end") for stage in ("active", "inactive", "lost")),
    ),
    constraints={
        **PERIOD_RULES,
        "active_adds_up": "active_end = active_start + new + reactivated + recovered - inactivated",
        "inactive_adds_up": "inactive_end = inactive_start + inactivated - reactivated - lost",
        "lost_adds_up": "lost_end = lost_start + lost - recovered",
    },
)
