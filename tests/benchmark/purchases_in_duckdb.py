"""The purchases and registries of a generated chain, from its Parquet files, made by DuckDB."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent.parent)

from tests.oracle import accounts as oracle

SQL = Path(__file__).with_name("chain.sql")

TABLES = {
    "purchases": "SELECT store_code, business_day, sale_number, sold_at, code_class, "
    "customer_code, CAST(hash(customer_code) >> 1 AS BIGINT) AS customer_id, salesperson_code, "
    "is_purchase, CAST(NULL AS BOOLEAN) AS by_queue, gross_amount, net_amount "
    "FROM purchases WHERE code_class = 'coded' "
    "ORDER BY business_day",
    "stores": "SELECT Loja AS store_code, Abertura AS opened_on, Fechamento AS closed_on, "
    "Virtual = 'S' AS is_online, Sucessora AS successor_store_code "
    "FROM read_parquet(getvariable('source') || '/lojas_*.parquet')",
    "salespeople": "SELECT Vendedor AS salesperson_code, Loja AS store_code, "
    'Entrada AS works_from, "Saída" AS works_to '
    "FROM read_parquet(getvariable('source') || '/vendedores_*.parquet')",
    "persons": "SELECT DISTINCT ON (customer_code) customer_code, "
    "CAST(hash(customer_code) >> 1 AS BIGINT) AS customer_id, Cadastro AS registered_on, "
    "Loja AS store_code FROM (SELECT *, lpad(regexp_replace(CPF, '[^0-9]', '', 'g'), 11, '0') "
    "AS customer_code FROM read_parquet(getvariable('source') || '/clientes_*.parquet') "
    'WHERE CPF IS NOT NULL) ORDER BY customer_code, "Atualizado em" DESC',
}


def main(files: str, made: str) -> None:
    """Write the tables, and print how many purchases and customers there are."""
    con = oracle.connect()
    con.execute("SET VARIABLE source = ?", [files])
    con.execute(SQL.read_text(encoding="utf-8").split("-- The timeline")[0])
    oracle.purchases(con)
    Path(made).mkdir(parents=True)
    for name, query in TABLES.items():
        con.execute(f"COPY ({query}) TO '{made}/{name}.parquet'")
    counted = con.execute(
        "SELECT count(*), count(DISTINCT customer_code) FROM purchases WHERE code_class = 'coded'"
    ).fetchall()[0]
    sys.stdout.write(f"{counted[0]:,} tickets of {counted[1]:,} customers")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
