-- purchases, persons -> one row per customer with a purchase. Amounts and quotients in whole
-- smallest units, halves away from zero. Days are summed up first: few customers buy twice a day,
-- and what is left is what intervals are taken of.
WITH tickets AS NOT MATERIALIZED (
    SELECT *,
           getvariable('as_of') < business_day + INTERVAL 12 MONTH AS in_12m,
           business_day >= date_trunc('year', getvariable('as_of')) AS in_this_year
    FROM purchases
    WHERE customer_code IS NOT NULL
),

per_day AS (
    SELECT customer_code, business_day,
           any_value(in_12m) AS in_12m,
           any_value(in_this_year) AS in_this_year,
           count(*) FILTER (is_purchase) AS purchases,
           sum(items) AS items,
           sum(items_returned) AS items_returned,
           sum(gross_amount) AS gross_amount,
           sum(returned_amount) AS returned_amount,
           sum(net_amount) AS net_amount,
           arg_min(store_code, (coalesce(sold_at, '-infinity'), sale_number, store_code))
               FILTER (is_purchase) AS first_store_code,
           arg_max(store_code, (coalesce(sold_at, '-infinity'), sale_number, store_code))
               FILTER (is_purchase) AS last_store_code
    FROM tickets
    GROUP BY customer_code, business_day
),

with_intervals AS (
    SELECT *,
           business_day - lag(business_day)
               OVER (PARTITION BY customer_code, purchases > 0 ORDER BY business_day)
               AS interval_days
    FROM per_day
),

totals AS (
    SELECT customer_code,
           min(business_day) FILTER (purchases > 0) AS first_purchase_on,
           max(business_day) FILTER (purchases > 0) AS last_purchase_on,

           sum(purchases) AS purchases,
           count(*) FILTER (purchases > 0) AS purchase_days,
           sum(items) AS items,
           sum(items_returned) AS items_returned,
           sum(gross_amount) AS gross_amount,
           sum(returned_amount) AS returned_amount,
           sum(net_amount) AS net_amount,

           coalesce(sum(purchases) FILTER (in_12m), 0) AS purchases_12m,
           count(*) FILTER (purchases > 0 AND in_12m) AS purchase_days_12m,
           coalesce(sum(items) FILTER (in_12m), 0) AS items_12m,
           coalesce(sum(items_returned) FILTER (in_12m), 0) AS items_returned_12m,
           coalesce(sum(gross_amount) FILTER (in_12m), 0) AS gross_amount_12m,
           coalesce(sum(returned_amount) FILTER (in_12m), 0) AS returned_amount_12m,
           coalesce(sum(net_amount) FILTER (in_12m), 0) AS net_amount_12m,

           coalesce(sum(purchases) FILTER (in_this_year), 0) AS purchases_this_year,
           count(*) FILTER (purchases > 0 AND in_this_year) AS purchase_days_this_year,
           coalesce(sum(items) FILTER (in_this_year), 0) AS items_this_year,
           coalesce(sum(items_returned) FILTER (in_this_year), 0) AS items_returned_this_year,
           coalesce(sum(gross_amount) FILTER (in_this_year), 0) AS gross_amount_this_year,
           coalesce(sum(returned_amount) FILTER (in_this_year), 0) AS returned_amount_this_year,
           coalesce(sum(net_amount) FILTER (in_this_year), 0) AS net_amount_this_year,

           count(interval_days) FILTER (purchases > 0) AS n,
           sum(interval_days) FILTER (purchases > 0) AS sum_x,
           sum(interval_days * interval_days) FILTER (purchases > 0) AS sum_xx,
           arg_max(interval_days, business_day)
               FILTER (purchases > 0 AND interval_days IS NOT NULL) AS last_interval_days,
           arg_min(first_store_code, business_day) FILTER (purchases > 0) AS first_store_code,
           arg_max(last_store_code, business_day) FILTER (purchases > 0) AS last_store_code
    FROM with_intervals
    GROUP BY customer_code
    HAVING sum(purchases) > 0
),

variety AS (
    SELECT customer_code,
           count(DISTINCT store_code) AS stores,
           count(DISTINCT salesperson_code) AS salespeople,
           count(DISTINCT channel) AS channels
    FROM tickets
    WHERE is_purchase
    GROUP BY customer_code
),

parts AS (
    SELECT *,
           CAST(net_amount * 10000 AS BIGINT) AS net_e4,
           CAST(items * 1000 AS BIGINT) AS items_e3,
           CAST((items - items_returned) * 1000 AS BIGINT) AS items_kept_e3,
           date_diff('month', first_purchase_on, getvariable('as_of')) AS months_begun,
           -- a month is whole from the day of the first purchase on, or the last day of a shorter
           1 + months_begun
               - CAST(first_purchase_on + to_months(CAST(months_begun AS INTEGER))
                      > getvariable('as_of') AS INTEGER) AS months_as_customer,
           getvariable('as_of') - first_purchase_on AS days_since_first,
           getvariable('as_of') - last_purchase_on AS recency_days,
           last_purchase_on - first_purchase_on AS days_first_to_last
    FROM totals
    JOIN variety USING (customer_code)
)

SELECT getvariable('as_of') AS as_of,
       customer_code,
       first_purchase_on,
       last_purchase_on,

       CAST(purchases AS BIGINT) AS purchases,
       purchase_days,
       CAST(items AS DECIMAL(18, 3)) AS items,
       CAST(items_returned AS DECIMAL(18, 3)) AS items_returned,
       CAST(gross_amount AS DECIMAL(18, 4)) AS gross_amount,
       CAST(returned_amount AS DECIMAL(18, 4)) AS returned_amount,
       CAST(net_amount AS DECIMAL(18, 4)) AS net_amount,

       CAST(purchases_12m AS BIGINT) AS purchases_12m,
       purchase_days_12m,
       CAST(items_12m AS DECIMAL(18, 3)) AS items_12m,
       CAST(items_returned_12m AS DECIMAL(18, 3)) AS items_returned_12m,
       CAST(gross_amount_12m AS DECIMAL(18, 4)) AS gross_amount_12m,
       CAST(returned_amount_12m AS DECIMAL(18, 4)) AS returned_amount_12m,
       CAST(net_amount_12m AS DECIMAL(18, 4)) AS net_amount_12m,

       CAST(purchases_this_year AS BIGINT) AS purchases_this_year,
       purchase_days_this_year,
       CAST(items_this_year AS DECIMAL(18, 3)) AS items_this_year,
       CAST(items_returned_this_year AS DECIMAL(18, 3)) AS items_returned_this_year,
       CAST(gross_amount_this_year AS DECIMAL(18, 4)) AS gross_amount_this_year,
       CAST(returned_amount_this_year AS DECIMAL(18, 4)) AS returned_amount_this_year,
       CAST(net_amount_this_year AS DECIMAL(18, 4)) AS net_amount_this_year,

       e4(half_up(net_e4, purchases)) AS average_ticket,
       items_e3 / (1000 * purchases) AS items_per_purchase,
       CASE WHEN items_kept_e3 > 0 THEN e4(half_up(net_e4 * 1000, items_kept_e3)) END
           AS average_price,

       CAST(months_as_customer AS INTEGER) AS months_as_customer,
       e6(half_up(purchases * 1000000, months_as_customer)) AS frequency,
       e6(half_up(purchases * 12000000, months_as_customer)) AS annualised_frequency,

       CAST(recency_days AS INTEGER) AS recency_days,
       CAST(last_interval_days AS INTEGER) AS last_interval_days,
       CASE WHEN n > 0 THEN e6(half_up(days_first_to_last * 1000000, n)) END
           AS mean_interval_days,
       CASE WHEN n > 1 THEN sqrt((n * sum_xx - sum_x * sum_x) / (n * (n - 1))) END
           AS interval_stddev_days,
       CASE WHEN recency_days > 0
                THEN e6(half_up(days_since_first * 1000000, purchase_days))
            WHEN n > 0 THEN e6(half_up(days_first_to_last * 1000000, n))
       END AS projected_interval_days,

       stores,
       salespeople,
       channels,
       first_store_code,
       last_store_code,
       customer_code IN (
           SELECT customer_code FROM persons
           WHERE registered_on IS NULL OR registered_on <= getvariable('as_of')
       ) AS registered
FROM parts
