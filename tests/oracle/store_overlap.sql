-- purchases, dates -> store_overlap: customers with purchases in both of two stores.

CREATE OR REPLACE TABLE store_overlap AS
WITH

bought_in AS (
    SELECT DISTINCT as_of, store_code, customer_code
    FROM dates
    JOIN purchases ON business_day <= as_of
    WHERE code_class = 'coded' AND is_purchase
),

sizes AS (
    SELECT as_of, store_code, count(*) AS customers
    FROM bought_in
    GROUP BY as_of, store_code
),

pairs AS (
    SELECT one.as_of, one.store_code, other.store_code AS other_store_code, count(*) AS customers
    FROM bought_in AS one
    JOIN bought_in AS other
      ON other.as_of = one.as_of
     AND other.customer_code = one.customer_code
     AND other.store_code > one.store_code
    GROUP BY one.as_of, one.store_code, other.store_code
)

SELECT pairs.as_of, pairs.store_code, pairs.other_store_code,
       CAST(pairs.customers AS BIGINT) AS customers,
       CAST(store.customers AS BIGINT) AS store_customers,
       CAST(other.customers AS BIGINT) AS other_store_customers
FROM pairs
JOIN sizes AS store ON store.as_of = pairs.as_of AND store.store_code = pairs.store_code
JOIN sizes AS other ON other.as_of = pairs.as_of AND other.store_code = pairs.other_store_code;
