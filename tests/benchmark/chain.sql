-- The lines of a generated chain (Parquet) as the oracle reads them, and the timeline with the
-- default periods by windows over purchase days: what a data engineer would write in DuckDB.

DELETE FROM lines;

INSERT INTO lines BY NAME
WITH received AS (
    SELECT *, regexp_replace(coalesce(CPF, ''), '[^0-9]', '', 'g') AS digits
    FROM read_parquet(getvariable('source') || '/vendas_*.parquet')
)

SELECT Loja AS store_code,
       Data AS business_day,
       Cupom AS sale_number,
       Item AS line_number,
       CAST(concat(Data, ' ', Hora) AS TIMESTAMP) AS sold_at,
       CASE WHEN trim(coalesce(CPF, '')) = '' THEN 'none'
            WHEN digits = '' OR lpad(digits, 11, '0') IN ('00000000000', '99999999999')
                THEN 'generic'
            ELSE 'coded'
       END AS code_class,
       CASE WHEN code_class = 'coded' THEN lpad(digits, 11, '0') END AS customer_code,
       Vendedor AS salesperson_code,
       Canal AS channel,
       Quantidade AS quantity,
       "Valor bruto" - Desconto AS amount,
       sign("Valor bruto") * sign(Quantidade) AS price_sign,
       Tipo = 'D' AS is_return,
       Tipo = 'C' AS is_cancelled
FROM received;

INSERT INTO persons
SELECT DISTINCT ON (customer_code) customer_code, registered_on
FROM (
    SELECT lpad(regexp_replace(CPF, '[^0-9]', '', 'g'), 11, '0') AS customer_code,
           Cadastro AS registered_on
    FROM read_parquet(getvariable('source') || '/clientes_*.parquet')
    WHERE CPF IS NOT NULL
);

-- The timeline
CREATE OR REPLACE TABLE life_cycle AS
WITH days AS (
    SELECT DISTINCT customer_code, business_day AS bought
    FROM purchases
    WHERE is_purchase AND code_class = 'coded'
),

history AS (
    SELECT *,
           lead(bought) OVER by_day AS next_on,
           min(bought) OVER by_day AS first_on,
           lag(bought) OVER by_day AS previous_on
    FROM days
    WINDOW by_day AS (PARTITION BY customer_code ORDER BY bought)
),

returns AS (
    SELECT *,
           last_value(returned ORDER BY bought IGNORE NULLS) OVER by_day AS last_return,
           last_value(kind ORDER BY bought IGNORE NULLS) OVER by_day AS returned_as
    FROM (
        SELECT *,
               CASE WHEN bought > CAST(previous_on + INTERVAL 36 MONTH AS DATE) THEN 'recovered'
                    WHEN bought > CAST(previous_on + INTERVAL 12 MONTH AS DATE) THEN 'reactivated'
               END AS kind,
               CASE WHEN kind IS NOT NULL THEN bought END AS returned
        FROM history
    )
    WINDOW by_day AS (PARTITION BY customer_code ORDER BY bought ROWS UNBOUNDED PRECEDING)
),

ends AS (
    SELECT *,
           CAST(bought + INTERVAL 12 MONTH AS DATE) AS inactive_from,
           CAST(bought + INTERVAL 36 MONTH AS DATE) AS lost_from,
           greatest(bought, first_on + 30) AS new_until,
           CASE WHEN bought = first_on THEN first_on + 210 ELSE bought END AS loyalty_until,
           coalesce(last_return + 30, bought) AS return_until
    FROM returns
),

courses AS (
    SELECT customer_code, bought, next_on,
           unnest([
               {'stage': 'active', 'segment': 'new', 'since': bought, 'until': new_until},
               {'stage': 'active', 'segment': 'in_loyalty_process',
                'since': new_until, 'until': greatest(new_until, loyalty_until)},
               {'stage': 'active', 'segment': coalesce(returned_as, 'none'),
                'since': new_until, 'until': greatest(new_until, return_until)},
               {'stage': 'active', 'segment': 'normal_active',
                'since': greatest(new_until, loyalty_until, return_until),
                'until': inactive_from - 90},
               {'stage': 'active', 'segment': 'inactivation_risk',
                'since': inactive_from - 90, 'until': inactive_from},
               {'stage': 'inactive', 'segment': 'recently_inactivated',
                'since': inactive_from, 'until': inactive_from + 30},
               {'stage': 'inactive', 'segment': 'normal_inactive',
                'since': inactive_from + 30, 'until': lost_from - 90},
               {'stage': 'inactive', 'segment': 'loss_risk',
                'since': lost_from - 90, 'until': lost_from},
               {'stage': 'lost', 'segment': 'recently_lost',
                'since': lost_from, 'until': lost_from + 30},
               {'stage': 'lost', 'segment': 'normal_lost',
                'since': lost_from + 30, 'until': DATE '9999-12-31'}
           ], recursive := true)
    FROM ends
),

changes AS (
    SELECT *
    FROM courses
    WHERE since < until AND since < coalesce(next_on, DATE '9999-12-31')
    QUALIFY segment IS DISTINCT FROM
            lag(segment) OVER (PARTITION BY customer_code ORDER BY since)
)

SELECT customer_code,
       since AS valid_from,
       lead(since) OVER (PARTITION BY customer_code ORDER BY since) AS valid_to,
       stage,
       segment,
       CASE WHEN since = bought THEN 'purchase' ELSE 'time' END AS cause
FROM changes;
