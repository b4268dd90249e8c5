-- life_cycle, life_cycle_transitions, purchase_days, parameters, indicator_levels
-- -> indicators_of_moves: what happened from the 1st of the month to as_of. Spec, section 7.
--
-- Stocks are counted from intervals and flows from transitions, as in growth accounting. At both
-- ends customers count where they are allocated on as_of, so whoever is of a level on as_of was of
-- it on the day before the month too, if she was a customer.

CREATE OR REPLACE TABLE indicator_moves AS
WITH

months AS (
    SELECT as_of, CAST(date_trunc('month', as_of) AS DATE) AS first_on FROM dates
),

-- Stages at both ends: the day before the month, and as_of.
stocks AS (
    SELECT as_of, customer_code,
           max(stage) FILTER (valid_from < first_on
                              AND first_on <= coalesce(valid_to, 'infinity')) AS stage_at_start,
           max(stage) FILTER (as_of < coalesce(valid_to, 'infinity')) AS stage_at_end
    FROM months
    JOIN life_cycle ON valid_from <= as_of
    GROUP BY as_of, customer_code
),

flows AS (
    SELECT as_of, customer_code,
           count(*) FILTER (from_stage IS NULL) AS opened,
           count(*) FILTER (from_stage <> 'lost' AND to_stage = 'lost') AS lost,
           count(*) FILTER (from_stage = 'lost' AND to_stage = 'active') AS recovered
    FROM months
    JOIN life_cycle_transitions ON changed_on BETWEEN first_on AND as_of
    GROUP BY as_of, customer_code
),

bought AS (
    SELECT DISTINCT as_of, customer_code
    FROM months
    JOIN purchase_days ON business_day BETWEEN first_on AND as_of
),

-- The loyalty process ends after new_for and loyalty_process_for in one step, whether or not its
-- segment did; F and F's second day are null where there is none.
firsts AS (
    SELECT customer_code,
           min(business_day) AS first_purchase_on,
           min(business_day) FILTER (nth = 2) AS second_day_on
    FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_code ORDER BY business_day) AS nth
        FROM purchase_days
    )
    GROUP BY customer_code
),

ends AS (
    SELECT customer_code, second_day_on,
           plus(first_purchase_on,
                followed_by(period(new_for_count, new_for_unit),
                            period(loyalty_process_for_count, loyalty_process_for_unit)))
               AS loyalty_process_ends_on
    FROM firsts CROSS JOIN parameters
),

loyal AS (
    SELECT as_of, customer_code,
           coalesce(second_day_on < loyalty_process_ends_on, false) AS became_loyal
    FROM months
    JOIN ends ON loyalty_process_ends_on BETWEEN first_on AND as_of
)

SELECT as_of, customer_code, stage_at_start, stage_at_end,
       bought.customer_code IS NOT NULL AS bought_in_month,
       coalesce(opened, 0) AS opened,
       coalesce(lost, 0) AS lost,
       coalesce(recovered, 0) AS recovered,
       -- null: her process does not end in the month
       became_loyal
FROM stocks
LEFT JOIN flows USING (as_of, customer_code)
LEFT JOIN bought USING (as_of, customer_code)
LEFT JOIN loyal USING (as_of, customer_code);

CREATE OR REPLACE TABLE indicators_of_moves AS
SELECT as_of, 'month' AS period, level, level_code,
       unnest([
           share('activation_rate', stage_at_start = 'active' AND bought_in_month,
                 stage_at_start = 'active'),
           measure('renewal_rate', 'share', sum(opened),
                   count(*) FILTER (stage_at_end IN ('active', 'inactive'))),
           measure('real_growth_rate', 'share', sum(opened) - sum(lost) + sum(recovered),
                   count(*) FILTER (stage_at_start IN ('active', 'inactive'))),
           share('loyalty_rate', became_loyal, became_loyal IS NOT NULL)
       ], recursive := true)
FROM indicator_levels
JOIN indicator_moves USING (as_of, customer_code)
GROUP BY as_of, level, level_code;
