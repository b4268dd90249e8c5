-- allocations, customer_sales -> store_loyalty: how much of a customer's buying is in the store
-- she is allocated to. Both shares are doubles divided once from integers.
--
-- Readings: without a store there is no share of anything; in a store where she never bought the
-- shares are 0. A share of value may be negative or over 1, because returns are value too.

CREATE OR REPLACE TABLE store_loyalty AS
WITH

bought AS (
    SELECT as_of, allocations.customer_code, allocations.store_code AS main_store_code,
           customer_sales.* EXCLUDE (customer_code),
           lag(customer_sales.store_code) OVER (
               PARTITION BY as_of, allocations.customer_code, is_purchase ORDER BY place
           ) AS earlier_store_code
    FROM allocations
    JOIN customer_sales ON customer_sales.customer_code = allocations.customer_code
                       AND business_day <= as_of
),

counted AS (
    SELECT as_of, customer_code, main_store_code,
           count(*) FILTER (is_purchase) AS purchases,
           count(*) FILTER (is_purchase AND store_code = main_store_code) AS purchases_there,
           CAST(sum(value) * 10000 AS HUGEINT) AS value_e4,
           CAST(coalesce(sum(value) FILTER (store_code = main_store_code), 0) * 10000 AS HUGEINT)
               AS value_there_e4,
           count(DISTINCT store_code) FILTER (is_purchase) AS stores,
           count(*) FILTER (is_purchase AND store_code <> earlier_store_code) AS switches
    FROM bought
    GROUP BY as_of, customer_code, main_store_code
)

SELECT as_of, customer_code, main_store_code,
       CASE WHEN main_store_code IS NOT NULL
            THEN CAST(purchases_there AS DOUBLE) / CAST(purchases AS DOUBLE)
       END AS purchases_share,
       CASE WHEN main_store_code IS NOT NULL AND value_e4 > 0
            THEN CAST(value_there_e4 AS DOUBLE) / CAST(value_e4 AS DOUBLE)
       END AS value_share,
       CAST(stores AS BIGINT) AS stores,
       CAST(switches AS BIGINT) AS switches
FROM counted;
