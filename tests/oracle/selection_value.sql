-- found_customers -> selection_value: what the found are worth. Spec, section 7 (Reshop): net ÷
-- purchases, and per customer beside it; who never bought is no customer to divide by.

CREATE OR REPLACE TABLE selection_value AS
WITH

sums AS (
    SELECT count(*) AS customers,
           count(*) FILTER (purchases > 0) AS buyers,
           CAST(coalesce(sum(purchases), 0) AS BIGINT) AS purchases,
           CAST(coalesce(sum(net_amount), 0) * 10000 AS HUGEINT) AS net_e4
    FROM found_customers
)

SELECT customers, buyers, purchases,
       from_e4(net_e4) AS net_amount,
       CASE WHEN purchases > 0 THEN from_e4(half_up(net_e4, purchases)) END AS mean_sale_value,
       CASE WHEN buyers > 0 THEN from_e4(half_up(net_e4, buyers)) END AS mean_customer_value
FROM sums;
