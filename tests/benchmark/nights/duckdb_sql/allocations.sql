-- purchases, persons, active_stores, led_to, posts -> one store and one salesperson for every
-- customer, by the default routines and criteria, without an earlier date to look back on.
WITH RECURSIVE sales AS MATERIALIZED (
    SELECT customer_code, store_code, salesperson_code, business_day, is_purchase,
           net_amount AS value,
           getvariable('as_of') < business_day + 365 AS in_recent,
           CASE WHEN is_purchase
                THEN row_number() OVER (
                         PARTITION BY customer_code, is_purchase
                         ORDER BY business_day, sold_at NULLS FIRST, sale_number, store_code DESC
                     )
           END AS place
    FROM purchases
    WHERE customer_code IS NOT NULL
),

customers AS MATERIALIZED (
    SELECT customer_code, arg_max(store_code, place) AS last_store_code
    FROM sales
    WHERE is_purchase
    GROUP BY customer_code
),

-- Of stores, and below of salespeople: the best by one criterion after the other. The first that
-- tells the best from the next one decided; where nobody is next, the first with anything to say.
by_store AS (
    SELECT customer_code, store_code,
           CAST(count(*) FILTER (is_purchase AND in_recent AND nth_from_last <= 3) = 3 AS INTEGER)
               AS the_last,
           count(*) FILTER (is_purchase AND in_recent) AS purchases_recent,
           count(*) FILTER (is_purchase) AS purchases_total,
           coalesce(sum(value) FILTER (in_recent), 0) AS value_recent,
           sum(value) AS value_total,
           max(place) AS last_place
    FROM (
        SELECT *,
               row_number() OVER (PARTITION BY customer_code, is_purchase ORDER BY place DESC)
                   AS nth_from_last
        FROM sales
        SEMI JOIN active_stores USING (store_code)
    )
    GROUP BY customer_code, store_code
    HAVING bool_or(is_purchase)
),

best_store AS (
    SELECT customer_code, store_code,
           CASE WHEN lead(last_place) OVER best_first IS NULL
                    THEN CASE the_last WHEN 1 THEN 'last_purchases' ELSE 'purchases_recent' END
                WHEN the_last > lead(the_last) OVER best_first THEN 'last_purchases'
                WHEN purchases_recent > lead(purchases_recent) OVER best_first
                    THEN 'purchases_recent'
                WHEN purchases_total > lead(purchases_total) OVER best_first
                    THEN 'purchases_total'
                WHEN value_recent > lead(value_recent) OVER best_first THEN 'value_recent'
                WHEN value_total > lead(value_total) OVER best_first THEN 'value_total'
                ELSE 'last_store'
           END AS criterion
    FROM by_store
    WINDOW best_first AS (
        PARTITION BY customer_code
        ORDER BY the_last DESC, purchases_recent DESC, purchases_total DESC, value_recent DESC,
                 value_total DESC, last_place DESC
    )
    QUALIFY row_number() OVER best_first = 1
),

registered_in AS (
    SELECT customer_code, store_code
    FROM persons
    SEMI JOIN active_stores USING (store_code)
    WHERE registered_on IS NULL OR registered_on <= getvariable('as_of')
),

stores AS MATERIALIZED (
    SELECT customers.customer_code,
           coalesce(best_store.store_code, registered_in.store_code, led_to.led_to) AS store_code,
           CASE WHEN best_store.store_code IS NOT NULL    THEN 'sales'
                WHEN registered_in.store_code IS NOT NULL THEN 'registry'
                WHEN led_to.led_to IS NOT NULL            THEN 'store'
                ELSE 'none'
           END AS routine,
           criterion
    FROM customers
    LEFT JOIN best_store USING (customer_code)
    LEFT JOIN registered_in USING (customer_code)
    LEFT JOIN led_to ON led_to.store_code = last_store_code
),

-- A sale by nobody, or by somebody without a post there, speaks for nobody, but is one of the last.
attended AS MATERIALIZED (
    SELECT sales.*, is_present, ended_on,
           row_number() OVER (PARTITION BY customer_code, is_purchase ORDER BY place DESC)
               AS nth_from_last
    FROM sales
    SEMI JOIN stores USING (customer_code, store_code)
    LEFT JOIN posts USING (store_code, salesperson_code)
),

by_salesperson AS (
    SELECT customer_code, store_code, salesperson_code, is_present, ended_on,
           CAST(count(*) FILTER (is_purchase AND in_recent AND nth_from_last <= 3) = 3 AS INTEGER)
               AS the_last,
           count(*) FILTER (is_purchase AND in_recent) AS purchases_recent,
           count(*) FILTER (is_purchase) AS purchases_total,
           coalesce(sum(value) FILTER (in_recent), 0) AS value_recent,
           sum(value) AS value_total,
           max(place) AS last_place
    FROM attended
    WHERE is_present IS NOT NULL
    GROUP BY ALL
    HAVING bool_or(is_purchase)
),

best_salesperson AS MATERIALIZED (
    SELECT customer_code, store_code, salesperson_code, is_present, ended_on,
           CASE WHEN lead(last_place) OVER first_of_them IS NULL
                    THEN CASE the_last WHEN 1 THEN 'last_purchases' ELSE 'purchases_recent' END
                WHEN the_last > lead(the_last) OVER first_of_them THEN 'last_purchases'
                WHEN purchases_recent > lead(purchases_recent) OVER first_of_them
                    THEN 'purchases_recent'
                WHEN purchases_total > lead(purchases_total) OVER first_of_them
                    THEN 'purchases_total'
                WHEN value_recent > lead(value_recent) OVER first_of_them THEN 'value_recent'
                WHEN value_total > lead(value_total) OVER first_of_them THEN 'value_total'
                ELSE 'last_store'
           END AS criterion
    FROM by_salesperson
    WINDOW first_of_them AS (
        PARTITION BY customer_code
        ORDER BY the_last DESC, purchases_recent DESC, purchases_total DESC, value_recent DESC,
                 value_total DESC, last_place DESC
    )
    QUALIFY row_number() OVER first_of_them = 1
),

-- Whoever left hands on to the next other one who served her there since.
served AS MATERIALIZED (
    SELECT customer_code, salesperson_code, is_present, ended_on, business_day, place
    FROM attended
    SEMI JOIN (FROM best_salesperson WHERE NOT is_present) USING (customer_code)
    WHERE is_purchase AND is_present IS NOT NULL
),

chain AS (
    SELECT customer_code, 0 AS steps, salesperson_code, is_present, ended_on,
           CAST(0 AS BIGINT) AS place
    FROM best_salesperson
    UNION ALL
    SELECT customer_code, steps + 1, took.salesperson_code, took.is_present, took.ended_on,
           took.place
    FROM (
        SELECT chain.customer_code, steps,
               arg_min({'salesperson_code': served.salesperson_code,
                        'is_present': served.is_present,
                        'ended_on': served.ended_on,
                        'place': served.place}, served.place) AS took
        FROM chain
        JOIN served
          ON served.customer_code = chain.customer_code
         AND served.business_day >= chain.ended_on
         AND served.place > chain.place
         AND served.salesperson_code <> chain.salesperson_code
        WHERE NOT chain.is_present
        GROUP BY chain.customer_code, steps
    )
),

last_in_chain AS (
    SELECT customer_code,
           arg_max(salesperson_code, steps) AS salesperson_code,
           arg_max(is_present, steps) AS is_present
    FROM chain
    GROUP BY customer_code
)

SELECT getvariable('as_of') AS as_of,
       stores.customer_code,
       stores.store_code,
       last_in_chain.salesperson_code,
       CASE WHEN stores.store_code IS NULL        THEN NULL
            WHEN last_in_chain.is_present IS NULL THEN 'store'
            WHEN last_in_chain.is_present         THEN 'salesperson'
            ELSE 'transition'
       END AS portfolio,
       routine,
       stores.criterion,
       best_salesperson.criterion AS salesperson_criterion,
       getvariable('as_of') AS allocated_since
FROM stores
LEFT JOIN best_salesperson USING (customer_code)
LEFT JOIN last_in_chain USING (customer_code)
