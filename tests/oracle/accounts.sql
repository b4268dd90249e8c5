-- purchases, persons, dates, parameters -> accounts: one row per as_of and customer with a
-- purchase on or before as_of. Spec, section 3.

-- n / d to the nearest integer, halves away from zero, in integers only; d > 0.
CREATE OR REPLACE MACRO half_up(n, d) AS
    CASE WHEN n < 0 THEN -1 ELSE 1 END
    * ((2 * abs(CAST(n AS HUGEINT)) + CAST(d AS HUGEINT)) // (2 * CAST(d AS HUGEINT)));

-- An integer count of ten-thousandths (millionths) as a decimal.
CREATE OR REPLACE MACRO from_e4(n) AS
    CAST(CAST(n AS DECIMAL(22, 0)) * CAST('0.0001' AS DECIMAL(5, 4)) AS DECIMAL(18, 4));
CREATE OR REPLACE MACRO from_e6(n) AS
    CAST(CAST(n AS DECIMAL(22, 0)) * CAST('0.000001' AS DECIMAL(7, 6)) AS DECIMAL(18, 6));

CREATE OR REPLACE TABLE accounts AS
WITH

-- Every sale with a real code that exists on as_of, and the windows its day is in.
-- "d is in the last N months of as_of iff d <= as_of < d + N"; d <= as_of is the join.
seen AS (
    SELECT dates.as_of, purchases.*,
           CASE recent_window_unit
               WHEN 'months' THEN as_of < business_day + to_months(recent_window_count)
               WHEN 'days'   THEN as_of < business_day + to_days(recent_window_count)
           END AS in_12m,
           business_day >= make_date(year(as_of), 1, 1) AS in_this_year
    FROM dates
    JOIN purchases ON purchases.business_day <= dates.as_of
    CROSS JOIN parameters
    WHERE code_class = 'coded'
),

totals AS (
    SELECT
        as_of,
        customer_code,
        min(business_day) FILTER (is_purchase) AS first_purchase_on,
        max(business_day) FILTER (is_purchase) AS last_purchase_on,

        count(*) FILTER (is_purchase) AS purchases,
        count(DISTINCT business_day) FILTER (is_purchase) AS purchase_days,
        sum(items) AS items,
        sum(items_returned) AS items_returned,
        sum(gross_amount) AS gross_amount,
        sum(returned_amount) AS returned_amount,
        sum(net_amount) AS net_amount,

        count(*) FILTER (is_purchase AND in_12m) AS purchases_12m,
        count(DISTINCT business_day) FILTER (is_purchase AND in_12m) AS purchase_days_12m,
        coalesce(sum(items) FILTER (in_12m), 0) AS items_12m,
        coalesce(sum(items_returned) FILTER (in_12m), 0) AS items_returned_12m,
        coalesce(sum(gross_amount) FILTER (in_12m), 0) AS gross_amount_12m,
        coalesce(sum(returned_amount) FILTER (in_12m), 0) AS returned_amount_12m,
        coalesce(sum(net_amount) FILTER (in_12m), 0) AS net_amount_12m,

        count(*) FILTER (is_purchase AND in_this_year) AS purchases_this_year,
        count(DISTINCT business_day) FILTER (is_purchase AND in_this_year)
            AS purchase_days_this_year,
        coalesce(sum(items) FILTER (in_this_year), 0) AS items_this_year,
        coalesce(sum(items_returned) FILTER (in_this_year), 0) AS items_returned_this_year,
        coalesce(sum(gross_amount) FILTER (in_this_year), 0) AS gross_amount_this_year,
        coalesce(sum(returned_amount) FILTER (in_this_year), 0) AS returned_amount_this_year,
        coalesce(sum(net_amount) FILTER (in_this_year), 0) AS net_amount_this_year,

        count(DISTINCT store_code) FILTER (is_purchase) AS stores,
        count(DISTINCT salesperson_code) FILTER (is_purchase) AS salespeople,
        count(DISTINCT channel) FILTER (is_purchase) AS channels,
        first(store_code ORDER BY business_day, sold_at NULLS FIRST, sale_number, store_code)
            FILTER (is_purchase) AS first_store_code,
        last(store_code ORDER BY business_day, sold_at NULLS FIRST, sale_number, store_code)
            FILTER (is_purchase) AS last_store_code
    FROM seen
    GROUP BY as_of, customer_code
    HAVING count(*) FILTER (is_purchase) > 0
),

-- Distinct purchase days, each with the days since the one before. What precedes a day does not
-- hang on as_of, so this is done once.
purchase_days AS (
    SELECT customer_code, business_day,
           business_day - lag(business_day) OVER (PARTITION BY customer_code ORDER BY business_day)
               AS interval_days
    FROM (SELECT DISTINCT customer_code, business_day
          FROM purchases WHERE is_purchase AND code_class = 'coded')
),

intervals AS (
    SELECT as_of, customer_code,
           count(interval_days) AS n,
           CAST(sum(interval_days) AS HUGEINT) AS sum_x,
           CAST(sum(interval_days * interval_days) AS HUGEINT) AS sum_xx,
           last(interval_days ORDER BY business_day) AS last_interval_days
    FROM dates
    JOIN purchase_days ON purchase_days.business_day <= dates.as_of
    GROUP BY as_of, customer_code
),

-- The integers that the quotients are made of.
parts AS (
    SELECT totals.*,
           n, sum_x, sum_xx, last_interval_days,
           CAST(net_amount * 10000 AS HUGEINT) AS net_e4,
           CAST(items * 1000 AS HUGEINT) AS items_e3,
           CAST((items - items_returned) * 1000 AS HUGEINT) AS items_kept_e3,
           -- 1 + the largest m with F + m months <= as_of, each m added in one step
           1 + list_max(list_filter(
               range(0, 12 * (year(as_of) - year(first_purchase_on)) + 12),
               lambda m: CAST(first_purchase_on + to_months(CAST(m AS INTEGER)) AS DATE) <= as_of
           )) AS months_as_customer,
           as_of - first_purchase_on AS days_since_first,
           as_of - last_purchase_on AS days_since_last,
           last_purchase_on - first_purchase_on AS days_first_to_last
    FROM totals
    JOIN intervals USING (as_of, customer_code)
)

SELECT
    as_of,
    customer_code,
    first_purchase_on,
    last_purchase_on,

    CAST(purchases AS BIGINT) AS purchases,
    CAST(purchase_days AS BIGINT) AS purchase_days,
    CAST(items AS DECIMAL(18, 3)) AS items,
    CAST(items_returned AS DECIMAL(18, 3)) AS items_returned,
    CAST(gross_amount AS DECIMAL(18, 4)) AS gross_amount,
    CAST(returned_amount AS DECIMAL(18, 4)) AS returned_amount,
    CAST(net_amount AS DECIMAL(18, 4)) AS net_amount,

    CAST(purchases_12m AS BIGINT) AS purchases_12m,
    CAST(purchase_days_12m AS BIGINT) AS purchase_days_12m,
    CAST(items_12m AS DECIMAL(18, 3)) AS items_12m,
    CAST(items_returned_12m AS DECIMAL(18, 3)) AS items_returned_12m,
    CAST(gross_amount_12m AS DECIMAL(18, 4)) AS gross_amount_12m,
    CAST(returned_amount_12m AS DECIMAL(18, 4)) AS returned_amount_12m,
    CAST(net_amount_12m AS DECIMAL(18, 4)) AS net_amount_12m,

    CAST(purchases_this_year AS BIGINT) AS purchases_this_year,
    CAST(purchase_days_this_year AS BIGINT) AS purchase_days_this_year,
    CAST(items_this_year AS DECIMAL(18, 3)) AS items_this_year,
    CAST(items_returned_this_year AS DECIMAL(18, 3)) AS items_returned_this_year,
    CAST(gross_amount_this_year AS DECIMAL(18, 4)) AS gross_amount_this_year,
    CAST(returned_amount_this_year AS DECIMAL(18, 4)) AS returned_amount_this_year,
    CAST(net_amount_this_year AS DECIMAL(18, 4)) AS net_amount_this_year,

    -- net / purchases
    from_e4(half_up(net_e4, purchases)) AS average_ticket,
    -- items / purchases, one division of exact integers
    CAST(items_e3 AS DOUBLE) / CAST(1000 * purchases AS DOUBLE) AS items_per_purchase,
    -- net / (items - items_returned), null where that is <= 0
    CASE WHEN items_kept_e3 > 0 THEN from_e4(half_up(net_e4 * 1000, items_kept_e3)) END
        AS average_price,

    CAST(months_as_customer AS INTEGER) AS months_as_customer,
    from_e6(half_up(CAST(purchases AS HUGEINT) * 1000000, months_as_customer)) AS frequency,
    from_e6(half_up(CAST(purchases AS HUGEINT) * 12000000, months_as_customer))
        AS annualised_frequency,

    CAST(days_since_last AS INTEGER) AS recency_days,
    CAST(last_interval_days AS INTEGER) AS last_interval_days,
    CASE WHEN purchase_days > 1
         THEN from_e6(half_up(days_first_to_last * 1000000, purchase_days - 1))
    END AS mean_interval_days,
    -- sample variance = (n * sum of squares - square of sum) / (n * (n - 1))
    CASE WHEN n > 1
         THEN sqrt(CAST(n * sum_xx - sum_x * sum_x AS DOUBLE) / CAST(n * (n - 1) AS DOUBLE))
    END AS interval_stddev_days,
    CASE WHEN as_of > last_purchase_on
             THEN from_e6(half_up(days_since_first * 1000000, purchase_days))
         WHEN purchase_days > 1
             THEN from_e6(half_up(days_first_to_last * 1000000, purchase_days - 1))
    END AS projected_interval_days,

    CAST(stores AS BIGINT) AS stores,
    CAST(salespeople AS BIGINT) AS salespeople,
    CAST(channels AS BIGINT) AS channels,
    first_store_code,
    last_store_code,
    EXISTS (
        SELECT 1 FROM persons
        WHERE persons.customer_code = parts.customer_code
          AND (registered_on IS NULL OR registered_on <= as_of)
    ) AS registered
FROM parts;
