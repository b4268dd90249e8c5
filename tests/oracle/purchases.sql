-- lines -> purchases: one row per sale = (store, business day, sale number). Spec, section 2.
-- A sale all of whose lines are cancelled or stock adjustments is no row.

CREATE OR REPLACE TABLE purchases AS
WITH

with_kind AS (
    SELECT *,
           CASE WHEN is_cancelled   THEN 'cancelled'
                WHEN is_return      THEN 'return'
                WHEN quantity <= 0  THEN 'stock_adjustment'
                WHEN price_sign < 0 THEN 'price_adjustment'
                ELSE 'sold'
           END AS kind
    FROM lines
),

-- The lines that count, with what each adds to the measures. Returns count by absolute value.
counted AS (
    SELECT *,
           CASE WHEN kind = 'sold'   THEN quantity      ELSE 0 END AS sold_items,
           CASE WHEN kind = 'return' THEN abs(quantity) ELSE 0 END AS returned_items,
           CASE WHEN kind = 'sold'   THEN amount        ELSE 0 END AS sold_amount,
           CASE WHEN kind = 'return' THEN abs(amount)   ELSE 0 END AS returned_amount,
           CASE WHEN kind = 'price_adjustment' THEN amount ELSE 0 END AS adjusted_amount
    FROM with_kind
    WHERE kind NOT IN ('cancelled', 'stock_adjustment')
),

-- The salesperson of a sale: most net value on it, then the lowest line. Null never competes.
salesperson_shares AS (
    SELECT store_code, business_day, sale_number, salesperson_code,
           sum(sold_amount - returned_amount + adjusted_amount) AS net_amount,
           min(line_number) AS lowest_line
    FROM counted
    WHERE salesperson_code IS NOT NULL
    GROUP BY store_code, business_day, sale_number, salesperson_code
),

salespeople AS (
    SELECT store_code, business_day, sale_number,
           first(salesperson_code ORDER BY net_amount DESC, lowest_line, salesperson_code)
               AS salesperson_code
    FROM salesperson_shares
    GROUP BY store_code, business_day, sale_number
),

sales AS (
    SELECT store_code, business_day, sale_number,
           CASE WHEN bool_or(code_class = 'coded')   THEN 'coded'
                WHEN bool_or(code_class = 'generic') THEN 'generic'
                ELSE 'none'
           END AS code_class,
           first(customer_code ORDER BY line_number, customer_code)
               FILTER (WHERE code_class = 'coded') AS customer_code,
           min(sold_at) AS sold_at,
           min(channel) AS channel,
           bool_or(kind = 'sold') AS is_purchase,
           sum(sold_items) AS items,
           sum(returned_items) AS items_returned,
           sum(sold_amount) AS gross_amount,
           sum(returned_amount) AS returned_amount,
           sum(sold_amount - returned_amount + adjusted_amount) AS net_amount
    FROM counted
    GROUP BY store_code, business_day, sale_number
)

SELECT sales.store_code,
       sales.business_day,
       sales.sale_number,
       sales.code_class,
       sales.customer_code,
       sales.sold_at,
       salespeople.salesperson_code,
       sales.channel,
       sales.is_purchase,
       CAST(sales.items           AS DECIMAL(18, 3)) AS items,
       CAST(sales.items_returned  AS DECIMAL(18, 3)) AS items_returned,
       CAST(sales.gross_amount    AS DECIMAL(18, 4)) AS gross_amount,
       CAST(sales.returned_amount AS DECIMAL(18, 4)) AS returned_amount,
       CAST(sales.net_amount      AS DECIMAL(18, 4)) AS net_amount
FROM sales
LEFT JOIN salespeople USING (store_code, business_day, sale_number);
