-- purchase_days, due_horizons, parameters -> due_to_change: the changes that the `days` days after
-- as_of will bring to customers who buy nothing more. Spec, section 4. The timelines are worked
-- out anew, each from what was known on its as_of. life_cycle.sql must have been run.

DELETE FROM known;

INSERT INTO known
SELECT as_of, customer_code, business_day
FROM (SELECT DISTINCT as_of FROM due_horizons)
JOIN purchase_days ON business_day <= as_of;

CREATE OR REPLACE TABLE due_to_change AS
WITH intervals AS MATERIALIZED (FROM timelines())
SELECT as_of,
       days,
       customer_code,
       i.valid_from AS changes_on,
       before.segment AS from_segment,
       i.segment AS to_segment
FROM due_horizons
JOIN intervals i ON i.known_on = as_of
                AND as_of < i.valid_from AND i.valid_from <= as_of + days
JOIN intervals before USING (known_on, customer_code)
WHERE before.valid_to = i.valid_from;
