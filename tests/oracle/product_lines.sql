-- lines, line_products, purchases -> product_lines: the lines of products on customers' tickets. A
-- line is hers whose ticket it is on, whatever code it bears itself. Kinds: spec, section 2.

CREATE OR REPLACE TABLE product_lines AS
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
    JOIN line_products USING (store_code, business_day, sale_number, line_number)
)

SELECT purchases.customer_code,
       with_kind.store_code, with_kind.business_day, with_kind.sale_number,
       product_code,
       kind = 'sold' AS is_sold,
       CASE WHEN kind = 'sold' THEN quantity ELSE 0 END AS items,
       CASE WHEN kind = 'return' THEN abs(quantity) ELSE 0 END AS items_returned,
       CASE WHEN kind = 'return' THEN -abs(amount) ELSE amount END AS net_amount
FROM with_kind
JOIN purchases USING (store_code, business_day, sale_number)
WHERE kind NOT IN ('cancelled', 'stock_adjustment') AND purchases.code_class = 'coded';
