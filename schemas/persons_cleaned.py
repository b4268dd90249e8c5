"""What of the registry is usable: values in one form, and why the others are not."""

from schemas.contract import Column, Table
from schemas.validity import Invalid

REASONS = tuple(each.value for each in Invalid)


def _cleaned(name: str, english: str, portuguese: str) -> Column:
    return Column(name, "string", english, portuguese, personal=True)


def _reason(name: str, english: str, portuguese: str) -> Column:
    return Column(
        f"{name}_reason",
        "string",
        f"Why the {english} is invalid; null if it is valid or not filled",
        f"Por que {portuguese} é inválido; nulo se válido ou não preenchido",
    )


PERSONS_CLEANED = Table(
    name="persons_cleaned",
    english="The registry cleaned: values in the form in which they are compared, and why some "
    "are invalid; persons has them as they were given.",
    portuguese="O cadastro limpo: valores na forma em que são comparados e por que alguns são "
    "inválidos; persons os tem como foram dados.",
    grain="one person",
    key=("customer_id",),
    columns=(
        Column("customer_id", "bigint", "The person", "A pessoa", required=True),
        _reason("cpf", "CPF in customer_codes", "o CPF em customer_codes"),
        _reason("cnpj", "CNPJ in customer_codes", "o CNPJ em customer_codes"),
        _reason("name", "name", "o nome"),
        _cleaned("identity_document", "RG, digits and a check digit X", "RG, dígitos e dígito X"),
        _reason("identity_document", "RG", "o RG"),
        _reason(
            "birth_date",
            "birth date on the last processing date",
            "o nascimento, na última data de processamento,",
        ),
        _cleaned("email", "E-mail in small letters", "E-mail em minúsculas"),
        _reason("email", "e-mail", "o e-mail"),
        _cleaned(
            "mobile", "Mobile, area code and number", "Celular, com DDD e sem o que se disca antes"
        ),
        _reason("mobile", "mobile", "o celular"),
        _cleaned(
            "phone", "Landline, area code and number", "Fixo, com DDD e sem o que se disca antes"
        ),
        _reason("phone", "landline", "o telefone fixo"),
        _reason("address", "address", "o endereço"),
        _cleaned("cep", "CEP, digits", "CEP, só dígitos"),
        _reason("cep", "CEP", "o CEP"),
    ),
    constraints={
        f"{name}_reason_is_known": f"{name}_reason IN {REASONS}"
        for name in (
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
    },
)
