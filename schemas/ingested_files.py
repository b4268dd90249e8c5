"""The ledger of deliveries: a file delivered twice is read once."""

from schemas.contract import Column, Table

LEDGER_MONEY = "decimal(28,4)"
"""Sums over a file may exceed the range of one amount."""

INGESTED_FILES = Table(
    name="ingested_files",
    english="Ledger of the files read: a file delivered twice is read once.",
    portuguese="Registro dos arquivos lidos: um arquivo entregue duas vezes é lido uma vez.",
    grain="one file content per source and input",
    key=("source", "input", "file_id"),
    columns=(
        Column("source", "string", "Name of the source mapping", "Nome da origem", required=True),
        Column("input", "string", "sales, persons, stores…", "Entrada", required=True),
        Column("file_id", "string", "SHA-256 of the file", "SHA-256 do arquivo", required=True),
        Column("file_name", "string", "Name of the file", "Nome do arquivo", required=True),
        Column("bytes", "bigint", "Size of the file", "Tamanho do arquivo", required=True),
        Column("rows_received", "bigint", "Rows in the file", "Linhas no arquivo", required=True),
        Column(
            "rows_accepted",
            "bigint",
            "Rows that stood after this delivery",
            "Linhas aceitas após esta entrega",
            required=True,
        ),
        Column(
            "rows_rejected",
            "bigint",
            "Rows in rejected_rows",
            "Linhas em rejected_rows",
            required=True,
        ),
        Column(
            "rows_superseded",
            "bigint",
            "Rows that a newer or identical delivery stands for",
            "Linhas substituídas por entrega mais nova ou idêntica",
            required=True,
        ),
        Column("amount_received", LEDGER_MONEY, "Readable money in the file", "Valor legível"),
        Column("amount_accepted", LEDGER_MONEY, "Money accepted", "Valor aceito"),
        Column("amount_rejected", LEDGER_MONEY, "Readable money rejected", "Valor rejeitado"),
        Column("amount_superseded", LEDGER_MONEY, "Money superseded", "Valor substituído"),
        Column(
            "values_unreadable",
            "bigint",
            "Values of optional columns that could not be read and are null",
            "Valores de colunas opcionais ilegíveis, gravados como nulos",
            required=True,
        ),
    ),
    constraints={
        "rows_add_up": "rows_received = rows_accepted + rows_rejected + rows_superseded",
        "money_adds_up": (
            "amount_received = amount_accepted + amount_rejected + amount_superseded"
        ),
    },
)
