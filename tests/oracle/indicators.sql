-- The five groups -> indicators: one row per indicator, level and period of each as_of. Spec,
-- section 7. Runs after accounts.sql, whose rounding it uses. Ratings are left out.

CREATE OR REPLACE TABLE indicators AS
WITH

every_group AS (
    FROM indicators_of_customers
    UNION ALL BY NAME FROM indicators_of_moves
    UNION ALL BY NAME FROM indicators_of_sales
    UNION ALL BY NAME FROM indicators_of_registrations
    UNION ALL BY NAME FROM indicators_of_portfolios
),

-- Places after the comma, and how much short of 12 they are.
with_places AS (
    SELECT *,
           CASE WHEN unit = 'money'                     THEN 4
                WHEN unit IN ('per_month', 'per_year')  THEN 6
                ELSE 12
           END AS places
    FROM every_group
),

-- Rounded once, on integers, to the places of the unit; then written with 12.
divided AS (
    SELECT *,
           CASE WHEN denominator > 0
                THEN half_up(CAST(numerator * 1000000 AS HUGEINT)
                                 * CAST(pow(10, places) AS HUGEINT),
                             CAST(denominator * 1000000 AS HUGEINT))
                     * CAST(pow(10, 12 - places) AS HUGEINT)
           END AS quotient_e12
    FROM with_places
)

SELECT as_of,
       period,
       level,
       level_code,
       indicator,
       numerator,
       denominator,
       CASE WHEN denominator IS NULL THEN CAST(numerator AS DECIMAL(38, 12))
            ELSE CAST(quotient_e12 AS DECIMAL(25, 0))
                 * CAST('0.000000000001' AS DECIMAL(13, 12))
       END AS value
FROM divided;
