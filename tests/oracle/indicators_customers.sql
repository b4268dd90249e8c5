-- accounts, rfv, life_cycle, life_cycle_transitions, purchase_days, indicator_levels
-- -> indicators_of_customers. Spec, section 7.

-- A customer on as_of. The timeline knows purchases after as_of too, but what it says of as_of and
-- before hangs on none of them.
CREATE OR REPLACE TABLE indicator_customers AS
WITH

stages AS (
    SELECT as_of, customer_code, stage, segment
    FROM dates
    JOIN life_cycle ON valid_from <= as_of AND as_of < coalesce(valid_to, 'infinity')
),

-- Days in each stage up to as_of, which is itself no day of them: who bought first on as_of has
-- been active for 0 days. Null: never in it.
time_in_stages AS (
    SELECT as_of, customer_code,
           sum(days) FILTER (stage = 'active') AS active_days,
           sum(days) FILTER (stage = 'inactive') AS inactive_days,
           sum(days) FILTER (stage = 'lost') AS lost_days
    FROM (
        SELECT as_of, customer_code, stage,
               least(coalesce(valid_to, as_of), as_of) - valid_from AS days
        FROM dates
        JOIN life_cycle ON valid_from <= as_of
    )
    GROUP BY as_of, customer_code
),

-- The last time that she became lost.
losses AS (
    SELECT as_of, customer_code, max(changed_on) AS became_lost_on
    FROM dates
    JOIN life_cycle_transitions ON changed_on <= as_of
    WHERE to_stage = 'lost' AND from_stage <> 'lost'
    GROUP BY as_of, customer_code
),

-- As the registry writes it, in capitals and without accents.
sexes AS (
    SELECT as_of, customer_code, upper(trim(strip_accents(sex))) AS sex
    FROM dates
    JOIN registry ON registered_on IS NULL OR registered_on <= as_of
),

-- The network's mean of those who have a mean interval, as a sum and a number.
network_intervals AS (
    SELECT as_of,
           CAST(sum(mean_interval_days) * 1000000 AS HUGEINT) AS sum_e6,
           count(mean_interval_days) AS n
    FROM accounts
    GROUP BY as_of
),

compared AS (
    SELECT *, CAST(mean_interval_days * 1000000 AS HUGEINT) * n AS interval_e6_times_n
    FROM accounts
    JOIN network_intervals USING (as_of)
)

SELECT a.as_of,
       a.customer_code,
       stage,
       segment,
       rfv.customer_code IS NOT NULL AS is_ranked,
       fv_quadrant,
       top_class,
       a.frequency,
       annualised_frequency,
       CASE stage WHEN 'lost' THEN became_lost_on ELSE a.as_of END - first_purchase_on
           AS life_time_days,
       active_days,
       inactive_days,
       lost_days,
       coalesce(sex IN ('F', 'FEM', 'FEMININO', 'FEMALE', 'MULHER'), false) AS is_female,
       coalesce(sex IN ('M', 'MASC', 'MASCULINO', 'MALE', 'HOMEM'), false) AS is_male,
       net_amount,
       a.recency_days,
       net_amount_this_year,
       purchases_this_year,
       net_amount_12m,
       purchases_12m,
       mean_interval_days,
       last_purchase_on - first_purchase_on AS days_between,
       purchase_days - 1 AS intervals,
       last_interval_days,
       projected_interval_days,
       interval_e6_times_n < sum_e6 AS is_faster,
       interval_e6_times_n > sum_e6 AS is_slower
FROM compared AS a
LEFT JOIN stages USING (as_of, customer_code)
LEFT JOIN time_in_stages USING (as_of, customer_code)
LEFT JOIN losses USING (as_of, customer_code)
LEFT JOIN sexes USING (as_of, customer_code)
LEFT JOIN rfv ON rfv.as_of = a.as_of AND rfv.customer_code = a.customer_code;

-- Purchases of somebody who was inactive or lost on the day before, and how long she was away. "In
-- the last 12 months" is as_of < day + 12 months, whatever the window of the accounts is.
CREATE OR REPLACE TABLE indicator_returns AS
WITH

in_order AS (
    SELECT customer_code, business_day,
           lag(business_day) OVER (PARTITION BY customer_code ORDER BY business_day) AS before_on
    FROM purchase_days
),

returns AS (
    SELECT in_order.*, business_day - before_on AS days, stage AS was
    FROM in_order
    JOIN life_cycle ON life_cycle.customer_code = in_order.customer_code
                   AND valid_from <= business_day - 1
                   AND business_day - 1 < coalesce(valid_to, 'infinity')
    WHERE stage <> 'active'
)

SELECT as_of, customer_code, was, days
FROM dates
JOIN returns ON business_day <= as_of AND as_of < business_day + to_months(12);

-- Readings: means of figures that the accounts publish are means of the figures as published, so
-- of rounded ones; means of the ranked count nobody else. "Spending" takes the periods of the
-- accounts: what their last 12 months are is a parameter.
CREATE OR REPLACE TABLE indicators_of_customers AS
SELECT as_of,
       coalesce(period, 'on_date') AS period,
       level,
       level_code,
       unnest(CASE period
           WHEN 'year' THEN [
               measure('spending_this_year', 'money', sum(net_amount_this_year),
                       count(*) FILTER (purchases_this_year > 0))
           ]
           WHEN 'last_12m' THEN [
               measure('spending_12m', 'money', sum(net_amount_12m),
                       count(*) FILTER (purchases_12m > 0))
           ]
           ELSE [
               measure('customers', 'customers', count(*), NULL),
               share('female', is_female, true),
               share('male', is_male, true),

               share('active', stage = 'active', true),
               share('inactive', stage = 'inactive', true),
               share('lost', stage = 'lost', true),
               share('new', segment = 'new', true),
               share('in_loyalty_process', segment = 'in_loyalty_process', true),
               share('recovered', segment = 'recovered', true),
               share('reactivated', segment = 'reactivated', true),
               share('inactivation_risk', segment = 'inactivation_risk', true),
               share('normal_active', segment = 'normal_active', true),
               share('recently_inactivated', segment = 'recently_inactivated', true),
               share('loss_risk', segment = 'loss_risk', true),
               share('normal_inactive', segment = 'normal_inactive', true),
               share('recently_lost', segment = 'recently_lost', true),
               share('normal_lost', segment = 'normal_lost', true),

               share('best', fv_quadrant = 'best', is_ranked),
               share('spenders', fv_quadrant = 'spenders', is_ranked),
               share('frequent', fv_quadrant = 'frequent', is_ranked),
               share('occasional', fv_quadrant = 'occasional', is_ranked),
               share('top', top_class = 'top', is_ranked),
               share('was_top', top_class = 'was_top', is_ranked),
               share('other', top_class = 'other', is_ranked),

               mean('average_frequency', 'per_month', frequency),
               mean('average_annualised_frequency', 'per_year', annualised_frequency),

               mean('life_time_duration', 'days', life_time_days),
               mean('life_time_duration_active', 'days', active_days),
               mean('life_time_duration_inactive', 'days', inactive_days),
               mean('life_time_duration_lost', 'days', lost_days),

               mean('life_time_value', 'money', net_amount),
               mean('life_time_value_active', 'money',
                    CASE WHEN stage = 'active' THEN net_amount END),
               mean('life_time_value_inactive', 'money',
                    CASE WHEN stage = 'inactive' THEN net_amount END),
               mean('life_time_value_lost', 'money',
                    CASE WHEN stage = 'lost' THEN net_amount END),

               mean('days_without_purchase', 'days', recency_days),
               mean('days_without_purchase_active', 'days',
                    CASE WHEN stage = 'active' THEN recency_days END),
               mean('days_without_purchase_inactive', 'days',
                    CASE WHEN stage = 'inactive' THEN recency_days END),
               mean('days_without_purchase_lost', 'days',
                    CASE WHEN stage = 'lost' THEN recency_days END),

               mean('velocity', 'days_mean', mean_interval_days),
               measure('velocity_pooled', 'days_mean', sum(days_between), sum(intervals)),
               mean('last_velocity', 'days_mean', last_interval_days),
               mean('velocity_projected', 'days_mean', projected_interval_days),
               share('velocity_above_average', is_faster, mean_interval_days IS NOT NULL),
               share('velocity_below_average', is_slower, mean_interval_days IS NOT NULL)
           ]
       END, recursive := true)
FROM indicator_levels
JOIN indicator_customers USING (as_of, customer_code)
CROSS JOIN (SELECT unnest([NULL, 'year', 'last_12m']) AS period)
GROUP BY as_of, period, level, level_code

UNION ALL

-- A customer may come back more than once in 12 months, or not at all.
SELECT as_of, 'last_12m', level, level_code,
       unnest([
           mean('reactivation_velocity', 'days_mean',
                CASE WHEN was = 'inactive' THEN days END),
           mean('recovery_velocity', 'days_mean', CASE WHEN was = 'lost' THEN days END)
       ], recursive := true)
FROM indicator_levels
LEFT JOIN indicator_returns USING (as_of, customer_code)
GROUP BY as_of, level, level_code;
