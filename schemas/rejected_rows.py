"""Rows that broke the contract of their input, whole and with every reason."""

from enum import Enum

from schemas.contract import MONEY, Column, Table


class Reason(str, Enum):
    """Why a row was rejected; a row bears every reason that applies."""

    MALFORMED_ROW = "malformed_row"
    """The row does not have the columns that the file's header announces."""
    MISSING_KEY = "missing_key"
    """A column of the row's key (store, sale number, code…) is empty; for a person, a code that is
    a sentinel too."""
    MISSING_DAY = "missing_day"
    """Neither a business day nor a time of sale is given."""
    UNREADABLE_DAY = "unreadable_day"
    """A day or time does not follow the pattern that the mapping names."""
    DAY_OUT_OF_RANGE = "day_out_of_range"
    """The business day lies outside the days that conf accepts."""
    MISSING_QUANTITY = "missing_quantity"
    """The quantity is empty."""
    MISSING_AMOUNT = "missing_amount"
    """Neither an amount nor a price is given."""
    UNREADABLE_NUMBER = "unreadable_number"
    """A quantity, amount, price, discount or line number is not a number, or too large."""
    TOO_PRECISE = "too_precise"
    """Money with more than four decimals, or a quantity with more than three: storing it would
    round it, so the mapping must say how."""
    REVERSED_PERIOD = "reversed_period"
    """A store that closes before it opens, a stint that ends before it starts (the same day
    included), or a past action whose last day lies before its first."""
    UNREADABLE_FLAG = "unreadable_flag"
    """A yes-or-no column holds neither."""
    ERASED = "erased"
    """A registration of somebody who was erased; nothing of it is kept."""


REJECTED_ROWS = Table(
    name="rejected_rows",
    english="Rows that broke the contract of their input, whole and with every reason.",
    portuguese="Linhas que violaram o contrato da entrada, inteiras e com todos os motivos.",
    grain="one row of one file",
    key=("file_id", "row_id", "occurrence"),
    columns=(
        Column("file_id", "string", "SHA-256 of the file", "SHA-256 do arquivo", required=True),
        Column(
            "row_id",
            "string",
            "Keyed digest of the row",
            "Resumo com chave da linha",
            required=True,
        ),
        Column(
            "occurrence",
            "int",
            "1 for the first such row of the file, 2 for an identical second one…",
            "1 para a primeira linha igual do arquivo, 2 para a segunda…",
            required=True,
        ),
        Column("source", "string", "Name of the source mapping", "Nome da origem", required=True),
        Column("input", "string", "sales, persons, stores…", "Entrada", required=True),
        Column("file_name", "string", "Name of the file", "Nome do arquivo", required=True),
        Column(
            "raw_row",
            "string",
            "The row as received, as JSON",
            "A linha recebida, em JSON",
            required=True,
            personal=True,
        ),
        Column("reasons", "array<string>", "Every reason code", "Todos os motivos", required=True),
        Column("amount", MONEY, "Line amount, where readable", "Valor do item, quando legível"),
    ),
    constraints={"a_reason_is_given": "size(reasons) > 0"},
)
