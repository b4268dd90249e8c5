-- purchases -> the timeline with the default periods: from each purchase day on, the ten stretches
-- that follow unless she buys again, cut off where she does.
WITH days AS (
    SELECT DISTINCT customer_code, business_day AS bought
    FROM purchases
    WHERE is_purchase AND customer_code IS NOT NULL
),

history AS (
    SELECT *,
           min(bought) OVER (PARTITION BY customer_code) AS first_on,
           lead(bought) OVER by_day AS next_on,
           CASE WHEN bought > add_months(lag(bought) OVER by_day, 36) THEN 'recovered'
                WHEN bought > add_months(lag(bought) OVER by_day, 12) THEN 'reactivated'
           END AS kind
    FROM days
    WINDOW by_day AS (PARTITION BY customer_code ORDER BY bought)
),

returns AS (
    SELECT *,
           max(IF(kind IS NOT NULL, bought, NULL)) OVER so_far AS last_return,
           last_value(kind) IGNORE NULLS OVER so_far AS returned_as
    FROM history
    WINDOW so_far AS (PARTITION BY customer_code ORDER BY bought ROWS UNBOUNDED PRECEDING)
),

ends AS (
    SELECT customer_code, bought, next_on, returned_as,
           add_months(bought, 12) AS inactive_from,
           add_months(bought, 36) AS lost_from,
           greatest(bought, date_add(first_on, 30)) AS new_until,
           IF(bought = first_on, date_add(first_on, 210), bought) AS loyalty_until,
           coalesce(date_add(last_return, 30), bought) AS return_until
    FROM returns
),

stretches AS (
    SELECT customer_code, bought, next_on, stage,
           IF(nth = 3, returned_as, segment) AS segment,
           CASE nth WHEN 1 THEN bought
                    WHEN 2 THEN new_until
                    WHEN 3 THEN new_until
                    WHEN 4 THEN greatest(new_until, loyalty_until, return_until)
                    WHEN 5 THEN date_sub(inactive_from, 90)
                    WHEN 6 THEN inactive_from
                    WHEN 7 THEN date_add(inactive_from, 30)
                    WHEN 8 THEN date_sub(lost_from, 90)
                    WHEN 9 THEN lost_from
                    ELSE date_add(lost_from, 30)
           END AS since,
           CASE nth WHEN 1 THEN new_until
                    WHEN 2 THEN loyalty_until
                    WHEN 3 THEN return_until
                    WHEN 4 THEN date_sub(inactive_from, 90)
                    WHEN 5 THEN inactive_from
                    WHEN 6 THEN date_add(inactive_from, 30)
                    WHEN 7 THEN date_sub(lost_from, 90)
                    WHEN 8 THEN lost_from
                    WHEN 9 THEN date_add(lost_from, 30)
                    ELSE DATE '9999-12-31'
           END AS until
    FROM ends
    CROSS JOIN (
        VALUES (1, 'active', 'new'),
               (2, 'active', 'in_loyalty_process'),
               (3, 'active', NULL),
               (4, 'active', 'normal_active'),
               (5, 'active', 'inactivation_risk'),
               (6, 'inactive', 'recently_inactivated'),
               (7, 'inactive', 'normal_inactive'),
               (8, 'inactive', 'loss_risk'),
               (9, 'lost', 'recently_lost'),
               (10, 'lost', 'normal_lost')
    ) AS course (nth, stage, segment)
),

compared AS (
    SELECT *, lag(segment) OVER (PARTITION BY customer_code ORDER BY since) AS segment_before
    FROM stretches
    WHERE since < until AND since < coalesce(next_on, DATE '9999-12-31')
)

SELECT customer_code,
       since AS valid_from,
       lead(since) OVER (PARTITION BY customer_code ORDER BY since) AS valid_to,
       stage,
       segment,
       IF(since = bought, 'purchase', 'time') AS cause
FROM compared
WHERE NOT segment <=> segment_before
