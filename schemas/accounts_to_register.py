"""Customers whom a store should register, by what they bought."""

from schemas.contract import AS_OF, CUSTOMER, MONEY, Column, Table

ACCOUNTS_TO_REGISTER = Table(
    name="accounts_to_register",
    english="The accounts without registration of each store that have value, best first.",
    portuguese="As contas sem cadastro de cada loja que têm valor, a melhor primeiro.",
    grain="one customer without registration on one processing date",
    key=("as_of", "customer_id"),
    partitioned_by=("as_of",),
    columns=(
        AS_OF,
        CUSTOMER,
        Column(
            "store_code",
            "string",
            "Main store; null if no store could be allocated",
            "Loja principal; nula se nenhuma pôde ser alocada",
        ),
        Column(
            "salesperson_code",
            "string",
            "Whose portfolio it is in; null in transition and in the store's own",
            "De quem é a carteira; nulo em transição e na carteira da loja",
        ),
        Column(
            "rank",
            "bigint",
            "In the store, by value descending, then customer_id; 1 the best",
            "Na loja, por valor decrescente, depois customer_id; 1 o melhor",
            required=True,
        ),
        Column(
            "value",
            MONEY,
            "Bought on all days until as_of, net (less all returned, before the first purchase "
            "too) or gross, by network.value_basis; above zero",
            "Comprado em todos os dias até as_of, líquido (menos todo o devolvido, também antes da "
            "primeira compra) ou bruto, por network.value_basis; acima de zero",
            required=True,
        ),
        Column("purchases", "bigint", "Purchases", "Compras", required=True),
        Column("last_purchase_on", "date", "Last purchase day", "Última compra", required=True),
        Column(
            "code_valid",
            "boolean",
            "Whether the check digits of the code are right; null for text. A wrong one was "
            "mistyped at the till",
            "Se os dígitos verificadores do código conferem; nulo para texto. Um errado foi mal "
            "digitado no caixa",
        ),
    ),
    constraints={"rank_starts_at_one": "rank >= 1", "value_is_positive": "value > 0"},
)
