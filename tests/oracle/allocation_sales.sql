-- purchases, dates, calendar, allocation_history -> portfolio_sales: the sales of the month of each
-- date, up to it, inside and outside the portfolio of who attended them. Spec, section 6, end.
--
-- The allocation in force for a sale is that of the latest date of the calendar before its day,
-- whatever the store and salesperson of the sale. A store's own portfolio is nobody's, so its
-- sales are outside. `lines` do not say whether a sale came by the queue, so nothing does here.

CREATE OR REPLACE TABLE portfolio_sales AS
WITH

of_the_month AS (
    SELECT as_of, purchases.*,
           (SELECT max(calendar.as_of) FROM calendar WHERE calendar.as_of < business_day)
               AS in_force_on
    FROM dates
    JOIN purchases ON date_trunc('month', as_of) <= business_day AND business_day <= as_of
    WHERE code_class = 'coded'
),

related AS (
    SELECT of_the_month.*,
           CASE WHEN allocated.store_code IS NULL THEN 'unallocated'
                WHEN portfolio = 'transition'     THEN 'transition'
                WHEN portfolio = 'salesperson'
                     AND allocated.store_code = of_the_month.store_code
                     AND allocated.salesperson_code = of_the_month.salesperson_code
                                                  THEN 'inside'
                ELSE 'outside'
           END AS relation
    FROM of_the_month
    LEFT JOIN allocation_history AS allocated
           ON allocated.customer_code = of_the_month.customer_code
          AND allocated.as_of = in_force_on
)

SELECT as_of, store_code, salesperson_code, relation,
       CAST(count(*) FILTER (is_purchase) AS BIGINT) AS purchases,
       CAST(sum(net_amount) AS DECIMAL(18, 4)) AS net_amount
FROM related
GROUP BY as_of, store_code, salesperson_code, relation;
