"""The one place that links a customer code to its id."""

from schemas.contract import Column, Table

CODE_KINDS = ("cpf", "cnpj", "text")
"""What a code is: the two Brazilian tax ids, whose check digits are verified, or free text."""

CUSTOMER_CODES = Table(
    name="customer_codes",
    english="The one place that links a customer code to its id.",
    portuguese="O único lugar que liga o código do cliente ao seu identificador.",
    grain="one code",
    key=("customer_id",),
    columns=(
        Column(
            "customer_id",
            "bigint",
            "Keyed 64-bit hash of the code",
            "Hash de 64 bits com chave do código",
            required=True,
        ),
        Column(
            "customer_code",
            "string",
            "The code, normalised",
            "O código normalizado",
            required=True,
            personal=True,
        ),
        Column(
            "code_kind", "string", "cpf, cnpj or text", "cpf, cnpj ou text (texto)", required=True
        ),
        Column(
            "code_valid",
            "boolean",
            "Whether its check digits are right; null for text",
            "Se os dígitos verificadores conferem; nulo para texto",
        ),
    ),
    constraints={"code_kind_is_known": f"code_kind IN {CODE_KINDS}"},
)
