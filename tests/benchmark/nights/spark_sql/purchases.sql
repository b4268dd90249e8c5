-- The chain's sale lines -> one row per ticket. A code is a number here: cheaper to group and join
-- by than text.
WITH read AS (
    SELECT *, try_cast(replace(replace(CPF, '.', ''), '-', '') AS BIGINT) AS code
    FROM vendas
    WHERE Data <= as_of() AND Tipo <> 'C' AND (Tipo = 'D' OR Quantidade > 0)
),

lines AS (
    SELECT Loja AS store_code,
           Data AS business_day,
           Cupom AS sale_number,
           Item AS line_number,
           CAST(concat(Data, ' ', Hora) AS TIMESTAMP_NTZ) AS sold_at,
           IF(code > 0 AND code <> 99999999999, code, NULL) AS customer_code,
           CPF IS NOT NULL AND trim(CPF) <> '' AS has_code,
           Vendedor AS salesperson_code,
           Canal AS channel,
           Fila = 'S' AS by_queue,
           CASE WHEN Tipo = 'D'         THEN 'return'
                WHEN `Valor bruto` < 0  THEN 'price_adjustment'
                ELSE 'sold'
           END AS kind,
           abs(Quantidade) AS quantity,
           IF(Tipo = 'D', abs(`Valor bruto` - Desconto), `Valor bruto` - Desconto) AS amount
    FROM read
),

-- By salesperson first, since the one with most net value has the ticket.
shares AS (
    SELECT store_code, business_day, sale_number, salesperson_code,
           min(line_number) AS lowest_line,
           min(sold_at) AS sold_at,
           min(IF(customer_code IS NOT NULL, line_number, NULL)) AS coded_line,
           min_by(customer_code, IF(customer_code IS NOT NULL, line_number, NULL))
               AS customer_code,
           bool_or(has_code) AS has_code,
           min(channel) AS channel,
           bool_or(by_queue) AS by_queue,
           bool_or(kind = 'sold') AS is_purchase,
           sum(IF(kind = 'sold', quantity, 0)) AS items,
           sum(IF(kind = 'return', quantity, 0)) AS items_returned,
           sum(IF(kind = 'sold', amount, 0)) AS gross_amount,
           sum(IF(kind = 'return', amount, 0)) AS returned_amount,
           sum(IF(kind = 'return', -amount, amount)) AS net_amount
    FROM lines
    GROUP BY store_code, business_day, sale_number, salesperson_code
),

tickets AS (
    SELECT store_code, business_day, sale_number,
           min(sold_at) AS sold_at,
           min_by(customer_code, coded_line) AS customer_code,
           bool_or(has_code) AS has_code,
           max_by(salesperson_code,
                  IF(salesperson_code IS NULL, NULL, struct(net_amount, -lowest_line)))
               AS salesperson_code,
           min(channel) AS channel,
           bool_or(by_queue) AS by_queue,
           bool_or(is_purchase) AS is_purchase,
           sum(items) AS items,
           sum(items_returned) AS items_returned,
           sum(gross_amount) AS gross_amount,
           sum(returned_amount) AS returned_amount,
           sum(net_amount) AS net_amount
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
       salesperson_code,
       channel,
       by_queue,
       is_purchase,
       CAST(items AS DECIMAL(18, 3)) AS items,
       CAST(items_returned AS DECIMAL(18, 3)) AS items_returned,
       CAST(gross_amount AS DECIMAL(18, 4)) AS gross_amount,
       CAST(returned_amount AS DECIMAL(18, 4)) AS returned_amount,
       CAST(net_amount AS DECIMAL(18, 4)) AS net_amount
FROM tickets
