-- accounts, purchases, product_lines, products, stores, dates, parameters -> customer_habits. Spec,
-- section 7 (Reshop): classes of frequency, the preferred store.
--
-- Readings: the last 12 months are 12 months, whatever the window of the accounts is. The latest of
-- two stores is the one bought in on the later day. Products and categories are counted since ever.
-- The main category is, of those that she bought, the one with most net value, also if that is
-- negative; then of most items, of the later day, the first by name. Without a positive total there
-- is no share; one over 1 is possible, because what was returned of other categories is
-- value too.

CREATE OR REPLACE TABLE customer_habits AS
WITH

recent AS (
    SELECT as_of, customer_code, store_code, business_day, is_purchase,
           CASE value_basis WHEN 'gross' THEN gross_amount ELSE net_amount END AS value
    FROM dates
    JOIN purchases ON business_day <= as_of AND as_of < business_day + to_months(12)
    CROSS JOIN parameters
    WHERE code_class = 'coded'
),

paces AS (
    SELECT as_of, customer_code,
           max(business_day) - min(business_day) AS days,
           count(DISTINCT business_day) - 1 AS intervals
    FROM recent
    WHERE is_purchase
    GROUP BY as_of, customer_code
    HAVING count(DISTINCT business_day) > 1
),

store_figures AS (
    SELECT as_of, customer_code, store_code,
           count(*) FILTER (is_purchase) AS purchases,
           sum(value) AS value,
           max(business_day) FILTER (is_purchase) AS latest
    FROM recent
    GROUP BY as_of, customer_code, store_code
    HAVING count(*) FILTER (is_purchase) > 0
),

preferred AS (
    SELECT as_of, customer_code,
           first(store_code ORDER BY purchases DESC, value DESC, latest DESC, store_code)
               AS preferred_store_code
    FROM store_figures
    GROUP BY as_of, customer_code
),

online AS (
    SELECT as_of, customer_code, count(*) AS online_purchases
    FROM dates
    JOIN purchases ON business_day <= as_of
    JOIN stores USING (store_code)
    WHERE is_purchase AND code_class = 'coded' AND is_online
    GROUP BY as_of, customer_code
),

seen_lines AS (
    SELECT as_of, customer_code, business_day, product_code, category, is_sold, items, net_amount
    FROM dates
    JOIN product_lines ON business_day <= as_of
    LEFT JOIN products USING (product_code)
),

assortments AS (
    SELECT as_of, customer_code,
           count(DISTINCT product_code) FILTER (is_sold) AS products,
           count(DISTINCT category) FILTER (is_sold) AS categories
    FROM seen_lines
    GROUP BY as_of, customer_code
),

category_figures AS (
    SELECT as_of, customer_code, category,
           CAST(sum(net_amount) * 10000 AS HUGEINT) AS net_e4,
           sum(items) AS items,
           max(business_day) FILTER (is_sold) AS latest
    FROM seen_lines
    WHERE category IS NOT NULL
    GROUP BY as_of, customer_code, category
),

main_categories AS (
    SELECT as_of, customer_code,
           first(category ORDER BY net_e4 DESC, items DESC, latest DESC, category)
               FILTER (latest IS NOT NULL) AS main_category,
           max(net_e4) FILTER (latest IS NOT NULL) AS most_e4,
           sum(net_e4) AS total_e4
    FROM category_figures
    GROUP BY as_of, customer_code
)

SELECT as_of,
       customer_code,
       from_e6(half_up(days * 1000000, intervals)) AS mean_interval_days_12m,
       CASE WHEN days <= weekly_up_to_days * intervals      THEN 'weekly'
            WHEN days <= fortnightly_up_to_days * intervals THEN 'fortnightly'
            WHEN days <= monthly_up_to_days * intervals     THEN 'monthly'
            WHEN days IS NOT NULL                           THEN 'other'
       END AS frequency_class,
       preferred_store_code,
       coalesce(online_purchases, 0) AS online_purchases,
       coalesce(products, 0) AS products,
       coalesce(categories, 0) AS categories,
       main_category,
       CASE WHEN total_e4 > 0 THEN CAST(most_e4 AS DOUBLE) / CAST(total_e4 AS DOUBLE) END
           AS main_category_share
FROM accounts
CROSS JOIN parameters
LEFT JOIN paces USING (as_of, customer_code)
LEFT JOIN preferred USING (as_of, customer_code)
LEFT JOIN online USING (as_of, customer_code)
LEFT JOIN assortments USING (as_of, customer_code)
LEFT JOIN main_categories USING (as_of, customer_code);
