"""The indicators of the network, its stores and its salespeople."""

from schemas.contract import AS_OF, Column, Table
from schemas.growth_accounting import LEVELS

VALUE = "decimal(38,12)"
TOTAL = "decimal(38,6)"
PERIODS = ("on_date", "month", "last_12m", "year", "all")
RATINGS = ("good", "fair", "bad")

INDICATORS = Table(
    name="indicators",
    english="Every indicator of the dictionary by network, store and salesperson.",
    portuguese="Todo indicador do dicionário por rede, loja e vendedor.",
    grain="one indicator of one level in one period that ends on a processing date",
    key=("as_of", "period", "level", "level_code", "indicator"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column(
            "period",
            "string",
            "on_date: as things stand on as_of; month, year: since their 1st; last_12m; all",
            "on_date: a situação em as_of; month, year: desde o dia 1º; last_12m; all (tudo)",
            required=True,
        ),
        Column("level", "string", "network, store or salesperson", "Nível", required=True),
        Column(
            "level_code",
            "string",
            "Code of the store or salesperson; network for the network",
            "Código da loja ou do vendedor; network para a rede",
            required=True,
        ),
        Column(
            "indicator",
            "string",
            "Code in indicator_dictionary",
            "Código em indicator_dictionary",
            required=True,
        ),
        Column(
            "value",
            VALUE,
            "In the indicator's unit: numerator ÷ denominator, or the numerator where there is no "
            "denominator; null where the denominator is not positive",
            "Na unidade do indicador: numerador ÷ denominador, ou o numerador onde não há "
            "denominador; nulo onde o denominador não é positivo",
        ),
        Column("numerator", TOTAL, "What is counted or summed", "O que se conta ou soma"),
        Column(
            "denominator",
            TOTAL,
            "What it is divided by; null for a count or a sum",
            "Aquilo por que se divide o numerador; nulo numa contagem ou soma",
        ),
        Column(
            "rating",
            "string",
            "good, fair or bad by the thresholds of the settings; null without",
            "good (bom), fair (regular) ou bad (ruim) pelos limites em conf; nulo sem limites",
        ),
    ),
    constraints={
        "period_is_known": f"period IN {PERIODS}",
        "level_is_known": f"level IN {LEVELS}",
        "rating_is_known": f"rating IN {RATINGS}",
    },
)
