-- purchases, return_periods -> returning_customers: who bought in a store in period A, for what,
-- and her last purchase in period B that is later than her first there in A. Null: she did not
-- come back. Spec, section 7 (Reshop).
--
-- Reading: her value there in A takes in what she returned there in A.

CREATE OR REPLACE TABLE returning_customers AS
WITH

bought AS (
    SELECT store_code, customer_code,
           min(business_day) FILTER (is_purchase) AS first_purchase_on,
           max(business_day) FILTER (is_purchase) AS last_purchase_on,
           sum(net_amount) AS net_amount
    FROM purchases
    CROSS JOIN return_periods
    WHERE business_day BETWEEN bought_from AND bought_to AND code_class = 'coded'
    GROUP BY store_code, customer_code
    HAVING count(*) FILTER (is_purchase) > 0
),

days_back AS (
    SELECT DISTINCT customer_code, store_code, business_day
    FROM purchases
    CROSS JOIN return_periods
    WHERE business_day BETWEEN back_from AND back_to AND is_purchase AND code_class = 'coded'
)

SELECT b.store_code,
       b.customer_code,
       first_purchase_on,
       last_purchase_on,
       CAST(net_amount AS DECIMAL(18, 4)) AS net_amount,
       max(d.business_day) FILTER (d.store_code = b.store_code) AS last_return_there_on,
       max(d.business_day) AS last_return_anywhere_on
FROM bought AS b
LEFT JOIN days_back AS d ON d.customer_code = b.customer_code
                        AND d.business_day > first_purchase_on
GROUP BY b.store_code, b.customer_code, first_purchase_on, last_purchase_on, net_amount;
