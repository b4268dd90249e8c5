-- accounts -> the value that the best 1%, 2%, ... 100% of customers hold, negative ones as 0.
WITH ordered AS (
    SELECT count(*) OVER () AS n,
           sum(positive) OVER () AS total,
           row_number() OVER (ORDER BY net_amount DESC) AS rank,
           sum(positive) OVER (ORDER BY net_amount DESC ROWS UNBOUNDED PRECEDING) AS up_to_here
    FROM (SELECT net_amount, greatest(net_amount, 0) AS positive FROM accounts)
)

SELECT as_of() AS as_of,
       'network' AS scope,
       'network' AS scope_code,
       CAST(percent AS INTEGER) AS percent,
       CAST(rank AS BIGINT) AS customers,
       CAST(up_to_here AS DECIMAL(18, 4)) AS positive_value,
       CAST(rank AS DOUBLE) / CAST(n AS DOUBLE) AS customer_share,
       CAST(CAST(up_to_here * 10000 AS BIGINT) AS DOUBLE)
           / nullif(CAST(CAST(total * 10000 AS BIGINT) AS DOUBLE), 0) AS value_share
FROM ordered
JOIN (SELECT explode(sequence(1, 100)) AS percent) ON rank = (percent * n + 99) DIV 100
