-- What the tables need beside sales. Of several entries of a person, the one changed last stands.
CREATE MACRO half_up(n, d) AS
    CASE WHEN n < 0 THEN -1 ELSE 1 END * ((2 * abs(CAST(n AS BIGINT)) + d) // (2 * d));
CREATE MACRO e4(n) AS CAST(CAST(n AS DECIMAL(18, 0)) * 0.0001 AS DECIMAL(18, 4));
CREATE MACRO e6(n) AS CAST(CAST(n AS DECIMAL(18, 0)) * 0.000001 AS DECIMAL(18, 6));

CREATE TABLE persons AS
SELECT customer_code,
       arg_max_null(Cadastro, changed_at) AS registered_on,
       arg_max_null(Loja, changed_at) AS store_code
FROM (
    SELECT TRY_CAST(replace(replace(CPF, '.', ''), '-', '') AS BIGINT) AS customer_code,
           Cadastro, Loja, "Atualizado em" AS changed_at
    FROM read_parquet(getvariable('source') || '/clientes_*.parquet')
)
WHERE customer_code IS NOT NULL
GROUP BY customer_code;

CREATE TABLE active_stores AS
SELECT Loja AS store_code
FROM read_parquet(getvariable('source') || '/lojas_*.parquet')
WHERE (Abertura IS NULL OR Abertura <= getvariable('as_of'))
  AND (Fechamento IS NULL OR getvariable('as_of') < Fechamento);

-- Every store with the first active one among itself, its successor, that one's successor...
CREATE TABLE led_to AS
WITH RECURSIVE followed AS (
    SELECT Loja AS store_code, Loja AS led_to, 0 AS steps
    FROM read_parquet(getvariable('source') || '/lojas_*.parquet')
    UNION ALL
    SELECT followed.store_code, Sucessora, steps + 1
    FROM followed
    JOIN read_parquet(getvariable('source') || '/lojas_*.parquet') ON Loja = led_to
    WHERE Sucessora IS NOT NULL
)
SELECT store_code, arg_min(led_to, steps) AS led_to
FROM followed
WHERE led_to IN (FROM active_stores)
GROUP BY store_code;

-- Who ever worked in a store; whoever is absent left with the latest end.
CREATE TABLE posts AS
SELECT Loja AS store_code,
       Vendedor AS salesperson_code,
       bool_or("Saída" IS NULL OR getvariable('as_of') < "Saída") AS is_present,
       max("Saída") AS ended_on
FROM read_parquet(getvariable('source') || '/vendedores_*.parquet')
WHERE Entrada <= getvariable('as_of')
GROUP BY ALL;
