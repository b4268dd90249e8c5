"""Stores, online ones too."""

from schemas.contract import Column, Table

STORES = Table(
    name="stores",
    english="Stores, online ones too; active if opened_on ≤ as_of < closed_on.",
    portuguese="Lojas, inclusive online; ativa se opened_on ≤ as_of < closed_on.",
    grain="one store",
    key=("store_code",),
    columns=(
        Column("store_code", "string", "Store", "Loja", required=True),
        Column("store_name", "string", "Name of the store", "Nome da loja"),
        Column("opened_on", "date", "First day open; null: always", "Primeiro dia; nulo: sempre"),
        Column(
            "closed_on",
            "date",
            "First day closed; null: still open",
            "Primeiro dia fechada; nulo: aberta",
        ),
        Column("is_online", "boolean", "Whether it sells online", "Se vende online"),
        Column(
            "successor_store_code",
            "string",
            "Store that takes over its customers",
            "Loja que assume os clientes",
        ),
        Column("city", "string", "City", "Cidade"),
        Column("state", "string", "State", "Estado (UF)"),
        Column("delivered_at", "timestamp", "Time of the delivery", "Instante da entrega"),
    ),
    constraints={"opens_before_it_closes": "opened_on < closed_on"},
)
