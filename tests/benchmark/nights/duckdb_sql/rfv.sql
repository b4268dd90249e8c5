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
           CASE WHEN n = 1 THEN 0 ELSE (recency_rank - 1) / (n - 1) END AS recency_percentile,
           CASE WHEN n = 1 THEN 0 ELSE (frequency_rank - 1) / (n - 1) END AS frequency_percentile,
           CASE WHEN n = 1 THEN 0 ELSE (value_rank - 1) / (n - 1) END AS value_percentile,
           least(20, 1 + 20 * (recency_rank - 1) // greatest(n - 1, 1)) AS recency_band,
           least(20, 1 + 20 * (frequency_rank - 1) // greatest(n - 1, 1)) AS frequency_band,
           least(20, 1 + 20 * (value_rank - 1) // greatest(n - 1, 1)) AS value_band
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

SELECT getvariable('as_of') AS as_of,
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
       CASE WHEN weighted_rank <= (n + 4) // 5 THEN 'top' ELSE 'other' END AS top_class,
       CASE WHEN weighted_rank <= (n + 4) // 5 THEN getvariable('as_of') END AS first_top_on,
       CASE WHEN f_above AND v_above THEN 'best'
            WHEN v_above             THEN 'spenders'
            WHEN f_above             THEN 'frequent'
            ELSE 'occasional'
       END AS fv_quadrant
FROM placed
