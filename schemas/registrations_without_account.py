"""Persons in the registry who never bought."""

from schemas.contract import AS_OF, Column, Table

REGISTRATIONS_WITHOUT_ACCOUNT = Table(
    name="registrations_without_account",
    english="Persons in the registry without a purchase up to the processing date.",
    portuguese="Pessoas cadastradas sem compra até a data de processamento.",
    grain="one person on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column("customer_id", "bigint", "The person", "A pessoa", required=True),
        Column("registered_on", "date", "Day of registration", "Dia do cadastro"),
        Column("store_code", "string", "Store of the registration", "Loja do cadastro"),
    ),
)
