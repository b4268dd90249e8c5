-- portfolio_sales, and for the queue purchases, queue_sales, calendar and allocation_history
-- -> indicators_of_portfolios. Spec, sections 6 (end) and 7.

CREATE OR REPLACE TABLE indicators_of_portfolios AS
WITH

-- The inside sales of the month that came by the queue: purchases of a customer whom the latest
-- date of the calendar before their day places with the very store and salesperson of the sale.
by_queue AS (
    SELECT dates.as_of, purchases.store_code, purchases.salesperson_code,
           count(*) AS purchases_by_queue
    FROM dates
    JOIN purchases ON date_trunc('month', dates.as_of) <= business_day
                  AND business_day <= dates.as_of
    JOIN queue_sales USING (store_code, business_day, sale_number)
    JOIN allocation_history AS allocated
      ON allocated.customer_code = purchases.customer_code
     AND allocated.store_code = purchases.store_code
     AND allocated.salesperson_code = purchases.salesperson_code
     AND allocated.as_of = (SELECT max(calendar.as_of) FROM calendar
                            WHERE calendar.as_of < business_day)
    WHERE is_purchase AND code_class = 'coded' AND portfolio = 'salesperson'
    GROUP BY ALL
),

related AS (
    SELECT as_of, store_code, salesperson_code,
           coalesce(sum(purchases) FILTER (relation = 'inside'), 0) AS inside,
           coalesce(sum(purchases) FILTER (relation = 'outside'), 0) AS outside
    FROM portfolio_sales
    GROUP BY as_of, store_code, salesperson_code
),

-- An inside sale has a salesperson, so a null one need not find its equal here.
counted AS (
    SELECT related.*, coalesce(purchases_by_queue, 0) AS inside_by_queue
    FROM related
    LEFT JOIN by_queue USING (as_of, store_code, salesperson_code)
),

-- The levels are the sale's, like those of sales. One that sold only to customers in transition or
-- without an allocation has its rows, of zeros.
of_levels AS (
    SELECT 'network' AS level, 'network' AS level_code, * FROM counted
    UNION ALL
    SELECT 'store', store_code, * FROM counted
    UNION ALL
    SELECT 'salesperson', salesperson_code, * FROM counted WHERE salesperson_code IS NOT NULL
)

SELECT as_of, 'month' AS period, level, level_code,
       unnest([
           measure('purchases_inside_portfolio', 'purchases', sum(inside), NULL),
           measure('purchases_inside_portfolio_by_queue', 'purchases', sum(inside_by_queue),
                   NULL),
           measure('purchases_outside_portfolio', 'purchases', sum(outside), NULL),
           measure('inside_rate', 'share', sum(inside), sum(inside) + sum(outside))
       ], recursive := true)
FROM of_levels
GROUP BY as_of, level, level_code;
