"""How much of the registry is filled, valid and unique."""

from schemas.contract import AS_OF, Column, Table

LEVELS = ("network", "store", "salesperson", "registration_month")
FIELDS = (
    "cpf",
    "cnpj",
    "name",
    "identity_document",
    "birth_date",
    "email",
    "mobile",
    "phone",
    "address",
    "cep",
)
IDENTIFIED = "identified"
UNIQUE_FIELDS = ("cpf", "cnpj", "identity_document", "email", "mobile", "phone")
"""The fields of which each person should have a value of her own."""


def _count(name: str, english: str, portuguese: str) -> Column:
    return Column(name, "bigint", english, portuguese, required=True)


REGISTRATION_QUALITY = Table(
    name="registration_quality",
    english="Which share of registered customers has each field filled, valid and to herself.",
    portuguese="Que parcela dos clientes cadastrados tem cada campo preenchido, válido e só seu.",
    grain="one field of one level",
    key=("as_of", "level", "level_code", "field"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        Column(
            "level",
            "string",
            "network, store (of the registration), salesperson (of the portfolio) or "
            "registration_month",
            "Nível: rede, loja (do cadastro), vendedor (da carteira) ou mês do cadastro",
            required=True,
        ),
        Column(
            "level_code",
            "string",
            "Code of the store or salesperson, month as 2025-12, network for the network",
            "Código da loja ou do vendedor, mês como 2025-12, network para a rede",
            required=True,
        ),
        Column(
            "field",
            "string",
            "A field of the registry; identified: name, address and CEP together",
            "Um campo do cadastro; identified: nome, endereço e CEP juntos",
            required=True,
        ),
        _count("persons", "Registered customers", "Clientes cadastrados"),
        _count("filled", "Those with the field filled", "Os que têm o campo preenchido"),
        _count("valid", "Those with a valid value", "Os que têm valor válido"),
        Column(
            "unique_values",
            "bigint",
            "Those with a valid value that no other registered customer of the network has; null "
            "where several may well share one",
            "Os que têm valor válido que nenhum outro cliente cadastrado da rede tem; nulo onde "
            "vários podem ter o mesmo",
        ),
        Column("filled_rate", "double", "Filled ÷ persons", "Preenchidos ÷ pessoas", required=True),
        Column("valid_rate", "double", "Valid ÷ persons", "Válidos ÷ pessoas", required=True),
        Column(
            "unique_rate",
            "double",
            "Unique ÷ persons; null where unique_values is",
            "Únicos ÷ pessoas; nulo onde unique_values é",
        ),
    ),
    constraints={
        "level_is_known": f"level IN {LEVELS}",
        "field_is_known": f"field IN {(*FIELDS, IDENTIFIED)}",
        "each_is_part_of_the_one_before": (
            "persons > 0 AND filled <= persons AND valid <= filled AND unique_values <= valid"
        ),
        "unique_where_it_should_be": (
            f"(unique_values IS NOT NULL) = (field IN {UNIQUE_FIELDS}) "
            "AND (unique_rate IS NULL) = (unique_values IS NULL)"
        ),
    },
)
