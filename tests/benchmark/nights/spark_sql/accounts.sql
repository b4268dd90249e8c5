-- purchases, persons -> one row per customer with a purchase. Quotients in whole smallest units,
-- halves away from zero. Days are summed up first: few customers buy twice a day, and what is left
-- is what intervals are taken of.
WITH tickets AS (
    SELECT *, struct(business_day, sold_at, sale_number, store_code) AS moment
    FROM purchases
    WHERE customer_code IS NOT NULL
),

per_day AS (
    SELECT customer_code, business_day,
           as_of() < add_months(business_day, 12) AS in_12m,
           year(business_day) = year(as_of()) AS in_this_year,
           count_if(is_purchase) AS purchases,
           sum(items) AS items,
           sum(items_returned) AS items_returned,
           sum(gross_amount) AS gross_amount,
           sum(returned_amount) AS returned_amount,
           sum(net_amount) AS net_amount
    FROM tickets
    GROUP BY customer_code, business_day
),

with_intervals AS (
    SELECT *,
           IF(purchases > 0, business_day, NULL) AS bought_on,
           IF(purchases > 0,
              datediff(business_day,
                       lag(business_day) OVER (
                           PARTITION BY customer_code, purchases > 0 ORDER BY business_day
                       )),
              NULL) AS interval_days
    FROM per_day
),

totals AS (
    SELECT customer_code,
           min(bought_on) AS first_purchase_on,
           max(bought_on) AS last_purchase_on,

           sum(purchases) AS purchases,
           count(bought_on) AS purchase_days,
           sum(items) AS items,
           sum(items_returned) AS items_returned,
           sum(gross_amount) AS gross_amount,
           sum(returned_amount) AS returned_amount,
           sum(net_amount) AS net_amount,

           coalesce(sum(purchases) FILTER (WHERE in_12m), 0) AS purchases_12m,
           count(bought_on) FILTER (WHERE in_12m) AS purchase_days_12m,
           coalesce(sum(items) FILTER (WHERE in_12m), 0) AS items_12m,
           coalesce(sum(items_returned) FILTER (WHERE in_12m), 0) AS items_returned_12m,
           coalesce(sum(gross_amount) FILTER (WHERE in_12m), 0) AS gross_amount_12m,
           coalesce(sum(returned_amount) FILTER (WHERE in_12m), 0) AS returned_amount_12m,
           coalesce(sum(net_amount) FILTER (WHERE in_12m), 0) AS net_amount_12m,

           coalesce(sum(purchases) FILTER (WHERE in_this_year), 0) AS purchases_this_year,
           count(bought_on) FILTER (WHERE in_this_year) AS purchase_days_this_year,
           coalesce(sum(items) FILTER (WHERE in_this_year), 0) AS items_this_year,
           coalesce(sum(items_returned) FILTER (WHERE in_this_year), 0)
               AS items_returned_this_year,
           coalesce(sum(gross_amount) FILTER (WHERE in_this_year), 0) AS gross_amount_this_year,
           coalesce(sum(returned_amount) FILTER (WHERE in_this_year), 0)
               AS returned_amount_this_year,
           coalesce(sum(net_amount) FILTER (WHERE in_this_year), 0) AS net_amount_this_year,

           count(interval_days) AS n,
           sum(CAST(interval_days AS BIGINT)) AS sum_x,
           sum(CAST(interval_days AS BIGINT) * interval_days) AS sum_xx,
           max_by(interval_days, IF(interval_days IS NULL, NULL, business_day))
               AS last_interval_days
    FROM with_intervals
    GROUP BY customer_code
    HAVING sum(purchases) > 0
),

variety AS (
    SELECT customer_code,
           count(DISTINCT store_code) AS stores,
           count(DISTINCT salesperson_code) AS salespeople,
           count(DISTINCT channel) AS channels,
           min_by(store_code, moment) AS first_store_code,
           max_by(store_code, moment) AS last_store_code
    FROM tickets
    WHERE is_purchase
    GROUP BY customer_code
),

registered AS (
    SELECT customer_code AS registered_code
    FROM persons
    WHERE registered_on IS NULL OR registered_on <= as_of()
),

parts AS (
    SELECT *,
           CAST(net_amount * 10000 AS BIGINT) AS net_e4,
           CAST(items * 1000 AS BIGINT) AS items_e3,
           CAST((items - items_returned) * 1000 AS BIGINT) AS items_kept_e3,
           12 * (year(as_of()) - year(first_purchase_on))
               + month(as_of()) - month(first_purchase_on) AS months_begun,
           -- a month is whole from the day of the first purchase on, or the last day of a shorter
           1 + months_begun
               - IF(add_months(first_purchase_on, months_begun) > as_of(), 1, 0)
               AS months_as_customer,
           datediff(as_of(), first_purchase_on) AS days_since_first,
           datediff(as_of(), last_purchase_on) AS recency_days,
           datediff(last_purchase_on, first_purchase_on) AS days_first_to_last
    FROM totals
    JOIN variety USING (customer_code)
    LEFT JOIN registered ON registered_code = customer_code
)

SELECT as_of() AS as_of,
       customer_code,
       first_purchase_on,
       last_purchase_on,

       purchases,
       purchase_days,
       CAST(items AS DECIMAL(18, 3)) AS items,
       CAST(items_returned AS DECIMAL(18, 3)) AS items_returned,
       CAST(gross_amount AS DECIMAL(18, 4)) AS gross_amount,
       CAST(returned_amount AS DECIMAL(18, 4)) AS returned_amount,
       CAST(net_amount AS DECIMAL(18, 4)) AS net_amount,

       purchases_12m,
       purchase_days_12m,
       CAST(items_12m AS DECIMAL(18, 3)) AS items_12m,
       CAST(items_returned_12m AS DECIMAL(18, 3)) AS items_returned_12m,
       CAST(gross_amount_12m AS DECIMAL(18, 4)) AS gross_amount_12m,
       CAST(returned_amount_12m AS DECIMAL(18, 4)) AS returned_amount_12m,
       CAST(net_amount_12m AS DECIMAL(18, 4)) AS net_amount_12m,

       purchases_this_year,
       purchase_days_this_year,
       CAST(items_this_year AS DECIMAL(18, 3)) AS items_this_year,
       CAST(items_returned_this_year AS DECIMAL(18, 3)) AS items_returned_this_year,
       CAST(gross_amount_this_year AS DECIMAL(18, 4)) AS gross_amount_this_year,
       CAST(returned_amount_this_year AS DECIMAL(18, 4)) AS returned_amount_this_year,
       CAST(net_amount_this_year AS DECIMAL(18, 4)) AS net_amount_this_year,

       e4(half_up(net_e4, purchases)) AS average_ticket,
       CAST(items_e3 AS DOUBLE) / CAST(1000 * purchases AS DOUBLE) AS items_per_purchase,
       IF(items_kept_e3 > 0, e4(half_up(net_e4 * 1000, nullif(items_kept_e3, 0))), NULL)
           AS average_price,

       months_as_customer,
       e6(half_up(purchases * 1000000, months_as_customer)) AS frequency,
       e6(half_up(purchases * 12000000, months_as_customer)) AS annualised_frequency,

       recency_days,
       last_interval_days,
       e6(half_up(days_first_to_last * 1000000L, nullif(n, 0))) AS mean_interval_days,
       IF(n > 1,
          sqrt(CAST(n * sum_xx - sum_x * sum_x AS DOUBLE) / CAST(n * (n - 1) AS DOUBLE)),
          NULL) AS interval_stddev_days,
       IF(recency_days > 0,
          e6(half_up(days_since_first * 1000000L, purchase_days)),
          e6(half_up(days_first_to_last * 1000000L, nullif(n, 0)))) AS projected_interval_days,

       stores,
       salespeople,
       channels,
       first_store_code,
       last_store_code,
       registered_code IS NOT NULL AS registered
FROM parts
