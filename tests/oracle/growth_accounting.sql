-- life_cycle, life_cycle_transitions, growth_periods -> growth_accounting: one row per period, of
-- the network. Spec, section 4. Stocks are counted from intervals and flows from transitions, so
-- that the identity between them is a finding. With the parameters that are accepted every lost
-- customer was inactive before: no move skips a stage but the recovery.

CREATE OR REPLACE TABLE growth_accounting AS
WITH

at_start AS (
    SELECT first_on, last_on,
           count(*) FILTER (stage = 'active') AS active,
           count(*) FILTER (stage = 'inactive') AS inactive,
           count(*) FILTER (stage = 'lost') AS lost
    FROM growth_periods
    LEFT JOIN life_cycle ON valid_from <= first_on - 1
                        AND first_on - 1 < coalesce(valid_to, 'infinity')
    GROUP BY ALL
),

at_end AS (
    SELECT first_on, last_on,
           count(*) FILTER (stage = 'active') AS active,
           count(*) FILTER (stage = 'inactive') AS inactive,
           count(*) FILTER (stage = 'lost') AS lost
    FROM growth_periods
    LEFT JOIN life_cycle ON valid_from <= last_on AND last_on < coalesce(valid_to, 'infinity')
    GROUP BY ALL
),

moves AS (
    SELECT first_on, last_on,
           count(*) FILTER (from_stage IS NULL AND to_stage = 'active') AS new,
           count(*) FILTER (from_stage = 'inactive' AND to_stage = 'active') AS reactivated,
           count(*) FILTER (from_stage = 'lost' AND to_stage = 'active') AS recovered,
           count(*) FILTER (from_stage = 'active' AND to_stage = 'inactive') AS inactivated,
           count(*) FILTER (from_stage = 'inactive' AND to_stage = 'lost') AS lost
    FROM growth_periods
    LEFT JOIN life_cycle_transitions ON first_on <= changed_on AND changed_on <= last_on
    GROUP BY ALL
)

SELECT first_on,
       last_on,
       at_start.active AS active_at_start,
       at_start.inactive AS inactive_at_start,
       at_start.lost AS lost_at_start,
       moves.new,
       moves.reactivated,
       moves.recovered,
       moves.inactivated,
       moves.lost,
       at_end.active AS active_at_end,
       at_end.inactive AS inactive_at_end,
       at_end.lost AS lost_at_end
FROM moves
JOIN at_start USING (first_on, last_on)
JOIN at_end USING (first_on, last_on);
