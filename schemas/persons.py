"""The registry of persons: customers, prospects, salespeople, suppliers."""

from schemas.contract import Column, Table

_COLUMNS = (
    Column(
        "customer_id",
        "bigint",
        "The person: in persons_received as delivered (merges says who stands for her now), in "
        "persons the surviving one; the code lies in customer_codes",
        "A pessoa: em persons_received como entregue (merges diz quem a representa agora), em "
        "persons a que permanece; o código está em customer_codes",
        required=True,
    ),
    Column(
        "roles",
        "array<string>",
        "customer, prospect, salesperson, supplier",
        "cliente, prospect, vendedor, fornecedor",
    ),
    Column(
        "registered_on",
        "date",
        "Day of registration; null counts as always",
        "Dia do cadastro; nulo vale como sempre",
    ),
    Column("store_code", "string", "Store of the registration", "Loja do cadastro"),
    Column("name", "string", "Name", "Nome", personal=True),
    Column("identity_document", "string", "RG", "RG", personal=True),
    Column("birth_date", "date", "Birth date", "Data de nascimento", personal=True),
    Column("sex", "string", "Sex, in the source's words", "Sexo, como na origem"),
    Column("marital_status", "string", "Marital status, in the source's words", "Estado civil"),
    Column("email", "string", "E-mail, not normalised", "E-mail, sem normalizar", personal=True),
    Column(
        "mobile", "string", "Mobile phone, not normalised", "Celular, sem normalizar", personal=True
    ),
    Column("phone", "string", "Landline, not normalised", "Telefone fixo", personal=True),
    Column("address", "string", "Street, number, unit", "Endereço", personal=True),
    Column("district", "string", "District", "Bairro", personal=True),
    Column("city", "string", "City", "Cidade"),
    Column("state", "string", "State", "Estado (UF)"),
    Column("cep", "string", "Postal code, not normalised", "CEP, sem normalizar", personal=True),
    Column(
        "opted_out",
        "boolean",
        "General opt-out: no contact at all; null: never said",
        "Opt-out geral: nenhum contato; nulo: nunca se manifestou",
    ),
    Column(
        "channels_opted_out",
        "array<string>",
        "Channels opted out of: email, sms, phone, whatsapp, mail; null: never said; empty: "
        "refuses none",
        "Canais recusados: email, sms, phone (telefone), whatsapp, mail (correio); nulo: nunca se "
        "manifestou; vazio: não recusa nenhum",
    ),
    Column(
        "loyalty_programme",
        "string",
        "Loyalty programme; in persons none for whoever is blocked from it",
        "Programa de fidelidade; em persons nenhum para quem está bloqueado nele",
    ),
    Column("loyalty_category", "string", "Category in it", "Categoria no programa"),
    Column("delivered_at", "timestamp", "Time of the delivery", "Instante da entrega"),
)

PERSONS_RECEIVED = Table(
    name="persons_received",
    english="The registry as the sources delivered it last.",
    portuguese="O cadastro como as fontes o entregaram por último.",
    grain="one person",
    key=("customer_id",),
    columns=_COLUMNS,
)

PERSONS = Table(
    name="persons",
    english="The registry as it holds: as received, with what people corrected and consented to.",
    portuguese="O cadastro que vale: o recebido, com correções e consentimentos das pessoas.",
    grain="one person",
    key=("customer_id",),
    columns=(
        *_COLUMNS,
        Column(
            "filled_from",
            "map<string,bigint>",
            "Fields that her registration left empty, and the merged customer whose value they got",
            "Campos vazios no cadastro, e o cliente unificado de quem veio o valor",
        ),
    ),
)
