"""The stints of salespeople."""

from schemas.contract import Column, Table

SALESPEOPLE = Table(
    name="salespeople",
    english="Stints: who worked where, from when, until before when.",
    portuguese="Passagens: quem trabalhou onde, desde quando, até antes de quando.",
    grain="one stint of a salesperson in a store",
    key=("salesperson_code", "store_code", "works_from"),
    columns=(
        Column("salesperson_code", "string", "Salesperson", "Vendedor", required=True),
        Column("store_code", "string", "Store", "Loja", required=True),
        Column("works_from", "date", "First day there", "Primeiro dia na loja", required=True),
        Column(
            "works_to",
            "date",
            "First day absent; null: still there",
            "Primeiro dia ausente; nulo: presente",
        ),
        Column("name", "string", "Name", "Nome", personal=True),
        Column("delivered_at", "timestamp", "Time of the delivery", "Instante da entrega"),
    ),
    constraints={"a_stint_has_days": "works_from < works_to"},
)
