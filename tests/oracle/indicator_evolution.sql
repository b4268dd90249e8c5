-- indicators, dates, calendar -> indicator_evolution: each indicator beside its value on the last
-- date of the calendar in the month before, and in the same month a year before.

CREATE OR REPLACE TABLE indicator_evolution AS
WITH

looks_back AS (
    SELECT d.as_of,
           max(e.as_of) FILTER (datediff('month', e.as_of, d.as_of) = 1) AS month_before_on,
           max(e.as_of) FILTER (datediff('month', e.as_of, d.as_of) = 12) AS year_before_on
    FROM dates AS d
    CROSS JOIN calendar AS e
    GROUP BY d.as_of
),

beside AS (
    SELECT i.as_of, i.period, i.level, i.level_code, i.indicator, i.value,
           month_before_on, m.value AS month_before,
           year_before_on, y.value AS year_before
    FROM indicators AS i
    JOIN looks_back USING (as_of)
    LEFT JOIN indicators AS m
        ON (m.as_of, m.period, m.level, m.level_code, m.indicator)
         = (month_before_on, i.period, i.level, i.level_code, i.indicator)
    LEFT JOIN indicators AS y
        ON (y.as_of, y.period, y.level, y.level_code, y.indicator)
         = (year_before_on, i.period, i.level, i.level_code, i.indicator)
)

SELECT as_of, period, level, level_code, indicator, value,
       month_before_on, month_before,
       CAST(value - month_before AS DECIMAL(38, 12)) AS month_change,
       CASE WHEN month_before > 0
            THEN CAST(value - month_before AS DOUBLE) / CAST(month_before AS DOUBLE)
       END AS month_growth,
       year_before_on, year_before,
       CAST(value - year_before AS DECIMAL(38, 12)) AS year_change,
       CASE WHEN year_before > 0
            THEN CAST(value - year_before AS DOUBLE) / CAST(year_before AS DOUBLE)
       END AS year_growth
FROM beside;
