-- accounts -> ranks, percentiles, 20 bands by percentile, both rankings, top class, F&V quadrant.
WITH ranked AS (
    SELECT *,
           count(*) OVER () AS n,
           rank() OVER (ORDER BY recency_days DESC) AS recency_rank,
           rank() OVER (ORDER BY purchases) AS frequency_rank,
           rank() OVER (ORDER BY net_amount) AS value_rank
    FROM (
        SELECT customer_code, recency_days, purchases, net_amount,
               -- F above its mean; the ticket above the network's, without a rounded quotient
               frequency * count(*) OVER () > sum(frequency) OVER () AS f_above,
               net_amount * sum(purchases) OVER () > sum(net_amount) OVER () * purchases AS v_above
        FROM accounts
    )
),

banded AS (
    SELECT *,
           IF(n = 1, 0, (recency_rank - 1) / nullif(n - 1, 0)) AS recency_percentile,
           IF(n = 1, 0, (frequency_rank - 1) / nullif(n - 1, 0)) AS frequency_percentile,
           IF(n = 1, 0, (value_rank - 1) / nullif(n - 1, 0)) AS value_percentile,
           least(20, 1 + 20 * (recency_rank - 1) DIV greatest(n - 1, 1)) AS recency_band,
           least(20, 1 + 20 * (frequency_rank - 1) DIV greatest(n - 1, 1)) AS frequency_band,
           least(20, 1 + 20 * (value_rank - 1) DIV greatest(n - 1, 1)) AS value_band
    FROM ranked
),

placed AS (
    SELECT *,
           row_number() OVER (
               ORDER BY recency_rank + frequency_rank + value_rank DESC,
                        net_amount DESC, recency_days
           ) AS weighted_rank,
           row_number() OVER (
               ORDER BY recency_band DESC, frequency_band DESC, value_band DESC,
                        net_amount DESC, recency_days
           ) AS nested_rank
    FROM banded
)

SELECT as_of() AS as_of,
       customer_code,
       recency_days,
       CAST(purchases AS DECIMAL(18, 6)) AS frequency,
       net_amount AS value,
       recency_rank,
       frequency_rank,
       value_rank,
       recency_percentile,
       frequency_percentile,
       value_percentile,
       CAST(recency_band AS INTEGER) AS recency_band,
       CAST(frequency_band AS INTEGER) AS frequency_band,
       CAST(value_band AS INTEGER) AS value_band,
       weighted_rank,
       nested_rank,
       CASE WHEN weighted_rank <= (n + 4) DIV 5 THEN 'top' ELSE 'other' END AS top_class,
       CASE WHEN weighted_rank <= (n + 4) DIV 5 THEN as_of() END AS first_top_on,
       CASE WHEN f_above AND v_above THEN 'best'
            WHEN v_above             THEN 'spenders'
            WHEN f_above             THEN 'frequent'
            ELSE 'occasional'
       END AS fv_quadrant
FROM placed
