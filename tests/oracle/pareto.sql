-- scope_values, customer_ids, parameters
-- -> pareto_customers, store_customers, network_customers, pareto_curve, pareto_summary.
-- Spec, section 5.

-- `rank` is the place by value descending, then customer_id: no two share one. x is all that is
-- shared out, in ten-thousandths.
CREATE OR REPLACE TABLE pareto_ordered AS
WITH

positive AS (
    SELECT scope_values.*,
           coalesce(customer_id, error('no customer_id for ' || customer_code)) AS customer_id,
           greatest(CAST(value * 10000 AS HUGEINT), 0) AS x_e4
    FROM scope_values
    LEFT JOIN customer_ids USING (customer_code)
)

SELECT *,
       count(*) OVER slice AS n,
       CAST(sum(x_e4) OVER slice AS HUGEINT) AS total_e4,
       row_number() OVER best_first AS rank,
       sum(greatest(value, 0)) OVER up_to_here AS up_to_here,
       CAST(sum(x_e4) OVER up_to_here AS HUGEINT) AS up_to_here_e4,
       -- of the customers with strictly greater value
       CAST(coalesce(sum(x_e4) OVER greater, 0) AS HUGEINT) AS greater_e4
FROM positive
-- Written out in full, for the reason given in rfv.sql.
WINDOW slice AS (PARTITION BY as_of, scope, scope_code),
       best_first AS (PARTITION BY as_of, scope, scope_code ORDER BY value DESC, customer_id),
       up_to_here AS (
           PARTITION BY as_of, scope, scope_code ORDER BY value DESC, customer_id
           ROWS UNBOUNDED PRECEDING
       ),
       greater AS (
           PARTITION BY as_of, scope, scope_code ORDER BY value DESC
           RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP
       );

CREATE OR REPLACE TABLE pareto_customers AS
SELECT as_of,
       scope,
       scope_code,
       customer_code,
       value,
       rank,
       -- greater / total < share; without a positive total all are C
       CASE WHEN total_e4 = 0 THEN 'C'
            WHEN greater_e4 * 1000000 < CAST(pareto_abc_shares[1] * 1000000 AS HUGEINT) * total_e4
                THEN 'A'
            WHEN greater_e4 * 1000000 < CAST(pareto_abc_shares[2] * 1000000 AS HUGEINT) * total_e4
                THEN 'B'
            ELSE 'C'
       END AS abc_class
FROM pareto_ordered CROSS JOIN parameters;

CREATE OR REPLACE TABLE network_customers AS
SELECT as_of, customer_code, value, rank, abc_class
FROM pareto_customers
WHERE scope = 'network';

CREATE OR REPLACE TABLE store_customers AS
SELECT as_of, scope_code AS store_code, customer_code, value, rank, abc_class
FROM pareto_customers
WHERE scope = 'store';

-- The first ceil(k n / 100) customers, k from 1 to 100 (0% is nobody).
CREATE OR REPLACE TABLE pareto_curve AS
SELECT as_of,
       scope,
       scope_code,
       CAST(percent AS INTEGER) AS percent,
       rank AS customers,
       CAST(up_to_here AS DECIMAL(18, 4)) AS positive_value,
       CAST(rank AS DOUBLE) / CAST(n AS DOUBLE) AS customer_share,
       CASE WHEN total_e4 > 0 THEN CAST(up_to_here_e4 AS DOUBLE) / CAST(total_e4 AS DOUBLE) END
           AS value_share
FROM pareto_ordered
JOIN (SELECT unnest(range(1, 101)) AS percent) ON rank = (percent * n + 99) // 100;

-- Readings: `value` is the plain sum, a control total of the accounts; `positive_value`, the sum of
-- the x, is what shares divide by. customers_for_80 is the specification's count of customers, and
-- customers_for_80_share that count / customers, since the name says share.
-- The names keep 20 and 80 where the parameters say otherwise.
CREATE OR REPLACE TABLE pareto_summary AS
WITH

totals AS (
    SELECT as_of, scope, scope_code,
           count(*) AS n,
           sum(value) AS value,
           sum(greatest(value, 0)) AS positive_value,
           CAST(sum(x_e4) AS HUGEINT) AS total_e4,
           CAST(coalesce(
               max(up_to_here_e4) FILTER (
                   rank <= (CAST(pareto_top_customers_share * 1000000 AS HUGEINT) * n + 999999)
                           // 1000000
               ),
               0
           ) AS HUGEINT) AS top_e4,
           min(rank) FILTER (
               up_to_here_e4 * 1000000 >= CAST(pareto_value_share * 1000000 AS HUGEINT) * total_e4
           ) AS enough,
           -- i ascending: 1 is the least, n the first in rank
           CAST(sum((n - rank + 1) * x_e4) AS HUGEINT) AS weighted_e4
    FROM pareto_ordered CROSS JOIN parameters
    GROUP BY as_of, scope, scope_code
)

SELECT as_of,
       scope,
       scope_code,
       n AS customers,
       CAST(value AS DECIMAL(18, 4)) AS value,
       CAST(positive_value AS DECIMAL(18, 4)) AS positive_value,
       CASE WHEN total_e4 > 0 THEN CAST(top_e4 AS DOUBLE) / CAST(total_e4 AS DOUBLE) END
           AS top_20_value_share,
       CASE WHEN total_e4 > 0 THEN enough END AS customers_for_80,
       CASE WHEN total_e4 > 0 THEN CAST(enough AS DOUBLE) / CAST(n AS DOUBLE) END
           AS customers_for_80_share,
       -- 2 sum(i x) / (n sum(x)) - (n + 1) / n, over one denominator
       CASE WHEN total_e4 > 0
            THEN CAST(2 * weighted_e4 - (n + 1) * total_e4 AS DOUBLE) / CAST(n * total_e4 AS DOUBLE)
       END AS gini
FROM totals;
