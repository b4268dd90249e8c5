-- The chain's sale lines -> one row per ticket. A code is a number here: cheaper to group and join
-- by than text. Hardly a ticket has two salespeople, so only those that do are settled by value.
WITH lines AS (
    SELECT Loja AS store_code,
           Data AS business_day,
           Cupom AS sale_number,
           Item AS line_number,
           Data + CAST(Hora AS TIME) AS sold_at,
           TRY_CAST(replace(replace(CPF, '.', ''), '-', '') AS BIGINT) AS code,
           CASE WHEN code > 0 AND code <> 99999999999 THEN code END AS customer_code,
           CPF IS NOT NULL AND trim(CPF) <> '' AS has_code,
           Vendedor AS salesperson_code,
           Canal AS channel,
           Fila = 'S' AS by_queue,
           CASE WHEN Tipo = 'D'         THEN 'return'
                WHEN "Valor bruto" < 0  THEN 'price_adjustment'
                ELSE 'sold'
           END AS kind,
           abs(Quantidade) AS quantity,
           "Valor bruto" - Desconto AS signed_amount,
           CASE WHEN kind = 'return' THEN abs(signed_amount) ELSE signed_amount END AS amount
    FROM read_parquet(getvariable('source') || '/vendas_*.parquet')
    WHERE Data <= getvariable('as_of') AND Tipo <> 'C' AND (Tipo = 'D' OR Quantidade > 0)
),

tickets AS MATERIALIZED (
    SELECT store_code, business_day, sale_number,
           min(sold_at) AS sold_at,
           arg_min(customer_code, line_number) FILTER (customer_code IS NOT NULL) AS customer_code,
           bool_or(has_code) AS has_code,
           min(salesperson_code) AS salesperson_code,
           max(salesperson_code) AS other_salesperson_code,
           min(channel) AS channel,
           bool_or(by_queue) AS by_queue,
           bool_or(kind = 'sold') AS is_purchase,
           coalesce(sum(quantity) FILTER (kind = 'sold'), 0) AS items,
           coalesce(sum(quantity) FILTER (kind = 'return'), 0) AS items_returned,
           coalesce(sum(amount) FILTER (kind = 'sold'), 0) AS gross_amount,
           coalesce(sum(amount) FILTER (kind = 'return'), 0) AS returned_amount,
           sum(CASE WHEN kind = 'return' THEN -amount ELSE amount END) AS net_amount
    FROM lines
    GROUP BY store_code, business_day, sale_number
),

shares AS (
    SELECT store_code, business_day, sale_number, salesperson_code,
           sum(CASE WHEN kind = 'return' THEN -amount ELSE amount END) AS net_amount,
           min(line_number) AS lowest_line
    FROM lines
    SEMI JOIN (FROM tickets WHERE salesperson_code <> other_salesperson_code)
    USING (store_code, business_day, sale_number)
    WHERE salesperson_code IS NOT NULL
    GROUP BY store_code, business_day, sale_number, salesperson_code
),

settled AS (
    SELECT store_code, business_day, sale_number,
           first(salesperson_code ORDER BY net_amount DESC, lowest_line) AS salesperson_code
    FROM shares
    GROUP BY store_code, business_day, sale_number
)

SELECT store_code,
       business_day,
       sale_number,
       sold_at,
       CASE WHEN customer_code IS NOT NULL THEN 'coded'
            WHEN has_code                  THEN 'generic'
            ELSE 'none'
       END AS code_class,
       customer_code,
       coalesce(settled.salesperson_code, tickets.salesperson_code) AS salesperson_code,
       channel,
       by_queue,
       is_purchase,
       CAST(items AS DECIMAL(18, 3)) AS items,
       CAST(items_returned AS DECIMAL(18, 3)) AS items_returned,
       CAST(gross_amount AS DECIMAL(18, 4)) AS gross_amount,
       CAST(returned_amount AS DECIMAL(18, 4)) AS returned_amount,
       CAST(net_amount AS DECIMAL(18, 4)) AS net_amount
FROM tickets
LEFT JOIN settled USING (store_code, business_day, sale_number)
