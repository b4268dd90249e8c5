-- registry, profiles, accounts, dates -> loyalty_participation. Spec, section 7 (Reshop):
-- participation per loyalty programme and category, of registered customers.
--
-- Readings: registered customers are persons with that role, registered by as_of, whether they
-- bought or not. Blank is none; names are compared as received, outer blanks aside.

CREATE OR REPLACE TABLE loyalty_participation AS
WITH

participants AS (
    SELECT as_of,
           coalesce(trim(loyalty_programme), '') AS loyalty_programme,
           coalesce(trim(loyalty_category), '') AS loyalty_category,
           count(*) AS customers,
           count(*) FILTER (purchases_12m > 0) AS buyers_12m,
           coalesce(sum(net_amount_12m), 0) AS net_amount_12m
    FROM dates
    JOIN registry ON registered_on IS NULL OR registered_on <= as_of
    LEFT JOIN profiles USING (customer_code)
    LEFT JOIN accounts USING (as_of, customer_code)
    WHERE list_contains(roles, 'customer')
    GROUP BY ALL
)

SELECT as_of, loyalty_programme, loyalty_category, customers,
       CAST(customers AS DOUBLE)
           / CAST(sum(customers) OVER (PARTITION BY as_of) AS DOUBLE) AS share,
       buyers_12m,
       CAST(net_amount_12m AS DECIMAL(18, 4)) AS net_amount_12m
FROM participants;
