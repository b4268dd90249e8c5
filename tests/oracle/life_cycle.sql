-- purchase_days, parameters -> life_cycle, life_cycle_transitions. Spec, section 4.
--
-- No boundary is worked out here. Every purchase day gives all the dates on which a rule could
-- begin or end because of it, whether or not that rule applies to it; the segment on each of these
-- dates is found from the purchases on or before it; what stays are the dates where it changes.

-- A period is a struct of months and days. Of two that follow one another months and days are
-- summed; months are then added in one step, and the days after them.
CREATE OR REPLACE MACRO period(n, unit) AS
    CASE unit WHEN 'months' THEN {'months': n, 'days': 0}
              WHEN 'days'   THEN {'months': 0, 'days': n}
    END;
CREATE OR REPLACE MACRO followed_by(one, other) AS
    {'months': one['months'] + other['months'], 'days': one['days'] + other['days']};
CREATE OR REPLACE MACRO plus(day, length) AS
    CAST(day + to_months(length['months']) AS DATE) + length['days'];

-- "The last N before B" are the days d with d < B <= d + N.
CREATE OR REPLACE MACRO in_the_last(length, before, day) AS
    day < before AND before <= plus(day, length);

-- Where the above may begin: subtracting months is no inverse of adding them, but it misses by a
-- day at most. Dates too many do no harm, since each is judged by the definition.
CREATE OR REPLACE MACRO about(length, before) AS
    list_transform(
        range(-3, 4),
        lambda k: CAST(before - to_months(length['months']) AS DATE) - length['days']
                  + CAST(k AS INTEGER)
    );

CREATE OR REPLACE MACRO stage_on(day, last_on, inactive_after, lost_after) AS
    CASE WHEN day < plus(last_on, inactive_after) THEN 'active'
         WHEN day < plus(last_on, lost_after)     THEN 'inactive'
         ELSE 'lost'
    END;

-- What is known, and when: the same customer has a timeline for each known_on.
CREATE OR REPLACE TABLE known (
    known_on      DATE NOT NULL,
    customer_code VARCHAR NOT NULL,
    business_day  DATE NOT NULL
);

-- known, parameters -> one row per known_on, customer and interval.
CREATE OR REPLACE MACRO timelines() AS TABLE
WITH

lengths AS (
    SELECT period(inactive_after_count, inactive_after_unit) AS inactive_after,
           period(lost_after_count, lost_after_unit) AS lost_after,
           period(new_for_count, new_for_unit) AS new_for,
           period(loyalty_process_for_count, loyalty_process_for_unit) AS loyalty_process_for,
           period(reactivated_for_count, reactivated_for_unit) AS reactivated_for,
           period(recovered_for_count, recovered_for_unit) AS recovered_for,
           period(inactivation_risk_for_count, inactivation_risk_for_unit)
               AS inactivation_risk_for,
           period(loss_risk_for_count, loss_risk_for_unit) AS loss_risk_for,
           period(recently_inactivated_for_count, recently_inactivated_for_unit)
               AS recently_inactivated_for,
           period(recently_lost_for_count, recently_lost_for_unit) AS recently_lost_for,
           after_return = 'new' AS returned_become_new,
           new_ends_on_second_purchase
    FROM parameters
),

rules AS (
    SELECT *,
           followed_by(new_for, loyalty_process_for) AS new_and_loyalty,
           followed_by(inactive_after, recently_inactivated_for) AS until_normal_inactive,
           followed_by(lost_after, recently_lost_for) AS until_normal_lost
    FROM lengths
),

-- The customer on each of her purchase days: F, L and the number of purchase days so far, and the
-- day she had bought on before.
histories AS (
    SELECT l.known_on,
           l.customer_code,
           l.business_day AS last_on,
           min(b.business_day) AS first_on,
           max(b.business_day) FILTER (b.business_day < l.business_day) AS before_on,
           count(*) AS days_so_far
    FROM known l
    JOIN known b ON b.known_on = l.known_on AND b.customer_code = l.customer_code
                AND b.business_day <= l.business_day
    GROUP BY ALL
),

-- Purchases of somebody who was not active on the day before, and what they start.
returns AS (
    SELECT known_on, customer_code, last_on AS returned_on, was,
           plus(last_on, returned_for) AS returned_until,
           plus(last_on, followed_by(returned_for, new_for)) AS new_until,
           plus(last_on, followed_by(returned_for, new_and_loyalty)) AS loyalty_until
    FROM (
        SELECT *, CASE was WHEN 'inactive' THEN reactivated_for ELSE recovered_for END
                      AS returned_for
        FROM (
            SELECT histories.*, rules.*,
                   stage_on(last_on - 1, before_on, inactive_after, lost_after) AS was
            FROM histories CROSS JOIN rules
            WHERE before_on IS NOT NULL
        )
        WHERE was <> 'active'
    )
),

candidates AS (
    SELECT DISTINCT known_on, customer_code, unnest(
        [
            business_day,
            plus(business_day, inactive_after),
            plus(business_day, lost_after),
            plus(business_day, new_for),
            plus(business_day, new_and_loyalty),
            plus(business_day, reactivated_for),
            plus(business_day, followed_by(reactivated_for, new_for)),
            plus(business_day, followed_by(reactivated_for, new_and_loyalty)),
            plus(business_day, recovered_for),
            plus(business_day, followed_by(recovered_for, new_for)),
            plus(business_day, followed_by(recovered_for, new_and_loyalty)),
            plus(business_day, until_normal_inactive),
            plus(business_day, until_normal_lost)
        ]
        || about(inactivation_risk_for, plus(business_day, inactive_after))
        || about(loss_risk_for, plus(business_day, lost_after))
    ) AS day
    FROM known CROSS JOIN rules
),

-- The join leaves out the candidates before the first purchase.
dated AS (
    SELECT c.*, h.last_on, h.first_on, h.days_so_far
    FROM candidates c
    ASOF JOIN histories h ON h.known_on = c.known_on AND h.customer_code = c.customer_code
                         AND h.last_on <= c.day
),

-- What the returns so far make of a day.
after_returns AS (
    SELECT d.known_on, d.customer_code, d.day,
           bool_or(was = 'lost' AND d.day < returned_until) AS recovered,
           bool_or(was = 'inactive' AND d.day < returned_until) AS reactivated,
           bool_or(returned_until <= d.day AND d.day < new_until) AS after_returned,
           bool_or(returned_on = last_on AND new_until <= d.day AND d.day < loyalty_until)
               AS after_new
    FROM dated d
    JOIN returns r ON r.known_on = d.known_on AND r.customer_code = d.customer_code
                  AND r.returned_on <= d.day
    GROUP BY ALL
),

facts AS (
    SELECT dated.*, rules.*,
           stage_on(day, last_on, inactive_after, lost_after) AS stage,
           coalesce(recovered, false) AS is_recovered,
           coalesce(reactivated, false) AS is_reactivated,
           day < plus(first_on, new_for) AND (days_so_far = 1 OR NOT new_ends_on_second_purchase)
               OR returned_become_new AND coalesce(after_returned, false) AS is_new,
           days_so_far = 1
               AND plus(first_on, new_for) <= day AND day < plus(first_on, new_and_loyalty)
               OR returned_become_new AND coalesce(after_new, false) AS is_in_loyalty_process
    FROM dated
    LEFT JOIN after_returns USING (known_on, customer_code, day)
    CROSS JOIN rules
),

judged AS (
    SELECT known_on, customer_code, day, last_on, stage,
           CASE stage
               WHEN 'active' THEN
                   CASE WHEN is_new                THEN 'new'
                        WHEN is_in_loyalty_process THEN 'in_loyalty_process'
                        WHEN is_recovered          THEN 'recovered'
                        WHEN is_reactivated        THEN 'reactivated'
                        WHEN in_the_last(inactivation_risk_for, plus(last_on, inactive_after), day)
                            THEN 'inactivation_risk'
                        ELSE 'normal_active'
                   END
               WHEN 'inactive' THEN
                   CASE WHEN day < plus(last_on, until_normal_inactive) THEN 'recently_inactivated'
                        WHEN in_the_last(loss_risk_for, plus(last_on, lost_after), day)
                            THEN 'loss_risk'
                        ELSE 'normal_inactive'
                   END
               WHEN 'lost' THEN
                   CASE WHEN day < plus(last_on, until_normal_lost) THEN 'recently_lost'
                        ELSE 'normal_lost'
                   END
           END AS segment
    FROM facts
),

changes AS (
    SELECT *
    FROM judged
    QUALIFY segment IS DISTINCT FROM
            lag(segment) OVER (PARTITION BY known_on, customer_code ORDER BY day)
)

SELECT known_on,
       customer_code,
       day AS valid_from,
       lead(day) OVER (PARTITION BY known_on, customer_code ORDER BY day) AS valid_to,
       stage,
       segment,
       CASE WHEN day = last_on THEN 'purchase' ELSE 'time' END AS cause
FROM changes;

-- The primary result: of all purchases there are.
INSERT INTO known SELECT 'infinity', customer_code, business_day FROM purchase_days;

CREATE OR REPLACE TABLE life_cycle AS
SELECT * EXCLUDE (known_on) FROM timelines();

-- Every change, the opening among them (from null): each interval with the one that it ends.
CREATE OR REPLACE TABLE life_cycle_transitions AS
SELECT i.customer_code,
       i.valid_from AS changed_on,
       before.stage AS from_stage,
       before.segment AS from_segment,
       i.stage AS to_stage,
       i.segment AS to_segment,
       i.cause
FROM life_cycle i
LEFT JOIN life_cycle before ON before.customer_code = i.customer_code
                           AND before.valid_to = i.valid_from;
