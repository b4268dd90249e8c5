-- customer_habits, accounts, indicator_levels -> frequency_classes. Spec, section 7 (Reshop): two
-- purchase days at least, so who has no class counts nowhere.
--
-- Readings: customers belong to main store and portfolio on as_of, as in the indicators. A level
-- with anybody in a class has a row for every class, of zeros where nobody is in it.

CREATE OR REPLACE TABLE frequency_classes AS
WITH

classed AS (
    SELECT as_of, level, level_code, frequency_class, purchases_12m, net_amount_12m
    FROM customer_habits
    JOIN accounts USING (as_of, customer_code)
    JOIN indicator_levels USING (as_of, customer_code)
    WHERE frequency_class IS NOT NULL
),

sizes AS (
    SELECT as_of, level, level_code, count(*) AS classed,
           unnest(['weekly', 'fortnightly', 'monthly', 'other']) AS frequency_class
    FROM classed
    GROUP BY as_of, level, level_code
),

sums AS (
    SELECT as_of, level, level_code, frequency_class,
           count(*) AS customers,
           sum(purchases_12m) AS purchases_12m,
           sum(net_amount_12m) AS net_amount_12m
    FROM classed
    GROUP BY as_of, level, level_code, frequency_class
)

SELECT as_of, level, level_code, frequency_class,
       coalesce(customers, 0) AS customers,
       CAST(coalesce(customers, 0) AS DOUBLE) / CAST(classed AS DOUBLE) AS share,
       CAST(coalesce(purchases_12m, 0) AS BIGINT) AS purchases_12m,
       CAST(coalesce(net_amount_12m, 0) AS DECIMAL(18, 4)) AS net_amount_12m
FROM sizes
LEFT JOIN sums USING (as_of, level, level_code, frequency_class);
