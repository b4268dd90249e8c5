-- purchases, indicator_levels, dates -> cohorts: customers by the month of their first purchase, at
-- every age that they have reached, also where none of them bought.
--
-- Readings: a store's customers are those whose main store it is on as_of, wherever they first
-- bought and buy, as in the indicators. An account counts what was returned before the first
-- purchase once it exists, so that belongs to age 0: all ages of all cohorts have together what the
-- accounts have.

CREATE OR REPLACE TABLE cohorts AS
WITH

firsts AS (
    SELECT customer_code, date_trunc('month', min(business_day)) AS cohort
    FROM purchases
    WHERE is_purchase AND code_class = 'coded'
    GROUP BY customer_code
),

-- Only who has bought by as_of is in a level.
members AS (
    SELECT as_of, level, level_code, customer_code, cohort
    FROM indicator_levels
    JOIN firsts USING (customer_code)
    WHERE level <> 'salesperson'
),

sizes AS (
    SELECT as_of, level, level_code, cohort, count(*) AS customers
    FROM members
    GROUP BY as_of, level, level_code, cohort
),

ages AS (
    SELECT *, unnest(range(datediff('month', cohort, as_of) + 1)) AS age FROM sizes
),

tickets AS (
    SELECT as_of, level, level_code, cohort, customer_code, is_purchase, net_amount,
           greatest(datediff('month', cohort, business_day), 0) AS age
    FROM members
    JOIN purchases USING (customer_code)
    WHERE business_day <= as_of
),

by_age AS (
    SELECT as_of, level, level_code, cohort, age,
           count(DISTINCT customer_code) FILTER (is_purchase) AS buyers,
           count(*) FILTER (is_purchase) AS purchases,
           sum(net_amount) AS net_amount
    FROM tickets
    GROUP BY as_of, level, level_code, cohort, age
),

all_ages AS (
    SELECT as_of, level, level_code, cohort, age, customers,
           coalesce(buyers, 0) AS buyers,
           coalesce(purchases, 0) AS purchases,
           coalesce(net_amount, 0) AS net_amount
    FROM ages
    LEFT JOIN by_age USING (as_of, level, level_code, cohort, age)
)

SELECT as_of, level, level_code,
       CAST(cohort AS DATE) AS cohort,
       CAST(age AS INTEGER) AS age,
       customers, buyers, purchases,
       CAST(net_amount AS DECIMAL(18, 4)) AS net_amount,
       CAST(sum(net_amount) OVER (
           PARTITION BY as_of, level, level_code, cohort ORDER BY age
       ) AS DECIMAL(18, 4)) AS net_amount_so_far,
       CAST(buyers AS DOUBLE) / CAST(customers AS DOUBLE) AS retention
FROM all_ages;
