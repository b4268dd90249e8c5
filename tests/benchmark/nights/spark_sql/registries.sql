-- What the tables need beside sales. Of several entries of a person, the one changed last stands.
CREATE TEMPORARY FUNCTION half_up(n BIGINT, d BIGINT) RETURNS BIGINT
RETURN IF(n < 0, -1, 1) * ((2 * abs(n) + d) DIV (2 * d));

CREATE TEMPORARY FUNCTION e4(n BIGINT) RETURNS DECIMAL(18, 4)
RETURN CAST(CAST(n AS DECIMAL(18, 0)) * 0.0001BD AS DECIMAL(18, 4));

CREATE TEMPORARY FUNCTION e6(n BIGINT) RETURNS DECIMAL(18, 6)
RETURN CAST(CAST(n AS DECIMAL(18, 0)) * 0.000001BD AS DECIMAL(18, 6));

CREATE TEMPORARY VIEW persons AS
SELECT customer_code,
       max_by(Cadastro, changed_at) AS registered_on,
       max_by(Loja, changed_at) AS store_code
FROM (
    SELECT try_cast(replace(replace(CPF, '.', ''), '-', '') AS BIGINT) AS customer_code,
           Cadastro, Loja, `Atualizado em` AS changed_at
    FROM clientes
)
WHERE customer_code IS NOT NULL
GROUP BY customer_code;

CREATE TEMPORARY VIEW active_stores AS
SELECT Loja AS store_code
FROM lojas
WHERE (Abertura IS NULL OR Abertura <= as_of()) AND (Fechamento IS NULL OR as_of() < Fechamento);

-- Every store with the first active one among itself, its successor, that one's successor...
CREATE TEMPORARY VIEW led_to AS
WITH RECURSIVE followed (store_code, led_to, steps) AS (
    SELECT Loja, Loja, 0 FROM lojas
    UNION ALL
    SELECT followed.store_code, Sucessora, steps + 1
    FROM followed
    JOIN lojas ON Loja = followed.led_to
    WHERE Sucessora IS NOT NULL
)
SELECT followed.store_code, min_by(led_to, steps) AS led_to
FROM followed
JOIN active_stores ON active_stores.store_code = led_to
GROUP BY followed.store_code;

-- Who ever worked in a store; whoever is absent left with the latest end.
CREATE TEMPORARY VIEW posts AS
SELECT Loja AS store_code,
       Vendedor AS salesperson_code,
       bool_or(`Saída` IS NULL OR as_of() < `Saída`) AS is_present,
       max(`Saída`) AS ended_on
FROM vendedores
WHERE Entrada <= as_of()
GROUP BY Loja, Vendedor
