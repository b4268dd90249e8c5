-- life_cycle, matrix_dates -> life_cycle_matrix: how many customers were in which segment on the
-- first date and are in which on the second; null before their first purchase. Spec, section 4.

CREATE OR REPLACE TABLE life_cycle_matrix AS
SELECT start_on,
       end_on,
       s.segment AS start_segment,
       e.segment AS end_segment,
       count(*) AS customers
FROM matrix_dates
JOIN life_cycle e ON e.valid_from <= end_on AND end_on < coalesce(e.valid_to, 'infinity')
LEFT JOIN life_cycle s ON s.customer_code = e.customer_code
                      AND s.valid_from <= start_on AND start_on < coalesce(s.valid_to, 'infinity')
GROUP BY ALL;
