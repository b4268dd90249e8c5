-- rfv, rfv_measures -> rfv_cells, rfv_marginals: the cluster matrix of the network. Spec, section 5.
--
-- Readings: only cells with a customer have a row. Their value is the money of their customers
-- (value_basis, history), also where V is the average ticket, since tickets do not add up; no
-- value is cut at 0. Shares are of the ranked population's customers and value; without a
-- positive total there is no share of value.

CREATE OR REPLACE TABLE rfv_marginals AS
WITH

clusters AS (
    SELECT as_of, recency_band, frequency_band, value_band, amount,
           count(*) OVER (PARTITION BY as_of) AS n,
           sum(amount) OVER (PARTITION BY as_of) AS total
    FROM rfv
    JOIN rfv_measures USING (as_of, customer_code)
),

-- In a marginal the band that is summed over is null.
cells AS (
    SELECT as_of,
           CASE GROUPING(recency_band, frequency_band, value_band)
               WHEN 0 THEN 'rfv' WHEN 1 THEN 'rf' WHEN 2 THEN 'rv' WHEN 4 THEN 'fv'
           END AS matrix,
           recency_band, frequency_band, value_band,
           n, total,
           count(*) AS customers,
           sum(amount) AS value
    FROM clusters
    GROUP BY GROUPING SETS (
        (as_of, n, total, recency_band, frequency_band, value_band),
        (as_of, n, total, recency_band, frequency_band),
        (as_of, n, total, recency_band, value_band),
        (as_of, n, total, frequency_band, value_band)
    )
)

SELECT as_of,
       matrix,
       recency_band,
       frequency_band,
       value_band,
       customers,
       CAST(value AS DECIMAL(18, 4)) AS value,
       CAST(customers AS DOUBLE) / CAST(n AS DOUBLE) AS customer_share,
       CASE WHEN total > 0
            THEN CAST(CAST(value * 10000 AS HUGEINT) AS DOUBLE)
                 / CAST(CAST(total * 10000 AS HUGEINT) AS DOUBLE)
       END AS value_share
FROM cells;

CREATE OR REPLACE TABLE rfv_cells AS
SELECT * EXCLUDE (matrix) FROM rfv_marginals WHERE matrix = 'rfv';

DELETE FROM rfv_marginals WHERE matrix = 'rfv';
