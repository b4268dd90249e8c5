"""What every indicator is: the dictionary of the suite as a table."""

from schemas.contract import Column, Table

KINDS = ("descriptive", "indicator", "metric")
DIRECTIONS = ("up", "down")
GROUPS = ("customers", "sales", "moves", "registrations", "portfolios", "each_customer")

INDICATOR_DICTIONARY = Table(
    name="indicator_dictionary",
    english="What every indicator means, how it is computed and where it is found.",
    portuguese="O que cada indicador significa, como se calcula e onde se encontra.",
    grain="one indicator",
    key=("indicator",),
    columns=(
        Column("indicator", "string", "Code", "Código", required=True),
        Column("english", "string", "Name in English", "Nome em inglês", required=True),
        Column("portuguese", "string", "Name in Portuguese", "Nome em português", required=True),
        Column(
            "manual_names",
            "array<string>",
            "Names in the dictionary of Linx's manual",
            "Nomes no dicionário do manual da Linx",
        ),
        Column("meaning", "string", "What it tells", "O que diz, em inglês", required=True),
        Column("significado", "string", "What it tells, in Portuguese", "O que diz", required=True),
        Column("formula", "string", "How it is computed", "Como se calcula", required=True),
        Column(
            "unit",
            "string",
            "Unit of the value: share, money, days, per_month, customers and others",
            "Unidade do valor: share (fração), money, days, per_month, customers e outras",
            required=True,
        ),
        Column(
            "group_name",
            "string",
            "Sum of: customers, sales, moves, registrations, portfolios; each_customer",
            "Soma de: customers, sales, moves, registrations, portfolios; each_customer",
            required=True,
        ),
        Column(
            "periods",
            "array<string>",
            "Its periods in indicators; null if only customers have it",
            "Seus períodos em indicators; nulo se só de cada cliente",
        ),
        Column(
            "kind",
            "string",
            "descriptive, indicator or metric (thresholds and a rating are usual)",
            "descriptive (informação), indicator (indicador), metric (métrica, em geral com juízo)",
            required=True,
        ),
        Column(
            "direction",
            "string",
            "up: more is better; down: less is better; null: neither",
            "up: mais é melhor; down: menos é melhor; nulo: nem um nem outro",
        ),
        Column(
            "of_each_customer",
            "string",
            "Table and column that hold it for each customer",
            "Tabela e coluna que o têm por cliente",
        ),
    ),
    constraints={
        "kind_is_known": f"kind IN {KINDS}",
        "direction_is_known": f"direction IN {DIRECTIONS}",
        "group_is_known": f"group_name IN {GROUPS}",
    },
)
