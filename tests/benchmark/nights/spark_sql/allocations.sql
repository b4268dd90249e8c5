-- purchases, persons, active_stores, led_to, posts -> one store and one salesperson for every
-- customer, by the default routines and criteria, without an earlier date to look back on.
WITH sales AS (
    SELECT customer_code, store_code, salesperson_code, business_day, is_purchase,
           net_amount AS value,
           as_of() < date_add(business_day, 365) AS in_recent,
           IF(is_purchase,
              row_number() OVER (
                  PARTITION BY customer_code, is_purchase
                  ORDER BY business_day, sold_at, sale_number, store_code DESC
              ),
              NULL) AS place
    FROM purchases
    WHERE customer_code IS NOT NULL
),

customers AS (
    SELECT customer_code, max_by(store_code, place) AS last_store_code
    FROM sales
    WHERE is_purchase
    GROUP BY customer_code
),

in_active_stores AS (
    SELECT *,
           row_number() OVER (PARTITION BY customer_code, is_purchase ORDER BY place DESC)
               AS nth_from_last
    FROM sales
    LEFT SEMI JOIN active_stores USING (store_code)
),

-- Of stores, and below of salespeople: the best by one criterion after the other. The first that
-- tells the best from the next one decided; where nobody is next, the first with anything to say.
by_store AS (
    SELECT customer_code, store_code,
           IF(count_if(is_purchase AND in_recent AND nth_from_last <= 3) = 3, 1, 0) AS the_last,
           count_if(is_purchase AND in_recent) AS purchases_recent,
           count_if(is_purchase) AS purchases_total,
           coalesce(sum(value) FILTER (WHERE in_recent), 0) AS value_recent,
           sum(value) AS value_total,
           max(place) AS last_place
    FROM in_active_stores
    GROUP BY customer_code, store_code
    HAVING bool_or(is_purchase)
),

stores_compared AS (
    SELECT customer_code, store_code,
           CASE WHEN lead(last_place) OVER best_first IS NULL
                    THEN IF(the_last = 1, 'last_purchases', 'purchases_recent')
                WHEN the_last > lead(the_last) OVER best_first THEN 'last_purchases'
                WHEN purchases_recent > lead(purchases_recent) OVER best_first
                    THEN 'purchases_recent'
                WHEN purchases_total > lead(purchases_total) OVER best_first
                    THEN 'purchases_total'
                WHEN value_recent > lead(value_recent) OVER best_first THEN 'value_recent'
                WHEN value_total > lead(value_total) OVER best_first THEN 'value_total'
                ELSE 'last_store'
           END AS criterion,
           row_number() OVER best_first AS nth
    FROM by_store
    WINDOW best_first AS (
        PARTITION BY customer_code
        ORDER BY the_last DESC, purchases_recent DESC, purchases_total DESC, value_recent DESC,
                 value_total DESC, last_place DESC
    )
),

best_store AS (
    SELECT customer_code, store_code AS by_sales, criterion FROM stores_compared WHERE nth = 1
),

registered_in AS (
    SELECT customer_code, store_code AS by_registry
    FROM persons
    LEFT SEMI JOIN active_stores USING (store_code)
    WHERE registered_on IS NULL OR registered_on <= as_of()
),

stores AS (
    SELECT customer_code,
           coalesce(by_sales, by_registry, led_to) AS store_code,
           CASE WHEN by_sales IS NOT NULL    THEN 'sales'
                WHEN by_registry IS NOT NULL THEN 'registry'
                WHEN led_to IS NOT NULL      THEN 'store'
                ELSE 'none'
           END AS routine,
           criterion
    FROM customers
    LEFT JOIN best_store USING (customer_code)
    LEFT JOIN registered_in USING (customer_code)
    LEFT JOIN led_to ON led_to.store_code = last_store_code
),

-- A sale by nobody, or by somebody without a post there, speaks for nobody, but is one of the last.
attended AS (
    SELECT sales.*, is_present, ended_on,
           row_number() OVER (PARTITION BY customer_code, is_purchase ORDER BY place DESC)
               AS nth_from_last
    FROM sales
    LEFT SEMI JOIN stores USING (customer_code, store_code)
    LEFT JOIN posts USING (store_code, salesperson_code)
),

by_salesperson AS (
    SELECT customer_code, salesperson_code, is_present, ended_on,
           IF(count_if(is_purchase AND in_recent AND nth_from_last <= 3) = 3, 1, 0) AS the_last,
           count_if(is_purchase AND in_recent) AS purchases_recent,
           count_if(is_purchase) AS purchases_total,
           coalesce(sum(value) FILTER (WHERE in_recent), 0) AS value_recent,
           sum(value) AS value_total,
           max(place) AS last_place
    FROM attended
    WHERE is_present IS NOT NULL
    GROUP BY customer_code, salesperson_code, is_present, ended_on
    HAVING bool_or(is_purchase)
),

salespeople_compared AS (
    SELECT customer_code, salesperson_code, is_present, ended_on,
           CASE WHEN lead(last_place) OVER best_first IS NULL
                    THEN IF(the_last = 1, 'last_purchases', 'purchases_recent')
                WHEN the_last > lead(the_last) OVER best_first THEN 'last_purchases'
                WHEN purchases_recent > lead(purchases_recent) OVER best_first
                    THEN 'purchases_recent'
                WHEN purchases_total > lead(purchases_total) OVER best_first
                    THEN 'purchases_total'
                WHEN value_recent > lead(value_recent) OVER best_first THEN 'value_recent'
                WHEN value_total > lead(value_total) OVER best_first THEN 'value_total'
                ELSE 'last_store'
           END AS salesperson_criterion,
           row_number() OVER best_first AS nth
    FROM by_salesperson
    WINDOW best_first AS (
        PARTITION BY customer_code
        ORDER BY the_last DESC, purchases_recent DESC, purchases_total DESC, value_recent DESC,
                 value_total DESC, last_place DESC
    )
),

best_salesperson AS (
    SELECT * FROM salespeople_compared WHERE nth = 1
),

-- Whoever left hands on to the next other one who served her there since, which is a fold over her
-- later purchases.
served AS (
    SELECT customer_code,
           array_sort(collect_list(
               struct(place, business_day, salesperson_code, is_present, ended_on)
           )) AS purchases
    FROM attended
    LEFT SEMI JOIN (SELECT customer_code FROM best_salesperson WHERE NOT is_present)
    USING (customer_code)
    WHERE is_purchase AND is_present IS NOT NULL
    GROUP BY customer_code
),

handed_on AS (
    SELECT customer_code, salesperson_criterion,
           aggregate(
               coalesce(purchases, array()),
               struct(0 AS place, CAST(NULL AS DATE) AS business_day, salesperson_code,
                      is_present, ended_on),
               (now, later) -> IF(
                   NOT now.is_present
                   AND later.business_day >= now.ended_on
                   AND later.salesperson_code <> now.salesperson_code,
                   later,
                   now
               )
           ) AS at_last
    FROM best_salesperson
    LEFT JOIN served USING (customer_code)
)

SELECT as_of() AS as_of,
       customer_code,
       store_code,
       at_last.salesperson_code AS salesperson_code,
       CASE WHEN store_code IS NULL         THEN NULL
            WHEN at_last.is_present IS NULL THEN 'store'
            WHEN at_last.is_present         THEN 'salesperson'
            ELSE 'transition'
       END AS portfolio,
       routine,
       criterion,
       salesperson_criterion,
       as_of() AS allocated_since
FROM stores
LEFT JOIN handed_on USING (customer_code)
