-- purchases -> the timeline with the default periods: from each purchase day on, the ten stretches
-- that follow unless she buys again, cut off where she does.
WITH days AS (
    SELECT DISTINCT customer_code, business_day AS bought
    FROM purchases
    WHERE is_purchase AND customer_code IS NOT NULL
),

history AS (
    SELECT *,
           min(bought) OVER of_customer AS first_on,
           lead(bought) OVER by_day AS next_on,
           CASE WHEN bought > CAST(lag(bought) OVER by_day + INTERVAL 36 MONTH AS DATE)
                    THEN 'recovered'
                WHEN bought > CAST(lag(bought) OVER by_day + INTERVAL 12 MONTH AS DATE)
                    THEN 'reactivated'
           END AS kind
    FROM days
    WINDOW of_customer AS (PARTITION BY customer_code),
           by_day AS (PARTITION BY customer_code ORDER BY bought)
),

ends AS (
    SELECT customer_code, bought, next_on,
           CAST(bought + INTERVAL 12 MONTH AS DATE) AS inactive_from,
           CAST(bought + INTERVAL 36 MONTH AS DATE) AS lost_from,
           greatest(bought, first_on + 30) AS new_until,
           CASE WHEN bought = first_on THEN first_on + 210 ELSE bought END AS loyalty_until,
           coalesce(last_return + 30, bought) AS return_until,
           returned_as
    FROM (
        SELECT *,
               max(CASE WHEN kind IS NOT NULL THEN bought END) OVER so_far AS last_return,
               last_value(kind IGNORE NULLS) OVER so_far AS returned_as
        FROM history
        WINDOW so_far AS (PARTITION BY customer_code ORDER BY bought ROWS UNBOUNDED PRECEDING)
    )
),

stretches AS (
    SELECT customer_code, bought, stage,
           CASE nth WHEN 3 THEN returned_as ELSE segment END AS segment,
           CASE nth WHEN 1 THEN bought
                    WHEN 2 THEN new_until
                    WHEN 3 THEN new_until
                    WHEN 4 THEN greatest(new_until, loyalty_until, return_until)
                    WHEN 5 THEN inactive_from - 90
                    WHEN 6 THEN inactive_from
                    WHEN 7 THEN inactive_from + 30
                    WHEN 8 THEN lost_from - 90
                    WHEN 9 THEN lost_from
                    ELSE lost_from + 30
           END AS since,
           CASE nth WHEN 1 THEN new_until
                    WHEN 2 THEN loyalty_until
                    WHEN 3 THEN return_until
                    WHEN 4 THEN inactive_from - 90
                    WHEN 5 THEN inactive_from
                    WHEN 6 THEN inactive_from + 30
                    WHEN 7 THEN lost_from - 90
                    WHEN 8 THEN lost_from
                    WHEN 9 THEN lost_from + 30
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
    WHERE since < until AND since < coalesce(next_on, DATE '9999-12-31')
),

changes AS (
    SELECT *
    FROM stretches
    QUALIFY segment IS DISTINCT FROM
            lag(segment) OVER (PARTITION BY customer_code ORDER BY since)
)

SELECT customer_code,
       since AS valid_from,
       lead(since) OVER (PARTITION BY customer_code ORDER BY since) AS valid_to,
       stage,
       segment,
       CASE WHEN since = bought THEN 'purchase' ELSE 'time' END AS cause
FROM changes
